"""What is taken off a file before its bytes are read: one function per container, found by magic bytes.

A container is a function from chunks to chunks. It checks what the format lets it check, gives every byte
that is whole before it complains, and never holds more than a chunk.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from pipeline.errors import InputFault

#: Decompressed bytes given at a time.
CHUNK = 4 << 20
#: A container inside a container inside … ends here.
MAX_DEPTH = 4
#: A file that unpacks to more than this many times its size, and more than BOMB_BYTES, is taken for a bomb.
#: Logs reach 50; deflate's own limit is 1,032 (https://zlib.net/zlib_tech.html).
BOMB_RATIO = 400
BOMB_BYTES = 1 << 30

_WBITS_GZIP = 31
#: Compressed bytes unpacked at a time: what damage can cost is looked at byte by byte.
_PIECE = 64 << 10


@dataclass(frozen=True)
class Container:
    """One kind of container: how it begins, and the function that takes it off."""

    label: str
    magic: bytes
    unpack: Callable[[Iterator[bytes]], Iterator[bytes]]


def gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the content of a gzip stream of one or more members; CRC and length of each are checked.

    https://www.rfc-editor.org/rfc/rfc1952

    Raises:
        InputFault: damaged, cut short, or followed by something else; what came before was given.
    """
    read = given = 0
    member = zlib.decompressobj(_WBITS_GZIP)
    for piece in _pieces(chunks):
        read += len(piece)
        rest = piece
        while True:
            before = member.copy()
            try:
                data = member.decompress(rest, CHUNK)
            except zlib.error as error:
                yield from _salvage(before, rest)
                raise InputFault(f"gzip damaged: {_reason(error)}") from None
            given += len(data)
            if given > max(BOMB_BYTES, BOMB_RATIO * read):
                raise InputFault(f"unpacks to more than {BOMB_RATIO} times its size: taken for a bomb")
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


CONTAINERS = (Container("gzip", b"\x1f\x8b", gunzip),)

#: What h33 recognises and does not read: magic bytes and name.
BINARIES = (
    (b"\x28\xb5\x2f\xfd", "zstd-compressed"),
    (b"BZh", "bzip2-compressed"),
    (b"\xfd7zXZ\x00", "xz-compressed"),
    (b"PK\x03\x04", "a zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x6d\xe2\x99\x81", "a mongodump archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x7fELF", "a program"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)


def of(head: bytes) -> Container | None:
    """Return the container that bytes begin with."""
    return next((container for container in CONTAINERS if head.startswith(container.magic)), None)


def peel(chunks: Iterator[bytes]) -> tuple[tuple[str, ...], Iterator[bytes]]:
    """Take off every container.

    Returns:
        Their labels, outermost first, and the content. What is damaged raises when it is reached.
    """
    labels: list[str] = []
    while len(labels) < MAX_DEPTH:
        head, chunks = _peek(chunks)
        container = of(head)
        if container is None:
            break
        labels.append(container.label)
        chunks = container.unpack(chunks)
    return tuple(labels), chunks


def _peek(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first bytes and the chunks as if none had been drawn."""
    held: list[bytes] = []
    fault: InputFault | None = None
    try:
        while sum(map(len, held)) < 8 and (chunk := next(chunks, b"")):
            held.append(chunk)
    except InputFault as error:
        fault = error

    def again() -> Iterator[bytes]:
        yield from held
        if fault is not None:
            raise fault
        yield from chunks

    return b"".join(held)[:8], again()
