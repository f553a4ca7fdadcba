"""Rows of tables as events: tickets, and whatever else tells its time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import orjson
import polars as pl

from pipeline.enrich import masks
from pipeline.formats import spreadsheet_times, times
from pipeline.ingest.model import Block, SourcePlan
from pipeline.ingest.records import csv_rows, documents, fields
from pipeline.ingest.records.fields import Events
from pipeline.ingest.records.rows import Reject

_SEVERITIES = {
    **{name: name for name in ("trace", "debug", "info", "warn", "error", "fatal")},
    "warning": "warn",
    "err": "error",
    "critical": "fatal",
    "notice": "info",
    "information": "info",
}
_PLACE = {"line_no": pl.Int64, "line_count": pl.Int32, "byte_offset": pl.Int64}


def events(block: Block, plan: SourcePlan) -> tuple[Events, list[Reject]]:
    """Return a block's rows as events, and those that are none."""
    read, rejects = csv_rows.read(block, plan)
    found = []
    for cells, place in read:
        columns = list(zip(plan.columns, plan.roles, cells, strict=True))
        stated = {role: cell for _, role, cell in columns if role}
        others = {name: cell for name, role, cell in columns if not role}
        found.append((*place, *_stated(stated, others, plan)))
    names = (*_PLACE, "time", "message", "severity", "attrs", "dedupe_key")
    frame = pl.DataFrame(found, schema={name: _PLACE.get(name, pl.String) for name in names}, orient="row")
    redactions: Counter[str] = Counter()
    for name in ("message", "attrs", "dedupe_key"):
        clean, counts = documents.redacted(frame[name], is_key=name == "dedupe_key")
        frame = frame.with_columns(clean.alias(name))
        redactions.update(counts)
    return _as_events(frame, plan, redactions), rejects


def _stated(
    stated: Mapping[str, str], others: Mapping[str, str], plan: SourcePlan
) -> tuple[str | None, str, str | None, str | None, str | None]:
    """Return a row's time, message, severity, attributes and key; of a ticket nothing of other columns."""
    if plan.formats[0] == "ticket":
        identity = stated.get("id") or None
        attrs = {"ticket_id": identity, "topic": stated.get("topic"), "status": stated.get("status")}
        key = f"ticket:{identity}" if identity else None
        return stated.get("at"), stated.get("text", ""), None, _json(attrs), key
    message = stated.get("text")
    if message is None:
        message, others = ", ".join(f"{name}={cell}" for name, cell in others.items() if cell), {}
    severity = _SEVERITIES.get(stated.get("severity", "").strip().lower())
    return stated.get("at"), message, severity, _json(others), None


def _json(values: Mapping[str, str | None]) -> str | None:
    """Return the values that are not empty as a JSON object."""
    kept = {name: value for name, value in values.items() if value}
    return orjson.dumps(kept).decode() if kept else None


def _as_events(frame: pl.DataFrame, plan: SourcePlan, redactions: Counter[str]) -> Events:
    read = times.iso(spreadsheet_times.iso(frame["time"]), plan.timezone)
    assumed = read["zoneless"] & read["ts"].is_not_null() & (not plan.timezone_known)
    mask_ids, met = masks.of_events(frame["message"], read["ts"])
    frame = frame.drop("time").with_columns(
        read["ts"],
        date=read["ts"].dt.date(),
        ts_source=pl.when(read["ts"].is_not_null()).then(pl.lit("line")),
        ts_assumed=pl.when(assumed).then(pl.lit(["zone"])),
        format=pl.lit(plan.formats[0]),
        instance=pl.lit(plan.instance, dtype=pl.String),
        mask_id=mask_ids,
    )
    masked = met.to_arrow(compat_level=pl.CompatLevel.oldest())
    return Events(fields.to_arrow(frame, plan), masked, redactions)
