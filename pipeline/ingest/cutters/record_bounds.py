"""Where a record begins for certain: blocks of lines that are cut there have nothing open at their bounds.

What stands at a bound otherwise goes through the kernel a second time, when the stitcher has seen both sides.
In envelopes no record is known to end there; blocks of them are cut where one stands.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from pipeline import formats
from pipeline.enrich import groups
from pipeline.ingest.model import SourcePlan
from pipeline.ingest.records import scripts

#: So many lines, or bytes, at the end of a block are looked through.
_LINES, _BYTES = 64, 1 << 16
#: Bytes that the kernel takes out of a line before it looks for a start.
_TAKEN_OUT = (b"\x1b", b"\x00")


def last_start(data: bytes, end: int, plan: SourcePlan) -> int:
    r"""Return where the last line begins on which a record does, whatever stands before it.

    Args:
        data: lines.
        end: behind the newline of the last whole one.
        plan: how their source is read.

    Returns:
        An offset in `data`, or 0 where there is none near its end.
    """
    if plan.envelope is not None or scripts.FORMAT in plan.formats[:1]:
        return 0
    return _last(data, end, lambda text: _sure(text, plan))


def last_wrapped(data: bytes, end: int, plan: SourcePlan) -> int:
    """Return where the last line begins that stands in an envelope; as `last_start`.

    What stands below it without one is of its instance, which only its block tells. Lines that come in pieces
    have an envelope each.
    """
    envelope = formats.get(plan.envelope, plan.format_folders) if plan.envelope else None
    if envelope is None or envelope.states_pieces or (pattern := envelope.envelope) is None:
        return 0
    return _last(data, end, lambda text: text.str.contains(pattern))


def _last(data: bytes, end: int, is_one: Callable[[pl.Series], pl.Series]) -> int:
    """Return where the last line begins that is one of those looked for, or 0 where none is near the end."""
    from_ = max(end - _BYTES, 0)
    lines = data[from_:end].split(b"\n")[:-1][-_LINES:]
    place = end
    places: list[int] = []
    texts: list[str] = []
    for line in reversed(lines):
        place -= len(line) + 1
        places.append(place)
        texts.append(_text(line))
    found = is_one(pl.Series(texts, dtype=pl.String)).arg_true()
    # The first of those bytes may stand in the middle of a line.
    return places[found[0]] if len(found) and places[found[0]] > from_ else 0


def _text(line: bytes) -> str:
    """Return a line as the kernel sees it; nothing where that is not the line as it stands."""
    try:
        return "" if any(byte in line for byte in _TAKEN_OUT) else line.decode()
    except UnicodeDecodeError:
        return ""


def _sure(text: pl.Series, plan: SourcePlan) -> pl.Series:
    start = formats.start_of(plan.formats, plan.format_folders)
    return groups.sure_starts(text) if start is None else text.str.contains(start)
