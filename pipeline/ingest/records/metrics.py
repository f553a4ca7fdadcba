"""Measurements as rows of `metrics`: a point of a series each."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import orjson
import polars as pl
import pyarrow as pa

from pipeline import formats, instants, schema
from pipeline.enrich import redact
from pipeline.formats import times
from pipeline.formats.points import Point
from pipeline.ingest.model import Block, SourcePlan
from pipeline.ingest.records import rows
from pipeline.ingest.records.rows import Reject

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read(block: Block, plan: SourcePlan) -> tuple[pa.Table, list[Reject], Counter[str]]:
    """Return a block's points, what is none, and what was redacted.

    A point whose time or value cannot be read is rejected alone.
    """
    form = formats.wrapper(plan.formats[0])
    near = (plan.near or _EPOCH).astimezone(instants.zone(plan.timezone)).replace(tzinfo=None)
    found: list[tuple[Point, tuple[int, int, int]]] = []
    rejects: list[Reject] = []
    for data, *place in rows.values(block):
        line_no, line_count, byte_offset = place
        try:
            value = orjson.loads(data)
            if not form.claims(value):
                raise ValueError(f"no record of {plan.formats[0]}")  # noqa: TRY301 - told as any other fault
            points = list(form.points(value, near))
        except orjson.JSONDecodeError as error:
            rejects.append(rows.reject(data, line_no, line_count, byte_offset, rows.invalid_json(error)))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            reason = str(error) if type(error) is ValueError else f"no record of {plan.formats[0]}"
            rejects.append(rows.reject(data, line_no, line_count, byte_offset, reason))
        else:
            found += [(point, (line_no, line_count, byte_offset)) for point in points]
    table, unread = _table(found, plan)
    clean, redactions = _redacted(table)
    return clean, rejects + unread, redactions


def _table(
    found: list[tuple[Point, tuple[int, int, int]]], plan: SourcePlan
) -> tuple[pl.DataFrame, list[Reject]]:
    """Return points as rows, and those whose time or value cannot be read."""
    stamps = [point.time if isinstance(point.time, str) else None for point, _ in found]
    read = times.iso(pl.Series("ts", stamps, dtype=pl.String), plan.timezone)["ts"]
    kept: dict[str, list[Any]] = {
        name: [] for name in schema.METRICS.arrow.names if name not in ("date", "ts")
    }
    rejects: list[Reject] = []
    good: list[bool] = []
    labels: dict[int, str] = {}
    for (point, (line_no, line_count, byte_offset)), is_timed in zip(found, read.is_not_null(), strict=True):
        numeric = point.value is None or _is_number(point.value)
        good.append(bool(is_timed and numeric))
        if not good[-1]:
            reason = "a point whose time cannot be read" if numeric else "a point whose value is no number"
            origin = orjson.dumps(point.origin)
            rejects.append(rows.reject(origin, line_no, line_count, byte_offset, reason))
            continue
        if id(point.labels) not in labels:
            stated = {name: value for name, value in point.labels.items() if value is not None}
            labels[id(point.labels)] = orjson.dumps(stated, option=orjson.OPT_SORT_KEYS).decode()
        row = {
            "name": point.name,
            "unit": point.unit,
            "value": None if point.value is None else float(point.value),  # type: ignore[arg-type]
            "labels": labels[id(point.labels)],
            "file_id": plan.file_id,
            "line_no": line_no,
            "byte_offset": byte_offset,
        }
        for name, column in kept.items():
            column.append(row[name])
    kinds = {"value": pl.Float64, "line_no": pl.Int64, "byte_offset": pl.Int64}
    frame = pl.DataFrame(kept, schema={name: kinds.get(name, pl.String) for name in kept})
    ts = read.filter(pl.Series(good, dtype=pl.Boolean))
    return frame.with_columns(ts, ts.dt.date().alias("date")), rejects


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _redacted(table: pl.DataFrame) -> tuple[pa.Table, Counter[str]]:
    """Return rows of `metrics` whose texts hold no secret, and what was taken out."""
    redactions: Counter[str] = Counter()
    for name in ("name", "unit", "labels"):
        clean, counts = redact.redact(table[name])
        table = table.with_columns(clean.alias(name))
        redactions.update(counts)
    arrow = table.select(schema.METRICS.arrow.names).to_arrow(compat_level=pl.CompatLevel.oldest())
    return arrow.cast(schema.METRICS.arrow), redactions
