"""A record's time: of those that its line, its envelope and its text state, the one to be trusted most."""

from __future__ import annotations

import polars as pl

from pipeline.formats import times
from pipeline.ingest.model import SourcePlan

_TIMESTAMP = pl.Datetime("us", "UTC")
_SOURCES = pl.Enum(["line", "envelope"])
_LINE, _ENVELOPE = (pl.lit(name, dtype=_SOURCES) for name in _SOURCES.categories)


def timed(
    records: pl.DataFrame, head: pl.DataFrame, body: pl.DataFrame, plan: SourcePlan
) -> dict[str, pl.Series]:
    """Return `ts`, `ts_source` and, where something was assumed, `ts_assumed`.

    The time at the head of the line is the best where it states its zone; then the envelope's; then one
    without a zone; last one that the text of the record tells.

    Args:
        records: what envelopes state: `ts`, `around_zoneless`, `around_yearless`.
        head: what the heads of lines state, of the same rows: `ts`, `zoneless`.
        body: what messages state, of the same rows: `ts`, as text.
        plan: how the source is read.
    """
    nothing = pl.Series("ts", [None], dtype=_TIMESTAMP).new_from_index(0, records.height)
    line = head["ts"] if "ts" in head.columns else nothing
    around = records["ts"] if "ts" in records.columns else nothing
    told = times.iso(body["ts"], plan.timezone)["ts"] if "ts" in body.columns else nothing
    is_around = _is_stated(around)
    by_line = _is_stated(line)
    zoneless = _true(head["zoneless"]) if "zoneless" in head.columns else ~by_line
    by_line &= ~zoneless | ~is_around
    by_text = ~by_line & ~is_around & _is_stated(told)
    assumed = by_line & zoneless
    if "around_zoneless" in records.columns:
        assumed |= ~by_line & records["around_zoneless"]
    source = pl.when(by_line | by_text).then(_LINE).when(is_around).then(_ENVELOPE)
    columns = {
        "ts": line.zip_with(by_line, around.zip_with(~by_text, told)),
        "ts_source": pl.select(source).to_series(),
    }
    names = _assumed(assumed & (not plan.timezone_known), records)
    return columns if names is None else {**columns, "ts_assumed": names}


def _is_stated(values: pl.Series) -> pl.Series:
    """Return which values are not null, told at once where all are, or none is."""
    nulls = values.null_count()
    if nulls and nulls < len(values):
        return values.is_not_null()
    return pl.Series([not nulls], dtype=pl.Boolean).new_from_index(0, len(values))


def _true(flags: pl.Series) -> pl.Series:
    """Return which flags are true; null is not."""
    return flags.fill_null(False) if flags.null_count() else flags


def _assumed(zone: pl.Series, records: pl.DataFrame) -> pl.Series | None:
    """Return for each record what of its time was assumed; None where nothing was."""
    yearless = records["around_yearless"] if "around_yearless" in records.columns else zone & False
    if not (zone | yearless).any():
        return None
    names = pl.concat_list(
        pl.when(zone).then(pl.lit("zone")), pl.when(yearless).then(pl.lit("year"))
    ).list.drop_nulls()
    return pl.select(pl.when(names.list.len() > 0).then(names)).to_series()
