"""Takes rows out of the lake's data files: those of a source that is read anew, or what is to be forgotten.

A file that holds nothing else goes as it is. One that holds rows of others, as compaction makes them, is
written anew without; the ledger rows of the others then name the new file.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ingest.datafiles import hours_of
from pipeline.lake import Change, DataFile
from pipeline.lake.rewriting import filled, row_groups
from pipeline.schema import EVENTS

#: Says for each row of a table whether it goes.
Goes = Callable[[pa.Table], pa.ChunkedArray]


class Removal:
    """What one change takes out of the data files.

    Args:
        change: files are taken out of it, and written to it.
        sources: the newest ledger row of every source: whose rows a data file holds.

    Attributes:
        hours: UTC hours in which events were taken out.
        counts: rows taken out, by data file and source.
    """

    def __init__(self, change: Change, sources: Iterable[Mapping[str, Any]]) -> None:
        self.hours: set[datetime] = set()
        self.counts: Counter[tuple[str, str]] = Counter()
        self._change = change
        self._rows = {row["file_id"]: row for row in sources}
        self._owners: dict[str, set[str]] = defaultdict(set)
        self._became: dict[str, str | None] = {}
        for row in self._rows.values():
            for name in row["data_files"] or ():
                self._owners[name].add(row["file_id"])

    def take_sources(self, name: str, file_ids: Collection[str]) -> None:
        """Take all rows of some sources out of a data file."""
        if self._owners[name] <= set(file_ids):
            self.take_file(_file(self._change, name))
        else:
            self.take_rows(_file(self._change, name), of_sources(file_ids))

    def take_file(self, file: DataFile) -> None:
        """Take a whole data file out."""
        for rows in row_groups(file, _needed(file), checked=False):
            self._count(file, rows)
        self._change.remove(file.table, file.name)
        self._became[file.name] = None

    def take_damaged(self, file: DataFile) -> None:
        """Take a data file out that cannot be trusted: it may have held events of any hour of its date."""
        self._change.remove(file.table, file.name)
        self._became[file.name] = None
        if file.table == EVENTS.name and (day := file.partition["date"]):
            self.hours |= hours_of_day(day)

    def take_rows(self, file: DataFile, goes: Goes) -> None:
        """Take some rows out of a data file: the others are written to a new one."""

        def kept() -> Iterator[pa.Table]:
            for rows in row_groups(file):
                leaving = pc.fill_null(goes(rows), False)
                self._count(file, rows.filter(leaving))
                yield rows.filter(pc.invert(leaving))

        with self._change.file(file.table, file.partition) as out:
            for rows in filled(kept()):
                out.write(rows)
        self._change.remove(file.table, file.name)
        self._became[file.name] = out.name if out.rows else None

    def renamed(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a source's ledger row with the names that its data files have after the change."""
        lists = {
            column: [now for name in row[column] or () if (now := self._became.get(name, name))]
            for column in ("data_files", "tail_files")
        }
        return {**row, **lists}

    def touched(self) -> Iterator[Mapping[str, Any]]:
        """Yield the ledger rows of the sources whose data files are called otherwise after the change."""
        file_ids = {file_id for name in self._became for file_id in self._owners[name]}
        for file_id in sorted(file_ids):
            yield self._rows[file_id]

    def _count(self, file: DataFile, rows: pa.Table) -> None:
        for entry in rows["file_id"].value_counts().to_pylist():
            self.counts[file.name, entry["values"]] += entry["counts"]
        if file.table == EVENTS.name:
            self.hours |= hours_of(rows["ts"])


def hours_of_day(day: str) -> set[datetime]:
    """Return the starts of the hours of a UTC date."""
    return {datetime.fromisoformat(f"{day}T{hour:02}:00:00+00:00") for hour in range(24)}


def of_sources(file_ids: Collection[str]) -> Goes:
    """Return what takes the rows of some sources out."""
    wanted = pa.array(sorted(file_ids), pa.string())
    return lambda rows: pc.is_in(rows["file_id"], wanted)


def _needed(file: DataFile) -> list[str]:
    return ["file_id", "ts"] if file.table == EVENTS.name else ["file_id"]


def _file(change: Change, name: str) -> DataFile:
    return next(file for file in change.files(name.partition("/")[0]) if file.name == name)
