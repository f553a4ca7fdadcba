"""Writes a source's rows: one data file per table and partition, a row group per block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.lake import Change
from pipeline.lake.staging import StagedFile
from pipeline.schema import BY_NAME, EVENTS, VERSIONS
from pipeline.table import spelled_out

#: Files written at once. A source whose lines jump between more dates than that gets several files per date.
_MOST_OPEN = 16
#: A file that so many blocks had no row for is finished: what one that is open holds is some megabytes.
_IDLE = 8

#: What an event needs one of to be counted: see `queries/rollups/` and the view `requests`.
_COUNTED = ("http_method", "dedupe_key")

_EPOCH, _HOUR, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(hours=1), timedelta(microseconds=1)

_Key = tuple[str, tuple[str | None, ...], bool]


class DataFiles:
    """The data files of one source in one change.

    Attributes:
        names: of the finished files.
        tail: those among them that hold what is provisional.
        versions: of the finished files of documents' versions, which belong to no source alone.
        hours: UTC hours of those events among them that are counted: requests, and what may be a copy.
    """

    def __init__(self, change: Change) -> None:
        self.names: list[str] = []
        self.tail: list[str] = []
        self.versions: list[str] = []
        self.hours: set[datetime] = set()
        self._change = change
        self._open: dict[_Key, tuple[StagedFile, ExitStack]] = {}
        self._last_use: dict[_Key, int] = {}
        self._writes = 0

    def write(self, table: str, rows: pa.Table, *, tail: bool) -> None:
        """Write rows of a table, its partition columns included, as a row group of each partition's file."""
        if not rows.num_rows:
            return
        if table == EVENTS.name:
            self.hours |= hours_of(_counted(rows))
        self._writes += 1
        for partition, part in _by_partition(table, rows):
            self._file(table, partition, tail=tail).write(part)
        for key in [key for key in self._open if self._last_use[key] + _IDLE < self._writes]:
            self._finish(key)

    def close(self) -> None:
        """Finish all files."""
        for key in list(self._open):
            self._finish(key)

    def drop(self) -> None:
        """Take everything back: the change will not hold this source."""
        self.close()
        for name in (*self.names, *self.versions):
            self._change.remove(name.partition("/")[0], name)
        self.names, self.tail, self.versions, self.hours = [], [], [], set()

    def _file(self, table: str, partition: dict[str, str | None], *, tail: bool) -> StagedFile:
        key = (table, tuple(partition.values()), tail)
        if key not in self._open:
            if len(self._open) == _MOST_OPEN:
                self._finish(next(iter(self._open)))
            stack = ExitStack()
            self._open[key] = stack.enter_context(self._change.file(table, partition)), stack
        # The longest unused stands first.
        self._open[key] = self._open.pop(key)
        self._last_use[key] = self._writes
        return self._open[key][0]

    def _finish(self, key: _Key) -> None:
        file, stack = self._open.pop(key)
        del self._last_use[key]
        stack.close()
        if key[0] == VERSIONS.name:
            self.versions.append(file.name)
            return
        self.names.append(file.name)
        if key[2]:
            self.tail.append(file.name)


def _counted(events: pa.Table) -> pa.ChunkedArray:
    """Return when the events were that rollups or repeats may hold: those of a method or with a key."""
    if all(events[name].null_count == events.num_rows for name in _COUNTED):
        return events["ts"].slice(0, 0)
    return events["ts"].filter(pc.or_(*(pc.is_valid(events[name]) for name in _COUNTED)))


def hours_of(ts: pa.ChunkedArray) -> set[datetime]:
    """Return the starts of the UTC hours in which instants lie."""
    hours = ts.drop_null().cast(pa.int64()).to_numpy() // (_HOUR // _MICROSECOND)
    return {_EPOCH + hour * _HOUR for hour in pc.unique(pa.array(hours)).to_pylist()}


def _by_partition(table: str, rows: pa.Table) -> Iterator[tuple[dict[str, str | None], pa.Table]]:
    """Yield the rows of each partition without its columns."""
    definition = BY_NAME[table]
    parts: list[tuple[dict[str, str | None], pa.Table]] = [({}, rows)]
    for name in definition.partition:
        parts = [
            ({**texts, name: None if value is None else str(value)}, same)
            for texts, part in parts
            for value, same in _by_value(part, name)
        ]
    for texts, part in parts:
        yield texts, part.select(definition.file_arrow.names)


def _by_value(rows: pa.Table, name: str) -> Iterator[tuple[Any, pa.Table]]:
    """Yield each value of a column with its rows."""
    values = pc.unique(rows[name])
    if len(values) == 1:
        yield values[0].as_py(), rows
        return
    rows = spelled_out(rows)
    for value in values:
        same = pc.equal(rows[name], value) if value.is_valid else pc.is_null(rows[name])
        yield value.as_py(), rows.filter(same)
