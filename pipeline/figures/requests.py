"""Requests counted by day and by hour, kept below the state folder, so that a month reads its new day only.

A percentile of a month comes from the counts of all its days. These are few where nothing tells instances
and statuses apart, and a day does not change unless its data files do (`keys.py`). The folder may be
thrown away.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import sql
from pipeline.figures import keeping
from pipeline.lake import disk

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from pipeline.figures.keys import Keys

#: Below the state folder.
FOLDER = "requests"
#: The counts: macros of the views, and the queries in `queries/inputs/` whose rows are kept.
COUNTS = ("request_days", "request_hours")

_NEEDS = ("requests",)

Count = Callable[[sql.Query, datetime, datetime], "pa.Table"]
Bounds = Callable[[date, date], tuple[datetime, datetime]]


class KeptRequests:
    """The counts of one snapshot's days, in temporary tables `kept_<count>` of a connection.

    Args:
        folder: where they are kept; None remembers nothing beyond the connection.
        keys: what a day's counts rest on.
        bounds: the instants that some days lie between.
    """

    def __init__(self, folder: Path | None, keys: Keys, bounds: Bounds) -> None:
        self._folder = folder
        self._keys = keys
        self._bounds = bounds
        self._there: dict[str, set[date]] = {}
        self._made: set[str] = set()
        self._new: dict[tuple[str, date], pa.Table] = {}

    def missing(self, name: str, days: Iterable[date]) -> list[date]:
        """Return the days whose counts are not in the table yet."""
        return sorted(set(days) - self._there.get(name, set()))

    def has_table(self, name: str) -> bool:
        """Whether there is a table: any day that was asked for has files."""
        return name in self._made

    def provide(
        self, connection: duckdb.DuckDBPyConnection, name: str, days: Sequence[date], count: Count
    ) -> None:
        """Put the counts of missing days into the table, from what is kept, the rest counted."""
        import pyarrow as pa

        with_files = [day for day in days if self._keys.has_rows(_NEEDS, *self._bounds(day, day))]
        found = {day: self._read(name, day) for day in with_files}
        if uncounted := [day for day, rows in found.items() if rows is None]:
            found |= self._counted(name, uncounted, count)
        rows = [rows for rows in found.values() if rows is not None]
        if rows:
            into = f"INSERT INTO kept_{name}" if name in self._made else f"CREATE TEMP TABLE kept_{name} AS"
            connection.register("arriving", pa.concat_tables(rows))
            connection.execute(f"{into} FROM arriving")
            connection.unregister("arriving")
            self._made.add(name)
        self._there.setdefault(name, set()).update(days)

    def save(self) -> None:
        """Keep what was counted for the next run, each day's file whole or not at all.

        Raises:
            H33Error: the folder cannot be written.
        """
        if self._folder is None:
            return
        with keeping.writing(self._folder):
            for (name, day), rows in self._new.items():
                path = self._path(self._folder, name, day)
                old = [file for file in self._folder.glob(f"{name}-{day}-*") if file != path]
                disk.replace_file(path, _parquet(rows), self._folder / f".{name}-{day}.{os.getpid()}")
                for file in old:
                    file.unlink(missing_ok=True)
        self._new.clear()

    def _counted(self, name: str, days: Sequence[date], count: Count) -> dict[date, pa.Table]:
        """Return the counts of days, by one question for all from the first to the last."""
        import pyarrow.compute as pc

        table = count(sql.load("inputs", name), *self._bounds(min(days), max(days)))
        found = {day: table.filter(pc.equal(table["day"], day)) for day in days}
        self._new |= {(name, day): rows for day, rows in found.items()}
        return found

    def _read(self, name: str, day: date) -> pa.Table | None:
        """Return a day's kept counts; None where they are not kept, or the file is not one of ours."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self._folder is None:
            return None
        try:
            return pq.read_table(self._path(self._folder, name, day), partitioning=None)
        except (OSError, pa.ArrowException):
            return None

    def _path(self, folder: Path, name: str, day: date) -> Path:
        key = self._keys.key(sql.load("inputs", name), {}, _NEEDS, *self._bounds(day, day))
        return folder / f"{name}-{day}-{key}.parquet"


def _parquet(rows: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    out = BytesIO()
    pq.write_table(rows, out, compression="zstd")
    return out.getvalue()
