"""Applies line formats to columns of text: a cheap literal test, then patterns on what it lets through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.formats.line import LineFormat, dtype_of

Rows = npt.NDArray[np.uint32]

#: Polars' types for the short names of the table definitions.
TYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "int16": pl.Int16(),
    "int32": pl.Int32(),
    "int64": pl.Int64(),
    "double": pl.Float64(),
    "bool": pl.Boolean(),
    "timestamp": pl.Datetime("us", "UTC"),
}

# Control sequences of ECMA-48: colours and the like.
# https://ecma-international.org/publications-and-standards/standards/ecma-48/
_CONTROL = r"\x1b\[[0-?]*[ -/]*[@-~]"

_SEVERITIES = {
    "trace": "trace",
    "debug": "debug",
    "info": "info",
    "notice": "info",
    "warn": "warn",
    "warning": "warn",
    "error": "error",
    "fatal": "fatal",
    "critical": "fatal",
}


@dataclass(frozen=True)
class Piece:
    """What one format found: the rows it claims, ascending, and their columns, a row each."""

    label: str
    rows: Rows
    columns: pl.DataFrame


def plain(text: pl.Series) -> pl.Series:
    """Return the text without terminal control sequences."""
    coloured = text.str.contains("\x1b", literal=True)
    return text.str.replace_all(_CONTROL, "") if coloured.any() else text


def claims(line_format: LineFormat, text: pl.Series) -> pl.Series:
    """Return for each text whether it is a record of the format."""
    found = _has_literal(line_format, text)
    for pattern in (line_format.start, line_format.head, line_format.pattern):
        if pattern is not None:
            found = found & text.str.contains(pattern)
    return found


def read_head(line_format: LineFormat, text: pl.Series, rows: Rows) -> Piece:
    """Take the head off the rows' texts: columns of its groups, and `message`, what stands behind it."""
    rows, text = _candidates(line_format, text, rows)
    groups = text.str.extract_groups(f"(?P<head>{line_format.head})").struct.unnest()
    if groups["head"].null_count():
        hit = groups["head"].is_not_null()
        rows, text, groups = rows[hit.to_numpy()], text.filter(hit), groups.filter(hit)
    message = pl.select(text.str.slice(groups["head"].str.len_chars())).to_series().alias("message")
    return Piece(line_format.label, rows, typed(line_format, groups.drop("head")).with_columns(message))


def read_body(line_format: LineFormat, text: pl.Series, rows: Rows) -> Piece:
    """Read the rows whose texts are records of the format: columns of its groups, fields and cases."""
    rows, text = _candidates(line_format, text, rows)
    groups = pl.DataFrame(height=len(text))
    if line_format.pattern is not None and len(text):
        if "(?P<" in line_format.pattern:
            groups = text.str.extract_groups(line_format.pattern).struct.unnest()
            hit = groups.select(pl.any_horizontal(pl.all().is_not_null()))[:, 0]
        else:
            hit = text.str.contains(line_format.pattern)
        if not hit.all():
            rows, text, groups = rows[hit.to_numpy()], text.filter(hit), groups.filter(hit)
    return Piece(line_format.label, rows, read_rest(line_format, text, groups))


def read_rest(line_format: LineFormat, text: pl.Series, groups: pl.DataFrame) -> pl.DataFrame:
    """Add to a pattern's groups the format's fields, cases and constants, and type them all."""
    columns: dict[str, pl.Series] = dict(zip(groups.columns, groups.get_columns(), strict=True))
    for name, pattern in line_format.fields.items():
        value = text.str.extract(pattern, 1)
        columns[name] = columns[name].fill_null(value) if name in columns else value
    for name, values in _cases(line_format, text).items():
        columns[name] = columns[name].fill_null(values) if name in columns else values
    for name, value in line_format.set.items():
        constant = pl.Series(name, [value]).new_from_index(0, len(text))
        columns[name] = columns[name].fill_null(constant) if name in columns else constant
    return typed(line_format, pl.DataFrame([s.alias(name) for name, s in columns.items()]))


def typed(line_format: LineFormat, found: pl.DataFrame) -> pl.DataFrame:
    """Cast columns of text to their types; what does not fit becomes null. Fields of attrs stay text."""
    wanted = {name: TYPES[dtype_of(name)] for name in found.columns if name != "ts"}
    if "severity" in wanted:
        found = found.with_columns(severity(found["severity"]))
    return found.cast(wanted, strict=False)  # type: ignore[arg-type]


def severity(words: pl.Series) -> pl.Series:
    """Return level words, in any case and with brackets or colons around them, by our names."""
    low = pl.col("severity").str.strip_chars("[]: ").str.to_lowercase()
    known = low.replace_strict(_SEVERITIES, default=None, return_dtype=pl.String)
    return words.to_frame("severity").select(known).to_series()


def spread(pieces: Sequence[Piece], height: int) -> pl.DataFrame:
    """Put pieces back into the order of the rows; a row that none of them claims is null throughout."""
    used = [piece for piece in pieces if len(piece.rows)]
    if not used:
        return pl.DataFrame(height=height)
    if len(used) == 1 and len(used[0].rows) == height:
        return used[0].columns
    together = pl.concat([piece.columns for piece in used], how="diagonal")
    place = np.full(height, -1, dtype=np.int64)
    place[np.concatenate([piece.rows for piece in used])] = np.arange(together.height)
    index = pl.Series(place).replace(-1, None).cast(pl.UInt32)
    return together.select(pl.all().gather(index))


def _candidates(line_format: LineFormat, text: pl.Series, rows: Rows) -> tuple[Rows, pl.Series]:
    if len(rows) < len(text):
        text = text.gather(rows)
    maybe = _has_literal(line_format, text)
    return (rows, text) if maybe.all() else (rows[maybe.to_numpy()], text.filter(maybe))


def _has_literal(line_format: LineFormat, text: pl.Series) -> pl.Series:
    if not line_format.literal:
        return pl.Series([True], dtype=pl.Boolean).new_from_index(0, len(text))
    if len(line_format.literal) == 1:
        return text.str.contains(line_format.literal[0], literal=True)
    return text.str.contains_any(list(line_format.literal))


def _cases(line_format: LineFormat, text: pl.Series) -> dict[str, pl.Series]:
    """Return the values that the first fitting case gives, a column each."""
    if not line_format.when:
        return {}
    which = pl.lit(None, dtype=pl.UInt8)
    for number, case in reversed(list(enumerate(line_format.when))):
        which = pl.when(pl.col("text").str.contains(case.literal, literal=True)).then(number).otherwise(which)
    number_of = text.to_frame("text").select(which.alias("case")).to_series()
    names = dict.fromkeys(name for case in line_format.when for name in case.gives)
    return {name: number_of.replace_strict(*_by_case(line_format, name), default=None) for name in names}


def _by_case(line_format: LineFormat, name: str) -> tuple[pl.Series, pl.Series]:
    values: list[Any] = [case.gives.get(name) for case in line_format.when]
    return pl.Series(range(len(values)), dtype=pl.UInt8), pl.Series(values, dtype=pl.String)
