"""The tables' logs: every use of the deltalake library stands here.

Tables stay at protocol 1/2 (instants are UTC, no deletion vectors), which every engine reads:
https://github.com/delta-io/delta/blob/master/PROTOCOL.md
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import orjson
import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, CommitProperties, RemoveAction, Transaction

from pipeline.errors import LakeDamaged, LakeFault
from pipeline.lake import disk
from pipeline.lake.intent import Intent, TableIntent
from pipeline.lake.layout import DataFile, Layout
from pipeline.schema import BY_NAME, TABLES

LEDGER = "files"
#: The app transaction that says which change a commit belongs to.
_CHANGE = "h33:change"
_PROTOCOL = (1, 2)

# Logs are kept whole: they are what `--at` reads, and they are small.
_CONFIGURATION = {
    "delta.checkpointInterval": "10",
    "delta.enableExpiredLogCleanup": "false",
    "delta.enableDeletionVectors": "false",
}


def create_tables(layout: Layout) -> None:
    """Make the tables that are missing, the ledger last: where it is, the lake is whole.

    Raises:
        LakeDamaged: it is, and a table's log is lost.
    """
    is_whole = layout.commit(LEDGER, 0).exists()
    for table in TABLES:
        first = layout.commit(table.name, 0)
        if is_whole and not any(layout.log(table.name).glob("*.json")):
            raise LakeDamaged(
                "the log is lost", where=str(layout.log(table.name)), hint="`h33 check --repair` rebuilds it"
            )
        if not (first.exists() and _ends_with(first, b"}")):
            first.unlink(missing_ok=True)
            DeltaTable.create(
                str(layout.table(table.name)),
                table.arrow,
                mode="ignore",
                partition_by=list(table.partition),
                configuration=_CONFIGURATION,
            )
            _sync_log(layout, table.name, 0)
            disk.sync_folder(layout.table(table.name))
            disk.sync_folder(layout.root)


def open_table(layout: Layout, table: str, version: int | None = None) -> DeltaTable:
    """Return a table at a version, the newest when None.

    Raises:
        LakeFault: a log that cannot be read, or of a newer protocol.
    """
    try:
        opened = DeltaTable(str(layout.table(table)), version=version)
    except (DeltaError, OSError) as error:
        raise LakeFault(
            f"the log cannot be read: {disk.first_line(error)}", where=str(layout.log(table))
        ) from error
    protocol = opened.protocol()
    if (protocol.min_reader_version, protocol.min_writer_version) > _PROTOCOL:
        raise LakeFault(
            f"the table needs Delta protocol {protocol.min_reader_version}/{protocol.min_writer_version}, "
            f"h33 keeps to {_PROTOCOL[0]}/{_PROTOCOL[1]}",
            where=str(layout.table(table)),
            hint="a newer h33 or another program changed it; upgrade h33 or restore the lake",
        )
    return opened


def versions(ledger: DeltaTable) -> dict[str, int]:
    """Return the version of every table but the ledger in the snapshot that this version of the ledger is."""
    return {t.name: ledger.transaction_version(f"table:{t.name}") or 0 for t in TABLES if t.name != LEDGER}


def files(layout: Layout, table: str, opened: DeltaTable) -> list[DataFile]:
    """Return the data files of an opened version, in the order of their names."""
    actions = pa.table(opened.get_add_actions(flatten=True))
    columns = BY_NAME[table].partition
    wanted = ["path", "size_bytes", "num_records", *(f"partition.{c}" for c in columns)]
    rows = actions.select(wanted).to_pylist()
    found = [
        DataFile(
            # The log holds paths as URIs: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#add-file-and-remove-file
            name=(name := f"{table}/{unquote(row['path'])}"),
            path=str(layout.data(name)),
            partition={c: None if (v := row[f"partition.{c}"]) is None else str(v) for c in columns},
            rows=row["num_records"],
            bytes=row["size_bytes"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda file: file.name)


def committed_ms(layout: Layout, version: int) -> int:
    """Return when a version of the ledger was committed, milliseconds since 1970.

    Raises:
        LakeDamaged: its commit is missing or holds no commitInfo.
    """
    path = layout.commit(LEDGER, version)
    try:
        with path.open("rb") as commit:
            for line in commit:
                if info := orjson.loads(line).get("commitInfo"):
                    return int(info["timestamp"])
    except (OSError, ValueError, KeyError):
        pass
    raise LakeDamaged("the commit's instant cannot be read", where=str(path))


def ever_added(layout: Layout, table: str, after: int = -1) -> set[str]:
    """Return the name of every data file that a commit of a table added: any, or one after a version.

    Raises:
        LakeDamaged: a commit cannot be read.
    """
    names = set()
    for path in layout.log(table).glob("*.json"):
        if int(path.stem) <= after:
            continue
        try:
            actions = [orjson.loads(line) for line in path.read_bytes().splitlines() if b'"add"' in line]
            names |= {f"{table}/{unquote(action['add']['path'])}" for action in actions if "add" in action}
        except (OSError, ValueError, KeyError, TypeError):
            raise LakeDamaged("this commit cannot be read", where=str(path)) from None
    return names


def last_of_ours(layout: Layout) -> int:
    """Return the version of the newest commit of the ledger that belongs to a change, 0 where none does."""
    for path in sorted(layout.log(LEDGER).glob("*.json"), reverse=True):
        if f'"{_CHANGE}"'.encode() in path.read_bytes():
            return int(path.stem)
    return 0


def commit_table(layout: Layout, intent: Intent, todo: TableIntent) -> None:
    """Make one table's commit of a change, unless it was made before, and force it to the disk.

    App transactions are recorded by the library, not enforced: they are looked up first.

    Raises:
        LakeFault: another program committed to the table.
        DeltaError, OSError: the commit failed; it may be tried again.
    """
    opened = open_table(layout, todo.table)
    if (opened.transaction_version(_CHANGE) or 0) < intent.change:
        refuse_foreign(layout, todo.table, todo.base)
        try:
            _commit(opened, intent, todo)
        except CommitFailedError:
            refuse_foreign(layout, todo.table, todo.base)
            raise
    _sync_log(layout, todo.table, todo.base + 1)


def _commit(opened: DeltaTable, intent: Intent, todo: TableIntent) -> None:
    table = BY_NAME[todo.table]
    opened.create_write_transaction(
        [*_adds(intent, todo), *_removes(intent, todo)],
        "append",
        table.arrow,
        list(table.partition),
        commit_properties=CommitProperties(
            custom_metadata={"run_id": intent.run_id},
            # A retry would take the next version, and the ledger names this one.
            max_commit_retries=0,
            app_transactions=_transactions(intent, todo.table),
        ),
    )


def checkpoint(layout: Layout, table: str, version: int) -> None:
    """Sum a table's log up to a version up in one file, so that it is opened by reading that one."""
    open_table(layout, table, version).create_checkpoint()
    _sync_log(layout, table, version)


def refuse_foreign(layout: Layout, table: str, base: int) -> None:
    """Check that a table has no commit after the one that the ledger knows.

    Raises:
        LakeFault: it has: another program wrote to it.
    """
    if layout.commit(table, base + 1).exists():
        raise LakeFault(
            f"another program changed this table after version {base}",
            where=str(layout.table(table)),
            hint="only h33 may write to its lake; restore the table's log from a backup",
        )


def drop_torn(layout: Layout, todo: TableIntent) -> None:
    """Remove what a power cut or a kill left half written of a table's next commit: nobody was told of it.

    The library does not force its files to the disk, so the newest may be there in name only.
    """
    commit = layout.commit(todo.table, todo.base + 1)
    checkpoint = layout.checkpoint(todo.table, todo.base + 1)
    torn = [
        path for path in layout.log(todo.table).iterdir() if "#" in path.name
    ]  # the library's temporary names
    if commit.exists() and not _ends_with(commit, b"}"):
        torn.append(commit)
    if checkpoint.exists() and not _ends_with(checkpoint, b"PAR1"):
        torn += [checkpoint, layout.pointer(todo.table)]
    for path in torn:
        disk.remove_file(path)


def _ends_with(path: Path, mark: bytes) -> bool:
    # A file whose blocks never reached the disk is empty, short, or ends in zeros.
    return path.read_bytes().rstrip(b"\n").endswith(mark)


def _adds(intent: Intent, todo: TableIntent) -> list[AddAction]:
    return [
        AddAction(
            path=_in_table(todo, file.name),
            size=file.bytes,
            partition_values=file.partition,
            modification_time=intent.at_ms,
            data_change=True,
            stats=orjson.dumps({"numRecords": file.rows}).decode(),
        )
        for file in todo.add
    ]


def _removes(intent: Intent, todo: TableIntent) -> list[RemoveAction]:
    return [
        RemoveAction(
            path=_in_table(todo, file.name),
            data_change=True,
            deletion_timestamp=intent.at_ms,
            size=file.bytes,
            partition_values=dict(file.partition),
        )
        for file in todo.remove
    ]


def _in_table(todo: TableIntent, name: str) -> str:
    return name.removeprefix(f"{todo.table}/")


def _transactions(intent: Intent, table: str) -> list[Transaction]:
    own = [Transaction(_CHANGE, intent.change)]
    if table != LEDGER:
        return own
    return [*own, *(Transaction(f"table:{name}", version) for name, version in intent.versions.items())]


def _sync_log(layout: Layout, table: str, version: int) -> None:
    for path in (layout.commit(table, version), layout.checkpoint(table, version), layout.pointer(table)):
        if path.exists():
            disk.sync_file(path)
    disk.sync_folder(layout.log(table))
