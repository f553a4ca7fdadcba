"""The columns of JSON records of one format: those with the same fields are handled together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import orjson
import polars as pl

from pipeline.formats import attrs, levels, times
from pipeline.formats.json_spec import JsonSpec
from pipeline.formats.line import dtype_of
from pipeline.formats.piece import TYPES, Piece

#: Characters of one field that are kept.
_LONGEST = 4000

Record = Mapping[str, Any]
#: Records by the names of their fields.
Alike = dict[tuple[str, ...], list["Row"]]


class Kept(NamedTuple):
    """Paths of what records with the same fields state: columns, detail, stack (None where not), the rest."""

    columns: dict[str, str | None]
    detail: str | None
    below: str | None
    rest: tuple[tuple[str, str], ...]


class Row(NamedTuple):
    """A record: the number of its text, its scalar fields by path, its text, the lines below the object."""

    number: int
    fields: Record
    text: str
    below: str


def first(paths: Sequence[str], fields: Record) -> str | None:
    """Return the first path under which something is."""
    for path in paths:
        if fields.get(path) is not None:
            return path
    return None


def kept(spec: JsonSpec, fields: Record) -> Kept:
    """Return where the columns of records with these fields stand, and what fields no column has."""
    columns = {name: first(paths, fields) for name, paths in spec.columns.items()}
    detail, below = first(spec.detail, fields), first(spec.below, fields)
    prefix = f"{spec.rest}." if isinstance(spec.rest, str) else ""
    used = {*columns.values(), detail, below}
    rest = [
        (name.removeprefix(prefix), name)
        for name in fields
        if name not in used
        and fields[name] is not None
        and name.startswith(prefix)
        and not (spec.derive and name.startswith("$"))
    ]
    return Kept(columns, detail, below, tuple(rest) if spec.rest is not False else ())


def piece(label: str, spec: JsonSpec, alike: Alike, zone: str) -> Piece:
    """Return the columns of a format's records, of which those with the same fields come together."""
    values: dict[str, list[Any]] = {name: [] for name in ("message", *spec.columns)}
    if spec.dedupe:
        values["dedupe_key"] = digests([row.text for rows in alike.values() for row in rows]).to_list()
    objects: list[dict[str, Any]] = []
    for rows in alike.values():
        places = kept(spec, rows[0].fields)
        for name, path in places.columns.items():
            values[name] += [None if path is None else row.fields[path] for row in rows]
        rest = [{name: _short(row.fields[path]) for name, path in places.rest} for row in rows]
        if "message" not in spec.columns:
            values["message"] += [None] * len(rows)
        _put_back(values, places, rest)
        start = len(objects)
        values["message"][start:] = _messages(values["message"][start:], rows, places, spec, rest)
        objects += rest
    frame = _typed_columns(values, objects, spec, zone)
    numbers = np.array([row.number for rows in alike.values() for row in rows], dtype=np.uint32)
    order = np.argsort(numbers, kind="stable")
    return Piece(label, numbers[order], frame if len(alike) == 1 else frame[order])


def _put_back(values: dict[str, list[Any]], kept: Kept, rest: list[dict[str, Any]]) -> None:
    """Leave what is no number of its column's, and stands there, among the rest of a record's fields."""
    for name, path in kept.columns.items():
        if path is None or name == "ts" or dtype_of(name) == "string":
            continue
        found = values[name][-len(rest) :]
        for row in typed(name, found).is_null().arg_true().to_list():
            rest[row][path] = _short(found[row])


def digests(texts: Sequence[str]) -> pl.Series:
    """Return a digest of each text, by which copies of a record are told."""
    made = [
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest() for text in texts
    ]
    return pl.Series(made, dtype=pl.String)


def shortened(values: pl.Series) -> pl.Series:
    """Return a field's values, of each as much as is kept."""
    return values.str.slice(0, _LONGEST) if (values.str.len_bytes() > _LONGEST).any() else values


def _short(value: Any) -> Any:
    return value[:_LONGEST] if type(value) is str and len(value) > _LONGEST else value


def _messages(
    said: list[Any], rows: list[Row], kept: Kept, spec: JsonSpec, rest: list[dict[str, Any]]
) -> list[str]:
    """Return what records say: message and detail, below them a stack; of those that say nothing the rest."""
    found = []
    for message, row, further in zip(said, rows, rest, strict=True):
        parts = [] if message is None else [str(message)]
        if kept.detail is not None:
            parts = [spec.glue.join([*parts, str(row.fields[kept.detail])])]
        if kept.below is not None:
            parts.append(str(row.fields[kept.below]))
        if row.below:
            parts.append(row.below)
        found.append("\n".join(parts) if parts else orjson.dumps(further).decode())
    return found


def _typed_columns(
    values: dict[str, list[Any]], objects: list[dict[str, Any]], spec: JsonSpec, zone: str
) -> pl.DataFrame:
    """Return columns of their types, and `attrs`: the rest of the fields with those that a column names."""
    height = len(objects)
    columns: dict[str, pl.Series] = {}
    for name, found in values.items():
        if name == "ts":
            read_times = times.mixed(found, zone)
            columns |= {"ts": read_times["ts"], "zoneless": read_times["zoneless"]}
            # A time that no calendar has stays readable.
            for row in read_times["ts"].is_null().arg_true().to_list():
                if found[row] is not None:
                    objects[row]["ts"] = found[row]
        elif name == "severity":
            columns[name] = _severities(found, spec)
        elif name.startswith(attrs.PREFIX):
            field = name.removeprefix(attrs.PREFIX)
            for one, value in zip(objects, found, strict=True):
                if value is not None:
                    one[field] = value
        else:
            columns[name] = typed(name, found)
    for name, constant in spec.set.items():
        columns[name] = typed(name, [constant] * height)
    if "ts" not in columns:
        nothing = pl.Series([None], dtype=pl.Datetime("us", "UTC"))
        columns["ts"] = nothing.new_from_index(0, height)
        columns["zoneless"] = pl.Series([False]).new_from_index(0, height)
    written = [orjson.dumps(one).decode() if one else None for one in objects]
    columns["attrs"] = pl.Series(written, dtype=pl.String)
    return pl.DataFrame([column.alias(name) for name, column in columns.items()])


def _severities(values: list[Any], spec: JsonSpec) -> pl.Series:
    # As text: 1 and true are equal otherwise.
    names = [str(value) for value in values]
    known = {name: levels.of(name, spec.levels) for name in set(names)}
    return pl.Series([known[name] for name in names], dtype=pl.String)


def typed(name: str, values: list[Any]) -> pl.Series:
    """Return values as their column's type; what does not fit is null."""
    text = [None if value is None else str(value) for value in values]
    return typed_text(name, pl.Series(text, dtype=pl.String))


def typed_text(name: str, text: pl.Series) -> pl.Series:
    """Return values, as text, as their column's type; what does not fit is null."""
    kind = dtype_of(name)
    if kind == "string":
        return text
    number = text.cast(pl.Float64, strict=False)
    number = number.set(~number.is_finite(), None)
    return number if kind == "double" else number.cast(TYPES[kind], strict=False)
