"""Takes heads off records: the time and the level in front of what was said."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from pipeline.formats import match, text_views, times
from pipeline.formats.line import ISO, LineFormat
from pipeline.formats.piece import Piece, Rows

_ISO = re.compile(ISO)
#: Blanks, one of some words, blanks: whatever stands behind them, such a pattern finds the same.
_WORD = re.compile(r" [+*]\(\?P<\w+>[A-Za-z|]+\) \+")
#: So many bytes behind a time are looked at for those: the longest level, and what may stand around it.
_WINDOW = 12
#: So many of those are looked at one by one.
_DISTINCT = 1 << 10
#: So many texts are looked at for one whose time is like that of the others.
_LOOKED_AT = 10


def read(line_format: LineFormat, text: pl.Series, rows: Rows, zone: str) -> list[Piece]:
    """Take the head off those of the rows' texts that have it.

    Args:
        line_format: one with a head.
        text: of records.
        rows: which of them may have it, ascending.
        zone: IANA name for times that state none.

    Returns:
        Columns of the head's groups, where it has a time `ts` and `zoneless` as `times.iso` gives them, and
        `message`: what stands behind the head. A time that no calendar has stays readable in the message.
    """
    rows, text = match.candidates(line_format, text, rows)
    pieces = []
    if line_format.behind_time is not None and (quick := _alike(line_format, text, rows, zone)) is not None:
        if len(quick.rows) == len(rows):
            return [quick]
        pieces.append(quick)
        left = np.isin(rows, quick.rows, assume_unique=True, invert=True)
        rows, text = rows[left], text.filter(pl.Series(left))
    if len(rows):
        pieces.append(_each(line_format, text, rows, zone))
    return [piece for piece in pieces if len(piece.rows)]


def _alike(line_format: LineFormat, text: pl.Series, rows: Rows, zone: str) -> Piece | None:
    """Take off the heads whose times are all laid out alike: the pattern looks at what stands behind them."""
    like = next((found[0] for line in text.head(_LOOKED_AT) if (found := _ISO.match(line or ""))), None)
    if like is None:
        return None
    first = text_views.first_bytes(text, len(like) + _WINDOW)
    read = times.alike(first, like, zone)
    if read is None or line_format.behind_time is None:
        return None
    stamps, fits = read
    groups = _behind_time(line_format.behind_time, text, first, len(like))
    hit = fits & _told(groups["length"])
    if not hit.all():
        chosen = pl.Series(hit)
        rows, text, groups, stamps = (
            rows[hit],
            text.filter(chosen),
            groups.filter(chosen),
            stamps.filter(chosen),
        )
    return Piece(line_format.label, rows, _taken_off(groups, text, len(like)).hstack(stamps))


def _behind_time(pattern: str, text: pl.Series, first: text_views.Rows, width: int) -> pl.DataFrame:
    """Return what `_groups` does of what stands behind the time, which has a width in characters of ASCII.

    Of blanks, a word and blanks few are distinct, unless there is no word: each is looked at once. One that
    fills what is looked at may go on behind it, and counts as none.
    """
    if _WORD.fullmatch(pattern):
        window = pa.py_buffer(np.ascontiguousarray(first[:, width : width + _WINDOW]))
        few = pa.Array.from_buffers(pa.binary(_WINDOW), len(text), [None, window]).dictionary_encode()
        if len(few.dictionary) <= _DISTINCT:
            return _words(re.compile(pattern), few)
    return _groups(f"^(?P<head>{pattern})", text.str.slice(width))


def _words(word: re.Pattern[str], few: pa.DictionaryArray) -> pl.DataFrame:
    """Return what `_groups` does of windows, of which few are distinct."""
    # A character for each byte: they may end within one of the text's, and the word is of ASCII.
    found = [word.match(window.decode("latin-1")) for window in few.dictionary.to_pylist()]
    whole = [one if one and one.end() < _WINDOW else None for one in found]
    [name] = word.groupindex
    columns = (
        match.typed(name, pl.Series(name, [one and one[name] for one in whole], dtype=pl.String)),
        pl.Series("length", [one and one.end() for one in whole], dtype=pl.UInt32),
    )
    index = pl.Series(few.indices).cast(pl.UInt32)
    return pl.DataFrame([column[index] for column in columns])


def _each(line_format: LineFormat, text: pl.Series, rows: Rows, zone: str) -> Piece:
    """Take heads off, each as it is."""
    groups = _groups(f"(?P<head>{line_format.head})", text)
    if groups["length"].null_count():
        hit = groups["length"].is_not_null()
        rows, text, groups = rows[hit.to_numpy()], text.filter(hit), groups.filter(hit)
    columns = _taken_off(groups, text, 0)
    if "ts" in columns.columns:
        read = times.iso(columns["ts"], zone)
        unread = read["ts"].is_null() & columns["ts"].is_not_null()
        message = text.zip_with(unread, columns["message"]).alias("message")
        columns = columns.drop("ts", "message").hstack([message, *read.get_columns()])
    return Piece(line_format.label, rows, columns)


def _groups(pattern: str, text: pl.Series) -> pl.DataFrame:
    """Return the groups of heads, typed, and how many characters of each text its head has, null for none."""
    groups = text.str.extract_groups(pattern).struct.unnest().get_columns()
    named = [match.typed(group.name, group) for group in groups if group.name != "head"]
    length = next(group for group in groups if group.name == "head").str.len_chars()
    return pl.DataFrame([*named, length.alias("length")])


def _taken_off(groups: pl.DataFrame, text: pl.Series, width: int) -> pl.DataFrame:
    """Return the columns of heads, and the message behind a time of some width and the head."""
    *named, length = groups.get_columns()
    return pl.DataFrame([*named, text.str.slice(length + width).alias("message")])


def _told(values: pl.Series) -> npt.NDArray[np.bool_]:
    """Return which values are not null."""
    return values.is_not_null().to_numpy()
