"""Cuts tables as text into blocks of whole rows, whatever newlines the fields hold.

A row that is broken costs itself alone: where no row of the header's width begins, the next line on which one
does is looked for, and what stands before it is handed on as one row, for the parser to reject.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipeline.formats import table
from pipeline.ingest.cutters.cutter import MAX_LINE, SPACE, LineCutter, Place
from pipeline.ingest.inputs.source import Content
from pipeline.ingest.model import Block, Places, SourcePlan

#: After so many broken rows a broken line costs itself alone: nothing better can be said of such a file.
MAX_FAULTS = 200
#: How far behind a broken row the next whole one is looked for: lines and bytes.
_LINES_AHEAD, _AHEAD = 100, 64 << 10
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Span = tuple[int, int]


class CsvCutter(LineCutter):
    """Blocks of rows; the header is none of them, nor are blank lines."""

    def __init__(self, content: Content, plan: SourcePlan, start: Place, block_bytes: int) -> None:
        super().__init__(content, start, block_bytes)
        self._faults = 0
        width = len(plan.columns)
        self._row = table.row(plan.separator, width)
        self._strict_row = table.row(plan.separator, width, strict=True)
        self._begun = table.begun(plan.separator, width)
        self._any_row = table.row(plan.separator)

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks in order; a row that the end of the source cut off comes last, alone."""
        data, finished = b"", False
        while not finished:
            data += self._content.take(self._block_bytes)
            finished = self._content.at_end()
            start = self._header(data) if self.end.offset == 0 else 0
            if start is None and not finished:
                continue
            rows, blank, stop = self._rows(data, start or 0, finished=finished)
            if stop:
                yield self._table_block(data[:stop], rows, blank)
                self._pass(stop, data.count(b"\n", 0, stop), b"\n")
            data = data[stop:]
            if len(data) > MAX_LINE and b"\n" not in data:
                skipped, data = self._skip(data)
                yield skipped
                finished = False
        if data:
            # Its newline is missing, perhaps only so far, or a quote is open.
            self.unfinished = self.end
            self.lines = self.end.line_no - 1 + data.count(b"\n") + (not data.endswith(b"\n"))
            rows = [(0, len(data))] if data.strip(SPACE) else []
            yield self._table_block(data, rows, [] if rows else [0])

    def _header(self, data: bytes) -> int | None:
        """Return where the header ends; None where it goes on behind the data."""
        start = len(_BYTE_ORDER_MARK) if data.startswith(_BYTE_ORDER_MARK) else 0
        match = self._any_row.match(data, start)
        return match.end() if match else None

    def _rows(self, data: bytes, at: int, *, finished: bool) -> tuple[list[Span], list[int], int]:
        """Return the spans of the rows, where blank lines begin, and where what is done ends."""
        rows: list[Span] = []
        blank: list[int] = []
        while (newline := data.find(b"\n", at)) >= 0:
            if not data[at:newline].strip(SPACE):
                blank.append(at)
                at = newline + 1
            elif match := self._row.match(data, at, at + MAX_LINE):
                rows.append((at, match.end()))
                at = match.end()
            else:
                if self._waits(data, at, newline + 1, finished=finished):
                    break
                end = self._behind(data, at, newline + 1)
                rows.append((at, end))
                at = end
                self._faults += 1
        return rows, blank, at

    def _waits(self, data: bytes, at: int, second: int, *, finished: bool) -> bool:
        """Return whether more bytes may make a row of what begins here, or tell where the next one begins."""
        if self._faults > MAX_FAULTS:
            return False
        rest = len(data) - at
        may_go_on = rest < MAX_LINE + _AHEAD and self._begun.match(data, at) is not None
        if finished:
            return may_go_on and self._next(data, second) is None
        return may_go_on or rest < _AHEAD

    def _behind(self, data: bytes, at: int, second: int) -> int:
        """Return where a broken row ends: before the next whole one, or where its quotes say.

        Args:
            data: the bytes.
            at: where it begins.
            second: where its second line begins.
        """
        found = self._next(data, second)
        odd = self._any_row.match(data, at, at + _AHEAD)
        if odd is not None and (found is None or odd.end() < found):
            return odd.end()
        return second if found is None else found

    def _next(self, data: bytes, at: int) -> int | None:
        """Return where the next whole row begins, on this line or behind it; None where none is near."""
        if self._faults > MAX_FAULTS:
            return None
        until = at + _AHEAD
        for _ in range(_LINES_AHEAD):
            if not at or at >= min(len(data), until):
                return None
            # A quote in a bare field is more likely the end of a field that began before.
            if self._strict_row.match(data, at, until):
                return at
            at = data.find(b"\n", at) + 1
        return None

    def _table_block(self, data: bytes, rows: list[Span], blank: list[int]) -> Block:
        newlines = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
        starts = np.array([start for start, _ in rows], np.int64)
        ends = np.array([end for _, end in rows], np.int64)
        first = np.searchsorted(newlines, starts)
        # The newline that ends a row is its own.
        last = np.searchsorted(newlines, ends - 1)
        return Block(
            data,
            self.end.line_no,
            self.end.offset,
            places=Places(self.end.line_no + first, last - first + 1, self.end.offset + starts),
            blank=self.end.line_no + np.searchsorted(newlines, np.array(blank, np.int64)),
        )
