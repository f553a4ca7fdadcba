"""An input's bytes: opened without being led astray, decompressed, hashed as they pass."""

from __future__ import annotations

import hashlib
import os
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING

from pipeline.errors import InputFault
from pipeline.ingest import containers
from pipeline.ingest.landing import Found, as_opened, shown

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

#: How standard input is called, by the user and in the ledger.
STDIN = "-"
#: Bytes that identity and plan are taken from.
HEAD = 256 << 10

_READ = 4 << 20


class Source:
    r"""One input, open; `with Source.open(found) as source`.

    Attributes:
        path: as the user gave it; undecodable bytes as \xNN.
        file: its absolute name; None for a stream.
        stat: what the file was when it was found; None for a stream.
        size: bytes, compressed; None for a stream.
        mtime: time of its last change, aware UTC; of a stream the present.
        containers: what is taken off, outermost first.
        head: its first decompressed bytes, at most HEAD.
    """

    def __init__(self, descriptor: int, found: Found | None, mtime: datetime) -> None:
        self.path = shown(found.path) if found else STDIN
        self.file = found.file if found else None
        self.stat = found.stat if found else None
        self.size = found.size if found else None
        self.mtime = mtime
        self._descriptor = descriptor
        self._first = Content(*containers.peel(self._raw(0)))
        self.containers = self._first.containers
        self.head = self._first.peek(HEAD)

    @classmethod
    def open(cls, found: Found) -> Source:
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
            found = as_opened(found, descriptor)
            return cls(descriptor, found, datetime.fromtimestamp(found.mtime_ns // 1_000_000_000, UTC))
        except InputFault:
            os.close(descriptor)
            raise

    @classmethod
    def stdin(cls, now: datetime) -> Source:
        """Open standard input."""
        return cls(os.dup(sys.stdin.fileno()), None, now)

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back."""
        os.close(self._descriptor)

    @property
    def problem(self) -> str | None:
        """Why the head ends before its time, if it does."""
        return self._first.problem

    def read(self, start: Mark | None = None) -> Content:
        """Return the decompressed bytes from the beginning, or from a mark that an earlier reading set.

        A stream has one reading: the one that its head was looked at in.
        """
        if self.file is None:
            return self._first
        if start is not None and not self.containers:
            return Content((), self._raw(start.offset), start)
        content = Content(*containers.peel(self._raw(0)))
        if start is not None:
            content.skip_to(start.offset)
        return content

    def _raw(self, offset: int) -> Iterator[bytes]:
        try:
            while chunk := self._chunk(offset):
                offset += len(chunk)
                yield chunk
        except OSError as error:
            raise InputFault(f"cannot be read: {error.strerror}") from None

    def _chunk(self, offset: int) -> bytes:
        if self.file is None:
            return os.read(self._descriptor, _READ)
        return os.pread(self._descriptor, _READ, offset)


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
        while self._offset < offset and self.take(min(_READ, offset - self._offset)):
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
            if start.offset <= offset:
                sha256 = start.sha256.copy()
                sha256.update(data[: offset - start.offset])
                return Mark(offset, sha256)
        raise LookupError(offset)

    def let_go(self, before: int) -> None:
        """Forget bytes before an offset that no mark will be asked for again."""
        while self._recent and self._recent[0][0].offset + len(self._recent[0][1]) <= before:
            self._recent.popleft()

    def _draw(self, size: int) -> None:
        held = sum(map(len, self._ahead))
        try:
            while held < size and (chunk := next(self._chunks, b"")):
                self._ahead.append(chunk)
                held += len(chunk)
        except InputFault as fault:
            self.problem = fault.what
