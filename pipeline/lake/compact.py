"""Merges small data files, and ends the history that nobody needs any more: one change, as any other.

The notes of digests are merged behind it, see `digests.merge`.

Files are merged within a partition, provisional ones (see `tail_files`) apart from the rest: the next run
takes those rows out again, and that is cheap from a small file only. Which files hold a source's rows is told
by its newest ledger row, so the ledger is written anew with the merged files' names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from pipeline.lake import digests, disk, history
from pipeline.lake.change import Change
from pipeline.lake.layout import DataFile, Layout
from pipeline.lake.rewriting import filled, refuse_damaged, row_groups
from pipeline.lake.snapshot import Snapshot, version_at
from pipeline.lake.writer import Writer
from pipeline.schema import FILES, TABLES

#: A file of so many bytes is left as it is; smaller ones are merged into files of about this size.
LARGE = 64 << 20


@dataclass(frozen=True)
class Compacted:
    """What a compaction did.

    Attributes:
        merged: data files that were merged.
        into: data files that they became.
        dropped: data files deleted, with those that were merged where no snapshot needs them.
        dropped_bytes: their size.
        oldest: when the oldest snapshot was committed that can be read still; None where no lake is.
    """

    merged: int
    into: int
    dropped: int
    dropped_bytes: int
    oldest: datetime | None


def compact(writer: Writer, now: datetime, retention: timedelta) -> Compacted:
    """Merge small files and let go of the snapshots that are older than the retention.

    Args:
        writer: entered.
        now: the present instant, aware.
        retention: how far back every snapshot stays readable; zero keeps the newest alone.

    Raises:
        LakeDamaged: a file that is to be merged is not what was written.
        LakeFault: the disk failed or is full.
    """
    base = writer.snapshot
    place = Layout(base.root)
    change = writer.change(writer.run_id(now))
    names = _merge_all(change, base)
    if not retention and names:
        kept_from = change.version
    else:
        # The oldest that was the readers' newest at any moment within the retention.
        found = version_at(place, change.version - 1, now - retention) or 0
        kept_from = max(found, history.oldest(place))
    before = dict(_sizes(place))
    if names or history.unneeded(place, kept_from):
        change.commit(keep_from=kept_from)
    with disk.faults_of(place.root):
        digests.merge(place)
    gone = before.keys() - dict(_sizes(place)).keys()
    first = Snapshot(base.root, kept_from, {}).committed
    return Compacted(len(names), len(set(names.values())), len(gone), sum(before[n] for n in gone), first)


def _merge_all(change: Change, base: Snapshot) -> dict[str, str]:
    """Stage the merged files of all tables, the ledger last; return the merged names and what they became."""
    ledger = base.ledger()
    tails = {name for names in ledger["tail_files"].to_pylist() for name in names or ()}
    names: dict[str, str] = {}
    for table in TABLES[:-1]:
        for files in _groups(base.files(table.name), tails):
            name = _merge(change, table.name, files)
            names |= dict.fromkeys((file.name for file in files), name)
    old = base.files(FILES.name)
    if names or len(old) > 1:
        for file in old:
            refuse_damaged(file)
        with change.file(FILES.name) as out:
            out.write(renamed(base.ledger(all_runs=True), names))
        for file in old:
            change.remove(FILES.name, file.name)
        names |= {file.name: out.name for file in old if len(old) > 1}
    return names


def _groups(files: Iterable[DataFile], tails: set[str]) -> Iterator[list[DataFile]]:
    """Yield the files to be merged with each other, two or more of one partition and kind."""

    def place(file: DataFile) -> tuple[str, bool]:
        return str(Path(file.name).parent), file.name in tails

    small = sorted((file for file in files if file.bytes < LARGE), key=lambda f: (place(f), f.name))
    for _, alike in groupby(small, place):
        group: list[DataFile] = []
        for file in alike:
            group.append(file)
            if sum(f.bytes for f in group) >= LARGE:
                yield group
                group = []
        if len(group) > 1:
            yield group


def _merge(change: Change, table: str, files: Sequence[DataFile]) -> str:
    with change.file(table, files[0].partition) as out:
        for rows in filled(group for file in files for group in row_groups(file)):
            out.write(rows)
    for file in files:
        change.remove(table, file.name)
    return out.name


def renamed(ledger: pa.Table, names: Mapping[str, str]) -> pa.Table:
    """Return the ledger's rows with the names that data files have now.

    Args:
        ledger: rows of `files`.
        names: what a file was called, and which one holds its rows now.
    """
    for column in ("data_files", "tail_files"):
        lists = [
            None if old is None else list(dict.fromkeys(names.get(name, name) for name in old))
            for old in ledger[column].to_pylist()
        ]
        at = ledger.schema.get_field_index(column)
        ledger = ledger.set_column(at, column, pa.array(lists, ledger.schema.field(column).type))
    return ledger


def _sizes(place: Layout) -> Iterator[tuple[str, int]]:
    with disk.faults_of(place.root):
        for table in TABLES:
            for name in history.on_disk(place, table.name):
                yield name, place.data(name).stat().st_size
