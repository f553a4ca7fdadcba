"""The days that a figure is compared with. A breached day never takes part: it must not become normal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pipeline.figures.limits import point, rising_days, verdict_of
from pipeline.gate.rates import newcombe
from pipeline.summary import Baseline, Figure, Point, Verdict

if TYPE_CHECKING:
    from pipeline.figures.counting import Counting
    from pipeline.summary import Measure


class Baselines:
    """Baselines over one snapshot.

    Args:
        counting: counts days.
        figures: all of them; those of incidents say which days are breached for every figure.
    """

    def __init__(self, counting: Counting, figures: Sequence[Figure]) -> None:
        self._counting = counting
        self._incidents = [figure for figure in figures if figure.is_incident]
        self._rule = counting.settings.baseline

    def of(self, figure: Figure, window: Sequence[date], judged: Measure | None) -> Baseline | None:
        """Return what a figure's window is compared with; None where no day can be."""
        kind, days = self._days(figure, window)
        points = self.points(figure, days)
        if kind == "release" and not any(p.n is not None for p in points):
            # Nothing is known of the time before the release.
            kind, days = "trailing", _before(window[0], self._rule.days)
            points = self.points(figure, days)
        left_out = self.breached(days) | {p.day for p in points if _fails(figure, p)}
        kept = [p for p in points if p.day not in left_out]
        if figure.rising:
            steady = {p.day for p in rising_days(figure, kept)}
            left_out |= {p.day for p in kept if p.value is not None and p.day not in steady}
        days_kept = tuple(day for day in days if day not in left_out)
        measure = self._counting.over(figure, days_kept) if days_kept else None
        if measure is None:
            return None
        low, high = _difference(figure, judged, measure)
        told = tuple(sorted(left_out))
        return Baseline(kind, days_kept, told, measure.value, measure.n, low, high)

    def points(self, figure: Figure, days: Sequence[date]) -> tuple[Point, ...]:
        """Return a figure's days as points."""
        found = self._counting.days(figure, days)
        return tuple(point(figure, day, found.get(day)) for day in days)

    def breached(self, days: Sequence[date]) -> set[date]:
        """Return the days on which an incident's figure failed its limit."""
        return {
            one.day for figure in self._incidents for one in self.points(figure, days) if _fails(figure, one)
        }

    def _days(self, figure: Figure, window: Sequence[date]) -> tuple[str, tuple[date, ...]]:
        """Return the kind of baseline and its days, oldest first, none of the window's among them."""
        rule, first = self._rule, window[0]
        kind = rule.kind or figure.baseline
        released = self._counting.settings.deploy.at
        if kind == "release":
            on = released.astimezone(self._counting.zone).date() if released else None
            if on is not None and on <= first:
                return "release", _before(on, rule.days)
            kind = "trailing"
        if kind == "weekly":
            back = {day - timedelta(weeks=w) for day in window for w in range(1, rule.weeks + 1)}
            return "weekly", tuple(sorted(back - set(window)))
        if kind == "day" and rule.date is not None:
            return "day", (rule.date,)
        return "trailing", _before(first, rule.days)


def _before(on: date, days: int) -> tuple[date, ...]:
    return tuple(on - timedelta(days=n) for n in range(days, 0, -1))


def _fails(figure: Figure, one: Point) -> bool:
    return one.value is not None and verdict_of(figure, one.value, None) is Verdict.FAIL


def _difference(figure: Figure, judged: Measure | None, base: Measure) -> tuple[float | None, float | None]:
    """Return the interval of a share minus the baseline's share (Newcombe)."""
    values = judged and judged.value, base.value
    if figure.unit != "ratio" or judged is None or None in values or not (judged.n and base.n):
        return None, None
    found = newcombe(
        round((judged.value or 0) * judged.n), judged.n, round((base.value or 0) * base.n), base.n
    )
    return found.low, found.high
