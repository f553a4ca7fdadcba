"""Cuts a source's bytes into blocks at record bounds, so that blocks can be parsed apart.

A block of lines ends with a newline, a block of JSON with a value, wherever that stands: arrays and pages of
any length pass through in flat memory. Cutting goes on at a place where an earlier run stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipeline.formats import text_views
from pipeline.ingest.cutters import record_bounds
from pipeline.ingest.inputs.source import Content
from pipeline.ingest.model import Block, Places, Skipped, SourcePlan
from pipeline.ingest.records import pieces

#: Bytes taken at a time. Every block that is under way, on each core and between them, takes some ten times
#: as much memory; smaller blocks cost more time (a call of the kernel some 10 ms), larger ones hardly less.
BLOCK = 4 << 20
#: A longer line is not kept: its length and hash are.
MAX_LINE = 1 << 20
#: A longer JSON value is not kept. Mongo's limit of a document is 16 MiB of BSON
#: (https://www.mongodb.com/docs/manual/reference/limits/), as JSON it may be twice that.
MAX_VALUE = 32 << 20

Lines = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SPACE = b" \t\n\r\x0b\x0c"
_IS_SPACE = np.zeros(256, bool)
_IS_SPACE[list(SPACE)] = True


@dataclass(frozen=True)
class Place:
    """Where reading goes on.

    Attributes:
        offset: decompressed bytes before it.
        line_no: the line it is on, from 1.
        inside: it is among the records of an array ("json" with a record path).
    """

    offset: int = 0
    line_no: int = 1
    inside: bool = False


class Cutter(Protocol):
    """Yields the blocks of a source.

    Attributes:
        end: after the last block, where a run that finds more bytes goes on; a torn value stands behind it.
        unfinished: after the last block, the place of a last line without its newline or its last piece:
            it may go on, too.
        lines: after the last block, physical lines from the source's first byte on; of BSON documents.
        problem: after the last block, what is wrong with the source as a whole.
    """

    end: Place
    unfinished: Place | None
    lines: int
    problem: str | None

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks in order."""
        ...


def with_last(blocks: Iterator[Block]) -> Iterator[Block]:
    """Yield the blocks with the last one marked; an empty one where there are none."""
    held = None
    for block in blocks:
        if held is not None:
            yield held
        held = block
    yield replace(held or Block(b"", 1, 0), last=True)


class LineCutter:
    """Blocks of whole lines, cut where a record begins if the plan tells. The last line may go on."""

    limit = MAX_LINE

    def __init__(
        self,
        content: Content,
        start: Place,
        block_bytes: int,
        held: bytes = b"",
        plan: SourcePlan | None = None,
    ) -> None:
        self.end = start
        self.unfinished: Place | None = None
        self.lines = start.line_no - 1
        self.problem: str | None = None
        self._content = content
        self._plan = plan
        self._block_bytes = block_bytes
        self._held = held
        self._begins = False

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks in order; a line that is too long is skipped, in a block of its own."""
        data = self._held
        while chunk := self._content.take(self._block_bytes):
            data += chunk
            while (long := _long_line(data, self.limit)) is not None:
                if long:
                    yield self._block(data[:long])
                data = data[long:]
                if data.startswith(b"\x00"):
                    data = self._pass_hole(data)
                    if not data and not chunk.strip(b"\x00"):
                        self._content.forget_last()
                else:
                    skipped, data = self._skip(data)
                    yield skipped
            if len(data) < self._block_bytes:
                # The last of a source is one block, whatever is open at its end.
                continue
            whole = self._whole(data)
            if self._plan and (start := record_bounds.last_start(data, whole, self._plan)):
                yield self._block(data[:start], ends=True)
                data = data[start:]
            elif whole:
                if self._plan:
                    whole = record_bounds.last_wrapped(data, whole, self._plan) or whole
                yield self._block(data[:whole])
                data = data[whole:]
        if whole := self._whole(data):
            yield self._block(data[:whole])
        if data := data[whole:]:
            self.unfinished = self.end
            yield replace(self._block(data), torn=True)

    def _whole(self, data: bytes) -> int:
        """Return where the last whole line ends, and what is in pieces is whole, too."""
        return pieces.last_whole(data, self._plan) if self._plan else data.rfind(b"\n") + 1

    def _block(self, data: bytes, *, ends: bool = False) -> Block:
        block = Block(data, self.end.line_no, self.end.offset, begins=self._begins, ends=ends)
        self._begins = ends
        self._pass(len(data), text_views.count(data, ord("\n")), data[-1:])
        return block

    def _pass(self, count: int, newlines: int, last: bytes) -> None:
        self.end = Place(self.end.offset + count, self.end.line_no + newlines)
        self.lines = self.end.line_no - 1 + (last != b"\n")

    def _pass_hole(self, data: bytes) -> bytes:
        """Return what stands behind the NULs that a truncated log left: its line begins there."""
        rest = data.lstrip(b"\x00")
        self._pass(len(data) - len(rest), 0, b"\x00")
        return rest

    def _skip(self, data: bytes) -> tuple[Block, bytes]:
        """Return the block of a line too long to be kept, and what stands behind it."""
        sha256, length = hashlib.sha256(), 0
        stop = data.find(b"\n")
        while stop < 0 and (more := self._content.take(self._block_bytes)):
            sha256.update(data)
            length += len(data)
            data, stop = more, more.find(b"\n")
            if stop < 0:
                self._content.forget_last()
        line, rest = (data[: stop + 1], data[stop + 1 :]) if stop >= 0 else (data, b"")
        if stop < 0:
            self.unfinished = self.end
        sha256.update(line)
        length += len(line)
        skipped = Skipped(self.end.line_no, 1, self.end.offset, sha256.hexdigest(), length)
        block = Block(b"", self.end.line_no, self.end.offset, skipped=(skipped,))
        self._pass(length, stop >= 0, line[-1:])
        return block, rest


class ValueLineCutter(LineCutter):
    """Blocks of JSON values that stand one per line: only newlines are looked at."""

    limit = MAX_VALUE

    def _block(self, data: bytes, *, ends: bool = False) -> Block:
        start = self.end
        values, places, blank = value_lines(data, start)
        if data.endswith(b"\n"):
            self._pass(len(data), text_views.count(data, ord("\n")), b"\n")
            return Block(values, start.line_no, start.offset, places=places, blank=blank)
        # The newline is missing, perhaps only so far: the next run begins with this line again.
        self.lines = start.line_no
        return Block(values, start.line_no, start.offset, places=places, blank=blank, torn=True)


def _long_line(data: bytes, limit: int) -> int | None:
    """Return where the first line of more than `limit` bytes begins, finished or not."""
    start = 0
    while len(data) - start > limit:
        newline = data.rfind(b"\n", start, start + limit)
        if newline < 0:
            return start
        start = newline + 1
    return None


def value_lines(data: bytes, start: Place) -> tuple[bytes, Places, Lines]:
    """Return the lines that are not white space, one per line, their places, the numbers of the blank ones.

    Args:
        data: lines; the last newline may be missing.
        start: where they begin.
    """
    array = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(array == ord("\n"))
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.concatenate(([0], ends[:-1] + 1))
    numbers = start.line_no + np.arange(len(starts), dtype=np.int64)
    blank = blank_lines(data, starts, ends)
    if blank.any():
        starts, ends = starts[~blank], ends[~blank]
        data = b"\n".join(data[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True))
    places = Places(numbers[~blank], np.ones(len(starts), np.int64), start.offset + starts)
    return data, places, numbers[blank]


def blank_lines(data: bytes, starts: Lines, ends: Lines) -> Flags:
    """Return which lines, data[start:end] each, are nothing but white space."""
    array = np.frombuffer(data, np.uint8)
    blank: Flags = starts == ends
    edges = ~blank
    edges[edges] = _IS_SPACE[array[starts[edges]]] & _IS_SPACE[array[ends[edges] - 1]]
    for at in np.flatnonzero(edges).tolist():
        blank[at] = not data[starts[at] : ends[at]].strip(SPACE)
    return blank
