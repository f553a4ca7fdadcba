"""A small writer of known changes, and child processes that can be killed inside it.

Step n of the known changes puts n + 1 events on a day of its own, drops the day of step n - 3, replaces the
event without a time and the one reject, and adds a row to the ledger. So what the lake must hold after n
steps is known without asking the lake.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from pipeline.lake import Change, Lake, Snapshot, Writer
from pipeline.schema import BY_NAME

START = datetime(2025, 6, 21, tzinfo=UTC)
KEPT = 3

#: Children start from a process that has the libraries loaded and has used none of them.
PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["pytest", "pyarrow.parquet", "deltalake", "duckdb", "pipeline.lake", "pipeline.ingest.run"]
)


def events(*messages: str) -> pa.Table:
    """Return one event row per message."""
    return _rows("events", [{"message": message, "line_no": n} for n, message in enumerate(messages, 1)])


def rejects(*reasons: str) -> pa.Table:
    """Return one reject row per reason."""
    return _rows("rejects", [{"reason": reason, "line_no": n} for n, reason in enumerate(reasons, 1)])


def ledger_row(change: Change, file_id: str, **columns: Any) -> dict[str, Any]:
    """Return a ledger row whose counters add up."""
    counters = dict.fromkeys(("lines", "records", "events", "continuation", "rejected", "blank"), 0)
    run = {"run_id": change.run_id, "run_ts": START}
    return {"file_id": file_id, "path": file_id, "status": "ok", **run, **counters, **columns}


def day(n: int) -> str:
    """Return the day of the n-th known change."""
    return str(START.date() + timedelta(days=n))


def step(writer: Writer, n: int) -> Snapshot:
    """Make the n-th known change (from 0)."""
    change = writer.change(writer.run_id(START))
    with change.file("events", {"date": day(n)}) as dated:
        dated.write(events(*(f"step {n} event {i}" for i in range(n + 1))))
    for file in writer.snapshot.files("events"):
        if file.partition["date"] in (None, day(n - KEPT)):
            change.remove("events", file.name)
    with change.file("events", {"date": None}) as undated:
        undated.write(events(f"step {n} without time"))
    for file in writer.snapshot.files("rejects"):
        change.remove("rejects", file.path)
    with change.file("rejects", {"run_date": day(n)}) as tail:
        tail.write(rejects(f"step {n} reject"))
    return change.commit([ledger_row(change, f"source {n}", data_files=[dated.name, undated.name])])


def steps_to(root: Path, last: int) -> None:
    """Make every known change up to the last that the lake does not hold yet, as a nightly run would."""
    with Lake(root).writer() as writer:
        for n in range(done(writer.snapshot), last):
            step(writer, n)


def done(snapshot: Snapshot) -> int:
    """Return how many known changes a snapshot's ledger holds."""
    return snapshot.ledger().num_rows


def expected(n: int) -> dict[str, list[str]]:
    """Return what the tables must hold after n known changes."""
    if not n:
        return {"events": [], "rejects": [], "files": []}
    kept = range(max(0, n - KEPT), n)
    return {
        "events": sorted(
            [f"step {n - 1} without time"] + [f"step {k} event {i}" for k in kept for i in range(k + 1)]
        ),
        "rejects": [f"step {n - 1} reject"],
        "files": sorted(f"source {k}" for k in range(n)),
    }


def held(snapshot: Snapshot) -> dict[str, list[str]]:
    """Return what the tables hold, in the form of `expected`; the tables it does not name must be empty."""
    column = {"events": "message", "rejects": "reason", "files": "file_id"}
    assert not [table for table in set(BY_NAME) - set(column) if snapshot.files(table)]
    return {
        table: sorted(v for file in snapshot.files(table) for v in values(file.path, name))
        for table, name in column.items()
    }


def held_steps(snapshot: Snapshot) -> int:
    """Return how many known changes a snapshot holds, after checking that it holds just these."""
    found = held(snapshot)
    steps = len(found["files"])
    assert found == expected(steps)
    return steps


def values(path: str, column: str) -> list[str]:
    """Return one column of a data file as text."""
    return [str(v) for v in pq.ParquetFile(path).read([column])[column].to_pylist()]


def data_files(root: Path) -> dict[str, int]:
    """Return every Parquet file below the lake but those of the logs, with the time of its last change."""
    return {
        str(path.relative_to(root)): path.stat().st_mtime_ns
        for path in root.rglob("*.parquet")
        if "_delta_log" not in path.parts
    }


def child(target: Callable[..., None], *args: Any) -> BaseProcess:
    """Start a function in a process of its own."""
    process = PROCESSES.Process(target=target, args=args, daemon=True)
    process.start()
    return process


def steps_until_killed(root: Path) -> None:
    """Make known changes without end."""
    with Lake(root).writer() as writer:
        while True:
            step(writer, done(writer.snapshot))


def steps_cut_short(root: Path, last: int, at: int) -> None:
    """Make known changes, and kill -9 this process just before its at-th step on the disk (from 0)."""
    die_before(at)
    steps_to(root, last)


def die_before(at: int) -> None:
    """Have this process killed just before its at-th step on the disk (from 0)."""
    numbers = count()

    def maybe_die(_: str) -> None:
        if next(numbers) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    watch(maybe_die)


def run_cut_short(root: Path, last: int, at: int) -> bool:
    """Do the same in a child; return whether it was killed."""
    process = child(steps_cut_short, root, last, at)
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def new_change(writer: Writer) -> Change:
    """Return a change of a run at a fixed instant."""
    return writer.change(writer.run_id(START))


def watch(before: Callable[[str], None], put: Callable[[Any, str, Any], None] = setattr) -> None:
    """Call a function before every fsync, rename, unlink, new folder and Delta commit of this process.

    Args:
        before: gets the name of what comes; what it raises the caller of the watched function sees.
        put: sets an attribute; a test's own process passes monkeypatch.setattr.
    """

    def watched(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            before(name)
            return original(*args, **kwargs)

        return call

    for name in ("fsync", "rename", "unlink", "mkdir", "rmdir"):
        put(os, name, watched(name, getattr(os, name)))
    put(DeltaTable, "create", watched("create", DeltaTable.create))
    put(DeltaTable, "create_write_transaction", watched("commit", DeltaTable.create_write_transaction))


def watch_paths(done: list[tuple[str, str]], patch: pytest.MonkeyPatch) -> None:
    """Note every fsync, rename and Delta commit of this process with the path that it was for."""
    fsync, rename, commit = os.fsync, os.rename, DeltaTable.create_write_transaction

    def note_fsync(descriptor: int) -> None:
        done.append(("fsync", str(Path(f"/proc/self/fd/{descriptor}").readlink())))
        fsync(descriptor)

    def note_rename(old: Path, new: Path) -> None:
        done.append((f"rename to {new}", str(old)))
        rename(old, new)

    def note_commit(table: DeltaTable, *args: Any, **kwargs: Any) -> None:
        done.append(("commit", str(Path(table.table_uri.removeprefix("file://")))))
        commit(table, *args, **kwargs)

    patch.setattr(os, "fsync", note_fsync)
    patch.setattr(os, "rename", note_rename)
    patch.setattr(DeltaTable, "create_write_transaction", note_commit)


def _rows(table: str, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=BY_NAME[table].file_arrow)
