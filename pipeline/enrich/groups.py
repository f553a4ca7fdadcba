"""Which lines go on with the record above them: stacks, dumps, console groups, memo texts of several lines.

A process prints a record's lines in one go, so within one instance they stand together.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Flags = npt.NDArray[np.bool_]

#: console.group and util.inspect indent what belongs to a line, V8 indents a stack's frames; a line of
#: closing brackets alone ends a dump. https://nodejs.org/api/console.html#consolegrouplabel
START = r"^(?:[^\s}\])]|[}\])]+[^}\]),;\s])"
_CAUSE = "Caused by: "

_MEMO_LINE = r"^\[addInlineThread\] [^\n]*\bcontent="
_MEMO_END = "..."
_MEMO_UNITS = 50  # the app prints so many UTF-16 units of a memo, then three dots


def starts(text: pl.Series, stream_starts: Flags, *, more: bool, gaps: Flags | None = None) -> Flags:
    """Return for each line whether a record begins on it.

    Args:
        text: the lines of one stream after the other, each in its order.
        stream_starts: true on the first line of each.
        more: lines may follow; else a memo text without its end has none.
        gaps: true on a line before which others stood: no memo text goes on across them.
    """
    if text.str.starts_with("{").all():
        # Objects, each a start, and none a memo text: what most lines of a JSON log are is told at once.
        return np.ones(len(text), dtype=np.bool_)
    begins = text.str.contains(START) & ~text.str.starts_with(_CAUSE)
    flags = begins.to_numpy().copy()
    memos = (text.str.contains(_MEMO_LINE) & ~text.str.ends_with(_MEMO_END)).arg_true().to_list()
    gaps = np.zeros(len(text), dtype=np.bool_) if gaps is None else gaps
    bounds = np.append(np.flatnonzero(stream_starts | gaps), len(text)) if memos else stream_starts
    for first in memos:
        end = int(bounds[np.searchsorted(bounds, first, side="right")])
        lines = text.slice(first + 1, min(end - first - 1, _MEMO_UNITS)).to_list()
        begun = text[first].rsplit("content=", 1)[1]
        goes_on = more and not (end < len(text) and gaps[end])
        flags[first + 1 : first + 1 + _rest_of_memo(lines, _units(begun), goes_on)] = False
    return flags


def sure_starts(text: pl.Series) -> pl.Series:
    """Return for each line whether a record begins on it, whatever stands before it.

    A line that is longer than what the app prints of a memo text is no rest of one.
    """
    long = text.str.len_chars() > _MEMO_UNITS + len(_MEMO_END)
    return long & text.str.contains(START) & ~text.str.starts_with(_CAUSE)


def maybe_memo(text: pl.Series) -> int:
    """Return how many of a stream's first lines may be the rest of a memo text that began before them."""
    return _rest_of_memo(text.head(_MEMO_UNITS).to_list(), 0, True)


def tail_of_memo(text: pl.Series) -> int:
    """Return how many of a source's first lines are the end of a memo text, if it began before the source."""
    return _rest_of_memo(text.head(_MEMO_UNITS).to_list(), 0, False)


def _rest_of_memo(lines: list[str], used: int, more: bool) -> int:
    """Return how many lines go on with a memo text of which so many units were seen.

    None where its end is not among them; with `more`, all where they end before its units do.
    """
    for number, line in enumerate(lines):
        used += 1 + _units(line.removesuffix(_MEMO_END))
        if used > _MEMO_UNITS:
            return 0
        if line.endswith(_MEMO_END):
            return number + 1
    return len(lines) if more else 0


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
