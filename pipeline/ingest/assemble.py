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
from pipeline.ingest.rows import LONGEST

#: A record of more lines is cut there; the next line begins another.
MOST_LINES = 1000
#: Entries of one stream of an instance stand together. What the proxy before it logs (a format that the
#: envelope names) is another one than what the app prints: it falls between the lines of a console group.
_STREAM = ("instance", "format")

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Records:
    """Closed records, the rows that stay open, and the blank lines between records.

    `closed` has the columns of its records' first rows; `text` is that of all rows, joined by newlines;
    `line_count` counts physical lines; `line_spans` is there where some record's lines are not contiguous;
    `fragment` is true where the record's first row is no start. Of entries, whose records may interleave,
    `reach_from` and `reach_to` are the least and the greatest byte offset of a record's rows.
    """

    closed: pl.DataFrame
    open: pl.DataFrame
    blank: Ints


def assemble(rows: pl.DataFrame, plan: SourcePlan, *, joined: bool, last: bool) -> Records:
    """Join the rows of records.

    Args:
        rows: of one block, or open ones of several blocks in the blocks' order.
        plan: how the source is read.
        joined: the rows before a stream's first start have nothing to go on with: the block before was seen.
        last: nothing comes after these rows: none stays open.
    """
    repeats = None
    if "entry_id" in rows.columns:
        rows, repeats = _in_time(rows)
    stream_starts = _stream_starts(rows)
    begins = _starts(rows["text"], stream_starts, plan, more=not last)
    if plan.envelope is None:
        blank = _blank(rows["text"], begins)
    else:
        blank = np.zeros(rows.height, dtype=np.bool_)
        begins |= _blank_ends(_blank(rows["text"], begins), begins | stream_starts, last)
    bounds = _capped(begins | stream_starts, rows["text"])
    record = np.cumsum(bounds) - 1
    first = np.flatnonzero(bounds)
    is_open = _open(first, begins, stream_starts, rows["text"], joined and plan.envelope is None, last)
    open_rows = is_open[record] if len(first) else np.zeros(0, dtype=np.bool_)
    between = blank & _trailing(blank, bounds) & ~open_rows
    kept = ~open_rows & ~between
    closed = _join(rows.filter(kept), record[kept], begins[kept], plan)
    if repeats is not None and repeats.height:
        closed = pl.concat([closed, _repeated(repeats, rows, record, plan)], how="diagonal")
    opened = rows.with_columns(starts=pl.Series(begins)).filter(pl.Series(open_rows))
    # A copy of the text: a few rows that point into their block would keep all of its bytes.
    opened = opened.with_columns(pl.Series("text", opened["text"].to_list(), dtype=pl.String))
    return Records(closed, opened, rows["line_no"].filter(pl.Series(between)).to_numpy())


def _starts(text: pl.Series, stream_starts: Flags, plan: SourcePlan, *, more: bool) -> Flags:
    """Return for each row whether a record begins there.

    In a source whose records begin with a known head, a line without it begins a record only when it stands
    at the margin and one of the other formats knows it.
    """
    ranked = formats.ranked(plan.formats, plan.format_folders)
    lead = ranked[0]
    if plan.envelope is not None or not plan.formats or lead.label != plan.formats[0] or lead.start is None:
        return groups.starts(text, stream_starts, more=more)
    begins = text.str.contains(lead.start).to_numpy().copy()
    others = np.flatnonzero(~begins)
    if len(others):
        margin = others[text.gather(others).str.contains(groups.START).to_numpy()]
        rest = text.gather(margin)
        for line_format in ranked[1:] if len(margin) else ():
            begins[margin] |= match.claims(line_format, rest).to_numpy()
    return begins


def _stream_starts(rows: pl.DataFrame) -> Flags:
    """Return for each row whether it is the first of its stream; the rows of a stream stand together."""
    flags = np.zeros(rows.height, dtype=np.bool_)
    if "entry_id" in rows.columns:
        for name in _STREAM:
            flags |= rows[name].ne_missing(rows[name].shift(1)).to_numpy()
    if rows.height:
        flags[0] = True
    return flags


def _blank(text: pl.Series, begins: Flags) -> Flags:
    """Return which rows are white space; a start never is."""
    flags = np.zeros(len(text), dtype=np.bool_)
    others = np.flatnonzero(~begins)
    if len(others):
        flags[others] = (text.gather(others).str.strip_chars() == "").to_numpy()
    return flags


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


def _blank_ends(blank: Flags, bounds: Flags, last: bool) -> Flags:
    """Return the empty entries behind a record: each is one itself once the one before is known over."""
    trailing = blank & _trailing(blank, bounds)
    if trailing.any() and not last:
        # The last record of a stream may go on behind its blank rows.
        nothing_after = np.logical_or.accumulate(bounds[::-1])[::-1]
        trailing &= np.append(nothing_after[1:], False)
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
    for start, count in zip(
        first[(lines > MOST_LINES) | (total > LONGEST)].tolist(),
        lines[(lines > MOST_LINES) | (total > LONGEST)].tolist(),
        strict=True,
    ):
        begin, taken = start, 0
        for row in range(start, start + count):
            if row - begin == MOST_LINES or (row > begin and taken + size[row] > LONGEST):
                bounds[row] = True
                begin, taken = row, 0
            taken += size[row]
    return bounds


def _open(
    first: Ints, begins: Flags, stream_starts: Flags, text: pl.Series, joined: bool, last: bool
) -> Flags:
    """Return which records stay open: of each stream the last, and what may go on with one before it."""
    is_open = np.zeros(len(first), dtype=np.bool_)
    if last or not len(first):
        return is_open
    streams = np.flatnonzero(stream_starts[first])
    is_open[np.append(streams[1:], len(first)) - 1] = True
    if not joined:
        is_open[streams[~begins[first[streams]]]] = True
        bounds = np.append(first[streams], len(text))
        for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            maybe = groups.maybe_memo(text.slice(start, end - start))
            is_open[(first >= start) & (first < start + maybe)] = True
    return is_open


def _join(rows: pl.DataFrame, record: Ints, begins: Flags, plan: SourcePlan) -> pl.DataFrame:
    """Return a row for each record: its first row with the text of all, and its lines counted."""
    bounds = np.append(True, record[1:] != record[:-1]) if len(record) else np.zeros(0, dtype=np.bool_)
    first = np.flatnonzero(bounds)
    closed = rows.filter(pl.Series(bounds)).with_columns(fragment=pl.Series(~begins[first], dtype=pl.Boolean))
    count = np.diff(np.append(first, len(record)))
    if plan.envelope is not None:
        closed = closed.with_columns(_reach(rows["byte_offset"].to_numpy(), first))
    several = np.flatnonzero(count > 1)
    if not len(several):
        return closed
    member = np.repeat(count > 1, count)
    parts = rows.filter(pl.Series(member))
    number = np.cumsum(bounds[member]) - 1
    text = (
        pl.DataFrame({"record": number, "text": parts["text"]})
        .group_by("record", maintain_order=True)
        .agg(pl.col("text").str.join("\n"))["text"]
    )
    *lines, spans = _lines(parts, number, len(several))
    whole = [closed[column.name].clone().scatter(several, column) for column in (text, *lines)]
    if spans.null_count() < len(spans):
        place = np.full(len(closed), len(several), dtype=np.uint32)
        place[several] = np.arange(len(several))
        whole.append(spans.extend_constant(None, 1).gather(place))
    return closed.with_columns(whole)


def _reach(offset: Ints, first: Ints) -> list[pl.Series]:
    """Return the least and the greatest byte offset of each record's rows."""
    if not len(first):
        return [pl.Series("reach_from", [], pl.Int64), pl.Series("reach_to", [], pl.Int64)]
    return [
        pl.Series("reach_from", np.minimum.reduceat(offset, first)),
        pl.Series("reach_to", np.maximum.reduceat(offset, first)),
    ]


def _lines(rows: pl.DataFrame, record: Ints, records: int) -> list[pl.Series]:
    """Return where records stand: `line_no` and `byte_offset` of the first line, `line_count`, `line_spans`.

    The first line is the first in the source, also where the newest entries come first. Spans are null where
    a record's lines are contiguous.
    """
    order = np.lexsort((rows["line_no"].to_numpy(), record))
    record = record[order]
    start = rows["line_no"].to_numpy()[order]
    end = start + rows["line_count"].to_numpy()[order]
    gap = np.append(True, (record[1:] != record[:-1]) | (start[1:] > end[:-1]))
    span = np.flatnonzero(gap)
    lengths = np.maximum.reduceat(end, span) - start[span]
    bounds = np.flatnonzero(np.append(True, record[1:] != record[:-1]))
    offset = rows["byte_offset"].to_numpy()[order]
    spans = (
        pl.DataFrame({"record": record[span], "line_no": start[span], "line_count": lengths})
        .group_by("record", maintain_order=True)
        .agg(pl.struct("line_no", "line_count").alias("line_spans"))["line_spans"]
    )
    return [
        pl.Series("line_no", start[bounds]),
        pl.Series("byte_offset", np.minimum.reduceat(offset, bounds)),
        pl.Series("line_count", np.bincount(record[span], lengths, records), dtype=pl.Int32),
        spans.set(spans.list.len() < 2, None),
    ]


def _in_time(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put each stream's entries in the order of time; return the first occurrences, and the repeats.

    Entries of equal time keep their order, which is turned round where the newest come first.
    """
    rows = rows.with_columns(
        at=pl.col("ts").fill_null(strategy="forward").fill_null(strategy="backward").over(_STREAM),
        place=pl.int_range(pl.len()),
        occurrence=pl.when(pl.col("entry_id").is_null())
        .then(0)
        .otherwise(pl.int_range(pl.len()).over(*_STREAM, "entry_id")),
    )
    step = pl.col("at").diff().over(_STREAM).dt.total_microseconds()
    newest_first = ((step < 0).sum() > (step > 0).sum()).over(_STREAM)
    rows = (
        rows.with_columns(place=pl.when(newest_first).then(-pl.col("place")).otherwise(pl.col("place")))
        .sort(*_STREAM, "at", "place", nulls_last=True)
        .drop("at", "place")
    )
    once = pl.col("occurrence") == 0
    return rows.filter(once).drop("occurrence"), rows.filter(~once)


def _repeated(repeats: pl.DataFrame, rows: pl.DataFrame, record: Ints, plan: SourcePlan) -> pl.DataFrame:
    """Join repeated entries as copies of the records that they repeat: with their key, time and text.

    Copies are known by key and time. A page may begin in the middle of a record; what it repeats of it has
    the text of the whole, since only a memo's first line tells that the others are to be redacted.
    """
    whole = (
        pl.DataFrame({"record": record, "key": rows["entry_id"], "begun": rows["ts"], "whole": rows["text"]})
        .filter(
            pl.Series(
                np.isin(record, record[rows["entry_id"].is_in(repeats["entry_id"].implode()).to_numpy()])
            )
        )
        .group_by("record", maintain_order=True)
        .agg(pl.col("key", "begun").first(), pl.col("whole").str.join("\n"))
    )
    of_entry = pl.DataFrame({"entry_id": rows["entry_id"], "record": record})
    known = (
        repeats.join(of_entry, on="entry_id", how="left", maintain_order="left")
        .join(whole, on="record", how="left", maintain_order="left")
        .sort("occurrence", maintain_order=True)
    )
    new = known["record"].ne_missing(known["record"].shift(1)) | (known["occurrence"].diff() != 0).fill_null(
        True
    )
    number = new.cast(pl.Int64).cum_sum().to_numpy()
    copies = _join(
        known.with_columns(entry_id=pl.col("key"), ts=pl.col("begun")).drop(
            "occurrence", "record", "key", "begun"
        ),
        number,
        np.ones(len(number), dtype=np.bool_),
        plan,
    )
    return copies.with_columns(text=pl.col("whole")).drop("whole")
