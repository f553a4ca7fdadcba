"""A CSV or Parquet file of events becomes pieces that hold whole devices, in bounded memory.

The file is read once, as a stream. Each row goes into one of several temporary files by a hash of its device,
so that only one piece at a time is in memory, however the rows of the input are ordered.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline import tabular
from pipeline.errors import InputFault
from pipeline.skew import times
from pipeline.skew.groups import Floats, Groups

if TYPE_CHECKING:
    import pyarrow as pa

DEVICE, SERVER, CLIENT = "device", "server_ts", "client_ts"
COLUMNS = (DEVICE, SERVER, CLIENT)
#: Rows of a temporary file, which is read back as a whole; rows of a piece, which takes 25 times their size
#: to analyse; rows that go through the engine at a time. Peak memory follows from these three.
_PART_ROWS, _PIECE_ROWS, _BATCH_ROWS = 1_500_000, 100_000, 20_000
_MOST_PARTS = 256


@dataclass
class Left:
    """Rows that say nothing about a clock, and the first of those with a time that could not be read."""

    without_device: int = 0
    without_time: int = 0
    repeated: int = 0
    unreadable: int = 0
    example: str = ""


@dataclass(frozen=True)
class Piece:
    """The events of whole devices, each event once.

    Attributes:
        device: the name of each group.
        events: the rows of each.
        server, client: seconds since 1970, by row; the server's ascending within a device.
        also: further columns, by row.
    """

    device: pl.Series
    events: Groups
    server: Floats
    client: Floats
    also: pl.DataFrame


class Events:
    """Events of devices, to be taken piece by piece.

    `left` (rows that were not used) and `silent` (devices without any usable time) are complete when the
    pieces are through.

    Args:
        frame: rows with the columns device, server_ts and client_ts, and maybe more.
        rows: about how many.
        where: what the user calls the input.
        also: further columns to keep, as text.

    Raises:
        InputFault: a column is missing or holds no times, or the input is damaged.
    """

    def __init__(self, frame: pl.LazyFrame, rows: int, where: str, also: Sequence[str] = ()) -> None:
        self.left = Left()
        self.silent: list[pl.Series] = []
        self._frame = frame
        self._where = where
        self._count = min(rows // _PART_ROWS + 1, _MOST_PARTS)
        kept = [pl.col(name).cast(pl.String) for name in also]
        self._seconds = _seconds(frame, tabular.schema_of(frame, (*COLUMNS, *also), where), where, kept)

    def pieces(self) -> Generator[Piece]:
        """Yield the events of whole devices, a few thousand devices at a time."""
        key = (pl.col(DEVICE).hash() % self._count).alias("part")
        with tempfile.TemporaryDirectory(prefix="h33-skew-") as folder:
            try:
                target = pl.PartitionBy(folder, key=key, include_key=False)
                with pl.Config(streaming_chunk_size=_BATCH_ROWS):
                    self._seconds.sink_ipc(target, maintain_order=False)
            except pl.exceptions.PolarsError as error:
                raise InputFault(tabular.first_line(error), where=self._where) from None
            for part in sorted(Path(folder).iterdir()):
                yield from self._split(pl.concat(pl.read_ipc(file) for file in sorted(part.iterdir())))
        if self.left.unreadable:
            self.left.example = self._example()

    def _split(self, part: pl.DataFrame) -> Generator[Piece]:
        """Yield the usable rows of a part, device by device, and count the others."""
        known = part.filter(pl.col(DEVICE).is_not_null())
        whole = known.filter(pl.all_horizontal(pl.col("server", "client").is_not_null()))
        if len(whole) < len(known):
            names = known[DEVICE].unique()
            self.silent.append(names.filter(~names.is_in(whole[DEVICE].unique().implode())))
        unreadable = int(known["unreadable"].sum())
        self.left.without_device += len(part) - len(known)
        self.left.unreadable += unreadable
        self.left.without_time += len(known) - len(whole) - unreadable
        devices = whole.drop("unreadable").group_by(DEVICE).agg(pl.all())
        for chosen in _runs(devices["server"].list.len().to_numpy()):
            piece = _piece(devices[chosen])
            self.left.repeated += int(devices[chosen]["server"].list.len().sum()) - len(piece.server)
            yield piece

    def _example(self) -> str:
        """Return the first row with a time that could not be read, as a person would look for it."""
        frame = self._frame.with_row_index("row", 1)
        said = [pl.col(name).cast(pl.String).alias(f"{name} as written") for name in (SERVER, CLIENT)]
        rows = _seconds(frame, frame.collect_schema(), self._where, [pl.col("row"), *said])
        first = rows.filter("unreadable").sort("row").head(1).collect().row(0, named=True)
        written = ", ".join(f"{name} {first[f'{name} as written']!r}" for name in (SERVER, CLIENT))
        return f"row {first['row']}: {written}"


def read(path: Path, also: Sequence[str] = ()) -> Events:
    """Return the events of a CSV or Parquet file; its first bytes tell which it is.

    Raises:
        InputFault: the file is missing, not a regular file, neither CSV nor Parquet, or lacks a column.
    """
    opened = tabular.open_file(path, (*COLUMNS, *also))
    return Events(opened.frame, opened.rows, str(path), also)


def from_arrow(table: pa.Table, where: str, also: Sequence[str] = ()) -> Events:
    """Return the events of an Arrow table with the columns device, server_ts and client_ts."""
    frame = pl.DataFrame(table)
    return Events(frame.lazy(), len(frame), where, also)


def _seconds(frame: pl.LazyFrame, schema: pl.Schema, where: str, further: Sequence[pl.Expr]) -> pl.LazyFrame:
    """Return device, server and client in seconds, whether a time was unreadable, and further columns."""
    device = pl.col(DEVICE)
    if not schema[DEVICE].is_integer():
        device = device.cast(pl.String)
    read = [times.read(name, schema[name], where).alias(name) for name in (SERVER, CLIENT)]
    rows = frame.select(device, *read, *further)
    return rows.with_columns(times.pair(pl.col(SERVER), pl.col(CLIENT))).drop(SERVER, CLIENT)


def _runs(sizes: npt.NDArray[np.integer]) -> Iterator[slice]:
    """Yield runs of devices that have about _PIECE_ROWS rows together, given how many each one has."""
    ends = np.cumsum(sizes)
    first = done = 0
    while first < len(ends):
        last = max(int(np.searchsorted(ends, done + _PIECE_ROWS, side="right")), first + 1)
        yield slice(first, last)
        first, done = last, int(ends[last - 1])


def _piece(devices: pl.DataFrame) -> Piece:
    """Return one row per device, with its events as lists, as a piece: sorted, repeated rows once."""
    lists = devices.drop(DEVICE)
    rows = lists.explode(lists.columns)
    events = Groups.of_sizes(devices["server"].list.len().to_numpy())
    server, client = rows["server"].to_numpy(), rows["client"].to_numpy()
    order = events.order(client)
    order = order[events.order(server[order])]
    server, client = server[order], client[order]
    once = np.ones(len(order), dtype=np.bool_)
    once[1:] = (np.diff(server) > 0) | (np.diff(client) != 0)
    once[events.starts] = True
    kept = Groups.of_sizes(events.count(once))
    return Piece(
        devices[DEVICE], kept, server[once], client[once], rows.drop("server", "client")[order[once]]
    )
