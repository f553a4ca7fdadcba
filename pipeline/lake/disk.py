"""Files that are there after a power cut, under fixed permissions, with failures told in one line.

A file's content is safe after fsync of the file, its name after fsync of its folder (man 2 fsync).
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import LakeFault

_ADVICE = {
    errno.ENOSPC: "make room and run again: what was finished is kept, the rest is done again",
    errno.EDQUOT: "make room and run again: what was finished is kept, the rest is done again",
    errno.EFBIG: "raise the limit on file sizes and run again",
    errno.EIO: "check the disk, then run again",
    errno.EROFS: "the file system is mounted read-only",
    errno.EACCES: "check who owns the lake",
    errno.EPERM: "check who owns the lake",
}


@contextmanager
def faults_of(place: Path) -> Iterator[None]:
    """Turn failures of the system and of the log's library into a LakeFault that names the place."""
    from deltalake.exceptions import DeltaError

    try:
        yield
    except (OSError, DeltaError) as error:
        number = _errno(error)
        filename = error.filename if isinstance(error, OSError) else None
        raise LakeFault(
            f"the lake cannot be changed: {os.strerror(number) if number else first_line(error)}",
            where=os.fsdecode(filename) if filename else str(place),
            hint=_ADVICE.get(number),
        ) from error


def first_line(error: Exception) -> str:
    """Return the first line of a message: the log's library adds a chain of causes below it."""
    return str(error).partition("\n")[0].strip()


def _errno(error: Exception) -> int:
    """Return the system's error number, 0 where there is none; the log's library has it in its text only."""
    if isinstance(error, OSError) and error.errno:
        return error.errno
    stated = re.search(r"\(os error (\d+)\)", str(error))
    return int(stated[1]) if stated else 0


@contextmanager
def group_readable() -> Iterator[None]:
    """Make new files 0640 and new folders 0750, those of libraries too, whatever the umask was.

    The umask belongs to the process: other threads make their files so as long as this lasts.
    """
    before = os.umask(0o027)
    try:
        yield
    finally:
        os.umask(before)


def sync_file(path: Path) -> None:
    """Force a file's content to the disk."""
    _sync(path, os.O_RDONLY)


def sync_folder(path: Path) -> None:
    """Force the names in a folder to the disk."""
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folders(path: Path) -> None:
    """Make a folder and those above it; each new name is forced to the disk."""
    missing = [path, *path.parents]
    missing = missing[: next(i for i, folder in enumerate(missing) if folder.exists())]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def replace_file(path: Path, content: bytes, temporary: Path) -> None:
    """Put a file in place so that its name shows the old content or the new, never a part of it.

    Args:
        path: the file's name.
        content: all of it.
        temporary: a name on the same file system that nobody reads.
    """
    with temporary.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    temporary.rename(path)
    sync_folder(path.parent)


def remove_file(path: Path) -> None:
    """Remove a file if it is there; its absence is forced to the disk."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def empty_folder(path: Path) -> None:
    """Remove all that a folder holds; make the folder where it is missing."""
    make_folders(path)
    for entry in path.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
