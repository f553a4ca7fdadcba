"""Error budgets: how much of the promised share of good events is left, and how fast it goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.gate.rates import wilson
from pipeline.summary import Budget, Burn, Figure, Measure

if TYPE_CHECKING:
    from pipeline.figures.counting import Counting
    from pipeline.figures.coverage import Coverage

#: Days over which a budget is given, and those whose pace is told.
DAYS = 30
PACES = (1, 7, 30)


def budgets(
    counting: Counting, coverage: Coverage, figures: Sequence[Figure], last: date
) -> tuple[Budget, ...]:
    """Return the budget of every figure that has an objective, over the 30 days that end on a day."""
    days = [last - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return tuple(
        _budget(counting, figure, days, coverage.over(figure, days))
        for figure in figures
        if figure.objective is not None
    )


def _budget(counting: Counting, figure: Figure, days: Sequence[date], coverage: float | None) -> Budget:
    objective = figure.objective or 0.0
    by_day = counting.days(figure, days)
    spans = [(length, [by_day[day] for day in days[-length:] if day in by_day]) for length in PACES]
    burns = tuple(_burn(figure, length, measures, objective) for length, measures in spans)
    bad, total = burns[-1].bad, burns[-1].total
    allowed = (1 - objective) * total
    left = 1 - bad / allowed if allowed else None
    week = next(burn for burn in burns if burn.days == 7)
    low, high = wilson(total - bad, total)[1:] if total else (None, None)
    worst_hour, worst_bad = _worst_hour(counting, figure, by_day)
    minutes = len(days) * 1440.0
    return Budget(
        figure=figure.name,
        titles={language: figure.said("title", language) for language in ("en", "ko")},
        objective=objective,
        days=len(days),
        good=total - bad,
        total=total,
        low=low,
        high=high,
        coverage=coverage,
        left=left,
        allowed_minutes=(1 - objective) * minutes,
        used_minutes=bad / total * minutes * (1.0 if coverage is None else coverage) if total else None,
        burns=burns,
        worst_hour=worst_hour,
        worst_bad=worst_bad,
        days_left=None if left is None or not week.bad else max(left, 0.0) * allowed / (week.bad / week.days),
    )


def _burn(figure: Figure, length: int, measures: Sequence[Measure], objective: float) -> Burn:
    total = sum(measure.n for measure in measures)
    bad = sum(_bad(figure, measure) for measure in measures)
    return Burn(length, bad, total, bad / total / (1 - objective) if total else None)


def _bad(figure: Figure, measure: Measure) -> int:
    """Return the bad events of a share: it counts them, or the good ones where more is better."""
    if measure.value is None:
        return 0
    events = round(measure.value * measure.n)
    return events if figure.direction == "lower" else measure.n - events


def _worst_hour(
    counting: Counting, figure: Figure, by_day: dict[date, Measure]
) -> tuple[datetime | None, int]:
    """Return the hour with the most bad events; days that had fewer in all are not looked into."""
    worst, most = None, 0
    for day, measure in sorted(by_day.items(), key=lambda pair: -_bad(figure, pair[1])):
        if _bad(figure, measure) <= most:
            break
        for hour, one in sorted(counting.hours(figure, day).items()):
            if _bad(figure, one) > most:
                worst, most = hour, _bad(figure, one)
    return worst, most
