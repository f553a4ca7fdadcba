"""A CSV or Parquet file that a person names, opened as a lazy frame: its first bytes tell which it is."""

from __future__ import annotations

import csv
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import InputFault

if TYPE_CHECKING:
    import polars as pl

_PARQUET_MAGIC = b"PAR1"
_SEPARATORS = ",;\t|"
#: What a UTF-16 file begins with.
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
#: The longest first line that is looked at, bytes.
_LONGEST_HEAD = 65_536
#: Bytes of a row, to guess how many rows a CSV file has.
_CSV_ROW = 50


@dataclass(frozen=True)
class Opened:
    """A file's rows, not yet read.

    Attributes:
        frame: all columns; those of CSV are text.
        schema: their names and types.
        rows: how many there are; of CSV a guess.
    """

    frame: pl.LazyFrame
    schema: pl.Schema
    rows: int


def open_file(path: Path, required: Sequence[str]) -> Opened:
    """Return the rows of a CSV (any common separator) or Parquet file.

    Args:
        path: the file; an empty one has no rows. Of a CSV row with too many fields the last are left out, one
            with too few ends in nulls.
        required: columns that it must have.

    Raises:
        InputFault: the file is missing, not a regular file, neither CSV nor Parquet, damaged, or lacks a
            column.
    """
    where = str(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputFault("not a regular file", where=where, hint="give a CSV or Parquet file")
        with path.open("rb") as file:
            head = file.readline(_LONGEST_HEAD)
    except OSError as error:
        raise InputFault(error.strerror or "cannot be read", where=where) from None
    if not head.strip():
        frame, rows = _nothing(required), 0
    else:
        frame, rows = _parquet(path) if head.startswith(_PARQUET_MAGIC) else _csv(path, head)
    return Opened(frame, schema_of(frame, required, where), rows)


def schema_of(frame: pl.LazyFrame, required: Sequence[str], where: str) -> pl.Schema:
    """Return a frame's columns.

    Raises:
        InputFault: one that is required is not there, or the input is damaged.
    """
    import polars as pl

    try:
        schema = frame.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputFault(first_line(error), where=where) from None
    missing = [name for name in required if name not in schema]
    if missing:
        raise InputFault(
            f"no column {', '.join(missing)}", where=where, hint=f"there are {', '.join(schema)}"
        )
    return schema


def first_line(error: Exception) -> str:
    """Return what an engine says, without its further lines."""
    return str(error).strip().split("\n", 1)[0] or type(error).__name__


def _nothing(columns: Sequence[str]) -> pl.LazyFrame:
    import polars as pl

    return pl.LazyFrame(schema=dict.fromkeys(columns, pl.String))


def _parquet(path: Path) -> tuple[pl.LazyFrame, int]:
    import polars as pl
    import pyarrow.parquet as pq

    try:
        rows = pq.read_metadata(path).num_rows
    except (OSError, ValueError) as error:
        raise InputFault(f"damaged Parquet: {first_line(error)}", where=str(path)) from None
    return pl.scan_parquet(path, glob=False, hive_partitioning=False), rows


def _csv(path: Path, head: bytes) -> tuple[pl.LazyFrame, int]:
    import polars as pl

    if head.startswith(_UTF16_MARKS):
        raise InputFault("UTF-16 text", where=str(path), hint="save it as CSV in UTF-8")
    if b"\0" in head:
        raise InputFault("neither CSV nor Parquet but binary", where=str(path))
    text = head.decode("utf-8-sig", errors="replace")
    separator = max(_SEPARATORS, key=lambda mark: len(next(csv.reader([text], delimiter=mark), [])))
    frame = pl.scan_csv(
        path,
        separator=separator,
        infer_schema=False,
        encoding="utf8-lossy",
        truncate_ragged_lines=True,
        glob=False,
        with_column_names=lambda names: [name.strip() for name in names],
    )
    return frame, path.stat().st_size // _CSV_ROW
