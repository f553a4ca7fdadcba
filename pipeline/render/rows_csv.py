"""Rows as CSV (RFC 4180, lines end in a newline), safe to open in a spreadsheet."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.render import values
from pipeline.render.sink import Sink

# A cell that starts like this is a formula to a spreadsheet: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = "^[=+\\-@\t\r]"
_NEEDS_QUOTES = '[",\r\n]|^$'


def write(reader: pa.RecordBatchReader, out: Sink) -> None:
    """Write a header and a line per row.

    Null is an empty cell, an empty text is `""`. A text that a spreadsheet would take for a formula gets an
    apostrophe before it; numbers stay numbers.
    """
    out.write(_lines([_cell(pa.array([name])) for name in reader.schema.names]))
    for batch in reader:
        out.write(_lines([_column(column) for column in batch.columns]))


def _column(column: pa.Array) -> pa.Array:
    """Return the cells of a column."""
    cells = values.texts(column)
    return _cell(cells) if values.is_text(column.type) or pa.types.is_nested(column.type) else cells


def _cell(cells: pa.Array) -> pa.Array:
    """Return texts with formulas disarmed, and quoted where they need it."""
    harmless = pc.if_else(
        pc.match_substring_regex(cells, _FORMULA), pc.binary_join_element_wise("'", cells, ""), cells
    )
    escaped = pc.replace_substring(harmless, '"', '""')
    quoted = pc.binary_join_element_wise('"', escaped, '"', "")
    return pc.if_else(pc.match_substring_regex(harmless, _NEEDS_QUOTES), quoted, harmless)


def _lines(columns: list[pa.Array]) -> bytes:
    """Return the lines that the cells of all columns make."""
    if not columns or not len(columns[0]):
        return b""
    lines = pc.binary_join_element_wise(*columns, ",", null_handling="replace", null_replacement="")
    return ("\n".join(lines.to_pylist()) + "\n").encode()
