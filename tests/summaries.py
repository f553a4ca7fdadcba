"""Summaries made by hand: real figures, invented histories."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from pipeline import instants, kpi
from pipeline.config import Settings, load
from pipeline.summary import Figure, Point, Result, Summary

DAY = instants.day_of(date(2025, 6, 20), ZoneInfo("Asia/Seoul"))


def settings(**changes: object) -> Settings:
    """Return the default settings with some of them changed."""
    base = load(overrides={"timezone": "Asia/Seoul", "language": "en"})
    return Settings(**{**vars(base), "file": None, "kpi": {}, **changes})


def figure(name: str) -> Figure:
    """Return a figure with the limits of its file."""
    return next(f for f in kpi.figures(settings()) if f.name == name)


def history(values: Sequence[float | None], n: Sequence[int | None] | int = 1000) -> tuple[Point, ...]:
    """Return points that end on 20 June 2025; no value and no n where n is None."""
    counts = [n] * len(values) if isinstance(n, int) else n
    first = DAY.date - timedelta(days=len(values) - 1)
    return tuple(
        Point(first + timedelta(days=i), value, count)
        for i, (value, count) in enumerate(zip(values, counts, strict=True))
    )


def result(name: str, value: float | None, n: int | None = 1000, before: float | None = None) -> Result:
    """Return a figure judged on a value, the seven days before all equal."""
    past = [value if before is None else before] * 7
    return kpi.judge(figure(name), history([*past, value], [*[1000] * 7, n]))


def summary(*results: Result) -> Summary:
    """Return the summary of 20 June 2025 with these results."""
    return Summary(DAY, "Asia/Seoul", 7, results)
