"""The lake: Delta tables in a folder, changed by one writer at a time and read as snapshots.

    lake = Lake(path)
    with lake.writer() as writer:
        change = writer.change(writer.run_id(now))
        with change.file("events", {"date": "2025-06-20"}) as out:
            out.write(rows)
        change.commit(ledger_rows)
    lake.snapshot().files("events")

Only the writer's with block touches the disk; a reader needs no lock.
"""

from __future__ import annotations

import importlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.lake.layout import NULL_PARTITION, DataFile
from pipeline.lake.snapshot import Snapshot, open_snapshot

if TYPE_CHECKING:
    from pipeline.lake.change import Change
    from pipeline.lake.soundness import Problem, check
    from pipeline.lake.writer import Writer

__all__ = ["NULL_PARTITION", "Change", "DataFile", "Lake", "Problem", "Snapshot", "Writer", "check"]

#: What a reader does not pay for: imported when it is asked for.
_LATER = {"Change": "change", "Problem": "soundness", "check": "soundness", "Writer": "writer"}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(name)
    return getattr(importlib.import_module(f"pipeline.lake.{_LATER[name]}"), name)


class Lake:
    """A lake in a folder, which need not exist yet.

    Args:
        path: the folder; nothing is touched until a writer is entered.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path).absolute()

    def snapshot(self, at: int | datetime | None = None) -> Snapshot:
        """Return what readers see: the newest snapshot, the one of a ledger version, or of an aware instant.

        Raises:
            LakeFault: the path is not a lake, or a newer h33 wrote it.
            UsageFault: there is no such version.
        """
        return open_snapshot(self.path, at)

    def writer(self) -> Writer:
        """Return the writer: its with block makes the lake, takes the lock, finishes what a killed run left.

        Raises (on entering):
            LakeLocked: at once, when another run holds the lake.
            LakeFault: the path is not a lake, a newer h33 wrote it, or the disk failed.
        """
        from pipeline.lake.writer import Writer

        return Writer(self.path)
