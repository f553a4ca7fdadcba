"""Records become columns: heads first, then redaction, bodies, routes and masks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from pipeline import formats, schema
from pipeline.enrich import masks, redact, routes
from pipeline.formats import attrs, heading, match, plain
from pipeline.formats.line import LineFormat
from pipeline.formats.piece import MASK, Piece, Rows
from pipeline.ingest.model import SourcePlan
from pipeline.ingest.records import json_records, record_times

#: Rows of the usual block are fewer.
_MOST_SHARED = 1 << 16

_Reader = Callable[[LineFormat, pl.Series, Rows], Piece]


@dataclass(frozen=True)
class Events:
    """The rows of `events`, the masks they have, and what was redacted."""

    table: pa.Table
    masks: pa.Table
    redactions: Counter[str]


def events(records: pl.DataFrame, plan: SourcePlan) -> Events:
    """Return records as rows of `events`.

    Of a record's text only JSON, which is redacted as decoded, and a head of ours are taken off before its
    secrets are: no column can hold one.

    Args:
        records: closed ones, as `assemble` gives them.
        plan: how the source is read.
    """
    redactions: Counter[str] = Counter()
    objects = json_records.read(records["text"], plan)
    redactions.update(objects.redactions)
    if plan.envelope is not None:
        records, found = _stated_clean(records)
        redactions.update(found)
    columns, found = _columns(objects, records, plan)
    redactions.update(found)
    stated = columns[MASK] if MASK in columns.columns else None
    mask_ids, met = masks.of_events(columns["message"], columns["ts"], stated)
    columns = columns.hstack([mask_ids.alias("mask_id"), columns["ts"].cast(pl.Date).alias("date")])
    return Events(to_arrow(columns, plan), met.to_arrow(compat_level=pl.CompatLevel.oldest()), redactions)


def _stated_clean(records: pl.DataFrame) -> tuple[pl.DataFrame, Counter[str]]:
    """Return records without secrets in what their envelope states, and what was redacted."""
    redactions: Counter[str] = Counter()
    if "http_path" in records.columns:
        records = records.with_columns(_without_query(records["http_path"]))
    for column in records.get_columns():
        if column.dtype == pl.String and column.name != "text":
            clean, found = redact.redact(column)
            redactions.update(found)
            records = records.with_columns(clean)
    return records, redactions


def _columns(
    objects: json_records.Objects, records: pl.DataFrame, plan: SourcePlan
) -> tuple[pl.DataFrame, Counter[str]]:
    """Return the columns of records, without secrets, and what was redacted."""
    ranked = [entry for entry in formats.ranked(plan.formats, plan.format_folders) if entry.json is None]
    generic = formats.get(formats.GENERIC, plan.format_folders)
    text = objects.text
    height = len(text)
    lines = np.ones(height, dtype=np.bool_)
    for piece in objects.pieces:
        lines[piece.rows] = False
    with_head = [entry for entry in ranked if entry.head is not None]
    # No rule of ours goes by a time and a level between blanks. One of the settings may, a head of one's own
    # may hold what a rule goes by, and the generic one may end within a word: "info@example.com".
    is_plain = not (plan.format_folders or redact.has_own_rules())
    first, behind = (with_head, [generic]) if is_plain else ([], [*with_head, generic])
    of_lines = _heads(text, _rows(lines), first, plan)
    heads = objects.pieces + of_lines
    message, redactions = redact.redact(_behind_heads(text, of_lines))
    for piece in heads:
        lines[piece.rows] = False
    late = _heads(message, _rows(lines), behind, plan)
    message = _behind_heads(message, late)
    heads += late
    head = match.spread(heads, height)
    stated = records["format"] if "format" in records.columns else None
    unknown = _without(generic, {column.name for column in head.get_columns() if not column.null_count()})
    bodies = _bodies(message, [entry for entry in ranked if entry.head is None], unknown, stated, plan)
    body = match.spread(bodies, height)
    columns = _together(records, head, body, distinct=not objects.pieces)
    columns |= {"message": message, "format": _labels(heads, bodies, height, generic.label)}
    columns |= record_times.timed(records, head, body, plan)
    columns |= _routed(columns)
    return pl.DataFrame([column.alias(name) for name, column in columns.items()]), Counter(redactions)


def _heads(text: pl.Series, rows: Rows, candidates: list[LineFormat], plan: SourcePlan) -> list[Piece]:
    """Take heads off the records that have one; the first format that fits claims a record."""
    pieces: list[Piece] = []
    for line_format in candidates:
        if not len(rows):
            break
        for piece in heading.read(line_format, text, rows, plan.timezone):
            folded = attrs.fold(piece.columns, line_format.numbers, plain.fields(line_format))
            pieces.append(Piece(piece.label, piece.rows, folded))
            rows = np.setdiff1d(rows, piece.rows, assume_unique=True)
    return pieces


def _behind_heads(text: pl.Series, heads: list[Piece]) -> pl.Series:
    """Return the texts without the heads that were taken off."""
    for piece in heads:
        message = piece.columns["message"]
        text = message if len(message) == len(text) else text.clone().scatter(piece.rows, message)
    return text


def _without(line_format: LineFormat, known: Collection[str]) -> LineFormat:
    """Return a format without the fields that are known: what no text is asked for takes no time."""
    return _asking(line_format, tuple(name for name in line_format.fields if name not in known))


@cache
def _asking(line_format: LineFormat, fields: tuple[str, ...]) -> LineFormat:
    """Return a format with some of its fields."""
    return replace(line_format, fields={name: line_format.fields[name] for name in fields})


def _bodies(
    message: pl.Series,
    candidates: list[LineFormat],
    generic: LineFormat,
    stated: pl.Series | None,
    plan: SourcePlan,
) -> list[Piece]:
    """Read the messages by the format that the envelope states, by those that the scout saw, by the others.

    What is left is generic.
    """
    free = np.ones(len(message), dtype=np.bool_)
    pieces: list[Piece] = []

    def claim(line_format: LineFormat, read: _Reader, rows: Rows) -> None:
        if not len(rows):
            return
        piece = read(line_format, message, rows)
        if len(piece.rows):
            folded = attrs.fold(piece.columns, line_format.numbers, plain.fields(line_format))
            pieces.append(Piece(piece.label, piece.rows, folded))
            free[piece.rows] = False

    if stated is not None:
        for line_format in candidates:
            claim(
                line_format, match.read_all, _rows((stated == line_format.label).fill_null(False).to_numpy())
            )
    for line_format in candidates:
        if line_format.label in plan.formats:
            claim(line_format, match.read_body, _rows(free))
    others = [entry for entry in candidates if entry.label not in plan.formats]
    for line_format in match.concerned(others, message, _rows(free)):
        claim(line_format, match.read_seldom, _rows(free))
    claim(generic, match.read_all, _rows(free))
    return pieces


def _rows(chosen: npt.NDArray[np.bool_]) -> Rows:
    return np.flatnonzero(chosen).astype(np.uint32)


def _labels(heads: list[Piece], bodies: list[Piece], height: int, generic: str) -> pl.Series:
    """Return each record's format, an Enum: its head's, else its body's."""
    numbers = {generic: 0}
    codes = np.zeros(height, dtype=np.uint32)
    for piece in [*bodies, *heads]:
        if piece.label != generic:
            codes[piece.rows] = numbers.setdefault(piece.label, len(numbers))
    return pl.Series(list(numbers), dtype=pl.Enum(list(numbers)))[pl.Series(codes)]


def _together(
    records: pl.DataFrame, head: pl.DataFrame, body: pl.DataFrame, *, distinct: bool
) -> dict[str, pl.Series]:
    """Return the columns that envelope, head and body state; where several do, the first of these.

    Args:
        records: what envelopes state.
        head: what the heads of lines state, of the same rows.
        body: what the messages state, of the same rows.
        distinct: none of them has a field of `attrs` that another one may have too.
    """
    members = [
        _envelope_attrs(records),
        *(frame["attrs"] for frame in (head, body) if "attrs" in frame.columns),
    ]
    stated: dict[str, pl.Series] = {}
    for frame in (records, head, body):
        for column in frame.get_columns():
            before = stated.get(column.name)
            if before is None:
                stated[column.name] = column
            elif before.null_count():
                stated[column.name] = before.zip_with(before.is_not_null(), column)
    stated.pop("ts", None)
    found = [entry for entry in members if entry is not None]
    if found:
        merged = found[0]
        for other in found[1:]:
            merged = attrs.merge(merged, other, distinct=distinct)
        stated["attrs"] = merged
    return stated


def _envelope_attrs(records: pl.DataFrame) -> pl.Series | None:
    """Return what around a record has no column: the host, the script, and that it lacks its start."""
    columns = []
    if "host" in records.columns and records["host"].null_count() < records.height:
        columns.append(records["host"].alias("attrs.host"))
    if "script" in records.columns:
        columns.append(records["script"].alias("attrs.script"))
    if records["fragment"].any():
        mark = records["fragment"].cast(pl.Int8).cast(pl.String).replace({"1": "true", "0": None})
        columns.append(mark.alias("attrs.fragment"))
    return attrs.fold(pl.DataFrame(columns), {"attrs.fragment"})["attrs"] if columns else None


def _routed(columns: Mapping[str, pl.Series]) -> dict[str, pl.Series]:
    if "http_path" not in columns:
        return {}
    path = _without_query(columns["http_path"])
    return {"http_path": path, "http_route": routes.of(path)}


def _without_query(path: pl.Series) -> pl.Series:
    return path.str.replace(r"[?#].*$", "") if path.str.contains("[?#]").any() else path


def to_arrow(columns: pl.DataFrame, plan: SourcePlan) -> pa.Table:
    """Return the columns of `events` as made, with what holds for all rows of the source."""
    height = columns.height
    constant = {"file_id": plan.file_id, "source": plan.path}
    if "entry_id" in columns.columns:
        own = [columns["dedupe_key"]] if "dedupe_key" in columns.columns else []
        columns = columns.with_columns(dedupe_key=pl.coalesce(columns["entry_id"], *own)).drop("entry_id")
    if plan.service is not None:
        service = columns["service"].fill_null(plan.service) if "service" in columns.columns else None
        columns = columns.with_columns(service=service if service is not None else pl.lit(plan.service))
    first = pa.array(np.zeros(height, dtype=np.int32))
    arrays = []
    for field in schema.EVENTS.made:
        if field.name in constant:
            arrays.append(pa.DictionaryArray.from_arrays(first, [constant[field.name]]))
        elif field.name in columns.columns:
            arrays.append(_array(columns[field.name], field.type))
        else:
            arrays.append(_nothing(field.type, height))
    return pa.table(arrays, schema=schema.EVENTS.made)


def _array(values: pl.Series, kind: pa.DataType) -> pa.Array:
    """Return a column as Arrow's: of text that is not coded nothing is copied."""
    level = pl.CompatLevel.newest() if pa.types.is_string_view(kind) else pl.CompatLevel.oldest()
    return values.to_arrow(compat_level=level).cast(kind)


def _nothing(kind: pa.DataType, height: int) -> pa.Array:
    """Return a column of nulls, a part of one that all blocks share unless there are more of them."""
    return _nulls(kind)[:height] if height <= _MOST_SHARED else pa.nulls(height, kind)


@cache
def _nulls(kind: pa.DataType) -> pa.Array:
    return pa.nulls(_MOST_SHARED, kind)
