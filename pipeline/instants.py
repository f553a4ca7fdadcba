"""Instants, days and durations as people type them, in the reporting zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.errors import UsageFault

_CHOICES = (
    "use an instant (2025-06-20T10:00+09:00), a date (2025-06-20), today, yesterday, now, "
    "or a span back (24h, 7d)"
)
_SPAN = re.compile(r"(\d{1,6})(s|m|h|d|w)", re.ASCII)
#: The first and the last instant that a record may have: in any zone, its day and the next hour have a date.
EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, 23, 59, 59, 999_999, tzinfo=UTC)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Day:
    """One calendar day in a zone: its date, and the UTC instants it lies between, the end not included."""

    date: date
    start: datetime
    end: datetime


def zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name.

    Raises:
        UsageFault: no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageFault(
            f"no time zone {name!r}", hint="use an IANA name such as Asia/Seoul or UTC"
        ) from None


def day_of(on: date, tz: ZoneInfo) -> Day:
    """Return the calendar day, from its midnight to the next in that zone (23 to 25 hours long)."""
    start = datetime.combine(on, time(), tzinfo=tz).astimezone(UTC)
    end = datetime.combine(on + timedelta(days=1), time(), tzinfo=tz).astimezone(UTC)
    return Day(on, start, end)


def parse(text: str, tz: ZoneInfo, now: datetime) -> datetime:
    """Return the UTC instant that a person means.

    A date or day word is that day's first instant in the zone; an instant without an offset is in the zone; a
    span counts back from now.

    Args:
        text: an ISO 8601 instant or date, `today`, `yesterday`, `now`, or a span such as `24h`.
        tz: the reporting zone.
        now: the present instant, aware.

    Raises:
        UsageFault: anything else.
    """
    word = text.strip()
    day = _day_word(word, tz, now)
    try:
        if day is not None:
            return day_of(day, tz).start
        if word.lower() == "now":
            return now.astimezone(UTC)
        if _SPAN.fullmatch(word.lower()):
            return now.astimezone(UTC) - span(word)
        instant = datetime.fromisoformat(word)
        return (instant if instant.tzinfo else instant.replace(tzinfo=tz)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageFault(f"not an instant: {text!r}", hint=_CHOICES) from None


def span(text: str) -> timedelta:
    """Return the length of time that a person means.

    >>> span("7d")
    datetime.timedelta(days=7)

    Raises:
        UsageFault: anything but a number and s, m, h, d or w.
    """
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None:
        raise UsageFault(f"not a span of time: {text!r}", hint="use a number and a unit: 12h, 7d, 4w")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def parse_day(text: str, tz: ZoneInfo, now: datetime) -> Day:
    """Return the day that a person means: a date, `today` or `yesterday`.

    Raises:
        UsageFault: anything else.
    """
    day = _day_word(text.strip(), tz, now)
    try:
        if day is not None:
            return day_of(day, tz)
    except OverflowError:
        pass
    raise UsageFault(f"not a date: {text!r}", hint="use a date (2025-06-20), today or yesterday")


def _day_word(word: str, tz: ZoneInfo, now: datetime) -> date | None:
    today = now.astimezone(tz).date()
    match word.lower():
        case "today":
            return today
        case "yesterday":
            return today - timedelta(days=1)
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", word, re.ASCII):
        return None
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise UsageFault(f"no such date: {word}", hint=_CHOICES) from None
