"""Applies line formats to columns of text: a cheap literal test, then patterns on what it lets through."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import polars as pl

from pipeline.enrich import masks
from pipeline.formats import json_match, levels, times
from pipeline.formats.line import PLACEHOLDER, LineFormat, dtype_of
from pipeline.formats.piece import MASK, TYPES, Piece, Rows

# Control sequences of ECMA-48: colours and the like.
# https://ecma-international.org/publications-and-standards/standards/ecma-48/
_CONTROL = r"\x1b\[[0-?]*[ -/]*[@-~]"

#: So many texts are looked at before all are.
_FIRST_TEXTS = 64

#: As they are written: in either case or with a capital, and with what stands behind one at a line's head.
_SPELLINGS = {
    spelling + end: name
    for word, name in levels.NAMES.items()
    for spelling in (word, word.upper(), word.capitalize())
    for end in ("", ":", "]")
}


def plain(text: pl.Series) -> pl.Series:
    """Return the text without terminal control sequences."""
    coloured = text.str.contains("\x1b", literal=True)
    return text.str.replace_all(_CONTROL, "") if coloured.any() else text


def claims(line_format: LineFormat, text: pl.Series) -> pl.Series:
    """Return for each text whether it is a record of the format."""
    if line_format.json is not None:
        labels = json_match.labels(json_match.Formats([line_format]), text)
        return pl.Series([label is not None for label in labels], dtype=pl.Boolean)
    found = _has_literal(line_format, text)
    for pattern in (line_format.start, line_format.head, line_format.envelope, line_format.pattern):
        if pattern is not None:
            found = found & text.str.contains(pattern)
    return found


def concerned(line_formats: Sequence[LineFormat], text: pl.Series, rows: Rows) -> list[LineFormat]:
    """Return the formats that some of the rows may be records of, by their literals."""
    text = text if len(rows) == len(text) else text.gather(rows)
    # What stands in the first few texts needs no look at all of them; most of the others stand in none.
    found = _present(line_formats, text.head(_FIRST_TEXTS))
    rare = [entry for entry in line_formats if entry.label not in found]
    literals = [literal for entry in rare for literal in entry.literal]
    if literals:
        found |= _present(rare, text.filter(text.str.contains_any(literals)))
    return [entry for entry in line_formats if entry.label in found]


def _present(line_formats: Sequence[LineFormat], text: pl.Series) -> set[str]:
    """Return the labels of formats of which a literal stands in some text, and of those without any."""
    together = "\n".join(text.to_list())
    return {
        entry.label
        for entry in line_formats
        if not entry.literal or any(literal in together for literal in entry.literal)
    }


def read_body(line_format: LineFormat, text: pl.Series, rows: Rows) -> Piece:
    """Read the rows whose texts are records of the format: columns of its groups, fields and cases."""
    rows, text = candidates(line_format, text, rows)
    groups = pl.DataFrame(height=len(text))
    if not len(text):
        return Piece(line_format.label, rows, groups)
    if line_format.pattern is not None:
        if "(?P<" in line_format.pattern:
            groups = _groups(line_format, line_format.pattern, text)
            hit = groups.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
        else:
            hit = text.str.contains(line_format.pattern)
        if not hit.all():
            rows, text, groups = rows[hit.to_numpy()], text.filter(hit), groups.filter(hit)
    return Piece(line_format.label, rows, _columns(line_format, text, groups))


def _groups(line_format: LineFormat, pattern: str, text: pl.Series) -> pl.DataFrame:
    """Return a pattern's groups, and the mask where the format states some.

    From most texts the usual pattern takes them, which is quicker.
    """
    groups = text.str.extract_groups(line_format.usual or pattern).struct.unnest()
    if line_format.masks:
        groups = groups.with_columns(_mask(line_format, tuple(groups.columns)))
    if line_format.usual is None:
        return groups
    others = groups.select(pl.all_horizontal(pl.all().is_null())).to_series().arg_true()
    if not len(others):
        return groups
    rest = text.gather(others).str.extract_groups(pattern).struct.unnest()
    return groups.with_columns(groups[column.name].scatter(others, column) for column in rest.get_columns())


def read_all(line_format: LineFormat, text: pl.Series, rows: Rows) -> Piece:
    """Read rows that are known to be records of the format: its fields, cases and constants."""
    text = text.gather(rows)
    return Piece(line_format.label, rows, _columns(line_format, text, pl.DataFrame(height=len(text))))


def _columns(line_format: LineFormat, text: pl.Series, groups: pl.DataFrame) -> pl.DataFrame:
    """Return a pattern's groups with the format's fields, cases and constants, typed."""
    frame = groups.with_columns(text.alias("text"))
    if line_format.when:
        frame = frame.with_columns(_case(line_format))
    columns = _expressions(line_format, tuple(groups.columns))
    return frame.select(columns) if columns else pl.DataFrame(height=len(text))


@cache
def _expressions(line_format: LineFormat, groups: tuple[str, ...]) -> list[pl.Expr]:
    """Return the format's columns; where several things state one, the first that is not null counts."""
    stated: dict[str, list[pl.Expr]] = {name: [pl.col(name)] for name in groups}
    for name, pattern in line_format.fields.items():
        stated.setdefault(name, []).append(pl.col("text").str.extract(pattern, 1))
    for name in dict.fromkeys(name for case in line_format.when for name in case.gives):
        by_case = dict(enumerate(case.gives.get(name) for case in line_format.when))
        given = pl.col("case").replace_strict(by_case, default=None, return_dtype=pl.String)
        stated.setdefault(name, []).append(given)
    for name, value in line_format.set.items():
        # As many as there are texts, also where nothing but constants is selected.
        constant = pl.when(pl.col("text").is_not_null()).then(pl.lit(value, dtype=pl.String))
        stated.setdefault(name, []).append(constant)
    if line_format.time == "clf" and "ts" in stated:
        stated["ts"] = [times.iso_of_clf(value) for value in stated["ts"]]
    return [
        typed(name, pl.coalesce(values) if len(values) > 1 else values[0]).alias(name)
        for name, values in stated.items()
    ]


@cache
def _mask(line_format: LineFormat, groups: tuple[str, ...]) -> pl.Expr:
    """Return the mask of each record as the format states it, null where it states none for those groups."""
    stated = pl.lit(None, dtype=pl.String)
    for absent, text in line_format.masks.items():
        applies = pl.all_horizontal(
            pl.col(name).is_null() if name in absent else pl.col(name).is_not_null() for name in groups
        )
        parts = PLACEHOLDER.split(text)
        values = [
            pl.col(part) if at % 2 else pl.lit(masks.coarse_of(part)) for at, part in enumerate(parts) if part
        ]
        stated = pl.when(applies).then(pl.concat_str(values)).otherwise(stated)
    return stated.alias(MASK)


@cache
def _case(line_format: LineFormat) -> pl.Expr:
    """Return the number of the first case whose literal the text contains."""
    which = pl.lit(None, dtype=pl.UInt8)
    for number, case in reversed(list(enumerate(line_format.when))):
        which = pl.when(pl.col("text").str.contains(case.literal, literal=True)).then(number).otherwise(which)
    return which.alias("case")


def typed(name: str, value: pl.Expr) -> pl.Expr:
    """Return text as its column's type; what does not fit becomes null. Times and attrs stay text."""
    if name == "severity":
        return value.replace_strict(_SPELLINGS, default=None, return_dtype=pl.String)
    kind = "string" if name in ("ts", MASK) else dtype_of(name)
    return value if kind == "string" else value.cast(TYPES[kind], strict=False)


def spread(pieces: Sequence[Piece], height: int) -> pl.DataFrame:
    """Put pieces back into the order of the rows; a row that none of them claims is null throughout."""
    used = [piece for piece in pieces if len(piece.rows)]
    if not used:
        return pl.DataFrame(height=height)
    if len(used) == 1 and len(used[0].rows) == height:
        return used[0].columns
    # In one chunk: what is gathered from several takes twice as long.
    together = pl.concat([piece.columns for piece in used], how="diagonal", rechunk=True)
    place = np.full(height, -1, dtype=np.int64)
    place[np.concatenate([piece.rows for piece in used])] = np.arange(together.height)
    return together[pl.Series(place).replace(-1, None).cast(pl.UInt32)]


def candidates(line_format: LineFormat, text: pl.Series, rows: Rows) -> tuple[Rows, pl.Series]:
    """Return those of the rows in which a literal of the format stands, and their texts."""
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
