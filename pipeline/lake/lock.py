"""The one writer's lock: flock(2), which the kernel lets go when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import LakeLocked

_held: set[int] = set()


def _let_go_in_child() -> None:
    # A forked worker shares its parent's lock and would keep it after the parent was killed.
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_let_go_in_child)


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock for the length of a with block.

    Raises:
        LakeLocked: at once, when another run holds it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    _held.add(descriptor)
    try:
        _take(descriptor, path)
        yield
    finally:
        # Not in a forked child that leaves the block too: there the number may be another file's by now.
        if descriptor in _held:
            _held.discard(descriptor)
            os.close(descriptor)


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
        raise LakeLocked(
            "another run holds the lake" + (f" (process {holder})" if holder else ""),
            where=str(path.parent.parent),
            hint="run again when it is done",
        ) from None
    # Who holds it is a help to people only: a number left by a killed run means nothing.
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
