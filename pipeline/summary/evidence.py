"""What a page shows beside the figures: the day's hours, its clock differences, its sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
    """All of it."""

    hours: tuple[HourLoad, ...] = ()
    skew: tuple[SkewBin, ...] = ()
    sources: tuple[SourceRow, ...] = ()
