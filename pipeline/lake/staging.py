"""Writes one data file under a temporary name, hashed as it is written and forced to the disk."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import ContractFault
from pipeline.lake import disk, encodings
from pipeline.lake.layout import DataFile, Layout, folder
from pipeline.schema import BY_NAME

#: Bytes that are hashed and written at once: a page of a small column has some dozens.
_BUFFERED = 256 << 10


class _HashingFile:
    """A file for Arrow to write to: what goes through it is hashed."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("xb")
        self.digest = hashlib.sha256()
        self.size = 0
        self.closed = False

    def write(self, data: bytes | memoryview) -> int:
        if self.closed:
            return len(data)
        self._file.write(data)
        self.digest.update(data)
        self.size += len(data)
        return len(data)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        """Force the content to the disk, then close."""
        if not self.closed:
            self.closed = True
            try:
                self._file.flush()
                os.fsync(self._file.fileno())
            finally:
                self._file.close()

    def give_up(self) -> None:
        """Close, and let what Arrow still holds for it go nowhere: it would fail again, and say so itself."""
        self.closed = True
        with suppress(OSError):
            self._file.close()


class StagedFile:
    """A data file in the making: `with change.file(…) as out: out.write(rows)`.

    One that no row was written to is dropped: a change that adds nothing commits nothing.
    """

    def __init__(
        self,
        layout: Layout,
        table: str,
        partition: Mapping[str, str | None],
        prefix: str,
        staged: dict[str, DataFile],
        half_written: set[StagedFile],
    ) -> None:
        definition = BY_NAME[table]
        if set(partition) != set(definition.partition) or "" in partition.values():
            # Delta cannot tell an empty partition value from null.
            raise ContractFault(f"{table} is partitioned by {definition.partition}, not by {dict(partition)}")
        self._partition = dict(partition)
        self._schema = pa.schema([definition.made.field(name) for name in definition.file_arrow.names])
        self._stem = f"{folder(table, partition)}/{prefix}"
        self._path = layout.staged(f"{self._stem}-.parquet")
        self._staged = staged
        self._half_written = half_written
        self._writer: pq.ParquetWriter | None = None
        self._result: DataFile | None = None
        self.rows = 0

    def __enter__(self) -> StagedFile:
        with disk.faults_of(self._path):
            disk.make_folders(self._path.parent)
            self._file = _HashingFile(self._path)
            self._out = pa.BufferedOutputStream(pa.PythonFile(self._file, mode="w"), _BUFFERED)
        self._half_written.add(self)
        return self

    def write(self, rows: pa.Table) -> None:
        """Write rows as one row group.

        Args:
            rows: the table's columns without those of the partition, in order; string widths may differ,
                and what of text is coded.

        Raises:
            ContractFault: the columns are not the table's.
            LakeFault: the disk failed or is full.
        """
        if not rows.num_rows:
            return
        try:
            fitting = rows if rows.schema.equals(self._schema) else rows.cast(self._schema)
        except (pa.ArrowException, ValueError) as error:
            raise ContractFault(f"rows do not fit {self._stem}: {error}") from error
        with disk.faults_of(self._path):
            if self._writer is None:
                chosen = encodings.options(self._schema, fitting)
                self._writer = pq.ParquetWriter(self._out, self._schema, **chosen)
            self._writer.write_table(fitting, row_group_size=fitting.num_rows)
        self.rows += rows.num_rows

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.abandon()
            return
        with disk.faults_of(self._path):
            try:
                if self._writer is not None:
                    self._writer.close()
                self._out.close()
            except BaseException:
                # Ctrl-C too, during the long fsync: the half file goes, and what stopped it is raised.
                self.abandon()
                raise
            self._half_written.discard(self)
            if not self.rows:
                self._path.unlink()
                return
        name = f"{self._stem}-{self._file.digest.hexdigest()}.parquet"
        self._result = DataFile(name, str(self._path), self._partition, self.rows, self._file.size)
        self._staged[name] = self._result

    def abandon(self) -> None:
        """Drop the file: what failed was told or is being told, and failing again here must not hide it."""
        self._half_written.discard(self)
        self._file.give_up()
        with suppress(Exception):
            if self._writer is not None:
                self._writer.close()
        with suppress(Exception):
            self._out.close()
        with suppress(OSError):
            self._path.unlink()

    @property
    def name(self) -> str:
        """`<table>/<partition>/<run>-<seq>-<sha256>.parquet`, the file's name for good.

        Raises:
            ContractFault: asked for inside the with block, or no row was written.
        """
        if self._result is None:
            raise ContractFault(f"{self._stem} has no name: it is not finished, or no row was written to it")
        return self._result.name
