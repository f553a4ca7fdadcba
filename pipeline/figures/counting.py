"""Numbers of figures over any span: counted by their SQL once, kept by day, merged for longer spans.

A figure's SQL groups by `local_day(ts)`. That macro decides what a row stands for: a day as it is, an hour,
or, for what does not add up from days, all chosen days at once: one text gives a day, its hours and a month.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from pipeline import instants, sql
from pipeline.figures.asking import DAYS, HOURS, Asking
from pipeline.figures.definitions import arguments
from pipeline.figures.keys import Keys
from pipeline.figures.requests import FOLDER as REQUESTS
from pipeline.figures.requests import KeptRequests
from pipeline.figures.store import FOLDER, TABLES, Row, Store
from pipeline.summary import Measure, Merge

if TYPE_CHECKING:
    from types import TracebackType

    from pipeline.config import Settings
    from pipeline.lake import Snapshot
    from pipeline.sql import Query


class Countable(Protocol):
    """What is needed of a figure, or of the coverage of a source, to count it."""

    @property
    def query(self) -> Query:
        """Its SQL: `day`, `value`, `n`, maybe `low` and `high`."""

    @property
    def merge(self) -> Merge:
        """How days become a longer span."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The views that it reads."""

    @property
    def choices(self) -> Mapping[str, Any]:
        """Its own parameters."""


class Counting:
    """Counts over one snapshot; a context, since it holds a connection once one is needed.

    Args:
        snapshot: what is counted.
        settings: zone, release, service; the state folder, where days are kept.
    """

    def __init__(self, snapshot: Snapshot, settings: Settings) -> None:
        self.snapshot = snapshot
        self.settings = settings
        self.zone = instants.zone(settings.timezone)
        self._keys = Keys(snapshot, settings.timezone)
        self._store = Store(settings.paths.state / FOLDER if snapshot.version is not None else None)
        self._tables = Store(settings.paths.state / TABLES if snapshot.version is not None else None)
        kept = settings.paths.state / REQUESTS if snapshot.version is not None else None
        self._requests = KeptRequests(kept, self._keys, self.bounds)
        self._asking = Asking(snapshot, settings.timezone, self._requests)
        self._found: dict[tuple[str, str, datetime, datetime], list[dict[str, Any]]] = {}
        self._known: dict[str, dict[date, Measure | None]] = {}

    def __enter__(self) -> Counting:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._asking.__exit__(kind, error, trace)

    def save(self) -> None:
        """Keep what was counted for the next run.

        Raises:
            H33Error: the state folder cannot be written.
        """
        self._store.save()
        self._tables.save()
        self._requests.save()

    def days(self, asked: Countable, days: Sequence[date]) -> dict[date, Measure]:
        """Return the measure of each day that has one; a day without any source has none."""
        known = self._known.setdefault(asked.query.name, {})
        if new := [day for day in days if day not in known]:
            known |= self._days(asked, new)
        return {day: measure for day in days if (measure := known[day]) is not None}

    def _days(self, asked: Countable, days: Sequence[date]) -> dict[date, Measure | None]:
        """Return the measure of each day, kept ones first."""
        found: dict[date, list[Row]] = {}
        missing = []
        for day in days:
            rows = self._store.get(day, asked.query.name, self._key(asked, *self.bounds(day, day)))
            if rows is None:
                missing.append(day)
            else:
                found[day] = rows
        if missing:
            counted = self._count_days(asked, min(missing), max(missing))
            for day in missing:
                found[day] = [counted[day]] if day in counted else []
                key = self._key(asked, *self.bounds(day, day))
                self._store.put(day, asked.query.name, key, found[day])
        return {day: Measure(*rows[0]) if rows else None for day, rows in found.items()}

    def hours(self, asked: Countable, day: date) -> dict[datetime, Measure]:
        """Return the measure of each UTC hour of a day that has one."""
        since, until = self.bounds(day, day)
        name, key = f"{asked.query.name}@hours", self._key(asked, since, until)
        rows = self._store.get(day, name, key)
        if rows is None:
            found = self._rows(asked, since, until, HOURS)
            rows = [[row["day"].astimezone(UTC).isoformat(), *_numbers(row)] for row in found]
            self._store.put(day, name, key, rows)
        return {datetime.fromisoformat(hour): Measure(*numbers) for hour, *numbers in rows}

    def over(self, asked: Countable, days: Sequence[date]) -> Measure | None:
        """Return the measure of some days together, neighbours or not; None without any source."""
        if asked.merge != "whole" or len(days) == 1:
            return merged(self.days(asked, days).values(), asked.merge)
        if not days:
            return None
        first, last = min(days), max(days)
        kept = ", ".join(f"DATE '{day}'" for day in sorted(days))
        period = f"CASE WHEN CAST(ts AS DATE) IN ({kept}) THEN DATE '{last}' END"
        since, until = self.bounds(first, last)
        return self._whole(asked, since, until, period, f"{asked.query.name}@{len(days)}d{first}", last)

    def span(self, asked: Countable, since: datetime, until: datetime) -> Measure | None:
        """Return the measure between two instants: whole days from what is kept, the rest counted."""
        last = (until - timedelta(microseconds=1)).astimezone(self.zone).date()
        if asked.merge == "whole":
            return self._part(asked, since, until, last)
        days = self.whole_days(since, until)
        if not days:
            return self._part(asked, since, until, last)
        start, end = self.bounds(days[0], days[-1])
        parts = [
            self._part(asked, first, end_, first.astimezone(self.zone).date())
            for first, end_ in ((since, start), (end, until))
            if first < end_
        ]
        measures = [*self.days(asked, days).values(), *(part for part in parts if part is not None)]
        return merged(measures, asked.merge)

    def whole_days(self, since: datetime, until: datetime) -> list[date]:
        """Return the days of the reporting zone that lie between two instants with both their midnights."""
        first = since.astimezone(self.zone).date()
        if instants.day_of(first, self.zone).start < since:
            first += timedelta(days=1)
        end = until.astimezone(self.zone).date()
        return [first + timedelta(days=n) for n in range(max((end - first).days, 0))]

    def first_row(
        self, query: Query, since: datetime, until: datetime, chosen: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Return the first row that a query of ours finds between two instants; instants in it as texts."""
        params = arguments(query, self.settings, since, until, chosen)
        needs = tuple(query.keys["needs"].split())
        day, name = (
            since.astimezone(self.zone).date(),
            f"{query.name}@{until.isoformat()}{sorted(chosen.items())}",
        )
        key = self._keys.key(query, params, needs, since, until)
        rows = self._store.get(day, name, key)
        if rows is None:
            rows = _plain(self._asking.rows(query, params)[:1])
            self._store.put(day, name, key, rows)
        return dict(zip((column.name for column in query.columns), rows[0], strict=True)) if rows else None

    def table(self, query: Query, since: datetime, until: datetime) -> list[Row]:
        """Return the rows of a query that counts, whole days from what is kept: several parts, not merged."""
        days = self.whole_days(since, until)
        spans = [self.bounds(day, day) for day in days]
        edges = [(since, spans[0][0]), (spans[-1][1], until)] if spans else [(since, until)]
        needs = tuple(query.keys["needs"].split())
        return [
            row
            for part in (*edges, *spans)
            if part[0] < part[1]
            for row in self._kept(self._tables, query, needs, *part)
        ]

    def each_day(self, query: Query, needs: tuple[str, ...], days: Sequence[date]) -> dict[date, list[Row]]:
        """Return the rows that a query of ours finds on each day, from what is kept; instants as texts."""
        return {day: self._kept(self._store, query, needs, *self.bounds(day, day)) for day in days}

    def _kept(
        self, store: Store, query: Query, needs: tuple[str, ...], since: datetime, until: datetime
    ) -> list[Row]:
        params = arguments(query, self.settings, since, until, {})
        day = since.astimezone(self.zone).date()
        name = f"{query.kind}/{query.name}@{since.isoformat()}/{until.isoformat()}"
        key = self._keys.key(query, params, needs, since, until)
        rows = store.get(day, name, key)
        if rows is None:
            has_rows = self._keys.has_rows(needs, since, until)
            rows = _plain(self._asking.rows(query, params)) if has_rows else []
            store.put(day, name, key, rows)
        return rows

    def found(self, kind: str, name: str, since: datetime, until: datetime) -> list[dict[str, Any]]:
        """Return the rows that a query of ours finds between two instants; asked once, not kept."""
        asked = (kind, name, since, until)
        if asked not in self._found:
            query = sql.load(kind, name)
            params = arguments(query, self.settings, since, until, {})
            self._found[asked] = self._asking.rows(query, params)
        return self._found[asked]

    def _part(self, asked: Countable, since: datetime, until: datetime, on: date) -> Measure | None:
        name = f"{asked.query.name}@{since.isoformat()}/{until.isoformat()}"
        return self._whole(asked, since, until, f"DATE '{on}'", name, on)

    def _whole(
        self, asked: Countable, since: datetime, until: datetime, period: str, name: str, on: date
    ) -> Measure | None:
        """Return what a figure's SQL finds when all rows are of one period; kept with a day's numbers."""
        key = self._key(asked, since, until)
        rows = self._store.get(on, name, key)
        if rows is None:
            found = self._rows(asked, since, until, period)
            rows = [_numbers(row) for row in found if row["day"] is not None]
            self._store.put(on, name, key, rows)
        return Measure(*rows[0]) if rows else None

    def _count_days(self, asked: Countable, first: date, last: date) -> dict[date, Row]:
        found = self._rows(asked, *self.bounds(first, last), DAYS)
        return {row["day"]: _numbers(row) for row in found}

    def _rows(
        self, asked: Countable, since: datetime, until: datetime, period: str
    ) -> Iterable[dict[str, Any]]:
        if not self._keys.has_rows(asked.needs, since, until):
            return []
        params = arguments(asked.query, self.settings, since, until, asked.choices)
        return self._asking.rows(asked.query, params, period)

    def _key(self, asked: Countable, since: datetime, until: datetime) -> str:
        params = arguments(asked.query, self.settings, since, until, asked.choices)
        return self._keys.key(asked.query, params, asked.needs, since, until)

    def bounds(self, first: date, last: date) -> tuple[datetime, datetime]:
        """Return the instants that some days lie between."""
        return instants.day_of(first, self.zone).start, instants.day_of(last, self.zone).end


def _plain(rows: Iterable[dict[str, Any]]) -> list[Row]:
    """Return rows as they are kept: instants as texts."""
    return [[v.isoformat() if isinstance(v, datetime) else v for v in row.values()] for row in rows]


def _numbers(row: dict[str, Any]) -> Row:
    return [row["value"], row["n"], row.get("low"), row.get("high")]


def merged(measures: Iterable[Measure], merge: Merge) -> Measure | None:
    """Return measures of spans that do not overlap as one; None where there are none.

    Counts add up, a share is its events over n, so that the mean weighted by n is that of all, and of maxima
    the largest stays.

    >>> merged([Measure(0.5, 2), Measure(0.0, 6), Measure(None, 0)], "share")
    Measure(value=0.125, n=8, low=None, high=None)
    """
    found = list(measures)
    if not found:
        return None
    n = sum(measure.n for measure in found)
    values = [(measure.value, measure.n) for measure in found if measure.value is not None]
    match merge:
        case _ if not values:
            return Measure(None, n)
        case "max":
            return Measure(max(value for value, _ in values), n)
        case "sum":
            return Measure(sum(value for value, _ in values), n)
        case _:
            return Measure(sum(value * weight for value, weight in values) / sum(w for _, w in values), n)
