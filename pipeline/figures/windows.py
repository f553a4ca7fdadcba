"""A day, a week or a month of every figure: counted, compared, judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline import instants
from pipeline.figures.baselines import Baselines
from pipeline.figures.budgets import budgets
from pipeline.figures.counting import Counting
from pipeline.figures.coverage import Coverage
from pipeline.figures.definitions import figures
from pipeline.figures.limits import judge, point
from pipeline.summary import DAYS_BEFORE, CheckList, Figure, Result, Summary, Window

if TYPE_CHECKING:
    from pipeline.config import Settings
    from pipeline.lake import Snapshot


def summarise(
    snapshot: Snapshot,
    settings: Settings,
    day: instants.Day,
    window: Window = Window.DAY,
    now: datetime | None = None,
    *,
    keep: bool = False,
) -> Summary:
    """Return the figures of a window that ends on a day, each judged, with check lists and budgets.

    Args:
        snapshot: what is counted.
        settings: limits, release, baseline, zone.
        day: the last one.
        window: its length.
        now: the present instant; a day that ended less than the grace before it is provisional.
        keep: let the next run find what was counted, in the state folder.
    """
    with Counting(snapshot, settings) as counting:
        found = of_window(counting, day, window, now)
        if keep:
            counting.save()
    return found


def of_windows(
    counting: Counting, day: instants.Day, windows: Iterable[Window], now: datetime | None = None
) -> dict[Window, Summary]:
    """Return several windows that end on a day; see `summarise`.

    The longest is counted first: its days are those of the others, and each figure's SQL runs once for all.
    """
    longest_first = sorted(windows, key=lambda window: window.days, reverse=True)
    found: dict[Window, Summary] = {}
    lists = None
    for window in longest_first:
        found[window] = of_window(counting, day, window, now, lists)
        lists = found[window].lists
    return found


def of_window(
    counting: Counting,
    day: instants.Day,
    window: Window,
    now: datetime | None = None,
    lists: tuple[CheckList, ...] | None = None,
) -> Summary:
    """Return a summary from what is being counted; see `summarise`.

    Check lists are those of the day, whatever the window: they are judged unless they are given.
    """
    from pipeline.figures.checklists import check_lists

    settings = counting.settings
    every = figures(settings)
    coverage, baselines = Coverage(counting), Baselines(counting, every)
    days = back_from(day.date, window.days)
    results = tuple(_result(counting, figure, days, coverage, baselines) for figure in every)
    return Summary(
        day=day,
        timezone=settings.timezone,
        snapshot=counting.snapshot.version,
        results=results,
        window=window,
        lists=check_lists(counting, every, day) if lists is None else lists,
        budgets=budgets(counting, coverage, every, day.date),
        is_provisional=now is not None and now < day.end + settings.judging.grace,
    )


def back_from(last: date, count: int) -> list[date]:
    """Return so many days that end on a day, oldest first."""
    return [last - timedelta(days=back) for back in range(count - 1, -1, -1)]


def _result(
    counting: Counting, figure: Figure, days: Sequence[date], coverage: Coverage, baselines: Baselines
) -> Result:
    length = len(days)
    shown = back_from(days[-1], max(length, DAYS_BEFORE + 1))
    before = back_from(days[0] - timedelta(days=1), length)
    # One question for all days that are looked at: its SQL then runs once.
    counting.days(figure, back_from(days[-1], max(2 * length, len(shown))))
    history = baselines.points(figure, shown)
    measure = counting.over(figure, days)
    base = baselines.of(figure, days, measure)
    covered = coverage.over(figure, days)
    return judge(
        figure,
        history,
        point(figure, days[-1], measure),
        days=length,
        compared=baselines.points(figure, base.days) if base else (),
        before=point(figure, before[-1], counting.over(figure, before)).value,
        coverage=covered,
        least_coverage=counting.settings.judging.least_coverage,
        baseline=base,
    )
