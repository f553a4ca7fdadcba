"""What happens in the simulated world: plain records, the one source of every written file and of the truth.

Instants are integers, microseconds since 1970-01-01 UTC, so that nothing depends on a clock, a zone of the
machine or floating point.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, cached_property
from random import Random
from typing import NamedTuple

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

#: Korea has had no daylight saving time since 1988: a fixed offset needs no zone database.
KST = timezone(timedelta(hours=9), "KST")
#: Months and weekdays as logs write them, whatever language the machine speaks.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Request(NamedTuple):
    """One answered HTTP request, as Render's edge logs it; `at` is when the answer left."""

    at: int
    instance: str
    method: str
    path: str
    route: str
    status: int
    duration_ms: int
    response_bytes: int
    client_ip: str
    user_agent: str
    request_id: str


class Failure(NamedTuple):
    """A controller's caught error; the client got status 500."""

    label: str
    name: str
    message: str


class Check(NamedTuple):
    """One run of the app's TimeProcessor; `reason` is None where the client's time was used."""

    session_id: str
    user_id: str
    reason: str | None
    zone: str
    server_ms: int
    client_ms: int | None


class Print(NamedTuple):
    """One call of console.log, console.error or console.group: one record, of one line or several.

    `times` holds the instant of every line, once `Day.settle` has put the calls of an instance in sequence.
    """

    at: int
    instance: str
    level: str
    lines: tuple[str, ...]
    fact: Failure | Check | None = None
    times: tuple[int, ...] = ()


class Note(NamedTuple):
    """One memo in MongoDB. Times are milliseconds since 1970; `client_state` is absent, null or value."""

    id: str
    user_id: str
    book_id: str
    type: str
    content: str
    tags: tuple[str, ...]
    session_id: str | None
    created_ms: int
    client_state: str
    client_ms: int | None
    is_pdf: bool

    def without_text(self) -> Note:
        """Return the note without what a reader wrote, which is most of its size."""
        return self._replace(book_id="", content="", tags=())


class Operation(NamedTuple):
    """One slow operation of MongoDB; `at` is when it ended, whole milliseconds in µs.

    `keys` and `docs` were examined, `returned` documents returned, matched or inserted.
    """

    at: int
    shape: str
    connection: int
    took_ms: int
    working_ms: int
    keys: int
    docs: int
    returned: int
    reply_bytes: int
    target: str


@dataclass
class Day:
    """All events of one KST day; every list is in the order of time once the day is `settled`."""

    date: date
    requests: list[Request] = field(default_factory=list)
    prints: list[Print] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)

    @cached_property
    def start(self) -> int:
        """The day's first instant."""
        return midnight(self.date)

    @cached_property
    def end(self) -> int:
        """The first instant of the next day."""
        return self.start + DAY

    def settle(self, random: Random) -> None:
        """Bring the events into the order of time, equal instants by instance.

        Node runs one thread: the lines of one call stand together among the lines of their instance, and the
        next call starts after them. Lines of other instances may fall between.
        """
        self.requests.sort(key=lambda request: (request.at, request.request_id))
        self.notes.sort(key=lambda note: (note.created_ms, note.id))
        self.prints.sort(key=lambda call: call[:2])
        free: dict[str, int] = {}
        settled = []
        for call in self.prints:
            at = max(call.at, free.get(call.instance, 0))
            times = [at]
            for _ in call.lines[1:]:
                times.append(times[-1] + random.randint(30, 900))
            free[call.instance] = times[-1] + random.randint(30, 200)
            settled.append(call._replace(at=at, times=tuple(times)))
        self.prints = settled


def midnight(day: date) -> int:
    """Return the first instant of a KST day.

    >>> midnight(date(1970, 1, 2)) == 15 * HOUR
    True
    """
    return (day - date(1970, 1, 1)).days * DAY - 9 * HOUR


def kst_date(at: int) -> date:
    """Return the KST day that an instant lies in."""
    return date(1970, 1, 1) + timedelta(days=(at + 9 * HOUR) // DAY)


def days_between(first: date, last: date) -> Iterator[date]:
    """Yield the days from first to last, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def utc(at: int) -> datetime:
    """Return an instant as an aware UTC datetime."""
    return _EPOCH + timedelta(microseconds=at)


def iso_z(at: int) -> str:
    """Return an instant with six digits and Z, as the truth writes it."""
    seconds, fraction = divmod(at, SECOND)
    return f"{_second(seconds)}.{fraction:06d}Z"


_HOURS = tuple(f"T{hour:02d}:" for hour in range(24))
_MINUTES = tuple(f"{second // 60:02d}:{second % 60:02d}" for second in range(3600))


@cache
def _utc_date(days: int) -> str:
    return str(date(1970, 1, 1) + timedelta(days=days))


def _second(seconds: int) -> str:
    """Return a whole second without its zone; faster than by way of a datetime."""
    days, rest = divmod(seconds, 86_400)
    hour, rest = divmod(rest, 3600)
    return _utc_date(days) + _HOURS[hour] + _MINUTES[rest]


def rfc3339(at: int, nanoseconds: int = 0) -> str:
    """Return an instant as Go prints it: up to nine digits, zeros at the end left away.

    >>> rfc3339(1750381200600000), rfc3339(1750381200000000, 7)
    ('2025-06-20T01:00:00.6Z', '2025-06-20T01:00:00.000000007Z')
    """
    seconds, fraction = divmod(at, SECOND)
    digits = f"{fraction:06d}{nanoseconds:03d}".rstrip("0")
    return f"{_second(seconds)}.{digits}Z" if digits else f"{_second(seconds)}Z"


def iso_js(milliseconds: int) -> str:
    """Return what JavaScript's Date.toISOString prints.

    >>> iso_js(1750381200431)
    '2025-06-20T01:00:00.431Z'
    """
    seconds, fraction = divmod(milliseconds, 1000)
    return f"{_second(seconds)}.{fraction:03d}Z"


def to_fixed(value: float, digits: int) -> str:
    """Return what JavaScript's Number.toFixed prints: exact ties away from zero, a sign before -0.00.

    >>> to_fixed(-0.125, 2), to_fixed(1.005, 2)
    ('-0.13', '1.00')
    """
    return str(Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))
