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
    views = np.zeros((len(starts), _WIDTH), dtype=np.uint8)
    views[:, 0:4] = _as_bytes(length)
    views[:, 4 : 4 + _PREFIX] = _head(data, starts, _PREFIX)
    views[:, 12:16] = _as_bytes(starts)
    short = np.flatnonzero(length <= _INLINE)
    inline = _head(data, starts[short], _INLINE)
    inline[np.arange(_INLINE) >= length[short, None]] = 0
    views[short, 4:] = inline
    buffers = [None, pa.py_buffer(views), pa.py_buffer(data)]
    column = pl.from_arrow(pa.Array.from_buffers(pa.binary_view(), len(starts), buffers))
    return pl.Series("text", column).cast(pl.String)


def _head(data: bytes, starts: Ints, count: int) -> npt.NDArray[np.uint8]:
    """Return the first bytes of each line, and of what follows where a line is shorter."""
    places = np.minimum(starts[:, None] + np.arange(count), max(len(data) - 1, 0))
    head: npt.NDArray[np.uint8] = np.frombuffer(data, dtype=np.uint8)[places]
    return head


def _as_bytes(numbers: Ints) -> npt.NDArray[np.uint8]:
    return numbers.astype("<i4").view(np.uint8).reshape(len(numbers), 4)
