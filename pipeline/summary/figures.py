"""A figure, its value and the verdict on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from statistics import median
from typing import Any, Literal, NamedTuple

from pipeline.sql import Query

Unit = Literal["ratio", "ms", "count", "number"]
Direction = Literal["lower", "higher"]
#: How days become a longer span: shares and counts add up, of maxima the largest stays, the rest is counted
#: anew.
Merge = Literal["share", "sum", "max", "whole"]

#: A day's summary looks at its day and at the seven before it.
DAYS_BEFORE = 7


class Verdict(StrEnum):
    """What a value means against its limits, the gravest last."""

    NODATA = "NODATA"
    PASS = "PASS"  # noqa: S105 - a verdict
    WARN = "WARN"
    FAIL = "FAIL"


class Gap(StrEnum):
    """Why there is no value."""

    MISSING = "missing"  #: its source has no row in that time
    EMPTY = "empty"  #: the source is there, the denominator is 0
    FEW = "few"  #: fewer than it takes


class Measure(NamedTuple):
    """A value of some time, what it was counted over, and its 95 % interval where the SQL gives one."""

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Figure:
    """One figure's definition: its SQL file with what is in force.

    Attributes:
        query: the file; its header holds the texts.
        unit: of the value: "ratio" (0 to 1), "ms", "count" or "number".
        direction: which side is better.
        warn, fail: limits; a value beyond one, not on it, gets that verdict. None: no limit.
        rising: the warning limit comes from the baseline (`limits.rising`).
        required: NODATA then counts as a failure.
        minimum: the least n for which there is a value.
        set_by: where the limits come from: "plan", "file" (ours, in the SQL file) or the settings' path.
        merge: how days become longer spans.
        needs: the views that it reads; the first one decides whether there is a source.
        choices: parameters of its own, such as a percentile or a tolerance.
        objective: of its error budget, a share of good events; None where it has none.
        is_incident: whether a day on which it fails never enters a baseline.
        baseline: what it is compared with: the days before it ("trailing") or before the release ("release").
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
    merge: Merge = "share"
    needs: tuple[str, ...] = ()
    choices: Mapping[str, Any] = field(default_factory=dict)
    objective: float | None = None
    is_incident: bool = False
    baseline: str = "trailing"

    @property
    def name(self) -> str:
        """The figure's name: that of its file."""
        return self.query.name

    def said(self, key: str, language: str) -> str:
        """Return a text of the header in the language."""
        return self.query.said(key, language)


@dataclass(frozen=True)
class Point:
    """A figure on one day, or over a window that ends on it; n is None where the source has no row."""

    day: date
    value: float | None
    n: int | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Baseline:
    """What a value is compared with: the same figure over other days.

    Attributes:
        kind: "trailing", "release", "weekly" or "day".
        days: the days that make it up, oldest first.
        left_out: days that were breached and therefore take no part.
        value, n: of those days together; value None where they have none.
        low, high: interval of the difference (a share) or None: the value minus the baseline's.
    """

    kind: str
    days: tuple[date, ...]
    left_out: tuple[date, ...]
    value: float | None
    n: int | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Earlier:
    """What was published of the same time before, from fewer data."""

    verdict: Verdict
    value: float | None
    n: int | None
    snapshot: int | None


@dataclass(frozen=True)
class Result:
    """A figure over one window, judged.

    Attributes:
        point: the window's value, its n and its interval.
        history: days, oldest first, the window's last day last.
        before: the value of the window before, of the same length.
        warn, fail: the limits that were applied, a rising one worked out.
        gap: why there is no value; None where there is one.
        coverage: share of the window's hours that its source covers, 0 to 1; None where that cannot be said.
        is_holey: whether that is less than it should be, so that the value stands on a part only.
        baseline: what it is compared with; None where nothing is known of it.
        earlier: what was published before, where that was something else.
    """

    figure: Figure
    point: Point
    history: tuple[Point, ...]
    warn: float | None
    fail: float | None
    verdict: Verdict
    gap: Gap | None
    before: float | None = None
    coverage: float | None = None
    is_holey: bool = False
    baseline: Baseline | None = None
    earlier: Earlier | None = None

    @property
    def value(self) -> float | None:
        """The window's value."""
        return self.point.value

    @property
    def n(self) -> int | None:
        """The window's denominator; None where the source has no row."""
        return self.point.n

    @property
    def median(self) -> float | None:
        """The median over those of the days before the last that have a value; None where none has."""
        values = [point.value for point in self.history[:-1] if point.value is not None]
        return median(values) if values else None

    @property
    def limited(self) -> bool:
        """Whether any limit was applied."""
        return self.warn is not None or self.fail is not None
