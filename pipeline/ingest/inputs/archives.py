"""Archives: files that hold other files, each of which is an input of its own, `archive.tar.gz!/member`.

Nothing is ever written where an archive says: its names are labels. A member is read where it stands, in flat
memory; links, devices and folders among the members are passed over, they hold nothing of their own.
"""

from __future__ import annotations

import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO, RawIOBase
from pathlib import PurePosixPath

from pipeline.config import Unpacking
from pipeline.errors import InputFault
from pipeline.ingest.inputs.containers import Meter
from pipeline.ingest.inputs.unpack import CHUNK, bunzip2, inflate

#: What stands between an archive's name and that of a member.
INSIDE = "!/"

_TAR = slice(257, 262)
_ZIP = b"PK\x03\x04"
#: Methods of compression, APPNOTE 4.4.5: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
_METHODS: dict[int, Callable[[Iterator[bytes]], Iterator[bytes]]] = {0: iter, 8: inflate, 12: bunzip2}
_LOCAL = struct.Struct("<4s5H3I2H")
_ENCRYPTED, _TOLD_BEHIND, _IS_UTF8 = 1, 8, 0x800
_UNKNOWN = -1
#: Bytes of a zip archive's list of files; a longer one is not read.
_LONGEST_LIST = 32 << 20


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        name: as the archive states it, without a leading `./`.
        size: bytes, as they are said to be.
        mtime: time of its last change, aware UTC; None where the archive does not tell.
        chunks: its bytes; of a tar archive to be drawn before the next member is asked for.
    """

    name: str
    size: int
    mtime: datetime | None
    chunks: Iterator[bytes]


def kind_of(head: bytes, labels: tuple[str, ...]) -> str | None:
    """Return "tar" or "zip" where bytes are the beginning of such an archive.

    Args:
        head: first bytes, containers off.
        labels: of the containers that were taken off. A zip archive is read from its end, so only a bare one.
    """
    if head[_TAR] == b"ustar":
        return "tar"
    return "zip" if head.startswith(_ZIP) and not labels else None


def from_tar(chunks: Iterator[bytes], limits: Unpacking) -> Iterator[Member]:
    """Yield the files of a tar archive, in one pass.

    Raises:
        InputFault: the archive is damaged, or holds too many files; the members before that were given.
    """
    stream = _Forward(chunks)
    count = 0
    try:
        with tarfile.open(fileobj=stream, mode="r:", errors="surrogateescape") as archive:
            for entry in archive:
                count += 1
                _not_too_many(count, limits)
                if entry.isreg() and not entry.issparse() and _is_data(entry.name):
                    yield Member(
                        _plain(entry.name), entry.size, _instant(entry.mtime), stream.part(entry.size)
                    )
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise InputFault(stream.problem or f"tar damaged: {error}") from None
    if stream.problem:
        raise InputFault(stream.problem)


def from_zip(descriptor: int, size: int, limits: Unpacking) -> Iterator[Member]:
    """Yield the files of a zip archive; those of one without its list as far as they stand there.

    Args:
        descriptor: of the open archive, which can be read anywhere.
        size: its bytes.
        limits: of all members together.

    Raises:
        InputFault: the archive is damaged, or holds too many files; the members before that were given.
    """
    meter = Meter(limits, size)
    problem = None
    try:
        with zipfile.ZipFile(_Window(descriptor, size)) as archive:
            entries: Iterable[zipfile.ZipInfo] = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error):
        entries, problem = _by_heads(descriptor, size), "zip damaged: the list of its files is missing"
    for count, entry in enumerate(entries, 1):
        _not_too_many(count, limits)
        if not entry.is_dir() and _is_data(entry.filename):
            data = _zipped(descriptor, size, entry)
            yield Member(_plain(entry.filename), entry.file_size, None, meter.given(data))
    if problem:
        raise InputFault(problem)


def _by_heads(descriptor: int, size: int) -> Iterator[zipfile.ZipInfo]:
    """Yield the files of a zip archive that lost its list, by the head that stands before each.

    A head may leave the length to what stands behind the content: then all that is left is taken for it.
    """
    at = 0
    while (head := os.pread(descriptor, _LOCAL.size, at)).startswith(_ZIP) and len(head) == _LOCAL.size:
        _, _, flags, method, _, _, crc, packed, unpacked, name_length, extra = _LOCAL.unpack(head)
        name = os.pread(descriptor, name_length, at + _LOCAL.size)
        entry = zipfile.ZipInfo(name.decode("utf-8" if flags & _IS_UTF8 else "cp437", "replace"))
        entry.flag_bits, entry.compress_type, entry.header_offset = flags, method, at
        start = at + _LOCAL.size + name_length + extra
        told_behind = bool(flags & _TOLD_BEHIND)
        entry.compress_size = size - start if told_behind else packed
        entry.CRC, entry.file_size = _UNKNOWN if told_behind else crc, unpacked
        yield entry
        at = start + entry.compress_size


def _zipped(descriptor: int, size: int, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a member's content, checked against its CRC."""
    if entry.flag_bits & _ENCRYPTED:
        raise InputFault("encrypted: not read")
    method = _METHODS.get(entry.compress_type)
    if method is None:
        raise InputFault(f"packed by method {entry.compress_type} of zip: not read")
    head = os.pread(descriptor, _LOCAL.size, entry.header_offset)
    if len(head) < _LOCAL.size or not head.startswith(_ZIP):
        raise InputFault("zip damaged: a file does not stand where the list says")
    start = entry.header_offset + _LOCAL.size + sum(_LOCAL.unpack(head)[-2:])
    crc = 0
    for chunk in method(_span(descriptor, start, min(entry.compress_size, size))):
        crc = zlib.crc32(chunk, crc)
        yield chunk
    if entry.CRC not in {crc, _UNKNOWN}:
        raise InputFault("zip damaged: incorrect data check")


def _span(descriptor: int, start: int, length: int) -> Iterator[bytes]:
    while length and (chunk := os.pread(descriptor, min(length, CHUNK), start)):
        start, length = start + len(chunk), length - len(chunk)
        yield chunk


def _not_too_many(count: int, limits: Unpacking) -> None:
    if count > limits.members:
        raise InputFault(
            f"an archive of more than {limits.members} files",
            hint="[unpacking] in the settings has the limit",
        )


def _is_data(name: str) -> bool:
    """Return whether a member is an input: hidden files and what archivers of macOS add are none."""
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith(".") and part not in {".", ".."} for part in parts)
    return bool(parts) and not hidden and parts[0] != "__MACOSX"


def _plain(name: str) -> str:
    while name.startswith("./"):
        name = name[2:].lstrip("/")
    return name


def _instant(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (OverflowError, ValueError, OSError):
        return None


class _Forward(RawIOBase):
    """Chunks as a file that can be read and gone forward in, as `tarfile` goes from head to head.

    Attributes:
        problem: why the chunks ended before their time.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.problem: str | None = None
        self._chunks = chunks
        self._data = memoryview(b"")
        self._offset = 0

    def tell(self) -> int:
        return self._offset

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence != os.SEEK_SET or offset < self._offset:
            raise tarfile.ReadError("a file that begins before the one before it ends")
        while self._offset < offset and self._some(offset - self._offset):
            pass
        return self._offset

    def read(self, size: int = -1) -> bytes:
        """Return bytes, fewer only where they end."""
        out = BytesIO()
        while (left := size - out.tell()) > 0 and (part := self._some(left)):
            out.write(part)
        return out.getvalue()

    def part(self, size: int) -> Iterator[bytes]:
        """Yield the next bytes, as many.

        Raises:
            InputFault: there are not so many; what there is was given.
        """
        end = self._offset + size
        while self._offset < end and (part := self._some(end - self._offset)):
            yield bytes(part)
        if self._offset < end:
            raise InputFault(self.problem or "tar cut short")

    def _some(self, size: int) -> memoryview:
        """Return at least one byte and at most `size`; none at the end."""
        while not self._data:
            try:
                chunk = next(self._chunks, None)
            except InputFault as fault:
                self.problem = self.problem or fault.what
                chunk = None
            if chunk is None:
                return self._data
            self._data = memoryview(chunk)
        part, self._data = self._data[:size], self._data[size:]
        self._offset += len(part)
        return part


class _Window(RawIOBase):
    """An open file as `zipfile` reads it, apart from the descriptor's own place."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self._size = size
        self._offset = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._offset

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._offset = max(0, offset + (0, self._offset, self._size)[whence])
        return self._offset

    def read(self, size: int = -1) -> bytes:
        data = os.pread(self._descriptor, min(_LONGEST_LIST, self._size if size < 0 else size), self._offset)
        self._offset += len(data)
        return data
