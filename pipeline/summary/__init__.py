"""What a summary says: figures over a day, a week or a month, their verdicts, check lists and budgets.

Plain data between decisions and pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pipeline.instants import Day
from pipeline.summary.evidence import (
    DayShare,
    ErrorTrend,
    Evidence,
    Happening,
    HourLatency,
    HourLoad,
    RawLine,
    SkewBin,
    SourceRow,
    WeekHour,
)
from pipeline.summary.figures import (
    DAYS_BEFORE,
    Baseline,
    Direction,
    Earlier,
    Figure,
    Gap,
    Measure,
    Merge,
    Point,
    Result,
    Unit,
    Verdict,
)
from pipeline.summary.lists import Budget, Burn, CheckList, Item

__all__ = [
    "DAYS_BEFORE",
    "Baseline",
    "Budget",
    "Burn",
    "CheckList",
    "DayShare",
    "Direction",
    "Earlier",
    "ErrorTrend",
    "Evidence",
    "Figure",
    "Gap",
    "Happening",
    "HourLatency",
    "HourLoad",
    "Item",
    "Measure",
    "Merge",
    "Point",
    "RawLine",
    "Result",
    "SkewBin",
    "SourceRow",
    "Summary",
    "Unit",
    "Verdict",
    "WeekHour",
    "Window",
]


class Window(StrEnum):
    """How long a summary's time is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def days(self) -> int:
        """Its days."""
        return {"day": 1, "week": 7, "month": 30}[self.value]


@dataclass(frozen=True)
class Summary:
    """The figures of one window, all from one snapshot.

    Attributes:
        day: the window's last day.
        timezone: IANA name of the reporting zone.
        snapshot: version of the lake's ledger; None where there is no lake yet.
        results: a result a figure, in reading order.
        window: how many days it looks at, the last one included.
        lists: the plan's check lists, criteria and signals, as of the end of the day.
        budgets: one an objective.
        is_provisional: the day was not over, or only just: lines may still come.
        earlier: the verdict that was published of this window before, where it was another one.
    """

    day: Day
    timezone: str
    snapshot: int | None
    results: tuple[Result, ...]
    window: Window = Window.DAY
    lists: tuple[CheckList, ...] = ()
    budgets: tuple[Budget, ...] = ()
    is_provisional: bool = False
    earlier: Earlier | None = None

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many figures got each verdict; every verdict is a key."""
        seen = Counter(result.verdict for result in self.results)
        return {verdict: seen[verdict] for verdict in Verdict}

    @property
    def verdict(self) -> Verdict:
        """The verdict: the gravest of its figures; a required figure without data is a failure.

        A gap never outweighs a figure that was judged: NODATA is the verdict only if nothing has data.
        """
        if any(result.verdict is Verdict.NODATA and result.figure.required for result in self.results):
            return Verdict.FAIL
        for verdict in (Verdict.FAIL, Verdict.WARN, Verdict.PASS):
            if self.counts[verdict]:
                return verdict
        return Verdict.NODATA

    @property
    def is_revised(self) -> bool:
        """Whether something else was published of this window before, from fewer data."""
        return self.earlier is not None or any(result.earlier for result in self.results)

    @property
    def dangers(self) -> tuple[Item, ...]:
        """The raised danger signals: with any, a rollback is to be considered at once."""
        return tuple(
            item
            for one in self.lists
            if one.kind == "danger"
            for item in one.items
            if item.verdict is Verdict.FAIL
        )
