"""Takes zstd off, a block at a time: so nothing that is whole is lost to damage, and no bomb takes memory.

A block unpacks to 128 KiB at most, and each is handed to the library alone; the library checks the content
against the frame's checksum and size. https://www.rfc-editor.org/rfc/rfc8878#section-3
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.errors import InputFault

if TYPE_CHECKING:
    from zstandard import ZstdDecompressionObj

#: A frame that looks back further is refused: `zstd --ultra -22` looks back 128 MiB.
MAX_WINDOW = 128 << 20

_MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"
_RLE = 1


class _Bytes:
    """Chunks, read in pieces of any size."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._data = b""
        self._at = 0

    def take(self, size: int) -> bytes:
        """Return the next bytes, fewer only where they end."""
        while len(self._data) - self._at < size and (chunk := next(self._chunks, None)) is not None:
            self._data, self._at = self._data[self._at :] + chunk, 0
        self._at += size
        return self._data[self._at - size : self._at]

    def whole(self, size: int) -> bytes:
        """Return the next bytes.

        Raises:
            InputFault: there are not so many.
        """
        data = self.take(size)
        if len(data) < size:
            raise InputFault("zstd cut short")
        return data


def unzstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the content of one or more zstd frames.

    Raises:
        InputFault: damaged, cut short, or followed by something else; what came before was given.
    """
    data = _Bytes(chunks)
    while magic := data.take(4):
        if magic[1:] == _SKIPPABLE and magic[0] >> 4 == 5:
            rest = int.from_bytes(data.whole(4), "little")
            while rest:
                rest -= len(data.whole(min(rest, 1 << 20)))
        elif magic == _MAGIC:
            yield from _frame(data)
        elif len(magic) < 4 and _MAGIC.startswith(magic):
            raise InputFault("zstd cut short")
        else:
            raise InputFault("zstd followed by something else")


def _frame(data: _Bytes) -> Iterator[bytes]:
    """Yield the content of a frame, whose magic bytes are read."""
    from zstandard import ZstdDecompressor

    frame = ZstdDecompressor(max_window_size=MAX_WINDOW).decompressobj()
    descriptor = data.whole(1)
    single, checked = descriptor[0] >> 5 & 1, descriptor[0] >> 2 & 1
    size_bytes = (single, 2, 4, 8)[descriptor[0] >> 6]
    window = data.whole(1 - single)
    dictionary = data.whole((0, 1, 2, 4)[descriptor[0] & 3])
    if any(dictionary):
        raise InputFault("zstd with a dictionary: not read")
    yield _fed(frame, _MAGIC + descriptor + window + dictionary + data.whole(size_bytes))
    last = False
    while not last:
        head = data.whole(3)
        stated = int.from_bytes(head, "little")
        last, kind, size = bool(stated & 1), stated >> 1 & 3, stated >> 3
        yield _fed(frame, head + data.whole(1 if kind == _RLE else size))
    if checked:
        yield _fed(frame, data.whole(4))


def _fed(frame: ZstdDecompressionObj, data: bytes) -> bytes:
    from zstandard import ZstdError

    try:
        return frame.decompress(data)
    except ZstdError as error:
        raise InputFault(f"zstd damaged: {str(error).rpartition(': ')[2]}") from None
