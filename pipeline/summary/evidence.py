"""What a page shows beside its figures: hours, clocks, errors, raw lines, sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class HourLoad:
    """One hour: its start in the reporting zone, requests without health checks, those answered 5xx.

    None, not 0, where no request is known of the hour.
    """

    hour: datetime
    requests: int | None
    errors: int | None


@dataclass(frozen=True)
class HourLatency:
    """One hour's percentiles in milliseconds, and the least and greatest P90 of that hour on the days before.

    None where there is no request, or too few for the percentile.
    """

    hour: datetime
    p50: float | None
    p90: float | None
    p99: float | None
    usual_low: float | None
    usual_high: float | None


@dataclass(frozen=True)
class SkewBin:
    """Memos whose client clock minus server clock lies in [low, low + 15) minutes."""

    low: int
    memos: int


@dataclass(frozen=True)
class DayShare:
    """A share on one day, 0 to 1, and how many it is of; None where there is no data."""

    day: date
    value: float | None
    n: int | None


@dataclass(frozen=True)
class Happening:
    """Something that happened to the service: a deploy, mostly."""

    at: datetime
    what: str


@dataclass(frozen=True)
class ErrorTrend:
    """One kind of error: what it says, how often, on each of eight days, since when, and where to look.

    Attributes:
        label: what the app was doing; None where it does not say.
        pattern: the message with its values masked.
        records: in the page's span.
        first_seen: in the whole lake, in the reporting zone.
        by_day: eight days, the page's last day last.
        sample: the newest, its first line.
        place: source:line of the newest.
        is_new: first seen within the page's span.
    """

    label: str | None
    pattern: str
    records: int
    first_seen: datetime
    by_day: tuple[int, ...]
    sample: str
    place: str
    is_new: bool


@dataclass(frozen=True)
class WeekHour:
    """Requests of one hour of the week (weekday 0 is Monday), and those answered 5xx."""

    weekday: int
    hour: int
    requests: int
    errors: int


@dataclass(frozen=True)
class RawLine:
    """A raw line that shows what a figure counts: when (reporting zone), where (source:line), what."""

    at: datetime | None
    place: str
    what: str


@dataclass(frozen=True)
class SourceRow:
    """One source that gave records to the span: how many, the first and the last, and how the source is.

    Attributes:
        path: as given.
        format: of most of its records.
        fingerprint: SHA-256 of what was read of it.
    """

    path: str
    format: str
    records: int
    first_ts: datetime
    last_ts: datetime
    rejected: int
    status: str
    fingerprint: str


@dataclass(frozen=True)
class Evidence:
    """All of it; what has no data is empty."""

    load: tuple[HourLoad, ...] = ()
    latency: tuple[HourLatency, ...] = ()
    skew: tuple[SkewBin, ...] = ()
    client_time: tuple[DayShare, ...] = ()
    happenings: tuple[Happening, ...] = ()
    errors: tuple[ErrorTrend, ...] = ()
    week: tuple[WeekHour, ...] = ()
    lines: dict[str, tuple[RawLine, ...]] = field(default_factory=dict)
    sources: tuple[SourceRow, ...] = ()
