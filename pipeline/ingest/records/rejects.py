"""What was too long for the kernel, or made it fail, as rejects: known by place, length and hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import polars as pl
import pyarrow as pa

from pipeline import schema
from pipeline.ingest.model import Block, Parsed, Skipped, SourcePlan


def nothing(plan: SourcePlan, block: Block | None = None) -> Parsed:
    """Return the result of a block without data."""
    blank = np.zeros(0, np.int64) if block is None or block.blank is None else block.blank
    table = schema.record_arrow(plan.kind).empty_table()
    return Parsed(table, schema.REJECTS.arrow.empty_table(), None, blank)


def with_skipped(parsed: Parsed, block: Block, plan: SourcePlan) -> Parsed:
    """Return a block's result with what was too long among its rejects."""
    if not block.skipped:
        return parsed
    return replace(parsed, rejects=pa.concat_tables([parsed.rejects, _table(block.skipped, plan)]))


def unparsed(block: Block, plan: SourcePlan, error: BaseException) -> Parsed:
    """Return the result of a block that the kernel could not take: one reject of all its lines."""
    count = block.data.count(b"\n") + (not block.data.endswith(b"\n"))
    line_no, offset = block.line_no, block.byte_offset
    if block.places is not None and len(block.places.line_no):
        line_no, offset = int(block.places.line_no[0]), int(block.places.byte_offset[0])
        count = int(block.places.line_no[-1] + block.places.line_count[-1]) - line_no
    whole = Skipped(line_no, count, offset, hashlib.sha256(block.data).hexdigest(), len(block.data))
    return _failed(nothing(plan, block), [whole], plan, error)


def unclosed(rows: pl.DataFrame, plan: SourcePlan, error: BaseException) -> Parsed:
    """Return the result of open rows that the kernel could not take: a reject of each."""
    texts = [text.encode() for text in rows["text"].fill_null("")]
    places = rows.select("line_no", "line_count", "byte_offset").iter_rows()
    entries = [
        Skipped(line_no, count, offset, hashlib.sha256(text).hexdigest(), len(text))
        for (line_no, count, offset), text in zip(places, texts, strict=True)
    ]
    return _failed(nothing(plan), entries, plan, error)


def _failed(parsed: Parsed, entries: list[Skipped], plan: SourcePlan, error: BaseException) -> Parsed:
    # The error's words are not told: they may repeat the line's.
    failure = f"the parser failed: {type(error).__name__}"
    told = [replace(entry, reason=failure) for entry in entries]
    return replace(parsed, rejects=_table(told, plan), failure=failure)


def _table(entries: Iterable[Skipped], plan: SourcePlan) -> pa.Table:
    rows = [
        {
            "file_id": plan.file_id,
            "line_no": entry.line_no,
            "byte_offset": entry.byte_offset,
            "line_count": entry.line_count,
            "text_sha256": entry.sha256,
            "text_bytes": entry.bytes,
            "reason": entry.reason,
        }
        for entry in entries
    ]
    return pa.Table.from_pylist(rows, schema=schema.REJECTS.arrow)
