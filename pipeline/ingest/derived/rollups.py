"""What is worked out from the events once, when they arrive, not by every reader: repeats and counts.

They are kept in step with the events: each change recomputes the hours that it touches, by the SQL of
`queries/rollups/` over the same views that reports read, and adds the hours of their days up anew.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import catalog, sql
from pipeline.schema import DAILY_ROLLUPS, EVENTS, REPEATS, ROLLUPS
from pipeline.table import Table

if TYPE_CHECKING:
    import duckdb

    from pipeline.lake import Change, DataFile

#: Events that one query looks at, so that memory stays flat however busy a day was, and what they may take.
_ROWS_AT_ONCE = 500_000
_MEMORY = "256MB"

Hours = dict[date, set[datetime]]


@dataclass(frozen=True)
class _Derived:
    """A table that is worked out hour by hour, and the query that does it."""

    table: Table
    query: str


# In this order: requests are counted without their repeats.
_DERIVED = (_Derived(REPEATS, "repeats"), _Derived(ROLLUPS, "requests"))


def refresh(change: Change, hours: Iterable[datetime]) -> None:
    """Stage the repeats and rollups of some hours anew, as the events will be after the change.

    To be called when the events are staged and before the commit. A date has one file of each table; the rows
    of its other hours are taken over from the one that is replaced. A day's rollups are those of its hours
    added up, so the two cannot disagree.

    Args:
        change: its staged events count, its removed ones do not.
        hours: starts of the UTC hours (aware) in which any event was added or removed that is counted; others
            may be among them.
    """
    touched = _by_date(hours)
    if not touched:
        return
    events = _files(change, EVENTS, touched)

    def files_of(table: str) -> list[DataFile]:
        return [file for files in events.values() for file in files] if table == EVENTS.name else []

    with closing(catalog.connect(files_of, "UTC", memory=_MEMORY, views=("requests",))) as connection:
        for derived in _DERIVED:
            old = _files(change, derived.table, touched)
            for day in sorted(touched):
                parts = _parts(sorted(touched[day]), rows=sum(file.rows for file in events[day]))
                fresh = [_rows(connection, derived, part) for part in parts]
                _replace(change, derived.table, day, old[day], touched[day], fresh)
            staged = _files(change, derived.table, touched)
            catalog.set_files(connection, derived.table, [file for day in staged for file in staged[day]])
        old = _files(change, DAILY_ROLLUPS, touched)
        for day in sorted(touched):
            rows = _asked(connection, DAILY_ROLLUPS, "days", day=day)
            _put(change, DAILY_ROLLUPS, day, old[day], rows)


def _by_date(hours: Iterable[datetime]) -> Hours:
    touched: Hours = defaultdict(set)
    for hour in hours:
        start = hour.astimezone(UTC)
        touched[start.date()].add(start)
    return touched


def _files(change: Change, table: Table, dates: Iterable[date]) -> dict[date, list[DataFile]]:
    """Return a table's files of each date, none of other dates."""
    found: dict[date, list[DataFile]] = {day: [] for day in dates}
    for file in change.files(table.name):
        text = file.partition["date"]
        if text is not None and date.fromisoformat(text) in found:
            found[date.fromisoformat(text)].append(file)
    return found


def _parts(hours: Sequence[datetime], rows: int) -> Iterator[Sequence[datetime]]:
    """Cut a date's touched hours into runs that hold about as many events as are looked at together.

    Args:
        hours: sorted.
        rows: events of the whole date.
    """
    size = max(1, 24 * _ROWS_AT_ONCE // max(rows, 1))
    for start in range(0, len(hours), size):
        yield hours[start : start + size]


def _rows(connection: duckdb.DuckDBPyConnection, derived: _Derived, hours: Sequence[datetime]) -> pa.Table:
    """Return the rows of some hours of one date, without the date."""
    span = {"since": hours[0], "until": hours[-1] + timedelta(hours=1)}
    return _asked(connection, derived.table, derived.query, hours=list(hours), **span)


def _asked(connection: duckdb.DuckDBPyConnection, table: Table, query: str, **params: object) -> pa.Table:
    """Return what a query gives for a table, as a file of it holds it."""
    with warnings.catch_warnings():
        # The engine warns that rows are copied. To be told their types first would bind the views twice.
        warnings.simplefilter("ignore", UserWarning)
        rows: pa.Table = connection.execute(sql.load("rollups", query).text, params).to_arrow_table()
    schema = table.file_arrow
    return rows.select(schema.names).cast(schema)


def _replace(
    change: Change,
    table: Table,
    day: date,
    old: Iterable[DataFile],
    touched: set[datetime],
    fresh: list[pa.Table],
) -> None:
    """Stage a date's new file: the fresh rows, and those of the old file whose hours were not touched."""
    kept = [_other_hours(table, file, touched) for file in old]
    rows = pa.concat_tables([*kept, *fresh])
    _put(change, table, day, old, rows.sort_by("hour") if kept else rows)


def _put(change: Change, table: Table, day: date, old: Iterable[DataFile], rows: pa.Table) -> None:
    """Stage the rows of a date in place of its files."""
    with change.file(table.name, {"date": str(day)}) as out:
        out.write(rows)
    for file in old:
        change.remove(table.name, file.path)


def _other_hours(table: Table, file: DataFile, touched: Iterable[datetime]) -> pa.Table:
    rows = pq.read_table(file.path, schema=table.file_arrow, partitioning=None)
    return rows.filter(pc.invert(pc.is_in(rows["hour"], pa.array(list(touched), rows["hour"].type))))
