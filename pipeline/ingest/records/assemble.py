"""Rows become records: stacks, dumps and console groups are joined, within one stream of one source.

What an instance prints is a stream. A row that starts a record closes the one before. What stands before a
stream's first start, and its last record, may go on in another block: those rows stay open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline import formats
from pipeline.enrich import groups
from pipeline.formats import match
from pipeline.ingest.model import SourcePlan
from pipeline.ingest.records import memo_tails, repeats
from pipeline.ingest.records.joining import chosen, join
from pipeline.ingest.records.rows import LONGEST

#: A record of more lines is cut there; the next line begins another.
MOST_LINES = 1000

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Records:
    """Closed records, the rows that stay open, and the blank lines between records.

    `closed` has the columns of its records' first rows; `text` is that of all rows, joined by newlines;
    `line_count` counts physical lines; `line_spans` is there where some record's lines are not contiguous;
    `fragment` is true where the record's first row is no start. Of entries, whose records may interleave,
    `reach_from` and `reach_to` are the least and the greatest byte offset of a record's rows. `gap` of an
    open row is true where rows of closed records stood between it and the open one before it in its stream.
    """

    closed: pl.DataFrame
    open: pl.DataFrame | None
    blank: Ints


def each(rows: pl.DataFrame) -> Records:
    """Return rows that are records each, with nothing to go on with."""
    whole = rows.with_columns(fragment=pl.lit(False))
    return Records(whole, None, np.zeros(0, dtype=np.int64))


def assemble(
    rows: pl.DataFrame, plan: SourcePlan, *, before: bool, after: bool, at_start: bool = False
) -> Records:
    """Join the rows of records.

    Args:
        rows: of one block, or open ones of several blocks in the blocks' order.
        plan: how the source is read.
        before: the rows before a stream's first start may go on with a record of a block before.
        after: the last record of each stream may go on in a block behind.
        at_start: nothing of the source stands before them.
    """
    again = None
    if "entry_id" in rows.columns:
        rows, again = repeats.in_time(rows)
    elif plan.envelope is not None:
        rows = rows.sort("instance", maintain_order=True, nulls_last=True)
    stream_starts = _stream_starts(rows, plan)
    gaps = rows["gap"].to_numpy() if "gap" in rows.columns else np.zeros(rows.height, dtype=np.bool_)
    begins = _starts(rows["text"], stream_starts, gaps, plan, more=after)
    if at_start and (tails := memo_tails.find(rows["text"], stream_starts, plan)):
        begins[tails] = False
        hidden = pl.Series([memo_tails.HIDDEN] * len(tails), dtype=pl.String)
        rows = rows.with_columns(rows["text"].clone().scatter(tails, hidden))
    if plan.envelope is None:
        blank = _blank(rows, begins)
    else:
        blank = np.zeros(rows.height, dtype=np.bool_)
        begins |= _blank_ends(_blank(rows, begins), begins, stream_starts, after)
    bounds = _capped(begins | stream_starts, rows["text"])
    record = np.cumsum(bounds) - 1
    first = np.flatnonzero(bounds)
    # Entries of an envelope may come late: while more may come, so may the start of what stands in front.
    before = before or (after and plan.envelope is not None)
    is_open = _open(first, begins, stream_starts, rows["text"], before=before, after=after)
    open_rows = is_open[record] if len(first) else np.zeros(0, dtype=np.bool_)
    between = blank & _trailing(blank, bounds) & ~open_rows
    kept = ~open_rows & ~between
    whole = rows if kept.all() else chosen(rows, kept)
    closed = join(whole, record[kept], begins[kept], plan)
    if again is not None and again.height:
        closed = pl.concat([closed, repeats.copies(again, rows, record, plan)], how="diagonal")
    gaps = gaps | (_behind_closed(open_rows) & ~stream_starts)
    opened = chosen(rows, open_rows)
    # A copy of the text: a few rows that point into their block would keep all of its bytes.
    text = pl.Series("text", opened["text"].to_list(), dtype=pl.String)
    opened = opened.with_columns(text, gap=pl.Series(gaps[open_rows]))
    return Records(closed, opened, rows["line_no"].filter(pl.Series(between)).to_numpy())


def _starts(text: pl.Series, stream_starts: Flags, gaps: Flags, plan: SourcePlan, *, more: bool) -> Flags:
    """Return for each row whether a record begins there.

    In a source whose records begin with a known head, a line without it begins a record only when it stands
    at the margin and one of the other formats knows it.
    """
    start = formats.start_of(plan.formats, plan.format_folders)
    if start is None or plan.envelope is not None:
        return groups.starts(text, stream_starts, more=more, gaps=gaps)
    begins = text.str.contains(start).to_numpy().copy()
    others = np.flatnonzero(~begins)
    if len(others):
        margin = others[text[others].str.contains(groups.START).to_numpy()]
        rest = text[margin]
        for line_format in formats.ranked(plan.formats, plan.format_folders)[1:] if len(margin) else ():
            begins[margin] |= match.claims(line_format, rest).to_numpy()
    return begins


def _behind_closed(open_rows: Flags) -> Flags:
    """Return which rows stand behind one of a closed record."""
    return np.append(False, ~open_rows[:-1])[: len(open_rows)]


def _stream_starts(rows: pl.DataFrame, plan: SourcePlan) -> Flags:
    """Return for each row whether it is the first of its stream; the rows of a stream stand together."""
    flags = np.zeros(rows.height, dtype=np.bool_)
    if plan.envelope is not None:
        for name in set(repeats.STREAM) & set(rows.columns):
            flags |= rows[name].ne_missing(rows[name].shift(1)).to_numpy()
    if rows.height:
        flags[0] = True
    return flags


def _blank(rows: pl.DataFrame, begins: Flags) -> Flags:
    """Return which rows are white space; a start never is, nor the piece of a line."""
    flags = np.zeros(rows.height, dtype=np.bool_)
    others = np.flatnonzero(~begins)
    if len(others):
        flags[others] = (rows["text"][others].str.strip_chars() == "").to_numpy()
    return flags & ~rows["glued"].to_numpy() if "glued" in rows.columns else flags


def _trailing(blank: Flags, bounds: Flags) -> Flags:
    """Return which blank rows have none but blank rows behind them in their record."""
    if not blank.any():
        return blank
    record = np.cumsum(bounds) - 1
    last_text = np.full(record[-1] + 1, -1)
    text_rows = np.flatnonzero(~blank)
    last_text[record[text_rows]] = text_rows
    behind: Flags = np.arange(len(blank)) > last_text[record]
    return behind


def _blank_ends(blank: Flags, begins: Flags, stream_starts: Flags, after: bool) -> Flags:
    """Return the empty entries behind a record: each is one itself once the one before is known over."""
    bounds = begins | stream_starts
    trailing = blank & _trailing(blank, bounds)
    if trailing.any() and after:
        # The last record of a stream may go on behind its blank rows.
        is_last = np.append(stream_starts[bounds][1:], True)
        trailing &= ~is_last[np.cumsum(bounds) - 1]
    return trailing


def _capped(bounds: Flags, text: pl.Series) -> Flags:
    """Return the bounds, with more of them in records of too many lines or bytes."""
    first = np.flatnonzero(bounds)
    if not len(first):
        return bounds
    size = text.str.len_bytes().to_numpy().astype(np.int64) + 1
    lines = np.diff(np.append(first, len(bounds)))
    total = np.add.reduceat(size, first)
    if lines.max() <= MOST_LINES and total.max() <= LONGEST:
        return bounds
    bounds = bounds.copy()
    behind = np.cumsum(size)
    too_large = (lines > MOST_LINES) | (total > LONGEST)
    for start, count in zip(first[too_large].tolist(), lines[too_large].tolist(), strict=True):
        row = start
        while (row := _next_bound(row, behind, size)) < start + count:
            bounds[row] = True
    return bounds


def _next_bound(row: int, behind: Ints, size: Ints) -> int:
    """Return the row in front of which a part ends that begins at a row: it has as many as it may, or one.

    Args:
        row: where it begins.
        behind: of every row, the bytes up to its end.
        size: of every row, its bytes.
    """
    within = int(np.searchsorted(behind, behind[row] - size[row] + LONGEST, side="right"))
    return min(row + MOST_LINES, max(within, row + 1))


def _open(
    first: Ints, begins: Flags, stream_starts: Flags, text: pl.Series, *, before: bool, after: bool
) -> Flags:
    """Return which records stay open: of each stream the last, and what may go on with one before it."""
    is_open = np.zeros(len(first), dtype=np.bool_)
    if not len(first):
        return is_open
    streams = np.flatnonzero(stream_starts[first])
    if after:
        is_open[np.append(streams[1:], len(first)) - 1] = True
    if before:
        is_open[streams[~begins[first[streams]]]] = True
        bounds = np.append(first[streams], len(text))
        for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            maybe = groups.maybe_memo(text.slice(start, end - start))
            is_open[(first >= start) & (first < start + maybe)] = True
    return is_open
