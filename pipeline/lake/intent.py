"""What a change will do, written down before it does any of it.

The intent names every file to be added and removed and the version that each table's commit will have. Once
it is on the disk the change happens: whoever holds the lock next finishes it. Until then nothing is visible.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import orjson

from pipeline.errors import LakeDamaged
from pipeline.lake import disk
from pipeline.lake.layout import DataFile, Layout


@dataclass(frozen=True)
class FileEntry:
    """A data file as the log describes it.

    Attributes:
        name: `<table>/<partition folder>/<file>`.
        partition: value of each partition column; None is null.
        rows: number of rows.
        bytes: size.
    """

    name: str
    partition: Mapping[str, str | None]
    rows: int
    bytes: int

    @classmethod
    def of(cls, file: DataFile) -> FileEntry:
        """Return the entry of a file, wherever it lies now."""
        return cls(file.name, file.partition, file.rows, file.bytes)


@dataclass(frozen=True)
class TableIntent:
    """What happens to one table: its commit will have version base + 1."""

    table: str
    base: int
    add: tuple[FileEntry, ...]
    remove: tuple[FileEntry, ...]


@dataclass(frozen=True)
class Intent:
    """A whole change.

    Attributes:
        change: the version that the ledger's commit will have; each table's commit carries it, so that it is
            never made twice.
        run_id: the run that wants it.
        at_ms: its instant, milliseconds since 1970.
        tables: in the order of their commits, the ledger last.
        versions: the version of every table but the ledger once it is done.
        keep_from: let go of all snapshots before this one, delete what only they need, and sum the logs up;
            None keeps all.
    """

    change: int
    run_id: str
    at_ms: int
    tables: tuple[TableIntent, ...]
    versions: Mapping[str, int]
    keep_from: int | None = None


def save(layout: Layout, intent: Intent) -> None:
    """Write the intent, all of it or nothing, and force it to the disk; its SHA-256 follows it on a line."""
    content = orjson.dumps(asdict(intent))
    disk.replace_file(layout.intent, content + b"\n" + _digest(content), layout.staging / "intent.json")


def load(layout: Layout) -> Intent | None:
    """Return the unfinished intent, None where there is none.

    Raises:
        LakeDamaged: it cannot be read; h33 puts it in place in one piece, so the disk or a person changed it.
    """
    try:
        content, _, digest = layout.intent.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    try:
        saved = orjson.loads(content if digest == _digest(content) else b"")
        tables = tuple(
            TableIntent(t["table"], t["base"], _entries(t["add"]), _entries(t["remove"]))
            for t in saved["tables"]
        )
        return Intent(
            saved["change"], saved["run_id"], saved["at_ms"], tables, saved["versions"], saved["keep_from"]
        )
    except (ValueError, KeyError, TypeError):
        raise LakeDamaged(
            "the note of an unfinished change cannot be read",
            where=str(layout.intent),
            hint="restore it from a backup; without it the change may be half done",
        ) from None


def clear(layout: Layout) -> None:
    """Remove the intent: the change is done."""
    disk.remove_file(layout.intent)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _entries(saved: list[dict[str, object]]) -> tuple[FileEntry, ...]:
    return tuple(FileEntry(**entry) for entry in saved)  # type: ignore[arg-type]
