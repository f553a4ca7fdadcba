"""The columns of JSON records of one shape, from values that were captured a column at a time.

They are what `json_columns` makes of parsed records; what cannot be had this way is left to it.
"""

from __future__ import annotations

import polars as pl

from pipeline.formats import attrs, json_columns, levels, times
from pipeline.formats.json_shapes import Alike, Shape
from pipeline.formats.json_spec import JsonSpec
from pipeline.formats.line import dtype_of
from pipeline.formats.piece import TYPES, Piece


def can_read(spec: JsonSpec, shape: Shape) -> bool:
    """Return whether the records of a shape have a format's columns without a look at each of them."""
    if spec.derive or spec.dedupe or spec.inner or "message" not in spec.columns:
        return False
    kept = json_columns.kept(spec, dict.fromkeys(shape.kinds, ""))
    if kept.detail or kept.below or shape.kinds.get(kept.columns["message"] or "") != "string":
        return False
    named = [attrs.PREFIX + name for name, _ in kept.rest]
    # A boolean is written otherwise in a column, and of a name that two fields have the last one counts.
    return not any(
        path is not None and (shape.kinds[path] == "boolean" or name in named)
        for name, path in kept.columns.items()
    )


def piece(label: str, spec: JsonSpec, alike: Alike, zone: str) -> Piece:
    """Return the columns of records, without those whose time or number is none: the parser keeps these."""
    values, kinds = alike.values, alike.shape.kinds
    kept = json_columns.kept(spec, dict.fromkeys(kinds, ""))
    columns: dict[str, pl.Series] = {}
    fields: dict[str, pl.Series] = {}
    bare = set()
    sound = pl.Series([True]).new_from_index(0, values.height)
    for member, origin in kept.rest:
        fields[attrs.PREFIX + member] = json_columns.shortened(values[origin])
        if kinds[origin] != "string":
            bare.add(attrs.PREFIX + member)
    for name, path in kept.columns.items():
        if name == "ts":
            if path is not None:
                read = times.mixed_text(values[path], zone)
                columns |= {"ts": read["ts"], "zoneless": read["zoneless"]}
                sound &= read["ts"].is_not_null()
        elif name.startswith(attrs.PREFIX):
            if path is not None:
                fields[name] = values[path]
                if kinds[path] != "string":
                    bare.add(name)
        elif path is None:
            columns[name] = _constant(name, None, values.height)
        elif name == "severity":
            columns[name] = _severities(values[path], spec)
        else:
            columns[name] = json_columns.typed_text(name, values[path])
            if kinds[path] == "string" and dtype_of(name) != "string":
                sound &= columns[name].is_not_null()
    for name, constant in spec.set.items():
        columns[name] = _constant(name, constant, values.height)
    if "ts" not in columns:
        columns["ts"] = pl.Series([None], dtype=TYPES["timestamp"]).new_from_index(0, values.height)
        columns["zoneless"] = pl.Series([False]).new_from_index(0, values.height)
    if fields:
        objects = pl.DataFrame([column.alias(name) for name, column in fields.items()])
        columns["attrs"] = attrs.fold(objects, bare)["attrs"]
    else:
        columns["attrs"] = _constant("attrs", None, values.height)
    frame = pl.DataFrame([column.alias(name) for name, column in columns.items()])
    if sound.all():
        return Piece(label, alike.rows, frame)
    return Piece(label, alike.rows[sound.to_numpy()], frame.filter(sound))


def _constant(name: str, value: str | None, height: int) -> pl.Series:
    return json_columns.typed(name, [value]).new_from_index(0, height)


def _severities(values: pl.Series, spec: JsonSpec) -> pl.Series:
    """Return the severities of levels, of which few are distinct."""
    known = {value: levels.of(value, spec.levels) for value in values.unique().to_list()}
    severities: pl.Series = values.replace_strict(known, return_dtype=pl.String)
    return severities
