"""Parts of a run of bytes as a column of text that points into them: nothing is copied.

https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-view-layout
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Ints = npt.NDArray[np.int64]
#: Places in less than 2 GiB, at half the memory.
Places = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
#: Of each of some texts a row of bytes.
Rows = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Buffer = bytes | memoryview

_VIEW = 16  # bytes of a view
_INLINE = 12  # bytes of a text that stands in its view, behind its length
_PREFIX = 4  # bytes of a longer one that do, so that comparing it is quick
_HALF = np.uint64(32)
_WORD = 8
#: The lowest so many bytes of a word, from none to eight.
_LOWEST = np.array([(1 << 8 * count) - 1 for count in range(_WORD + 1)], dtype="<u8")
#: Bytes that are compared at a time: the result stays in the processor's cache, where that of a whole block
#: would be made of pages that the system has to clear first.
_SLICE = 1 << 18
_NUMBERS = pl.Series(np.arange(_SLICE, dtype=np.int32))


def places(data: Buffer, byte: int) -> Places:
    """Return where a byte stands in less than 2 GiB."""
    # To pick them from numbers takes a quarter of what NumPy takes to find them.
    found = [
        _NUMBERS.head(len(there)).filter(there).to_numpy() + np.int32(start)
        for start, there in _there(data, byte)
    ]
    return np.concatenate([np.zeros(0, dtype=np.int32), *found])


def count(data: Buffer, byte: int) -> int:
    """Return how often a byte stands there."""
    return sum(int(there.sum()) for _, there in _there(data, byte))


def _there(data: Buffer, byte: int) -> Iterator[tuple[int, pl.Series]]:
    """Yield where each slice begins, and which of its bytes are that byte."""
    array = pl.Series(np.frombuffer(data, dtype=np.uint8))
    for start in range(0, len(array), _SLICE):
        yield start, array.slice(start, _SLICE) == byte


def bounds(data: bytes) -> tuple[Ints, Ints]:
    r"""Return where each line starts, and where it ends: its `\n` not counted."""
    ends = places(data, ord("\n")).astype(np.int64)
    if data and not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.append(0, ends[:-1] + 1) if len(ends) else ends
    return starts.astype(np.int64), ends


def texts(data: Buffer, starts: Ints | Places, ends: Ints | Places, *, valid: bool = False) -> pl.Series:
    """Return what stands between the bounds as text.

    Args:
        data: bytes.
        starts: where each begins.
        ends: behind the last byte of each.
        valid: all of it is known to be UTF-8.

    Raises:
        polars.exceptions.ComputeError: some of it is not UTF-8.
    """
    length = (ends - starts).astype(np.uint64)
    # A view is two words: length and first four bytes; then the next eight, or else the buffer's number, 0,
    # and the place in it.
    views = np.empty((len(starts), 2), dtype="<u8")
    short = length <= _INLINE
    if short.all():
        views[:, 0], views[:, 1] = _inline(data, starts, length)
    else:
        views[:, 0] = length | words(data, starts) << _HALF
        views[:, 1] = starts.astype(np.uint64) << _HALF
        if short.any():
            views[short, 0], views[short, 1] = _inline(data, starts[short], length[short])
    buffers = [None, pa.py_buffer(views), pa.py_buffer(data)]
    kind = pa.string_view() if valid else pa.binary_view()
    column = pl.from_arrow(pa.Array.from_buffers(kind, len(starts), buffers))
    return pl.Series("text", column).cast(pl.String)


def is_utf8(data: bytes) -> bool:
    """Return whether bytes are UTF-8: to be told so of all at once takes half as long as of each line."""
    bounds = np.array([0, len(data)], dtype=np.int64)
    buffers = [None, pa.py_buffer(bounds), pa.py_buffer(data)]
    try:
        pa.Array.from_buffers(pa.large_string(), 1, buffers).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _inline(data: Buffer, starts: Ints | Places, length: Words) -> tuple[Words, Words]:
    """Return the views of texts that stand in them whole."""
    head = words(data, starts) & _LOWEST[np.minimum(length, _PREFIX)]
    tail = words(data, starts + _PREFIX) & _LOWEST[np.maximum(length, _PREFIX) - _PREFIX]
    return length | head << _HALF, tail


def words(data: Buffer, places: Ints | Places) -> Words:
    """Return the eight bytes at each place as a number, the first the lowest; NULs stand behind the end."""
    data = data if len(data) >= _WORD else bytes(data).ljust(_WORD, b"\0")
    last = len(data) - _WORD
    anywhere = np.ndarray((last + 1,), dtype="<u8", buffer=data, strides=(1,))
    found: Words = anywhere[np.minimum(places, last)]
    if len(places) and places.max() > last:
        found >>= (8 * np.maximum(places - last, 0)).astype(np.uint64)
    return found


def first_bytes(text: pl.Series, width: int) -> Rows:
    """Return so many bytes with which each text begins: NULs behind its end, of null nothing else."""
    array = text.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    _, views, *runs = array.buffers()
    views = views or b""
    fields = np.frombuffer(views, "<u4").reshape(-1, _VIEW // 4)[array.offset :][: len(array)]
    length = fields[:, 0].astype(np.int64)
    if text.null_count():
        length[text.is_null().to_numpy()] = 0
    # Short texts stand in their views: those are one more run of bytes.
    run, place = fields[:, 2].copy(), fields[:, 3].astype(np.int64)
    short = np.flatnonzero(length <= _INLINE)
    run[short], place[short] = len(runs), (array.offset + short) * _VIEW + _VIEW - _INLINE
    found = np.zeros(len(text), f"V{width}")
    for number in np.flatnonzero(np.bincount(run)).tolist():
        there = np.flatnonzero(run == number)
        rows = slice(None) if len(there) == len(found) else there
        found[rows] = _stretches([*runs, views][number], place[rows], width)
    first = found.view(np.uint8).reshape(-1, width)
    ended = np.flatnonzero(length < width)
    first[ended] *= np.arange(width) < length[ended, None]
    return first


def _stretches(run: Buffer, places: Ints, width: int) -> npt.NDArray[np.void]:
    """Return so many bytes at each place; NULs stand behind the end."""
    run = run if len(run) >= width else bytes(run).ljust(width, b"\0")
    last = len(run) - width
    anywhere = np.ndarray((last + 1,), f"V{width}", run, strides=(1,))
    found = anywhere[np.minimum(places, last)]
    near = np.flatnonzero(places > last)
    if len(near):
        end = bytes(memoryview(run)[last:]) + bytes(width)
        found[near] = np.ndarray((width + 1,), f"V{width}", end, strides=(1,))[places[near] - last]
    return found


def stands(literal: bytes, data: Buffer, places: Ints | Places) -> Flags:
    """Return for each place whether the literal stands there.

    Args:
        literal: some bytes.
        data: where to look.
        places: all of which are at least as far from the end as the literal is long.
    """
    found = np.ones(len(places), dtype=np.bool_)
    if not literal or not len(places):
        return found
    size = len(literal)
    anywhere = np.ndarray((len(data) - size + 1,), dtype=f"V{size}", buffer=data, strides=(1,))
    there = anywhere[places]
    # Mostly all are the same, which is told at once.
    if there.tobytes() != literal * len(places):
        found = (there.view(np.uint8).reshape(-1, size) == np.frombuffer(literal, np.uint8)).all(axis=1)
    return found
