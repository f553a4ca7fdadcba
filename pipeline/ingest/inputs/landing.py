"""Inputs by their names: what lies in a folder, and what of it may be opened.

A landing folder is written by others. A symbolic link out of it is not followed, and nothing but a regular
file is taken: a FIFO would hang the run, a device would do worse. Names are text as the system gives it, for
they need not be UTF-8.
"""

from __future__ import annotations

import json
import os
import stat as modes
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import InputFault

#: What lies in a landing folder and is no input: settings, and what `h33 sample` says of its folder.
_NOT_DATA = frozenset({"attested.toml", "h33.toml", "truth.json", "last-day"})
_PACKED = (".gz", ".tgz", ".zst", ".bz2", ".xz", ".tar", ".zip")
_KINDS = {
    modes.S_IFIFO: "a FIFO",
    modes.S_IFSOCK: "a socket",
    modes.S_IFCHR: "a device",
    modes.S_IFBLK: "a device",
}


def shown(path: str) -> str:
    r"""Return a path as the ledger and all output state it: undecodable bytes as \xNN.

    >>> shown("a\udcff.log")
    'a\\xff.log'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class Found:
    """A regular file that was asked for.

    Attributes:
        path: as the user gave it, in the file system's own spelling.
        file: its absolute name.
        real: what is opened: the file that the name leads to.
        stat: device, inode, size, mtime and ctime (ns) as a JSON array. The same file, unchanged, has the
            same first four; the ctime changes with its name and rights too, but nobody can set it back.
        size: bytes, compressed.
        mtime_ns: time of its last change, ns since 1970.
    """

    path: str
    file: str
    real: str
    stat: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Refused:
    """A path that was asked for and cannot be read: why, in one line."""

    path: str
    problem: str


def find(
    paths: Iterable[str], root: str | None = None, apart: Iterable[Path] = ()
) -> Iterator[Found | Refused]:
    """Yield the files that paths name, folders in sorted order; hidden names and h33's own left out.

    Args:
        paths: files and folders; `-` is not among them.
        root: a folder that found paths are stated relative to; as given when None.
        apart: folders that are not gone into: what h33 writes is no input.
    """
    own = {os.path.realpath(folder) for folder in apart}
    for path in paths:
        if Path(path).is_dir():
            yield from _walk(path, root, own)
        else:
            yield _look(path, _stated(path, root), None)


def turns(inputs: Sequence[Found | Refused | str]) -> list[int]:
    """Return the order in which inputs are looked at: plain files first, of those the longer ones.

    So a copy in the making is told from its original, whatever their names. Of packed files, known by their
    names here, the size tells nothing: they keep their order.
    """
    sizes = {
        number: entry.size
        for number, entry in enumerate(inputs)
        if isinstance(entry, Found) and not entry.file.endswith(_PACKED)
    }
    return sorted(range(len(inputs)), key=lambda number: (number not in sizes, -sizes.get(number, 0)))


def _stated(path: str, root: str | None) -> str:
    return os.path.relpath(path, root) if root is not None else path


def _walk(folder: str, root: str | None, own: set[str]) -> Iterator[Found | Refused]:
    inside = os.path.realpath(folder)
    refused: list[Refused] = []

    def unreadable(error: OSError) -> None:
        refused.append(
            Refused(_stated(os.fsdecode(error.filename), root), f"cannot be read: {error.strerror}")
        )

    names = []
    for at, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and os.path.realpath(f"{at}/{name}") not in own
        ]
        # A linked folder is not gone into: in this one its files are found anyway, outside it is refused.
        astray = [name for name in folders if not _lies_in(os.path.realpath(f"{at}/{name}"), inside)]
        data = [name for name in files if not name.startswith(".") and name not in _NOT_DATA]
        names += [f"{at.rstrip('/')}/{name}" for name in (*astray, *data)]
    yield from refused
    for name in sorted(names, key=os.fsencode):
        yield _look(name, _stated(name, root), inside)


def _lies_in(path: str, folder: str) -> bool:
    return os.path.commonpath([path, folder]) == folder


def _look(name: str, path: str, inside: str | None) -> Found | Refused:
    """Return the file of a name, or why it is none; `inside` is the folder that a link may not leave."""
    real = os.path.realpath(name)
    if inside is not None and not _lies_in(real, inside):
        return Refused(path, "a symbolic link that leads out of the folder")
    try:
        found = os.stat(real)  # noqa: PTH116  the names may not be UTF-8, and Path adds nothing here
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        return Refused(path, "no such file" if missing else f"cannot be read: {error.strerror}")
    if not modes.S_ISREG(found.st_mode):
        return Refused(path, f"{_KINDS.get(modes.S_IFMT(found.st_mode), 'a folder')}, not a file")
    return Found(path, str(Path(name).absolute()), real, _key(found), found.st_size, found.st_mtime_ns)


def _key(found: os.stat_result) -> str:
    return json.dumps([found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns])


def as_opened(found: Found, descriptor: int) -> Found:
    """Return a file as it is by now: a rotation may have put another in its place since it was found.

    Raises:
        InputFault: it is no regular file any more.
    """
    now = os.fstat(descriptor)
    if not modes.S_ISREG(now.st_mode):
        raise InputFault("is no file any more")
    return replace(found, stat=_key(now), size=now.st_size, mtime_ns=now.st_mtime_ns)


def still_is(file: str, stat: str | None) -> bool:
    """Return whether a name still leads to the file whose stat was recorded, untouched."""
    try:
        return stat is not None and json.loads(_key(os.stat(file)))[:4] == json.loads(stat)[:4]  # noqa: PTH116
    except OSError:
        return False
