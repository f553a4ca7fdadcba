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
from pipeline.lake import disk
from pipeline.lake.layout import DataFile, Layout, folder
from pipeline.schema import BY_NAME

#: Columns whose text hardly repeats, and is smaller with its lengths apart. (A message is larger.)
_UNIQUE = frozenset({"attrs", "request_id", "dedupe_key"})
#: Numbers of few values.
_FEW = frozenset({"http_status", "line_count"})
#: Text that is the same, or nearly, throughout a file.
_BOUNDED = frozenset({"file_id", "source", "format", "service", "instance"})


class _HashingFile:
    """A file for Arrow to write to: what goes through it is hashed."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("xb")
        self.digest = hashlib.sha256()
        self.size = 0
        self.closed = False

    def write(self, data: bytes | memoryview) -> int:
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


def _parquet_writer(file: _HashingFile, schema: pa.Schema) -> pq.ParquetWriter:
    """Return a writer whose encodings follow the types.

    Text by dictionary, given up early where values hardly repeat, and so are numbers of few values; text that
    never repeats with its lengths apart; other whole numbers and instants by differences: on log lines half
    the CPU time of Arrow's defaults and 80 % of the bytes. The least and the greatest of a column's values
    are stated where they bound what is looked for: of most text they cost more than they spare.
    """
    text = [f.name for f in schema if pa.types.is_string(f.type)]
    whole = [f.name for f in schema if pa.types.is_integer(f.type) or pa.types.is_timestamp(f.type)]
    steps = [name for name in whole if name not in _FEW]
    unique = [name for name in text if name in _UNIQUE]
    return pq.ParquetWriter(
        pa.PythonFile(file, mode="w"),
        schema,
        compression="zstd",
        use_dictionary=[name for name in (*text, *whole) if name not in (*unique, *steps)],
        write_statistics=[*steps, *(name for name in text if name in _BOUNDED)],
        dictionary_pagesize_limit=64 * 1024,
        column_encoding=dict.fromkeys(steps, "DELTA_BINARY_PACKED")
        | dict.fromkeys(unique, "DELTA_LENGTH_BYTE_ARRAY"),
    )


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
    ) -> None:
        definition = BY_NAME[table]
        if set(partition) != set(definition.partition) or "" in partition.values():
            # Delta cannot tell an empty partition value from null.
            raise ContractFault(f"{table} is partitioned by {definition.partition}, not by {dict(partition)}")
        self._layout = layout
        self._partition = dict(partition)
        self._schema = definition.file_arrow
        self._stem = f"{folder(table, partition)}/{prefix}"
        self._path = layout.staged(f"{self._stem}-.parquet")
        self._staged = staged
        self._result: DataFile | None = None
        self.rows = 0

    def __enter__(self) -> StagedFile:
        with disk.faults_of(self._path):
            disk.make_folders(self._path.parent)
            self._file = _HashingFile(self._path)
            self._writer = _parquet_writer(self._file, self._schema)
        return self

    def write(self, rows: pa.Table) -> None:
        """Write rows as one row group.

        Args:
            rows: the table's columns without those of the partition, in order; string widths may differ.

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
            self._writer.write_table(fitting, row_group_size=fitting.num_rows)
        self.rows += rows.num_rows

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._abandon()
            return
        with disk.faults_of(self._path):
            try:
                self._writer.close()
                self._file.close()
            except BaseException:
                # Ctrl-C too, during the long fsync: the half file goes, and what stopped it is raised.
                self._abandon()
                raise
            if not self.rows:
                self._path.unlink()
                return
        name = f"{self._stem}-{self._file.digest.hexdigest()}.parquet"
        self._result = DataFile(name, str(self._path), self._partition, self.rows, self._file.size)
        self._staged[name] = self._result

    def _abandon(self) -> None:
        # What failed was told already, or is being told: failing again while tidying up must not hide it.
        with suppress(Exception):
            self._writer.close()
        with suppress(OSError):
            self._file.close()
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
