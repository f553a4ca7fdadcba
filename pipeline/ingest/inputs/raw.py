"""Where an input's bytes come from: a file, a stream, or a place in an archive."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from pipeline.errors import InputFault
from pipeline.ingest.inputs.archives import INSIDE, Member
from pipeline.ingest.inputs.landing import Found, shown

if TYPE_CHECKING:
    from pipeline.ingest.inputs.source import Source

#: How standard input is called, by the user and in the ledger.
STDIN = "-"
#: Bytes read at a time.
CHUNK = 4 << 20


class Raw(Protocol):
    """An input as it lies there, compressed or not.

    Attributes:
        path, file, stat, size, mtime: see `Source`.
        labels: of what is around it already.
        may_be_archive: members are looked for in it.
        descriptor: of the file or stream.
    """

    path: str
    file: str | None
    stat: str | None
    size: int | None
    mtime: datetime
    labels: tuple[str, ...]
    may_be_archive: bool
    descriptor: int

    @property
    def reached(self) -> int:
        """How far it was read."""
        ...

    def read(self, offset: int) -> Iterator[bytes]:
        """Yield the bytes from an offset on; only a file without anything around it knows other ones than 0.

        Raises:
            InputFault: it cannot be read further.
        """
        ...

    def close(self) -> None:
        """Give the file back."""
        ...


class FileBytes:
    """A regular file, open."""

    labels: tuple[str, ...] = ()
    may_be_archive = True

    def __init__(self, descriptor: int, found: Found) -> None:
        self.path = shown(found.path)
        self.file: str | None = found.file
        self.stat: str | None = found.stat
        self.size: int | None = found.size
        self.mtime = datetime.fromtimestamp(found.mtime_ns // 1_000_000_000, UTC)
        self.reached = 0
        self.descriptor = descriptor

    def read(self, offset: int) -> Iterator[bytes]:
        """Yield the file's bytes from an offset on."""
        try:
            while chunk := os.pread(self.descriptor, CHUNK, offset):
                offset += len(chunk)
                self.reached = offset
                yield chunk
        except OSError as error:
            raise InputFault(f"cannot be read: {error.strerror}") from None

    def close(self) -> None:
        """Give the file back."""
        os.close(self.descriptor)


class StreamBytes:
    """Standard input, which can be read once."""

    path = STDIN
    file: str | None = None
    stat: str | None = None
    size: int | None = None
    labels: tuple[str, ...] = ()
    may_be_archive = False

    def __init__(self, descriptor: int, now: datetime) -> None:
        self.mtime = now
        self.reached = 0
        self.descriptor = descriptor

    def read(self, offset: int) -> Iterator[bytes]:
        """Yield what is left of the stream."""
        try:
            while chunk := os.read(self.descriptor, CHUNK):
                self.reached += len(chunk)
                yield chunk
        except OSError as error:
            raise InputFault(f"cannot be read: {error.strerror}") from None

    def close(self) -> None:
        """Give the stream back."""
        os.close(self.descriptor)


class MemberBytes:
    """A file in an archive: read as the archive is gone through, and looked up again for another reading.

    Args:
        archive: open for as long as this is used.
        number: of the member in it.
        member: at whose bytes the archive stands.
    """

    may_be_archive = False

    def __init__(self, archive: Source, number: int, member: Member) -> None:
        name = shown(member.name)
        self.path = f"{archive.path}{INSIDE}{name}"
        self.file: str | None = f"{archive.file}{INSIDE}{name}"
        self.stat: str | None = member_stat(archive.stat or "[]", name)
        self.size: int | None = member.size
        self.mtime = member.mtime or archive.mtime
        self.labels = (*archive.containers, archive.archive or "")
        self.descriptor = -1
        self._archive = archive
        self._number = number
        self._here: Iterator[bytes] | None = member.chunks

    @property
    def reached(self) -> int:
        """How far the archive was read."""
        return self._archive.bytes_read

    def read(self, offset: int) -> Iterator[bytes]:
        """Yield the member's bytes from its beginning."""
        here, self._here = self._here, None
        return here if here is not None else self._archive.member_again(self._number)

    def close(self) -> None:
        """Leave the archive open for the next member."""


def member_stat(archive: str, name: str) -> str:
    """Return the stat of a member: that of its archive, and its name.

    >>> member_stat("[1, 2, 3, 4, 5]", "app.log")
    '[1, 2, 3, 4, "app.log"]'
    """
    return json.dumps([*json.loads(archive)[:4], name])


def archive_stat(stat: str) -> tuple[str, str | None]:
    """Return the stat of what lies there, without its ctime, and the member's name if in an archive.

    >>> archive_stat('[1, 2, 3, 4, "app.log"]')
    ('[1, 2, 3, 4]', 'app.log')
    >>> archive_stat("[1, 2, 3, 4, 5]")
    ('[1, 2, 3, 4]', None)
    """
    told = json.loads(stat)
    return json.dumps(told[:4]), told[4] if isinstance(told[-1], str) else None
