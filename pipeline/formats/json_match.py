"""Applies the formats of JSON records: text that is a JSON object becomes columns, a record at a time.

Broken JSON is told a record at a time, so it takes no neighbour along; what was read becomes whole columns,
so that levels, times and numbers are read a column at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import polars as pl

from pipeline.errors import ContractFault
from pipeline.formats import attrs, derived, json_spec, levels, times
from pipeline.formats.json_spec import JsonSpec
from pipeline.formats.line import LineFormat, dtype_of
from pipeline.formats.piece import TYPES, Piece

#: The format that takes what no other one claims.
_ANY = "json-log"

#: Fields of one record that are kept, levels that are looked into, and characters of one field.
MOST_FIELDS = 200
_DEEPEST = 12
_LONGEST = 4000
#: Distinct lists of members for which the formats that may claim them are remembered.
_REMEMBERED = 2000

Record = Mapping[str, Any]
Fields = dict[str, Any]


@dataclass
class _Found:
    """Rows of one format: their fields by column, a list each of the same length."""

    rows: list[int] = field(default_factory=list)
    columns: dict[str, list[Any]] = field(default_factory=dict)
    attrs: list[Fields] = field(default_factory=list)


class Formats:
    """The JSON formats in the order in which they are asked."""

    def __init__(self, formats: Sequence[LineFormat]) -> None:
        self._specs = [(entry, entry.json) for entry in formats if entry.json is not None]
        self._specs.sort(key=lambda found: found[0].label == _ANY)
        self._candidates: dict[tuple[str, ...], list[tuple[LineFormat, JsonSpec]]] = {}

    def __bool__(self) -> bool:
        return bool(self._specs)

    def of(self, value: object) -> tuple[LineFormat, JsonSpec, Record] | None:
        """Return the format of a JSON value and the record in it; None where it is nobody's."""
        if not isinstance(value, dict):
            return None
        for line_format, spec in self._maybe(value):
            record = _inner(value, spec)
            if any(json_spec.holds(claim, record) for claim in spec.claims) and not any(
                json_spec.holds(claim, record) for claim in spec.unless
            ):
                return line_format, spec, record
        return None

    def _maybe(self, value: Record) -> list[tuple[LineFormat, JsonSpec]]:
        """Return the formats whose members are there: few, and the same for all records of one kind."""
        names = tuple(value)
        known = self._candidates.get(names)
        if known is None:
            if len(self._candidates) >= _REMEMBERED:
                self._candidates.clear()
            known = [entry for entry in self._specs if _has_members(entry[1], value)]
            self._candidates[names] = known
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
    found: dict[str, _Found] = {}
    by_label: dict[str, JsonSpec] = {}
    for row, line in zip(maybe.arg_true().to_list(), text.filter(maybe).to_list(), strict=True):
        value, below = _value(line)
        claimed = formats.of(value)
        if claimed is None:
            continue
        line_format, spec, record = claimed
        if line_format.label not in found:
            found[line_format.label] = _Found(columns={name: [] for name in _columns(spec)})
            by_label[line_format.label] = spec
        _take(record, spec, found[line_format.label], row, line, below)
    return [_piece(label, by_label[label], rows, zone) for label, rows in found.items()]


def unwrap(envelope: LineFormat, text: pl.Series, zone: str) -> pl.DataFrame:
    """Take lines out of the objects that a collector put them into.

    Returns:
        `text`, the line inside, or the whole text where it is no such object; `ts` and what else the format
        states, null there.
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
        lines.append(str(record[spec.text]).removesuffix("\n") if claimed else whole)
        for name, values in columns.items():
            path = _first(spec.columns[name], record)
            values.append(None if path is None else record[path])
    read_columns = [
        times.mixed(values, zone)["ts"] if name == "ts" else _typed(name, values).alias(name)
        for name, values in columns.items()
    ]
    return pl.DataFrame([pl.Series("text", lines, dtype=pl.String), *read_columns])


def _columns(spec: JsonSpec) -> list[str]:
    own = ["message", "dedupe_key"] if spec.dedupe else ["message"]
    return list(dict.fromkeys([*own, *spec.columns]))


def _value(text: str) -> tuple[object, str]:
    """Return the JSON value of a record and the lines below it."""
    first, newline, below = text.partition("\n")
    value = loads(first)
    if value is None and newline:
        return loads(text), ""
    return value, below


def _inner(value: Record, spec: JsonSpec) -> Record:
    return next((value[name] for name in spec.inner if isinstance(value.get(name), dict)), value)


def _has_members(spec: JsonSpec, value: Record) -> bool:
    """Return whether some alternative's members are there; what stands in another member may be anything."""
    return any(name in value for name in spec.inner) or any(
        all((kind == "absent") != (name in value) for name, kind in claim.items()) for claim in spec.claims
    )


def _take(record: Record, spec: JsonSpec, found: _Found, row: int, line: str, below: str) -> None:
    """Add a record's fields to those of its format."""
    fields: Fields = {}
    for path, value in _flat(record, "", 0):
        fields[path] = value
        if len(fields) >= MOST_FIELDS:
            break
    if spec.derive:
        fields |= derived.FUNCTIONS[spec.derive](record)
    used: set[str | None] = set()
    for name, column in found.columns.items():
        found_at = _first(spec.columns.get(name, ()), fields)
        column.append(None if found_at is None else fields[found_at])
        used.add(found_at)
    said = found.columns["message"]
    text = [] if said[-1] is None else [str(said[-1])]
    if detail := _first(spec.detail, fields):
        used.add(detail)
        text = [spec.glue.join([*text, str(fields[detail])])]
    if under := _first(spec.below, fields):
        used.add(under)
        text.append(str(fields[under]))
    if below:
        text.append(below)
    if spec.dedupe == "line":
        key = hashlib.blake2b(line.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        found.columns["dedupe_key"][-1] = key
    rest = {} if spec.rest is False else _rest(fields, used, spec.rest)
    said[-1] = "\n".join(text) if text else orjson.dumps(rest).decode()
    found.rows.append(row)
    found.attrs.append(rest)


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


def _first(paths: Sequence[str], fields: Record) -> str | None:
    """Return the first path under which something is."""
    for path in paths:
        if fields.get(path) is not None:
            return path
    return None


def _rest(fields: Fields, used: set[str | None], under: bool | str) -> Fields:
    """Return the fields that no column has."""
    prefix = f"{under}." if isinstance(under, str) else ""
    cut = len(prefix)
    return {
        name[cut:]: value[:_LONGEST] if type(value) is str else value
        for name, value in fields.items()
        if value is not None and name not in used and name.startswith(prefix) and name[:1] != "$"
    }


def _piece(label: str, spec: JsonSpec, found: _Found, zone: str) -> Piece:
    """Return the columns of a format's rows."""
    height = len(found.rows)
    columns: dict[str, pl.Series] = {}
    named: dict[str, list[Any]] = {}
    for name, values in found.columns.items():
        if name == "ts":
            read_times = times.mixed(values, zone)
            columns |= {"ts": read_times["ts"], "zoneless": read_times["zoneless"]}
        elif name == "severity":
            columns[name] = _severities(values, spec)
        elif name.startswith(attrs.PREFIX):
            named[name.removeprefix(attrs.PREFIX)] = values
        else:
            columns[name] = _typed(name, values)
    for name, values in named.items():
        for fields, value in zip(found.attrs, values, strict=True):
            if value is not None:
                fields[name] = value
    written = [orjson.dumps(fields).decode() if fields else None for fields in found.attrs]
    columns["attrs"] = pl.Series(written, dtype=pl.String)
    for name, constant in spec.set.items():
        columns[name] = _typed(name, [constant] * height)
    if "ts" not in columns:
        columns |= {
            "ts": pl.Series([None], dtype=pl.Datetime("us", "UTC")).new_from_index(0, height),
            "zoneless": pl.Series([False]).new_from_index(0, height),
        }
    frame = pl.DataFrame([column.alias(name) for name, column in columns.items()])
    return Piece(label, np.array(found.rows, dtype=np.uint32), frame)


def _severities(values: list[Any], spec: JsonSpec) -> pl.Series:
    known = {value: levels.of(value, spec.levels) for value in set(values)}
    return pl.Series([known[value] for value in values], dtype=pl.String)


def _typed(name: str, values: list[Any]) -> pl.Series:
    """Return values as their column's type; what does not fit is null."""
    text = pl.Series([None if value is None else str(value) for value in values], dtype=pl.String)
    kind = dtype_of(name)
    if kind == "string":
        return text
    number = text.cast(pl.Float64, strict=False)
    number = number.set(~number.is_finite(), None)
    return number if kind == "double" else number.cast(TYPES[kind], strict=False)
