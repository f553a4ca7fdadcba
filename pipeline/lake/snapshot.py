"""What readers open: the version of every table that one commit of the ledger names."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from pipeline.errors import LakeDamaged, UsageFault
from pipeline.lake import disk, history, layout, log
from pipeline.lake.layout import DataFile, Layout
from pipeline.schema import BY_NAME, FILES

if TYPE_CHECKING:
    from deltalake import DeltaTable


class Snapshot:
    """One state of the whole lake; it never changes, whatever is committed later.

    Attributes:
        root: the lake's folder.
        version: the ledger's version; None where no lake is.
        versions: the version of every other table.
    """

    def __init__(self, root: Path, version: int | None, versions: dict[str, int]) -> None:
        self.root = root
        self.version = version
        self.versions = versions
        # Kept once read: what a snapshot names never changes.
        self._files: dict[str, list[DataFile]] = {}
        self._ledger: pa.Table | None = None

    @property
    def committed(self) -> datetime | None:
        """When it was committed, UTC; None where no lake is."""
        if self.version is None:
            return None
        return datetime.fromtimestamp(log.committed_ms(Layout(self.root), self.version) / 1000, UTC)

    def files(self, table: str) -> list[DataFile]:
        """Return a table's data files, in the order of their names; the list is never from a glob.

        Raises:
            LakeFault: the table's log cannot be read.
        """
        if table not in self._files:
            self._files[table] = self._read_log(table)
        return list(self._files[table])

    def ledger(self, *, all_runs: bool = False) -> pa.Table:
        """Return the rows of `files`, oldest run first.

        Args:
            all_runs: one row per source and run; else the newest row of each source.

        Raises:
            LakeDamaged: one of its files is missing or cannot be read.
        """
        if self._ledger is None:
            runs = [_read(file) for file in self.files(FILES.name)]
            self._ledger = pa.concat_tables([FILES.arrow.empty_table(), *runs]).sort_by("run_id")
        if all_runs:
            return self._ledger
        newest = {file_id: at for at, file_id in enumerate(self._ledger["file_id"].to_pylist())}
        return self._ledger.take(pa.array(sorted(newest.values()), pa.int64()))

    def _read_log(self, table: str) -> list[DataFile]:
        version = self.version if table == log.LEDGER else self.versions.get(table, 0)
        if not version:
            # Version 0 makes a table and adds no file.
            if table not in BY_NAME:
                raise UsageFault(f"no table {table!r}", hint=f"there are {', '.join(BY_NAME)}")
            return []
        place = Layout(self.root)
        return log.files(place, table, log.open_table(place, table, version))


def open_snapshot(root: Path, at: int | datetime | None = None) -> Snapshot:
    """Return the newest snapshot, that of a ledger version, or the newest committed at or before an instant.

    Before the first commit, and where no lake is, there are no rows: that is a snapshot too.

    Raises:
        LakeFault: the path is not a lake, or a newer h33 wrote it.
        UsageFault: there is no such version.
    """
    place = Layout(root)
    if not layout.exists(place):
        if isinstance(at, int):
            raise UsageFault(f"no snapshot {at}: there is no lake yet", where=str(root))
        return Snapshot(root, None, {})
    newest = log.open_table(place, log.LEDGER)
    if at is None:
        return _of(root, newest)
    version = version_at(place, newest.version(), at) if isinstance(at, datetime) else at
    if version is None:
        return Snapshot(root, None, {})
    oldest = history.oldest(place)
    if not oldest <= version <= newest.version():
        ended = "; compact and forget end what is older" if oldest else ""
        hint = f"there are {oldest} to {newest.version()}{ended}"
        raise UsageFault(f"no snapshot {version}", where=str(root), hint=hint)
    return _of(root, log.open_table(place, log.LEDGER, version))


def _read(file: DataFile) -> pa.Table:
    import pyarrow.parquet as pq

    try:
        # Names of columns may have changed too: what cannot be cast is not what was written.
        return pq.ParquetFile(file.path).read().cast(FILES.arrow)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise LakeDamaged(
            f"cannot be read: {disk.first_line(error)}",
            where=file.name,
            hint="`h33 check --deep` tells what is damaged",
        ) from error


def _of(root: Path, ledger: DeltaTable) -> Snapshot:
    return Snapshot(root, ledger.version(), log.versions(ledger))


def version_at(place: Layout, newest: int, at: datetime) -> int | None:
    """Return the newest version committed at or before an instant.

    Looked for from the newest back, not by halves: a clock that was set back leaves instants out of order.
    """
    limit = int(at.astimezone(UTC).timestamp() * 1000)
    return next((v for v in range(newest, -1, -1) if log.committed_ms(place, v) <= limit), None)
