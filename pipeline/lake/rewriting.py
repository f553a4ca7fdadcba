"""Reads data files to write their rows anew: only what is as it was written, and a row group at a time.

A flipped bit may read as another value without complaint. Rows that are written anew get a new SHA-256, so
what is damaged must be found before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import LakeDamaged
from pipeline.lake import disk
from pipeline.lake.layout import DataFile

#: Rows and bytes that a row group is filled up to: what scans read at once, and what memory holds of it.
GROUP_ROWS, GROUP_BYTES = 128 << 10, 32 << 20

_HINT = "`h33 check --repair` takes it out and reads its sources again"


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_damaged(file: DataFile) -> None:
    """Check that a data file is what was written.

    Raises:
        LakeDamaged: it is missing, cannot be read, or was changed.
    """
    with _told(file):
        if sha256(Path(file.path)) != file.sha256:
            raise LakeDamaged("its content has changed", where=file.name, hint=_HINT)


def row_groups(
    file: DataFile, columns: Sequence[str] | None = None, *, checked: bool = True
) -> Iterator[pa.Table]:
    """Yield a data file's rows, a row group at a time, after checking that they are what was written.

    Args:
        file: a live one.
        columns: all that the file holds when None.
        checked: False where the rows are looked at only, not written anew.

    Raises:
        LakeDamaged: it is missing, cannot be read, or was changed.
    """
    if checked:
        refuse_damaged(file)
    with _told(file), pq.ParquetFile(file.path) as parquet:
        for number in range(parquet.num_row_groups):
            yield parquet.read_row_group(number, columns=columns)


@contextmanager
def _told(file: DataFile) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise LakeDamaged(f"cannot be read: {disk.first_line(error)}", where=file.name, hint=_HINT) from error


def filled(groups: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield the rows of small row groups in larger ones, in their order."""
    held: list[pa.Table] = []
    for group in groups:
        held.append(group)
        if sum(t.num_rows for t in held) >= GROUP_ROWS or sum(t.nbytes for t in held) >= GROUP_BYTES:
            yield pa.concat_tables(held)
            held = []
    if held:
        yield pa.concat_tables(held)
