"""Cuts JSON whose values stand anywhere: pretty-printed, in arrays, in pages, one behind the other.

What is broken costs itself and what cannot be told from it: cutting goes on at the next line that begins as
the broken value did. What stands between values and is neither space, comma nor bracket is handed on as a
value, for the parser to reject.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from pipeline.ingest.cutters.cutter import MAX_VALUE, SPACE, Lines, Place, ValueLineCutter, blank_lines
from pipeline.ingest.cutters.json_scan import Scan, scan
from pipeline.ingest.inputs.source import Content
from pipeline.ingest.model import Block, Places, Skipped, SourcePlan

#: After so many faults values are expected one per line: nothing better can be said of such a file.
MAX_FAULTS = 1000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MEANINGLESS = SPACE + b",\x00"
_BRACKET = re.compile(rb"[{}\[\]]")


@dataclass
class _Cut:
    """Where values stand in some bytes: spans of them, and the state behind the last one.

    Attributes:
        starts, ends: of the values that were found whole.
        broken: spans of what is no value.
        stop: what stands before it is done.
        inside: at `stop` we are among the records of an array.
        open: a value began at `stop` and is not finished.
        given_up: too many faults.
    """

    starts: list[Lines] = field(default_factory=list)
    ends: list[Lines] = field(default_factory=list)
    broken: list[tuple[int, int]] = field(default_factory=list)
    stop: int = 0
    inside: bool = False
    open: bool = False
    given_up: bool = False


class JsonCutter:
    """Blocks of JSON values, wherever they stand."""

    def __init__(self, content: Content, plan: SourcePlan, start: Place, block_bytes: int) -> None:
        self.end = start
        self.unfinished: Place | None = None
        self.lines = start.line_no - 1
        self.problem: str | None = None
        self._content = content
        self._path = plan.record_path
        self._one_per_line = plan.one_per_line
        self._block_bytes = block_bytes
        self._faults = 0
        # What stands on the line before the next byte. A run goes on where a value began or ended, so never
        # right behind a newline.
        self._margin = b"" if start.offset == 0 else b"?"

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks in order; a value that the end of the source cut off comes last, alone."""
        data, finished = b"", False
        while not finished:
            data += self._content.take(self._block_bytes)
            finished = self._content.at_end()
            cut = self._cut(data, finished=finished)
            torn = cut.open or bool(_between(data[cut.stop :], inside=cut.inside))
            final = finished and not torn
            yield self._block(data if final else data[: cut.stop], cut, final=final)
            self._move(data, cut)
            data = data[cut.stop :]
            if cut.given_up:
                yield from self._line_by_line(data)
                return
        unfinished = self.end.offset + len(data) > 0 and not data.endswith(b"\n")
        self.lines = self.end.line_no - 1 + data.count(b"\n") + unfinished
        if torn:
            yield self._torn(data)

    def _move(self, data: bytes, cut: _Cut) -> None:
        self.end = Place(
            self.end.offset + cut.stop, self.end.line_no + data.count(b"\n", 0, cut.stop), cut.inside
        )
        self._margin = self._before(data, cut.stop)

    def _before(self, data: bytes, at: int) -> bytes:
        """Return what stands before an offset on its line; no more than tells how the line begins."""
        line_start = data.rfind(b"\n", 0, at) + 1
        return ((b"" if line_start else self._margin) + data[line_start : min(at, line_start + 200)])[:200]

    def _cut(self, data: bytes, *, finished: bool) -> _Cut:
        """Find the values, passing over faults."""
        cut = _Cut(inside=self.end.inside)
        if self.end.offset == 0 and data.startswith(_BYTE_ORDER_MARK):
            cut.stop = len(_BYTE_ORDER_MARK)
        while True:
            begin = cut.stop
            found = scan(data, begin, self._path, inside=cut.inside, one_per_line=self._one_per_line)
            cut.starts.append(found.starts)
            cut.ends.append(found.ends)
            cut.broken += self._garbage(data, begin, found)
            cut.stop, cut.inside, cut.open = found.resume, found.inside, found.open
            again = self._behind_fault(data, found, finished=finished)
            if again is None:
                return cut
            if found.open or not found.inside:
                cut.broken.append((found.resume, again))
            # A broken page ends with its line; a broken element leaves us in its array.
            newline_ends = self._one_per_line or not found.open
            cut.stop, cut.inside, cut.open = again, found.inside and not newline_ends, False
            self._faults += 1
            if self._faults > MAX_FAULTS:
                cut.given_up = True
                return cut

    def _behind_fault(self, data: bytes, found: Scan, *, finished: bool) -> int | None:
        """Return where to go on behind what is broken; None where nothing is, or only more bytes can tell."""
        too_long = len(data) - found.resume > MAX_VALUE
        if found.fault is not None and (self._one_per_line or not found.open):
            return found.fault + 1
        if found.fault is None and not too_long and not (found.open and finished):
            return None
        next_start = None
        if found.open:
            indent = self._before(data, found.resume)
            behind = found.resume if found.fault is None else found.fault
            next_start = _next_start(data, behind, b"" if indent.strip(SPACE) else indent)
        if next_start is None and (too_long or finished) and (too_long or found.fault is not None):
            return len(data.rstrip(SPACE))
        return next_start

    def _garbage(self, data: bytes, begin: int, found: Scan) -> list[tuple[int, int]]:
        """Return what stands between the values that were found and is no structure around them."""
        before = np.concatenate(([begin], found.ends))
        behind = np.append(found.starts, found.resume)
        gaps = np.flatnonzero(behind - before > 1)
        spans = zip(before[gaps].tolist(), behind[gaps].tolist(), strict=True)
        return [(a, b) for a, b in spans if _between(data[a:b], inside=bool(self._path))]

    def _block(self, data: bytes, cut: _Cut, *, final: bool) -> Block:
        broken = [_stripped(data, a, b) for a, b in cut.broken]
        broken = [(a, b) for a, b in broken if a < b]
        starts = np.concatenate([*cut.starts, np.array([a for a, _ in broken], np.int64)])
        ends = np.concatenate([*cut.ends, np.array([b for _, b in broken], np.int64)])
        order = np.argsort(starts)
        return self._of(data, starts[order], ends[order], final=final)

    def _torn(self, data: bytes) -> Block:
        start, end = _stripped(data, 0, len(data))
        block = self._of(data, np.array([start]), np.array([end]), final=True)
        return Block(**{**vars(block), "torn": True})

    def _of(self, data: bytes, starts: Lines, ends: Lines, *, final: bool) -> Block:
        """Return the block of the values at starts and ends; `final`: the source ends with the data."""
        newlines = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
        first = np.searchsorted(newlines, starts)
        places = Places(
            self.end.line_no + first, np.searchsorted(newlines, ends) - first + 1, self.end.offset + starts
        )
        blank = self._blank(data, newlines, starts, ends, final=final)
        long = ends - starts > MAX_VALUE
        skipped = tuple(
            Skipped(int(line), int(count), int(offset), hashlib.sha256(data[a:b]).hexdigest(), int(b - a))
            for line, count, offset, a, b in zip(
                places.line_no[long],
                places.line_count[long],
                places.byte_offset[long],
                starts[long],
                ends[long],
                strict=True,
            )
        )
        kept = ~long
        flat = data.replace(b"\n", b" ") if (places.line_count > 1).any() else data
        spans = zip(starts[kept].tolist(), ends[kept].tolist(), strict=True)
        return Block(
            b"\n".join(flat[a:b] for a, b in spans),
            self.end.line_no,
            self.end.offset,
            places=Places(places.line_no[kept], places.line_count[kept], places.byte_offset[kept]),
            blank=blank,
            skipped=skipped,
        )

    def _blank(self, data: bytes, newlines: Lines, starts: Lines, ends: Lines, *, final: bool) -> Lines:
        """Return the numbers of the white-space lines that end in the data and stand in no value."""
        line_starts = np.concatenate(([0], newlines + 1))
        line_ends = np.append(newlines, len(data))
        numbers = self.end.line_no + np.arange(len(line_starts))
        # What stands before the first newline is a line only if it begins here, what stands behind the last
        # one only if it ends here.
        unfinished = not final or not data or data.endswith(b"\n")
        kept = slice(1 if self._margin else 0, len(line_starts) - unfinished)
        line_starts, line_ends, numbers = line_starts[kept], line_ends[kept], numbers[kept]
        value = np.searchsorted(starts, line_starts, side="right") - 1
        in_value = (value >= 0) & (np.append(ends, 0)[value] > line_starts)
        return numbers[blank_lines(data, line_starts, line_ends) & ~in_value]

    def _line_by_line(self, rest: bytes) -> Iterator[Block]:
        lines = ValueLineCutter(self._content, self.end, self._block_bytes, rest)
        yield from lines.blocks()
        self.end, self.unfinished, self.lines = lines.end, lines.unfinished, lines.lines


def _between(data: bytes, *, inside: bool) -> bool:
    """Return whether bytes outside values are more than space, commas and structure around values."""
    text = data.strip(_MEANINGLESS)
    return bool(text) and not (inside and _BRACKET.search(text))


def _stripped(data: bytes, start: int, end: int) -> tuple[int, int]:
    text = data[start:end]
    return end - len(text.lstrip(_MEANINGLESS)), start + len(text.rstrip(_MEANINGLESS))


def _next_start(data: bytes, behind: int, indent: bytes) -> int | None:
    """Return where a value begins behind an offset, on a line with that indent."""
    pattern = re.compile(rb"\n" + re.escape(indent) + rb"(?:\}\s*(?:,[ \t]*)?)?(\{)")
    match = pattern.search(data, behind)
    return match.start(1) if match else None
