"""Hourly counts of requests, kept in step with the events: each change recomputes the hours that it touches.

The counts are those of `queries/rollups/requests.sql` over the same views that reports read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import catalog, sql
from pipeline.schema import EVENTS, ROLLUPS

if TYPE_CHECKING:
    import duckdb

    from pipeline.lake import Change, DataFile

#: Events that one query looks at, so that memory stays flat however busy a day was.
_ROWS_AT_ONCE = 1_000_000


def refresh(change: Change, hours: Iterable[datetime]) -> None:
    """Stage the rollups of some hours anew, as the events will be after the change.

    To be called when the events are staged and before the commit. A date has one rollup file; the rows of its
    other hours are taken over from the one that is replaced.

    Args:
        change: its staged events count, its removed ones do not.
        hours: starts of the UTC hours (aware) in which an event was added or removed.
    """
    touched: dict[date, set[datetime]] = defaultdict(set)
    for hour in hours:
        start = hour.astimezone(UTC)
        touched[start.date()].add(start)
    events = _by_date(change.files(EVENTS.name), touched)
    old = _by_date(change.files(ROLLUPS.name), touched)

    def files_of(table: str) -> list[DataFile]:
        return [file for files in events.values() for file in files] if table == EVENTS.name else []

    with closing(catalog.connect(files_of, "UTC")) as connection:
        for day in sorted(touched):
            rows = sum(file.rows for file in events[day])
            kept = [_other_hours(file, touched[day]) for file in old[day]]
            counted = [_count(connection, part) for part in _parts(sorted(touched[day]), rows)]
            with change.file(ROLLUPS.name, {"date": str(day)}) as out:
                out.write(pa.concat_tables([*kept, *counted]).sort_by("hour"))
            for file in old[day]:
                change.remove(ROLLUPS.name, file.path)


def _by_date(files: Iterable[DataFile], dates: Iterable[date]) -> dict[date, list[DataFile]]:
    """Return the files of each date, none of other dates."""
    found: dict[date, list[DataFile]] = {day: [] for day in dates}
    for file in files:
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


def _count(connection: duckdb.DuckDBPyConnection, hours: Sequence[datetime]) -> pa.Table:
    """Return the rollup rows of some hours of one date, without the date."""
    params = {"hours": list(hours), "since": hours[0], "until": hours[-1] + timedelta(hours=1)}
    rows = connection.sql(sql.load("rollups", "requests").text, params=params).to_arrow_table()
    return rows.select(ROLLUPS.file_arrow.names).cast(ROLLUPS.file_arrow)


def _other_hours(file: DataFile, touched: Iterable[datetime]) -> pa.Table:
    """Return the rows of a rollup file that stay as they are."""
    rows = pq.read_table(file.path, schema=ROLLUPS.file_arrow, partitioning=None)
    return rows.filter(pc.invert(pc.is_in(rows["hour"], pa.array(list(touched), rows["hour"].type))))
