"""Texts as one run of bytes, and where their quotes stand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from pipeline.formats.text_views import Buffer, Flags, Ints

_FIRST_PRINTED = 0x20


@dataclass(frozen=True, eq=False)
class Quoted:
    """Texts, one behind the other.

    Attributes:
        data: all of them, UTF-8.
        bounds: where each begins, and where the last one ends.
        places: of all quotes, ascending.
        first: the number of each text's first quote, were all of them counted, and of one behind the last.
    """

    data: Buffer
    bounds: Ints
    places: Ints
    first: Ints

    @cached_property
    def count(self) -> Ints:
        """Return how many quotes each text has."""
        return np.diff(self.first)

    @cached_property
    def plain(self) -> Flags:
        """Return whether each text has neither backslashes nor control characters."""
        data = np.frombuffer(self.data, dtype=np.uint8)
        plain = np.ones(len(self.bounds) - 1, dtype=np.bool_)
        if data.size and (data.min() < _FIRST_PRINTED or (data == ord("\\")).any()):
            odd = np.flatnonzero((data < _FIRST_PRINTED) | (data == ord("\\")))
            plain[np.searchsorted(self.bounds, odd, side="right") - 1] = False
        return plain


def of(text: pl.Series) -> Quoted:
    """Return texts, none of which is null, with the places of their quotes."""
    column = text.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = column.buffers()
    bounds = np.frombuffer(offsets, dtype=np.int64)[column.offset : column.offset + len(column) + 1]
    places = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord('"'))
    return Quoted(memoryview(data), bounds, places, np.searchsorted(places, bounds))
