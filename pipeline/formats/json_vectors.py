"""The columns of JSON records of one shape, from values that were captured a column at a time.

They are what `json_columns` makes of parsed records; what cannot be had this way is left to it. Until the end
a column of one value stands for one that has it throughout.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from pipeline.formats import attrs, derived, json_columns, levels, times
from pipeline.formats.json_shapes import Alike, Shape
from pipeline.formats.json_spec import JsonSpec
from pipeline.formats.line import dtype_of
from pipeline.formats.piece import TYPES, Piece


def can_read(spec: JsonSpec, shape: Shape) -> bool:
    """Return whether the records of a shape have a format's columns without a look at each of them."""
    if spec.inner or "message" not in spec.columns:
        return False
    if spec.derive and derived.adds_to(spec.derive, shape.example):
        return False
    kinds = {path: member.kind for path, member in shape.members.items()}
    kept = json_columns.kept(spec, kinds)
    if kept.detail or kept.below or kinds.get(kept.columns["message"] or "") != "string":
        return False
    named = [attrs.PREFIX + name for name, _ in kept.rest]
    # A boolean is written otherwise in a column, and of a name that two fields have the last one counts.
    return not any(
        path is not None and (kinds[path] == "boolean" or name in named)
        for name, path in kept.columns.items()
    )


def piece(label: str, spec: JsonSpec, alike: Alike, text: pl.Series, zone: str) -> Piece:
    """Return the columns of records, without those whose time or number is none: the parser keeps these.

    Args:
        label: of their format.
        spec: what it states.
        alike: the records.
        text: from which they are, by their numbers.
        zone: IANA name for times that state none.
    """
    values, members, height = alike.values, alike.shape.members, len(alike.rows)
    kept = json_columns.kept(spec, members)
    columns: dict[str, pl.Series] = {}
    fields: dict[str, pl.Series] = {}
    bare = set()
    sound = pl.Series([True])
    for member, origin in kept.rest:
        fields[member] = json_columns.shortened(values[origin])
        if members[origin].kind != "string":
            bare.add(member)
    for name, path in kept.columns.items():
        if name == "ts":
            if path is not None:
                read = times.mixed_text(values[path], zone)
                columns |= {"ts": read["ts"], "zoneless": read["zoneless"]}
                sound &= read["ts"].is_not_null()
        elif name.startswith(attrs.PREFIX):
            if path is not None:
                field = name.removeprefix(attrs.PREFIX)
                fields[field] = values[path]
                if members[path].kind != "string":
                    bare.add(field)
        elif path is None:
            columns[name] = json_columns.typed(name, [None])
        elif name == "severity":
            columns[name] = levels.of_each(values[path], partial(levels.of, own=spec.levels))
        else:
            columns[name] = json_columns.typed_text(name, values[path])
            if dtype_of(name) != "string":
                sound &= columns[name].is_not_null()
    if spec.dedupe:
        columns["dedupe_key"] = json_columns.digests(text.gather(alike.rows).to_list())
    for name, constant in spec.set.items():
        columns[name] = json_columns.typed(name, [constant])
    if "ts" not in columns:
        columns["ts"] = pl.Series([None], dtype=TYPES["timestamp"])
        columns["zoneless"] = pl.Series([False])
    columns["attrs"] = attrs.joined(fields, bare) if fields else json_columns.typed("attrs", [None])
    frame = pl.DataFrame([_of_all(column, height).alias(name) for name, column in columns.items()])
    if sound.all():
        return Piece(label, alike.rows, frame)
    sound = _of_all(sound, height)
    return Piece(label, alike.rows[sound.to_numpy()], frame.filter(sound))


def _of_all(column: pl.Series, height: int) -> pl.Series:
    """Return a column of that height, also where one value stands for all."""
    return column if len(column) == height else column.new_from_index(0, height)
