"""One change of the lake: files added and removed in several tables, visible all at once or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.errors import ContractFault
from pipeline.lake import digests, disk, history, log
from pipeline.lake import intent as intents
from pipeline.lake.intent import FileEntry, Intent, TableIntent
from pipeline.lake.layout import DataFile, Layout
from pipeline.lake.snapshot import Snapshot
from pipeline.lake.staging import StagedFile
from pipeline.schema import FILES, TABLES


class Change:
    """Stages files, then commits them: made by `Writer.change`."""

    def __init__(
        self,
        layout: Layout,
        base: Snapshot,
        run_id: str,
        numbers: count[int],
        committed: Callable[[Snapshot], None],
        half_written: set[StagedFile],
    ) -> None:
        self.run_id = run_id
        self._layout = layout
        self._base = base
        self._numbers = numbers
        self._committed = committed
        self._half_written = half_written
        self._staged: dict[str, DataFile] = {}
        self._removed: dict[str, DataFile] = {}
        self._open = True

    def file(self, table: str, partition: Mapping[str, str | None] | None = None) -> StagedFile:
        """Return a new data file to write to in a with block.

        Args:
            table: its table.
            partition: value of each partition column as text; None is null.
        """
        prefix = f"{self.run_id}-{next(self._numbers):05d}"
        return StagedFile(self._layout, table, partition or {}, prefix, self._staged, self._half_written)

    def adopt(self, file: DataFile) -> None:
        """Add a data file that lies in its place already, but in no log."""
        self._staged[file.name] = file

    def remove(self, table: str, path: str) -> None:
        """Take a live file out of its table; one staged by this change is dropped.

        Args:
            table: its table.
            path: the file's path or name, as `DataFile` says it.

        Raises:
            ContractFault: the table has no such file.
        """
        found = next((file for file in self.files(table) if path in (file.path, file.name)), None)
        if found is None:
            raise ContractFault(f"{table} has no file {path}")
        if self._staged.pop(found.name, None):
            Path(found.path).unlink()
        else:
            self._removed[found.name] = found

    def files(self, table: str) -> list[DataFile]:
        """Return the table's files as they will be: the snapshot's, less the removed, and the staged ones.

        A staged file lies under its temporary path until the commit.
        """
        kept = [file for file in self._base.files(table) if file.name not in self._removed]
        return [*kept, *self._of(self._staged, table)]

    @property
    def scratch(self) -> Path:
        """A folder on the lake's disk for what is worked out on the way; the next run empties it."""
        return self._layout.staging / "scratch"

    @property
    def version(self) -> int:
        """The version that the snapshot will have."""
        return (self._base.version or 0) + 1

    def commit(
        self, ledger_rows: Sequence[Mapping[str, Any]] = (), *, keep_from: int | None = None
    ) -> Snapshot:
        """Publish everything and return the new snapshot; where nothing is to be done, the old one.

        Args:
            ledger_rows: rows for `files`, keys as its columns; columns left out are null.
            keep_from: let go of all snapshots before this version, and delete the files that only they need.

        Raises:
            LakeFault: the disk failed or is full. The next writer finishes or drops what this one began.
        """
        if not self._open:
            raise ContractFault("this change is committed already")
        if not (self._staged or self._removed or ledger_rows) and keep_from is None:
            return self._base
        if ledger_rows:
            self._stage_ledger(ledger_rows)
        self._open = False
        with disk.faults_of(self._layout.root):
            intent = self._intent(keep_from)
            intents.save(self._layout, intent)
            publish(self._layout, intent)
        snapshot = Snapshot(self._layout.root, intent.change, dict(intent.versions))
        self._committed(snapshot)
        return snapshot

    def _stage_ledger(self, rows: Sequence[Mapping[str, Any]]) -> None:
        unknown = {key for row in rows for key in row} - set(FILES.arrow.names)
        if unknown:
            raise ContractFault(f"{FILES.name} has no column {', '.join(sorted(unknown))}")
        with self.file(FILES.name) as out:
            out.write(pa.Table.from_pylist([dict(row) for row in rows], schema=FILES.file_arrow))

    def _intent(self, keep_from: int | None) -> Intent:
        """Return what is to be done, after checking that every table is where the snapshot says."""
        base = {**self._base.versions, log.LEDGER: self._base.version or 0}
        todo = []
        for table in (t.name for t in TABLES):
            add, remove = self._of(self._staged, table), self._of(self._removed, table)
            if not (add or remove or table == log.LEDGER):
                continue
            log.refuse_foreign(self._layout, table, base[table])
            entries = tuple(map(FileEntry.of, add)), tuple(map(FileEntry.of, remove))
            todo.append(TableIntent(table, base[table], *entries))
        versions = {**self._base.versions, **{t.table: t.base + 1 for t in todo if t.table != log.LEDGER}}
        now = time.time_ns() // 1_000_000
        return Intent(self.version, self.run_id, now, tuple(todo), versions, keep_from)

    @staticmethod
    def _of(files: Mapping[str, DataFile], table: str) -> list[DataFile]:
        return [file for file in files.values() if file.table == table]


def publish(layout: Layout, intent: Intent) -> None:
    """Do what an intent says, from wherever it was left: however often it is tried, each step is done once.

    The order is the promise: files first, then the tables' commits, the ledger's last, then what no snapshot
    needs any more is deleted, then the digests of the logs are noted and the intent goes.
    """
    _move_into_place(layout, intent)
    for todo in intent.tables:
        log.commit_table(layout, intent, todo)
    if intent.keep_from is not None:
        history.drop_before(layout, intent.keep_from)
        for todo in intent.tables:
            log.checkpoint(layout, todo.table, todo.base + 1)
    digests.note(layout, intent)
    intents.clear(layout)


def _move_into_place(layout: Layout, intent: Intent) -> None:
    folders = set()
    for file in (file for todo in intent.tables for file in todo.add):
        staged, published = layout.staged(file.name), layout.data(file.name)
        folders.add(published.parent)
        if staged.exists():
            disk.make_folders(published.parent)
            staged.rename(published)
    for folder in sorted(folders):
        disk.sync_folder(folder)
