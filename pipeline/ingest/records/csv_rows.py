"""The rows of a block of a table as text: their cells and places, and what is no row."""

from __future__ import annotations

from pipeline.formats import table
from pipeline.ingest.model import Block, SourcePlan
from pipeline.ingest.records import rows
from pipeline.ingest.records.rows import Reject

_BROKEN = "no row of the header's width"
_NO_TEXT = "not UTF-8, and not CP949 either"
_EMPTY = "a row without a value"

#: Line, lines and byte offset of a row.
Place = tuple[int, int, int]


def read(block: Block, plan: SourcePlan) -> tuple[list[tuple[list[str], Place]], list[Reject]]:
    """Return the cells of each row, one for each column, and its place; and the rows that are broken."""
    found: list[tuple[list[str], Place]] = []
    rejects: list[Reject] = []
    if block.places is None or not len(block.places.line_no):
        return found, rejects
    whole = table.row(plan.separator, len(plan.columns))
    starts = (block.places.byte_offset - block.byte_offset).tolist()
    spans = zip(starts, [*starts[1:], len(block.data)], strict=True)
    numbers = zip(block.places.line_no.tolist(), block.places.line_count.tolist(), strict=True)
    for (start, end), (line_no, line_count) in zip(spans, numbers, strict=True):
        # Blank lines may follow; the newline may be missing at the very end.
        lines = block.data[start:end].split(b"\n", line_count)[:line_count]
        data = b"\n".join(lines) + b"\n"
        place = line_no, line_count, block.byte_offset + start
        is_row = whole.fullmatch(data)
        text = [rows.decoded(cell) for cell in table.cells(data, plan.separator)] if is_row else []
        cells = [cell for cell in text if cell is not None]
        if is_row and len(cells) == len(text) and any(cells):
            found.append((cells, place))
        else:
            reason = _BROKEN if not is_row else _NO_TEXT if len(cells) < len(text) else _EMPTY
            rejects.append(rows.reject(data.removesuffix(b"\n"), *place, reason))
    return found, rejects
