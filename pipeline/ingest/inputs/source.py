"""An input's bytes: decompressed, hashed as they pass."""

from __future__ import annotations

import hashlib
import os
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING

from pipeline.config import Unpacking
from pipeline.errors import InputFault
from pipeline.ingest.inputs import archives, containers
from pipeline.ingest.inputs.landing import Found, as_opened, find
from pipeline.ingest.inputs.raw import CHUNK, FileBytes, MemberBytes, Raw, StreamBytes, member_stat

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

#: Bytes that identity and plan are taken from.
HEAD = 256 << 10


class Source:
    r"""One input, open; `with Source.open(found, limits) as source`.

    Attributes:
        path: as the user gave it, `archive.zip!/member` inside; undecodable bytes as \xNN.
        file: its absolute name; None for a stream.
        stat: what the file was when it was found, in an archive with the member's name (of the archive itself
            an empty one); None for a stream.
        size: bytes, compressed; None for a stream.
        mtime: time of its last change, aware UTC; of a stream the present.
        containers: what is taken off, outermost first.
        archive: "tar" or "zip" where it is one: it has members then and is no input itself.
        head: its first decompressed bytes, at most HEAD.
    """

    def __init__(self, raw: Raw, limits: Unpacking) -> None:
        self.path = raw.path
        self.file = raw.file
        self.stat = raw.stat
        self.size = raw.size
        self.mtime = raw.mtime
        self._raw = raw
        self._limits = limits
        self._fresh: Content | None = self._peeled()
        self._first = self._fresh
        self.containers = self._first.containers
        self.head = self._first.peek(HEAD)
        self.archive = archives.kind_of(self.head, self.containers) if raw.may_be_archive else None
        if self.archive and self.stat:
            self.stat = member_stat(self.stat, "")

    @classmethod
    def open(cls, found: Found, limits: Unpacking) -> Source:
        """Open a file.

        Raises:
            InputFault: it cannot be opened, or is no file any more.
        """
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC
        try:
            descriptor = os.open(found.real, flags)
        except OSError as error:
            raise InputFault(f"cannot be read: {error.strerror}") from None
        try:
            return cls(FileBytes(descriptor, as_opened(found, descriptor)), limits)
        except BaseException:
            # Ctrl-C too, while the head is unpacked: there is no source yet that would close it.
            os.close(descriptor)
            raise

    @classmethod
    def stdin(cls, now: datetime, limits: Unpacking) -> Source:
        """Open standard input."""
        return cls(StreamBytes(os.dup(sys.stdin.fileno()), now), limits)

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._raw.close()

    @property
    def problem(self) -> str | None:
        """Why the head ends before its time, if it does."""
        return self._first.problem

    @property
    def is_member(self) -> bool:
        """Whether it lies in an archive."""
        return isinstance(self._raw, MemberBytes)

    @property
    def bytes_read(self) -> int:
        """How far the file was read, compressed."""
        return self._raw.reached

    def read(self, start: Mark | None = None) -> Content:
        """Return the decompressed bytes from the beginning, or from a mark that an earlier reading set.

        A stream has one reading: the one that its head was looked at in.
        """
        if self.file is None:
            return self._first
        if start is not None and not self.containers:
            return Content((), self._raw.read(start.offset), start)
        content, self._fresh = self._fresh or self._peeled(), None
        if start is not None:
            content.skip_to(start.offset)
        return content

    def members(self) -> Iterator[Source]:
        """Yield the files of an archive, each to be read before the next is asked for.

        Raises:
            InputFault: the archive is damaged; the members before that were given.
        """
        for number, member in enumerate(self._opened_members()):
            yield Source(MemberBytes(self, number, member), self._limits)

    def member_again(self, number: int) -> Iterator[bytes]:
        """Return the bytes of the member of that number, in another pass over the archive."""
        return next(islice(self._opened_members(), number, None)).chunks

    def _opened_members(self) -> Iterator[archives.Member]:
        if self.archive == "zip":
            return archives.from_zip(self._raw.descriptor, self.size or 0, self._limits)
        return archives.from_tar(containers.peel(self._raw.read(0), self._limits)[1], self._limits)

    def _peeled(self) -> Content:
        labels, chunks = containers.peel(self._raw.read(0), self._limits)
        return Content(self._raw.labels + labels, chunks)


@contextmanager
def looked_up(file: str, limits: Unpacking) -> Iterator[Source]:
    """Yield the input that an absolute name leads to, in an archive too.

    Raises:
        InputFault: there is none, or it cannot be opened.
    """
    lies = file if os.path.lexists(file) else file.partition(archives.INSIDE)[0]
    found = next(find([lies]), None)
    if not isinstance(found, Found):
        raise InputFault(found.problem if found else "no such file")
    with Source.open(found, limits) as source:
        named = source if lies == file else next((m for m in source.members() if m.file == file), None)
        if named is None:
            raise InputFault("the archive has no such file")
        yield named


@dataclass(frozen=True)
class Mark:
    """A place in a source's decompressed bytes, and the SHA-256 state of all before it."""

    offset: int
    sha256: Hash

    @property
    def digest(self) -> str:
        """The SHA-256 of all bytes before it, 64 hex digits."""
        return self.sha256.hexdigest()


class Content:
    """Decompressed bytes in order; what is taken is hashed and remembered until it is let go.

    Attributes:
        containers: what was taken off.
        problem: why the bytes end before their time, once that is known.
    """

    def __init__(self, labels: tuple[str, ...], chunks: Iterator[bytes], start: Mark | None = None) -> None:
        self.containers = labels
        self.problem: str | None = None
        self._chunks = chunks
        self._ahead: deque[bytes] = deque()
        self._offset = start.offset if start else 0
        self._sha256 = start.sha256.copy() if start else hashlib.sha256()
        self._recent: deque[tuple[Mark, bytes]] = deque()

    def peek(self, size: int) -> bytes:
        """Return the next bytes, fewer only where they end, and leave them there."""
        self._draw(size)
        return b"".join(self._ahead)[:size]

    def take(self, size: int) -> bytes:
        """Return the next bytes, fewer only where they end; none at the end."""
        self._draw(size)
        data = b"".join(self._ahead)
        self._ahead.clear()
        if len(data) > size:
            self._ahead.append(data[size:])
            data = data[:size]
        self._recent.append((self.mark(), data))
        self._sha256.update(data)
        self._offset += len(data)
        return data

    def skip_to(self, offset: int) -> bool:
        """Take bytes up to an offset, remembering none; return whether there were so many."""
        while self._offset < offset and self.take(min(CHUNK, offset - self._offset)):
            self.let_go(self._offset)
        return self._offset == offset

    def at_end(self) -> bool:
        """Return whether nothing is left."""
        return not self.peek(1)

    def mark(self) -> Mark:
        """Return the place reached."""
        return Mark(self._offset, self._sha256.copy())

    def mark_at(self, offset: int) -> Mark:
        """Return an earlier place whose bytes were not let go.

        Raises:
            LookupError: they were.
        """
        if offset == self._offset:
            return self.mark()
        for start, data in reversed(self._recent):
            if start.offset <= offset <= start.offset + len(data):
                sha256 = start.sha256.copy()
                sha256.update(data[: offset - start.offset])
                return Mark(offset, sha256)
        raise LookupError(offset)

    def forget_last(self) -> None:
        """Forget what was taken last: no mark will be asked for in there, however much more comes."""
        self._recent.pop()

    def let_go(self, before: int) -> None:
        """Forget bytes before an offset that no mark will be asked for again."""
        while self._recent and self._recent[0][0].offset + len(self._recent[0][1]) <= before:
            self._recent.popleft()

    def _draw(self, size: int) -> None:
        held = sum(map(len, self._ahead))
        try:
            while held < size and (chunk := next(self._chunks, None)) is not None:
                self._ahead.append(chunk)
                held += len(chunk)
        except InputFault as fault:
            self.problem = fault.what
