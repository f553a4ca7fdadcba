"""A block's lines as a column of text that points into the block's bytes: nothing is copied.

https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-view-layout
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Ints = npt.NDArray[np.int64]

_WIDTH = 16  # bytes of a view
_INLINE = 12  # bytes of a text that stands in its view
_PREFIX = 4  # bytes of a longer one that do, so that comparing it is quick


def bounds(data: bytes) -> tuple[Ints, Ints]:
    r"""Return where each line starts, and where it ends: its `\n` not counted."""
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n")).astype(np.int64)
    if data and not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.append(0, ends[:-1] + 1) if len(ends) else ends
    return starts.astype(np.int64), ends


def texts(data: bytes, starts: Ints, ends: Ints) -> pl.Series:
    """Return the lines between the bounds as text.

    Raises:
        polars.exceptions.ComputeError: some line is not UTF-8.
    """
    length = ends - starts
    views = np.zeros((len(starts), _WIDTH // 4), dtype="<i4")
    views[:, 0] = length
    views[:, 1] = _prefixes(data, starts)
    views[:, 3] = starts
    short = np.flatnonzero(length <= _INLINE)
    inline = _heads(data, starts[short])
    inline[np.arange(_INLINE) >= length[short, None]] = 0
    views[short, 1:] = inline.view("<i4")
    buffers = [None, pa.py_buffer(views), pa.py_buffer(data)]
    column = pl.from_arrow(pa.Array.from_buffers(pa.binary_view(), len(starts), buffers))
    return pl.Series("text", column).cast(pl.String)


def _prefixes(data: bytes, starts: Ints) -> npt.NDArray[np.int32]:
    """Return the first four bytes of each line, of one that is too close to the end those before it."""
    count = len(data) - _PREFIX + 1
    if count < 1:
        return np.zeros(len(starts), dtype=np.int32)
    anywhere = np.ndarray((count,), dtype="<i4", buffer=data, strides=(1,))
    return anywhere[np.minimum(starts, count - 1)]


def _heads(data: bytes, starts: Ints) -> npt.NDArray[np.uint8]:
    """Return the first bytes of each line that stands in its view, and what follows where it is shorter."""
    places = np.minimum(starts[:, None] + np.arange(_INLINE), max(len(data) - 1, 0))
    heads: npt.NDArray[np.uint8] = np.frombuffer(data, dtype=np.uint8)[places]
    return heads
