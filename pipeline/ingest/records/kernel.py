"""The kernel: a block and a plan in, Arrow tables of records and rejects out. Pure, so anything can map it.

Three steps, which the stitcher shares: rows, records, columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import polars as pl
import pyarrow as pa

from pipeline import formats, schema
from pipeline.enrich import redact
from pipeline.ingest.model import Block, Parsed, SourcePlan
from pipeline.ingest.records import (
    assemble,
    csv_records,
    documents,
    envelopes,
    fields,
    metrics,
    rows,
    scripts,
)
from pipeline.ingest.records.rows import Reject


def parse(block: Block, plan: SourcePlan) -> Parsed:
    """Return what a block holds; records that cross its bounds stay open (see `Parsed.open`)."""
    with redact.own_rules(plan.redaction):
        return _read(block, plan)


def _read(block: Block, plan: SourcePlan) -> Parsed:
    if plan.kind == "documents":
        table, rejected, redactions = documents.read(block, plan)
        lost, _ = rejects(rejected, plan)
        return Parsed(table, lost, None, _blank(block), redactions=dict(redactions))
    if plan.kind == "metrics":
        table, rejected, redactions = metrics.read(block, plan)
        lost, _ = rejects(rejected, plan)
        return Parsed(table, lost, None, _blank(block), redactions=dict(redactions))
    if plan.layout == "csv":
        made, rejected = csv_records.events(block, plan)
        lost, redactions = rejects(rejected, plan)
        return Parsed(
            made.table, lost, made.masks, _blank(block), redactions=dict(made.redactions + redactions)
        )
    if plan.layout == "json" and plan.envelope is None:
        found = rows.from_values(block, plan)
        return _parsed(assemble.each(found.frame), found, block, plan)
    if plan.layout == "json":
        found = rows.from_entries(block, plan, formats.wrapper(str(plan.envelope)))
    else:
        found = rows.from_lines(block, plan)
        if plan.envelope is not None:
            found = envelopes.unwrap(found, plan)
        if scripts.FORMAT in plan.formats[:1]:
            found = scripts.named(found, plan)
    records = assemble.assemble(
        found.frame, plan, before=not block.begins, after=not block.ends, at_start=block.byte_offset == 0
    )
    return _parsed(records, found, block, plan)


def close(open_rows: pl.DataFrame, plan: SourcePlan, *, last: bool = True) -> Parsed:
    """Make records of rows that blocks left open.

    Args:
        open_rows: in the order of the blocks they come from.
        plan: of their source.
        last: no more rows come; else what may still go on stays open again.
    """
    with redact.own_rules(plan.redaction):
        records = assemble.assemble(open_rows, plan, before=False, after=not last)
        return _parsed(records, None, None, plan)


def _parsed(
    records: assemble.Records, found: rows.Rows | None, block: Block | None, plan: SourcePlan
) -> Parsed:
    events = fields.events(records.closed, plan)
    lost, redactions = rejects(found.rejects if found else [], plan)
    blank = records.blank
    if block is not None and found is not None:
        blank = np.sort(np.concatenate([blank, found.blank, _blank(block)]))
    reach = None
    if plan.envelope is not None:
        reach = records.closed.select("reach_from", "reach_to").to_numpy()
    return Parsed(
        table=events.table,
        rejects=lost,
        masks=events.masks,
        blank=blank,
        open=records.open,
        ended=block is not None and block.ends,
        redactions=dict(events.redactions + redactions),
        reach=reach,
    )


def _blank(block: Block) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.zeros(0, dtype=np.int64) if block.blank is None else block.blank


def rejects(found: Sequence[Reject], plan: SourcePlan) -> tuple[pa.Table, Counter[str]]:
    """Return rejects as a table, their text redacted, and what was redacted."""
    if not found:
        return schema.REJECTS.arrow.empty_table(), Counter()
    text, redactions = redact.redact(pl.Series([entry.text for entry in found], dtype=pl.String))
    columns = {
        "run_date": [None] * len(found),
        "file_id": [plan.file_id] * len(found),
        "line_no": [entry.line_no for entry in found],
        "byte_offset": [entry.byte_offset for entry in found],
        "line_count": [entry.line_count for entry in found],
        "text": text.to_list(),
        "text_sha256": [entry.sha256 for entry in found],
        "text_bytes": [entry.bytes for entry in found],
        "reason": [entry.reason for entry in found],
    }
    return pa.table(columns, schema=schema.REJECTS.arrow), Counter(redactions)
