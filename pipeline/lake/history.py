"""How far back snapshots can be read, and the end of what only older ones need."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import orjson

from pipeline.errors import LakeDamaged
from pipeline.lake import disk, log
from pipeline.lake.layout import Layout
from pipeline.schema import TABLES


def oldest(layout: Layout) -> int:
    """Return the version of the oldest snapshot whose files are all kept.

    Raises:
        LakeDamaged: the note of it cannot be read.
    """
    try:
        return int(orjson.loads(layout.history.read_bytes())["oldest"])
    except FileNotFoundError:
        return 0
    except (OSError, ValueError, KeyError, TypeError):
        raise LakeDamaged(
            "the note of the oldest snapshot cannot be read",
            where=str(layout.history),
            hint="`h33 check --repair` writes it anew",
        ) from None


def drop_before(layout: Layout, version: int) -> None:
    """Let go of all snapshots before one, and delete the data files that only they need.

    The note comes first: whoever asks for an older snapshot is told so, not that its files are missing. Doing
    it twice changes nothing.

    Args:
        layout: the lake.
        version: of the ledger, committed.
    """
    note = orjson.dumps({"oldest": version}) + b"\n"
    disk.replace_file(layout.history, note, layout.staging / "history.json")
    folders: set[Path] = set()
    for path in map(layout.data, unneeded(layout, version)):
        path.unlink()
        folders.add(path.parent)
    for folder in sorted(folders):
        disk.sync_folder(folder)
        if folder.parent != layout.root:
            # A partition's folder stays where another file lies in it.
            with suppress(OSError):
                folder.rmdir()


def on_disk(layout: Layout, table: str) -> Iterator[str]:
    """Yield every file in a table's folder but its log, named as the ledger names data files."""
    top = str(layout.table(table))
    for folder, folders, names in os.walk(top):
        if folder == top:
            folders[:] = [name for name in folders if name != "_delta_log"]
        yield from (f"{folder}/{name}".removeprefix(f"{layout.root}/") for name in names)


def unneeded(layout: Layout, version: int) -> list[str]:
    """Return the data files on the disk that no snapshot from a version on holds; none of strangers.

    Args:
        layout: the lake.
        version: of the ledger, committed.
    """
    gone = {name for table in TABLES for name in log.ever_added(layout, table.name)} - needed(layout, version)
    return [name for table in TABLES for name in on_disk(layout, table.name) if name in gone]


def needed(layout: Layout, version: int) -> set[str]:
    """Return the data files that any snapshot from a version on holds.

    Args:
        layout: the lake.
        version: of the ledger, committed.
    """
    versions = {**log.versions(log.open_table(layout, log.LEDGER, version)), log.LEDGER: version}
    names: set[str] = set()
    for table, at in versions.items():
        # Version 0 makes a table and adds no file.
        live = log.files(layout, table, log.open_table(layout, table, at)) if at else []
        names |= {file.name for file in live} | log.ever_added(layout, table, after=at)
    return names
