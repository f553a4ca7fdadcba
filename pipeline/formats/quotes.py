"""Texts as one run of bytes, and where their quotes stand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from pipeline.formats import text_views
from pipeline.formats.piece import Rows
from pipeline.formats.text_views import Buffer, Flags, Places

_FIRST_PRINTED = 0x20


@dataclass(frozen=True, eq=False)
class Quoted:
    """Texts, one behind the other, less than 2 GiB of them.

    Attributes:
        data: all of them, UTF-8.
        bounds: where each begins, and where the last one ends.
        places: of all quotes, ascending.
        first: the number of each text's first quote, were all of them counted, and of one behind the last.
    """

    data: Buffer
    bounds: Places
    places: Places
    first: Places

    @cached_property
    def count(self) -> Places:
        """Return how many quotes each text has."""
        return np.diff(self.first)

    @cached_property
    def plain(self) -> Flags:
        """Return whether each text has neither backslashes nor control characters."""
        data = np.frombuffer(self.data, dtype=np.uint8)
        plain = np.ones(len(self.bounds) - 1, dtype=np.bool_)
        odd = text_views.places(self.data, ord("\\"))
        if data.size and data.min() < _FIRST_PRINTED:
            odd = np.append(odd, np.flatnonzero(data < _FIRST_PRINTED))
        plain[np.searchsorted(self.bounds, odd, side="right") - 1] = False
        return plain

    def of_each(self, rows: Rows, count: int) -> Places:
        """Return the places of the quotes of some texts, ascending, that have so many: a row for each."""
        if len(rows) * count == len(self.places):
            return self.places.reshape(len(rows), count)
        some: Places = self.places[self.first[rows][:, None] + np.arange(count, dtype=np.int32)]
        return some


def of(text: pl.Series) -> Quoted:
    """Return texts, none of which is null, with the places of their quotes."""
    column = text.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = column.buffers()
    offsets = np.frombuffer(offsets, dtype=np.int64)[column.offset : column.offset + len(column) + 1]
    bounds, places = offsets.astype(np.int32), text_views.places(data, ord('"'))
    return Quoted(memoryview(data), bounds, places, np.searchsorted(places, bounds).astype(np.int32))
