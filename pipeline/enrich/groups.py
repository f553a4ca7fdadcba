"""Which lines go on with the record above them: stacks, dumps, console groups, memo texts of several lines.

A process prints a record's lines in one go, so within one instance they stand together.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Flags = npt.NDArray[np.bool_]

# console.group and util.inspect indent what belongs to a line, V8 indents a stack's frames; a line of closing
# brackets alone ends a dump. https://nodejs.org/api/console.html#consolegrouplabel
_START = r"^(?:[^\s}\])]|[}\])]+[^}\]),;\s])"
_CAUSE = "Caused by: "

_MEMO_LINE = r"^\[addInlineThread\] [^\n]*\bcontent="
_MEMO_END = "..."
_MEMO_UNITS = 50  # the app prints so many UTF-16 units of a memo, then three dots


def starts(text: pl.Series) -> Flags:
    """Return for each line of one stream, in order, whether a record begins on it."""
    begins = text.str.contains(_START) & ~text.str.starts_with(_CAUSE)
    flags = begins.to_numpy().copy()
    memo = text.str.contains(_MEMO_LINE) & ~text.str.ends_with(_MEMO_END)
    for first in memo.arg_true():
        flags[first + 1 : _end_of_memo(text, first) + 1] = False
    return flags


def _end_of_memo(text: pl.Series, first: int) -> int:
    """Return the last line of the memo text that begins on a line: that line where no end is in reach."""
    left = _MEMO_UNITS - _units(text[first].rsplit("content=", 1)[1])
    for row in range(first + 1, min(first + 1 + _MEMO_UNITS, len(text))):
        line = text[row]
        left -= 1 + _units(line.removesuffix(_MEMO_END))
        if left < 0:
            return first
        if line.endswith(_MEMO_END):
            return row
    return first


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
