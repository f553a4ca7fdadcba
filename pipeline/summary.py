"""What a day's KPI summary says: figures, eight days, verdicts. Plain data between decisions and pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from statistics import median
from typing import Literal

from pipeline.instants import Day
from pipeline.sql import Query

Unit = Literal["ratio", "ms", "count"]
Direction = Literal["lower", "higher"]

#: A summary looks at its day and at the seven before it.
DAYS_BEFORE = 7


class Verdict(StrEnum):
    """What a figure's value means against its limits, the gravest last."""

    NODATA = "NODATA"
    PASS = "PASS"  # noqa: S105 - a verdict
    WARN = "WARN"
    FAIL = "FAIL"


class Gap(StrEnum):
    """Why a figure has no value on a day."""

    MISSING = "missing"  #: its source has no row on that day
    EMPTY = "empty"  #: the source is there, the denominator is 0
    FEW = "few"  #: fewer than the percentile needs


@dataclass(frozen=True)
class Figure:
    """One figure's definition: its SQL file with the limits in force.

    Attributes:
        query: the file; its header holds the texts.
        unit: of the value: "ratio" (0 to 1), "ms" or "count".
        direction: which side is better.
        warn, fail: limits; a value beyond one, not on it, gets that verdict. None: no limit.
        rising: the warning limit comes from the days before (`kpi.rising_limit`).
        required: NODATA then counts as a failure.
        minimum: the least n for which there is a value.
        set_by: where the limits come from: "default", the SQL file's header, or the settings file's path.
    """

    query: Query
    unit: Unit
    direction: Direction
    warn: float | None
    fail: float | None
    rising: bool
    required: bool
    minimum: int
    set_by: str

    @property
    def name(self) -> str:
        """The figure's name: that of its file."""
        return self.query.name

    def said(self, key: str, language: str) -> str:
        """Return a text of the header in the language."""
        return self.query.said(key, language)


@dataclass(frozen=True)
class Point:
    """One day of a figure: its value and its denominator; n is None where the source has no row."""

    day: date
    value: float | None
    n: int | None


@dataclass(frozen=True)
class Result:
    """A figure on one day, judged.

    Attributes:
        history: the eight days, oldest first, the judged day last.
        warn, fail: the limits that were applied, a rising one worked out.
        gap: why there is no value; None where there is one.
    """

    figure: Figure
    history: tuple[Point, ...]
    warn: float | None
    fail: float | None
    verdict: Verdict
    gap: Gap | None

    @property
    def value(self) -> float | None:
        """The day's value."""
        return self.history[-1].value

    @property
    def n(self) -> int | None:
        """The day's denominator; None where the source has no row."""
        return self.history[-1].n

    @property
    def day_before(self) -> float | None:
        """The value of the day before; None without one."""
        return self.history[-2].value

    @property
    def median_7d(self) -> float | None:
        """The median over those of the seven days before that have a value; None where none has."""
        values = [point.value for point in self.history[:-1] if point.value is not None]
        return median(values) if values else None

    @property
    def limited(self) -> bool:
        """Whether any limit was applied."""
        return self.warn is not None or self.fail is not None


@dataclass(frozen=True)
class Summary:
    """One day's figures, all from one snapshot.

    Attributes:
        day: the reporting day.
        timezone: IANA name of the reporting zone.
        snapshot: version of the lake's ledger; None where there is no lake yet.
        results: a result a figure, in reading order.
    """

    day: Day
    timezone: str
    snapshot: int | None
    results: tuple[Result, ...]

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many figures got each verdict; every verdict is a key."""
        seen = Counter(result.verdict for result in self.results)
        return {verdict: seen[verdict] for verdict in Verdict}

    @property
    def verdict(self) -> Verdict:
        """The day's verdict: the gravest of its figures; a required figure without data is a failure.

        A gap never outweighs a figure that was judged: NODATA is the day's verdict only if nothing has data.
        """
        if any(result.verdict is Verdict.NODATA and result.figure.required for result in self.results):
            return Verdict.FAIL
        for verdict in (Verdict.FAIL, Verdict.WARN, Verdict.PASS):
            if self.counts[verdict]:
                return verdict
        return Verdict.NODATA


@dataclass(frozen=True)
class HourLoad:
    """One hour: its start in the reporting zone, requests without health checks, those answered 5xx.

    None, not 0, where no request is known of the hour.
    """

    hour: datetime
    requests: int | None
    errors: int | None


@dataclass(frozen=True)
class SkewBin:
    """Memos whose client clock minus server clock lies in [low, high), minutes; None is unbounded."""

    low: int | None
    high: int | None
    memos: int


@dataclass(frozen=True)
class SourceRow:
    """One source that gave records to the day: how many, the first and the last, and how the source is."""

    path: str
    format: str
    records: int
    first_ts: datetime
    last_ts: datetime
    rejected: int
    status: str


@dataclass(frozen=True)
class Evidence:
    """What a page shows beside the figures: the day's hours, its clock differences, its sources."""

    hours: tuple[HourLoad, ...] = ()
    skew: tuple[SkewBin, ...] = ()
    sources: tuple[SourceRow, ...] = ()
