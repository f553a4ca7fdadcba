"""Takes compression and UTF-16 off a run of bytes, in flat memory: a function from chunks to chunks for each.

Each checks what its format lets it check, and gives every byte that is whole before it complains.
"""

from __future__ import annotations

import bz2
import codecs
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress

from pipeline.errors import InputFault

#: Decompressed bytes given at a time.
CHUNK = 4 << 20
#: What a decoder of xz may take; `xz -9` needs 65 MiB (man xz, the table of presets).
_XZ_MEMORY = 128 << 20

_WBITS_GZIP = 31
_WBITS_RAW = -15
#: Compressed bytes unpacked at a time: what damage can cost is looked at byte by byte.
_PIECE = 64 << 10
#: Bytes that a bzip2 or xz decoder gives at a time: it keeps back no more than that when it meets damage.
_STEP = 4 << 10


def gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the content of a gzip stream of one or more members; CRC and length of each are checked.

    https://www.rfc-editor.org/rfc/rfc1952

    Raises:
        InputFault: damaged, cut short, or followed by something else; what came before was given.
    """
    member = zlib.decompressobj(_WBITS_GZIP)
    for piece in _pieces(chunks):
        rest = piece
        while True:
            before = member.copy()
            try:
                data = member.decompress(rest, CHUNK)
            except zlib.error as error:
                yield from _salvage(before, rest)
                raise InputFault(f"gzip damaged: {_reason(error)}") from None
            if data:
                yield data
            rest = member.unconsumed_tail
            if member.eof:
                # Tapes and blocks leave zeros behind a member.
                rest = member.unused_data.lstrip(b"\x00")
                if not rest:
                    break
                if not rest.startswith(b"\x1f"):
                    raise InputFault("gzip followed by something else")
                member = zlib.decompressobj(_WBITS_GZIP)
            elif not rest and len(data) < CHUNK:
                break
    if not member.eof:
        raise InputFault("gzip cut short")


def inflate(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the content of a raw deflate stream, as zip archives hold them.

    https://www.rfc-editor.org/rfc/rfc1951

    Raises:
        InputFault: damaged or cut short; what came before was given.
    """
    stream = zlib.decompressobj(_WBITS_RAW)
    for piece in _pieces(chunks):
        rest = piece
        while not stream.eof:
            before = stream.copy()
            try:
                data = stream.decompress(rest, CHUNK)
            except zlib.error as error:
                yield from _salvage(before, rest)
                raise InputFault(f"deflate damaged: {_reason(error)}") from None
            if data:
                yield data
            rest = stream.unconsumed_tail
            if not rest and len(data) < CHUNK:
                break
    if not stream.eof:
        raise InputFault("deflate cut short")


def bunzip2(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the content of one or more bzip2 streams; the CRC of each block is checked.

    https://sourceware.org/bzip2/manual/manual.html

    Raises:
        InputFault: damaged, cut short, or followed by something else.
    """
    return _gathered(_streams(chunks, "bzip2", b"BZh", bz2.BZ2Decompressor))


def unxz(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the content of one or more xz streams; the checksum of each block is checked.

    https://tukaani.org/xz/xz-file-format.txt

    Raises:
        InputFault: damaged, cut short, followed by something else, or it wants more than 128 MiB of memory.
    """
    return _gathered(
        _streams(chunks, "xz", b"\xfd7z", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY))
    )


def from_utf16(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield UTF-16 text, which begins with its byte order mark, as UTF-8 without one.

    A surrogate that stands alone comes out as the three bytes that UTF-8 forbids: its line is told from text.

    Raises:
        InputFault: it ends in the middle of a character.
    """
    decoder: codecs.IncrementalDecoder | None = None
    held = b""
    for chunk in chunks:
        data = held + chunk
        if decoder is None:
            if len(data) < 2:
                held = data
                continue
            order = "utf-16-le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
            decoder = codecs.getincrementaldecoder(order)("surrogatepass")
            data, held = data[2:], b""
        # Of a chunk that ends within a pair of surrogates or a unit, the decoder keeps the beginning.
        yield decoder.decode(data).encode("utf-8", "surrogatepass")
    if decoder is not None and decoder.getstate()[0]:
        raise InputFault("UTF-16 cut short")


def _pieces(chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), _PIECE):
            yield chunk[start : start + _PIECE]


def _salvage(member: zlib._Decompress, damaged: bytes) -> Iterator[bytes]:
    """Yield what stands before the damage: zlib keeps back what it made of the bytes given with it."""
    with suppress(zlib.error):
        for at in range(len(damaged)):
            yield member.decompress(damaged[at : at + 1])


def _reason(error: zlib.error) -> str:
    """Return zlib's own words without its code.

    >>> _reason(zlib.error("Error -3 while decompressing data: incorrect data check"))
    'incorrect data check'
    """
    return str(error).rpartition(": ")[2]


def _streams(
    chunks: Iterator[bytes],
    label: str,
    magic: bytes,
    begin: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor],
) -> Iterator[bytes]:
    """Yield the content of streams that stand one behind the other, zeros between them, in steps."""
    stream, begun = begin(), False
    for piece in _pieces(chunks):
        rest = piece if begun else piece.lstrip(b"\x00")
        while rest or begun:
            begun = True
            try:
                data = stream.decompress(rest, _STEP)
            except (OSError, lzma.LZMAError) as error:
                raise InputFault(f"{label} damaged: {str(error)[:1].lower()}{str(error)[1:]}") from None
            if data:
                yield data
            rest = b""
            if stream.eof:
                rest = stream.unused_data.lstrip(b"\x00")
                if not magic.startswith(rest[: len(magic)]):
                    raise InputFault(f"{label} followed by something else")
                stream, begun = begin(), False
            elif stream.needs_input:
                break
    if begun:
        raise InputFault(f"{label} cut short")


def _gathered(steps: Iterator[bytes]) -> Iterator[bytes]:
    """Yield small pieces as chunks, all of them before a fault is raised."""
    held: list[bytes] = []
    size = 0
    try:
        for step in steps:
            held.append(step)
            size += len(step)
            if size >= CHUNK // 4:
                yield b"".join(held)
                held, size = [], 0
    except InputFault:
        yield b"".join(held)
        raise
    yield b"".join(held)
