"""Rows of a record become one row, which says where all of them stand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.ingest.model import SourcePlan

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_SPANS = pl.List(pl.Struct({"line_no": pl.Int64, "line_count": pl.Int64}))


def join(rows: pl.DataFrame, record: Ints, begins: Flags, plan: SourcePlan) -> pl.DataFrame:
    """Return a row for each record: its first row with the text of all, and its lines counted."""
    bounds = np.append(True, record[1:] != record[:-1]) if len(record) else np.zeros(0, dtype=np.bool_)
    first = np.flatnonzero(bounds)
    closed = chosen(rows, bounds).hstack([pl.Series("fragment", ~begins[first], dtype=pl.Boolean)])
    count = np.diff(np.append(first, len(record)))
    if plan.envelope is not None:
        closed = closed.with_columns(_reach(rows["byte_offset"].to_numpy(), first))
    several = np.flatnonzero(count > 1)
    if not len(several):
        return closed
    member = np.repeat(count > 1, count)
    parts = chosen(rows, member)
    number = np.cumsum(bounds[member]) - 1
    lines_text, lines_count = parts["text"], count[several]
    if "glued" in parts.columns:
        is_line = ~parts["glued"].to_numpy()
        lines_text = lines_text.filter(pl.Series(is_line))
        lines_count = np.bincount(number[is_line], minlength=len(several))
    rows_text, ends = lines_text.to_list(), np.cumsum(lines_count).tolist()
    joined = ["\n".join(rows_text[begin:end]) for begin, end in zip([0, *ends], ends, strict=False)]
    text = pl.Series("text", joined, dtype=pl.String)
    *lines, spans = _lines(parts, number, len(several))
    whole = {column.name: column for column in closed.get_columns()}
    for column in (text, *lines):
        whole[column.name] = whole[column.name].clone().scatter(several, column)
    if spans.null_count() < len(spans):
        place = np.full(len(closed), len(several), dtype=np.uint32)
        place[several] = np.arange(len(several))
        whole[spans.name] = spans.extend_constant(None, 1).gather(place)
    return pl.DataFrame(list(whole.values()))


def chosen(rows: pl.DataFrame, flags: Flags) -> pl.DataFrame:
    """Return the rows that are flagged; a column at a time, which costs a fraction of a query."""
    mask = pl.Series(flags)
    return pl.DataFrame([column.filter(mask) for column in rows.get_columns()])


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
    return [
        pl.Series("line_no", start[bounds]),
        pl.Series("byte_offset", np.minimum.reduceat(offset, bounds)),
        pl.Series("line_count", np.bincount(record[span], lengths, records), dtype=pl.Int32),
        _spans(record[span], start[span], lengths, records),
    ]


def _spans(record: Ints, start: Ints, lengths: Ints, records: int) -> pl.Series:
    """Return the runs of lines of each record, in the order of the records; null where there is one alone."""
    if len(record) == records:
        return pl.Series("line_spans", [None], _SPANS).new_from_index(0, records)
    spans = pl.DataFrame({"record": record, "line_no": start, "line_count": lengths})
    listed = spans.group_by("record", maintain_order=True).agg(
        pl.struct("line_no", "line_count").alias("line_spans")
    )
    return listed["line_spans"].set(listed["line_spans"].list.len() < 2, None)
