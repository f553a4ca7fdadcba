"""What a person wrote must not show because its beginning is in another source.

The app prints the first characters of a memo, line breaks included, and three dots. A source that begins in
the middle of one has lines that nothing marks as a memo's.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline import formats
from pipeline.enrich import groups
from pipeline.formats import match
from pipeline.ingest.model import SourcePlan

#: What stands for such a line; indented, since it goes on with a record that is not there.
HIDDEN = "  [redacted]"

_PRINTS_MEMOS = "[addInlineThread] "
_HANGUL = "[가-힣]"


def find(text: pl.Series, stream_starts: npt.NDArray[np.bool_], plan: SourcePlan) -> list[int]:
    """Return the rows that may be the end of a memo begun before the source.

    They are the first of a stream, short, end in three dots, and no format knows them; and the source shows
    that the app prints memos, or they are in Korean: else "Starting..." would be taken for one.

    Args:
        text: the rows of one stream after the other.
        stream_starts: true on the first row of each.
        plan: how the source is read.
    """
    found: list[int] = []
    bounds = [*np.flatnonzero(stream_starts).tolist(), len(text)]
    prints_memos: bool | None = None
    for start, end in pairwise(bounds):
        lines = text.slice(start, groups.tail_of_memo(text.slice(start, end - start)))
        if not len(lines) or _known(lines, plan):
            continue
        if prints_memos is None:
            prints_memos = bool(text.str.contains(_PRINTS_MEMOS, literal=True).any())
        if prints_memos or lines.str.contains(_HANGUL).any():
            found += range(start, start + len(lines))
    return found


def _known(lines: pl.Series, plan: SourcePlan) -> bool:
    """Return whether some format knows one of the lines, or one begins as the app's own messages do."""
    known = (formats.get(formats.GENERIC), *formats.ranked(plan.formats, plan.format_folders))
    return bool(lines.str.starts_with("[").any()) or any(match.claims(entry, lines).any() for entry in known)
