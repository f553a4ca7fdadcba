"""Runs of ingest over files that tests write, into a lake in memory: there can be many of them.

The lake in memory keeps the tables of the data files that a change stages, and the ledger's rows. It has the
part of the lake's interface that the driver of ingest uses.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa

from pipeline import config
from pipeline.ingest import driver as drivers
from pipeline.ingest.driver import Driver
from pipeline.ingest.inputs.landing import find
from pipeline.ingest.ledger import Run
from pipeline.ingest.removal import Removal
from pipeline.ingest.scout import Wishes
from pipeline.schema import BY_NAME, FILES

START = datetime(2025, 6, 21, tzinfo=UTC)


class MemoryLake:
    """Committed data files and ledger rows."""

    def __init__(self):
        self.data = {}
        self.rows = []
        self.numbers = count()

    def ledger(self):
        newest = {row["file_id"]: row for row in self.rows}
        return pa.Table.from_pylist(list(newest.values()), schema=FILES.arrow)

    def files(self, table):
        return [SimpleNamespace(name=name) for name in self.data if name.startswith(f"{table}/")]

    def table(self, name):
        """Return all rows of a table as dictionaries, without the columns of the partition.

        Documents have the columns of their version too.
        """
        parts = [rows for key, rows in self.data.items() if key.startswith(f"{name}/")]
        rows = pa.concat_tables([BY_NAME[name].file_arrow.empty_table(), *parts]).to_pylist()
        if name != "documents":
            return rows
        held = {(row["doc_id"], row["version"]): row for row in self.table("versions")}
        return [{**held[row["doc_id"], row["version"]], **row} for row in rows]


class MemoryChange:
    """A change of a lake in memory."""

    def __init__(self, lake):
        self.lake = lake
        self.staged = {}
        self.removed = []

    @contextmanager
    def file(self, table, partition=None):
        parts = []
        file = SimpleNamespace(name=None, write=parts.append)
        yield file
        schema = BY_NAME[table].file_arrow
        rows = pa.concat_tables([schema.empty_table(), *(part.cast(schema) for part in parts)])
        if rows.num_rows:
            value = "/".join(map(str, (partition or {}).values()))
            file.name = f"{table}/{value}/{next(self.lake.numbers)}.parquet"
            self.staged[file.name] = rows

    def remove(self, table, name):
        assert name.startswith(f"{table}/")
        if name in self.staged:
            del self.staged[name]
        else:
            self.removed.append(name)

    def commit(self, rows):
        for name in self.removed:
            del self.lake.data[name]
        self.lake.data |= self.staged
        self.lake.rows += rows


def take_file(removal, name, file_ids):
    """Take a whole data file out: here none holds rows of two sources."""
    removal._change.remove(name.partition("/")[0], name)


class Landing:
    """A landing folder and a lake in memory that takes it in.

    Args:
        folder: empty.
        monkeypatch: takes from the driver what needs files on the disk.
    """

    def __init__(self, folder: Path, monkeypatch):
        self.folder = folder
        self.lake = MemoryLake()
        self.runs = count()
        monkeypatch.setattr(drivers.rollups, "refresh", lambda change, hours: None)
        monkeypatch.setattr(drivers.templates, "stage", lambda change, masks: None)
        monkeypatch.setattr(drivers.versions, "keep_new", lambda change, names: None)
        monkeypatch.setattr(drivers.versions, "drop_unused", lambda change: None)
        monkeypatch.setattr(Removal, "take_sources", take_file)

    def write(self, name, data):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def ingest(self, *, settings=None, wishes=None, jobs=1):
        """Take in what is new; return the results by path."""
        number = next(self.runs)
        run = Run(f"run-{number:03}", START + timedelta(days=number))
        change = MemoryChange(self.lake)
        driver = Driver(run, self.lake, change, settings or config.load(), wishes or Wishes())
        inputs = list(find([str(self.folder)], str(self.folder)))
        return {result.path: result for result in driver.take(inputs, jobs, lambda _: None)}

    def texts(self):
        """Return the messages of all events, sorted."""
        return sorted(row["message"] for row in self.lake.table("events"))

    def events(self):
        """Return what all events say and where they stand, whatever file they came from, sorted."""
        told = ("line_no", "line_count", "byte_offset", "ts", "severity", "format", "instance", "message")
        return sorted((tuple(row[name] for name in told) for row in self.lake.table("events")), key=repr)


def grown(folder, monkeypatch, name, data, cuts):
    """Return the events of a file that is taken in at each of these lengths, and then as a whole.

    Args:
        folder: to be made.
        monkeypatch: as of a `Landing`.
        name: the file's.
        data: all of it.
        cuts: lengths, each larger than the one before.
    """
    folder.mkdir()
    landing = Landing(folder, monkeypatch)
    for end in (*cuts, len(data)):
        landing.write(name, data[:end])
        landing.ingest()
    return landing.events()


def counters(result):
    """Return a result's counters."""
    names = ("lines", "records", "events", "continuation", "rejected", "blank")
    return {name: getattr(result, name) for name in names}
