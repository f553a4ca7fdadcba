"""Applies the formats of JSON records: text that is a JSON object becomes columns, a record at a time.

Broken JSON is told a record at a time, so it takes no neighbour along; what was read becomes whole columns,
so that levels, times and numbers are read a column at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import orjson
import polars as pl

from pipeline.errors import ContractFault
from pipeline.formats import derived, json_columns, json_shapes, json_spec, json_vectors, times
from pipeline.formats.json_columns import Alike, Record, Row
from pipeline.formats.json_spec import JsonSpec
from pipeline.formats.line import LineFormat
from pipeline.formats.piece import Piece, Rows

#: The format that takes what no other one claims.
_ANY = "json-log"

#: Fields of one record that are kept, and levels that are looked into.
MOST_FIELDS = 200
_DEEPEST = 12
_SCALARS = frozenset({str, int, float, bool})
#: Names and types of a record's members.
_Kind = tuple[tuple[str, ...], tuple[type, ...]]
#: So many kinds are remembered with the formats that may claim them.
_REMEMBERED = 2000


class Formats:
    """The JSON formats in the order in which they are asked."""

    def __init__(self, formats: Sequence[LineFormat]) -> None:
        self._specs = [(entry, entry.json) for entry in formats if entry.json is not None]
        self._specs.sort(key=lambda found: found[0].label == _ANY)
        self._candidates: dict[_Kind, list[tuple[LineFormat, JsonSpec]]] = {}
        claims = [claim for _, spec in self._specs for claim in (*spec.claims, *spec.unless)]
        self._numbers = {
            (name, kind) for claim in claims for name, kind in claim.items() if isinstance(kind, int)
        }

    def of(self, value: object) -> tuple[LineFormat, JsonSpec, Record] | None:
        """Return the format of a JSON value and the record in it; None where it is nobody's."""
        if not isinstance(value, dict):
            return None
        for line_format, spec in self._maybe(value):
            record = _inner(value, spec) if spec.inner else value
            if not spec.looks_at_values or _is_of(record, spec):
                return line_format, spec, record
        return None

    def of_all_like(self, value: Record) -> tuple[LineFormat, JsonSpec] | None:
        """Return the format of a record and of all that `apart` leaves together with it.

        None where it is nobody's, or the record proper may stand in a member.
        """
        for line_format, spec in self._maybe(value):
            if any(isinstance(value.get(name), dict) for name in spec.inner):
                return None
            if not spec.looks_at_values or _is_of(value, spec):
                return line_format, spec
        return None

    def apart(self, alike: json_shapes.Alike) -> Iterator[json_shapes.Alike]:
        """Yield those apart of the records of a shape that a claim on a number tells apart."""
        for name, number in self._numbers:
            member = alike.shape.members.get(name)
            if member is not None and member.kind == "number":
                equal = alike.values[name].cast(pl.Float64) == number
                if equal.any() and not equal.all():
                    yield from self.apart(alike.only(equal))
                    yield from self.apart(alike.only(~equal))
                    return
        yield alike

    def _maybe(self, value: Record) -> list[tuple[LineFormat, JsonSpec]]:
        """Return the formats that may claim a record by its members and their types, as most do in the end.

        They are the same for all records of one kind, of which a log has few.
        """
        kind = (tuple(value), tuple(map(type, value.values())))
        known = self._candidates.get(kind)
        if known is None:
            if len(self._candidates) >= _REMEMBERED:
                self._candidates.clear()
            known = [entry for entry in self._specs if entry[1].looks_at_values or _is_of(value, entry[1])]
            self._candidates[kind] = known
        return known


def loads(text: str) -> object:
    """Return the JSON value that a text is, also where lines stand below it; None where it is none."""
    try:
        value: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value


def labels(formats: Formats, text: pl.Series) -> list[str | None]:
    """Return the label of each text's JSON format; None where none claims it."""
    maybe = text.str.starts_with("{").fill_null(False)
    found: list[str | None] = [None] * len(text)
    for row, line in zip(maybe.arg_true().to_list(), text.filter(maybe).to_list(), strict=True):
        value, _ = _value(line)
        claimed = formats.of(value)
        found[row] = claimed[0].label if claimed else None
    return found


def read(formats: Formats, text: pl.Series, zone: str) -> list[Piece]:
    """Read the texts that are JSON records.

    Args:
        formats: to ask.
        text: one record each; lines may stand below an object, or the object span them.
        zone: IANA name for times that state none.

    Returns:
        Pieces with `message`, `ts`, `zoneless`, the formats' columns, typed, and `attrs`, JSON as text.
        Nothing in them is redacted.
    """
    maybe = text.str.starts_with("{").fill_null(False)
    if not maybe.any():
        return []
    pieces, left = _of_shapes(formats, text, maybe.arg_true().to_numpy().astype(np.uint32), zone)
    rows: dict[str, tuple[JsonSpec, Alike]] = {}
    for number, line in zip(left.tolist(), text.gather(left).to_list(), strict=True):
        value, below = _value(line)
        claimed = formats.of(value)
        if claimed is None:
            continue
        line_format, spec, record = claimed
        fields = _fields(record, spec)
        # Records with the same fields are handled together, which is all of a log but a few.
        alike = rows.setdefault(line_format.label, (spec, {}))[1]
        alike.setdefault(tuple(fields), []).append(Row(number, fields, line, below))
    return pieces + [json_columns.piece(label, spec, alike, zone) for label, (spec, alike) in rows.items()]


def _of_shapes(formats: Formats, text: pl.Series, rows: Rows, zone: str) -> tuple[list[Piece], Rows]:
    """Read the records that are of shapes, and return the numbers of the others."""
    pieces: list[Piece] = []
    some = text if len(rows) == len(text) else text.gather(rows)
    for alike in (part for whole in json_shapes.read(some) for part in formats.apart(whole)):
        one = orjson.loads(some[int(alike.rows[0])])
        claimed = formats.of_all_like(one)
        if claimed is not None and json_vectors.can_read(claimed[1], alike.shape):
            found = json_vectors.piece(claimed[0].label, claimed[1], alike, some, zone)
            pieces.append(replace(found, rows=rows[found.rows]))
    left = np.zeros(len(text), dtype=np.bool_)
    left[rows] = True
    for piece in pieces:
        left[piece.rows] = False
    return pieces, np.flatnonzero(left).astype(np.uint32)


def unwrap(envelope: LineFormat, text: pl.Series, zone: str) -> pl.DataFrame:
    """Take lines out of the objects that a collector put them into.

    Returns:
        `text`, the line inside, or the whole text where it is no such object; `ts` and what else the format
        states, null there. `partial`, where lines may stand in pieces: true of those that go on, else null.
    """
    spec = envelope.json
    if spec is None or spec.text is None:
        raise ContractFault(f"{envelope.label} is no envelope of JSON")
    columns: dict[str, list[Any]] = {name: [] for name in spec.columns}
    lines: list[str] = []
    formats = Formats([envelope])
    for whole in text.to_list():
        claimed = formats.of(loads(whole)) if whole.startswith("{") else None
        record = claimed[2] if claimed else {}
        lines.append(str(record[spec.text]) if claimed else f"{whole}\n")
        for name, values in columns.items():
            path = json_columns.first(spec.columns[name], record)
            values.append(None if path is None else record[path])
    read_columns = [
        times.mixed(values, zone)["ts"] if name == "ts" else json_columns.typed(name, values).alias(name)
        for name, values in columns.items()
    ]
    inside = pl.Series("text", lines, dtype=pl.String)
    if spec.pieces is not None:
        read_columns.append(_goes_on(inside, spec.pieces).alias("partial"))
    return pl.DataFrame([inside.str.strip_suffix("\n"), *read_columns])


def _goes_on(text: pl.Series, piece: int) -> pl.Series:
    """Return true of texts with so many bytes and no newline at their end, else null."""
    return pl.select(
        pl.when((text.str.len_bytes() >= piece) & ~text.str.ends_with("\n")).then(True)
    ).to_series()


def _value(text: str) -> tuple[object, str]:
    """Return the JSON value of a record and the lines below it."""
    if "\n" not in text:
        return loads(text), ""
    first, _, below = text.partition("\n")
    value = loads(first)
    return (loads(text), "") if value is None else (value, below)


def _inner(value: Record, spec: JsonSpec) -> Record:
    return next((value[name] for name in spec.inner if isinstance(value.get(name), dict)), value)


def _is_of(record: Record, spec: JsonSpec) -> bool:
    return any(json_spec.holds(claim, record) for claim in spec.claims) and not any(
        json_spec.holds(claim, record) for claim in spec.unless
    )


def _fields(record: Record, spec: JsonSpec) -> Record:
    """Return a record's scalar fields under their paths, with those that are derived; without nulls."""
    values = record.values()
    if _SCALARS.issuperset(map(type, values)) and len(record) <= MOST_FIELDS:
        fields = record
    else:
        scalars = ((path, value) for path, value in _flat(record, "", 0) if value is not None)
        fields = dict(islice(scalars, MOST_FIELDS))
    if spec.derive and (added := derived.FUNCTIONS[spec.derive](record)):
        # What is derived may be null, and then hides a member of that name.
        fields = {path: value for path, value in {**fields, **added}.items() if value is not None}
    return fields


def _flat(value: Record, prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield the scalar fields of an object under their paths; what lies too deep is told as such."""
    for name, inner in value.items():
        kind = type(inner)
        if kind is not dict and kind is not list:
            yield prefix + name, inner
        elif depth == _DEEPEST:
            yield prefix + name, "…"
        else:
            members = inner if kind is dict else {str(number): entry for number, entry in enumerate(inner)}
            yield from _flat(members, f"{prefix}{name}.", depth + 1)
