"""What is around a file's bytes: containers are found by magic bytes and taken off one by one.

A container is a function from chunks to chunks, in flat memory (see `unpack`). Archives hold several inputs:
they are in `archives`. What unpacks to far more than it was is taken for a bomb, and ends there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.config import Unpacking
from pipeline.errors import InputFault
from pipeline.ingest.inputs.unpack import bunzip2, from_utf16, gunzip, unxz
from pipeline.ingest.inputs.zstd import unzstd

#: A container inside a container inside … ends here.
MAX_DEPTH = 4
#: First bytes that tell a container, and those that tell a tar archive.
_TELLING = 16


@dataclass(frozen=True)
class Container:
    """One kind of container: how it begins, and the function that takes it off."""

    label: str
    begins: re.Pattern[bytes]
    unpack: Callable[[Iterator[bytes]], Iterator[bytes]]


CONTAINERS = (
    Container("gzip", re.compile(rb"\x1f\x8b"), gunzip),
    Container("zstd", re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", re.DOTALL), unzstd),
    Container("bzip2", re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), bunzip2),
    Container("xz", re.compile(rb"\xfd7zXZ\x00"), unxz),
    Container("utf-16", re.compile(rb"\xff\xfe(?!\x00\x00)|\xfe\xff", re.DOTALL), from_utf16),
)
#: Those of them that a file may grow in: they end nowhere.
OPEN_ENDED = frozenset({"utf-16"})

#: What h33 recognises and does not read: magic bytes and name.
BINARIES = (
    (b"PK\x03\x04", "a zip archive within another container"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x7fELF", "a program"),
    (b"\xff\xfe\x00\x00", "UTF-32 text"),
)


def of(head: bytes) -> Container | None:
    """Return the container that bytes begin with."""
    return next((container for container in CONTAINERS if container.begins.match(head)), None)


def peel(chunks: Iterator[bytes], limits: Unpacking) -> tuple[tuple[str, ...], Iterator[bytes]]:
    """Take off every container.

    Args:
        chunks: of the file as it lies there.
        limits: of what they may unpack to.

    Returns:
        Their labels, outermost first, and the content. What is damaged raises when it is reached.
    """
    meter = Meter(limits)
    chunks = meter.fed(chunks)
    labels: list[str] = []
    while len(labels) < MAX_DEPTH:
        head, chunks = _peek(chunks)
        container = of(head)
        if container is None:
            break
        labels.append(container.label)
        chunks = meter.given(container.unpack(chunks))
    return tuple(labels), chunks


class Meter:
    """Holds all that is unpacked of a file to a limit that goes with the file's size."""

    def __init__(self, limits: Unpacking, packed: int = 0) -> None:
        self._limits = limits
        self._packed = packed
        self._unpacked = 0

    def fed(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield packed bytes, counted."""
        for chunk in chunks:
            self._packed += len(chunk)
            yield chunk

    def given(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield unpacked bytes up to the limit.

        Raises:
            InputFault: there are more.
        """
        for chunk in chunks:
            left = max(self._limits.free_bytes, self._limits.ratio * self._packed) - self._unpacked
            self._unpacked += len(chunk)
            if len(chunk) > left:
                yield chunk[: max(0, left)]
                raise InputFault(
                    f"unpacks to more than {self._limits.ratio} times its size: taken for a bomb",
                    hint="[unpacking] in the settings has the limit",
                )
            yield chunk


def _peek(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first bytes and the chunks as if none had been drawn."""
    held: list[bytes] = []
    fault: InputFault | None = None
    try:
        while sum(map(len, held)) < _TELLING and (chunk := next(chunks, None)) is not None:
            held.append(chunk)
    except InputFault as error:
        fault = error

    def again() -> Iterator[bytes]:
        yield from held
        if fault is not None:
            raise fault
        yield from chunks

    return b"".join(held)[:_TELLING], again()
