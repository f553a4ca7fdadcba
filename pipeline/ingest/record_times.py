"""A record's time: of those that its line, its envelope and its text state, the one to be trusted most."""

from __future__ import annotations

import polars as pl

from pipeline.formats import times
from pipeline.ingest.model import SourcePlan

_TIMESTAMP = pl.Datetime("us", "UTC")


def timed(
    columns: pl.DataFrame, records: pl.DataFrame, head: pl.DataFrame, body: pl.DataFrame, plan: SourcePlan
) -> pl.DataFrame:
    """Add `ts`, `ts_source` and `ts_assumed`.

    The time at the head of the line is the best where it states its zone; then the envelope's; then one
    without a zone; last one that the text of the record tells.

    Args:
        columns: to add them to; the others have a row for each of its rows.
        records: what envelopes state: `ts`, `around_zoneless`, `around_yearless`.
        head: what the heads of lines state: `ts`, `zoneless`.
        body: what messages state: `ts`, as text.
        plan: how the source is read.
    """
    nothing = pl.Series("ts", [None], dtype=_TIMESTAMP).new_from_index(0, records.height)
    line = head["ts"] if "ts" in head.columns else nothing
    around = records["ts"] if "ts" in records.columns else nothing
    told = times.iso(body["ts"], plan.timezone)["ts"] if "ts" in body.columns else nothing
    zoneless = head["zoneless"].fill_null(False) if "zoneless" in head.columns else line.is_null()
    by_line = line.is_not_null() & (~zoneless | around.is_null())
    by_text = ~by_line & around.is_null() & told.is_not_null()
    assumed = by_line & zoneless
    if "around_zoneless" in records.columns:
        assumed |= ~by_line & records["around_zoneless"]
    return columns.with_columns(
        ts=line.zip_with(by_line, around.zip_with(~by_text, told)),
        ts_source=pl.when(by_line | by_text)
        .then(pl.lit("line"))
        .when(around.is_not_null())
        .then(pl.lit("envelope")),
        ts_assumed=_assumed(assumed & (not plan.timezone_known), records),
    )


def _assumed(zone: pl.Series, records: pl.DataFrame) -> pl.Series | None:
    """Return for each record what of its time was assumed; None where nothing was."""
    yearless = records["around_yearless"] if "around_yearless" in records.columns else zone & False
    if not (zone | yearless).any():
        return None
    names = pl.concat_list(
        pl.when(zone).then(pl.lit("zone")), pl.when(yearless).then(pl.lit("year"))
    ).list.drop_nulls()
    return pl.select(pl.when(names.list.len() > 0).then(names)).to_series()
