"""The folder in which a child puts what does not fit into memory, and the end of it."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

_PREFIX = "h33-sql-"
# A folder is locked right after it is made; one that is younger than this, seconds, may not be yet.
_YOUNG = 60.0


class Spill:
    """A folder of its own, locked as long as its process lives, whichever way that ends.

    What was left by processes that were killed is removed when the next one starts.

    Attributes:
        path: where it is.
    """

    def __init__(self) -> None:
        _sweep(Path(tempfile.gettempdir()))
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def size(self) -> int:
        """Return the bytes of disk that its files take."""
        total = 0
        for file in self.path.rglob("*"):
            # A file may go while it is looked at.
            with suppress(FileNotFoundError):
                total += file.lstat().st_blocks * 512
        return total

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def _sweep(folder: Path) -> None:
    """Remove the folders of this user that no process holds any more."""
    with os.scandir(folder) as entries:
        found = [entry.path for entry in entries if entry.name.startswith(_PREFIX)]
    for path in found:
        # Another run may sweep it too.
        with suppress(OSError):
            _remove_if_left(path)


def _remove_if_left(path: str) -> None:
    opened = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        stat = os.fstat(opened)
        if stat.st_uid != os.getuid() or time.time() - stat.st_mtime < _YOUNG:
            return
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(opened)
