"""Applies line formats to columns of text: a cheap literal test, then patterns on what it lets through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np
import polars as pl

from pipeline.enrich import masks
from pipeline.formats import json_match, levels, times
from pipeline.formats.line import PLACEHOLDER, LineFormat, dtype_of
from pipeline.formats.piece import MASK, TYPES, Piece, Rows

# Control sequences of ECMA-48: colours and the like.
# https://ecma-international.org/publications-and-standards/standards/ecma-48/
_CONTROL = r"\x1b\[[0-?]*[ -/]*[@-~]"

_PlacesOf = Callable[[tuple[int, ...]], tuple[pl.Series, pl.Series]]

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
        if pattern is not None and found.any():
            found = found & text.str.contains(pattern)
    return found


def concerned(line_formats: Sequence[LineFormat], text: pl.Series, rows: Rows) -> list[LineFormat]:
    """Return the formats that some of the rows may be records of, by their literals."""
    text = text if len(rows) == len(text) else text[rows]
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
    groups: list[pl.Series] = []
    hit = None
    if len(text) and line_format.pattern is not None:
        if "(?P<" in line_format.pattern:
            groups = _groups(line_format, line_format.pattern, text)
            hit = _some(groups)
        else:
            hit = text.str.contains(line_format.pattern)
    if hit is not None and not hit.all():
        rows, text, groups = rows[hit.to_numpy()], text.filter(hit), [group.filter(hit) for group in groups]
    return Piece(line_format.label, rows, _columns(line_format, text, groups))


def read_all(line_format: LineFormat, text: pl.Series, rows: Rows) -> Piece:
    """Read rows that are known to be records of the format: its fields, cases and constants."""
    return Piece(line_format.label, rows, _columns(line_format, text[pl.Series(rows)], []))


def read_seldom(line_format: LineFormat, text: pl.Series, rows: Rows) -> Piece:
    """Read as `read_body` does, where few texts are expected to be records of the format.

    That a pattern matches nowhere is sooner told than its groups are taken out.
    """
    if line_format.pattern is not None:
        rows, some = candidates(line_format, text, rows)
        rows = rows[some.str.contains(line_format.pattern).to_numpy()]
    return read_body(line_format, text, rows)


def _groups(line_format: LineFormat, pattern: str, text: pl.Series) -> list[pl.Series]:
    """Return a pattern's groups, and the mask where the format states some.

    From most texts the usual pattern takes them, which is quicker.
    """
    groups = text.str.extract_groups(line_format.usual or pattern).struct.unnest().get_columns()
    if line_format.masks:
        groups.append(_mask(line_format, groups))
    if line_format.usual is None or (some := _some(groups)) is None:
        return groups
    others = (~some).arg_true()
    rest = text[others].str.extract_groups(pattern).struct.unnest()
    return [
        group.scatter(others, rest[group.name]) if group.name in rest.columns else group for group in groups
    ]


def _some(groups: Sequence[pl.Series]) -> pl.Series | None:
    """Return for each text whether any of its groups takes part; None where that holds for all of them."""
    if not all(group.null_count() for group in groups):
        return None
    return pl.DataFrame(groups).select(pl.any_horizontal(pl.all().is_not_null())).to_series()


def _columns(line_format: LineFormat, text: pl.Series, groups: Sequence[pl.Series]) -> pl.DataFrame:
    """Return a pattern's groups with the format's fields, cases and constants, typed.

    Where several of these state one column, the first that is not null counts.
    """
    stated: dict[str, list[pl.Series]] = {name: [] for name in line_format.fields}
    for group in groups:
        stated.setdefault(group.name, []).append(group)
    for name, pattern in line_format.fields.items():
        # Where the groups say it of every text, nothing is left to be searched for.
        if not stated[name] or stated[name][0].null_count():
            stated[name].append(text.str.extract(pattern, 1))
    if line_format.when:
        for given in (
            text.to_frame("text").select(_case(line_format)).select(_given(line_format)).get_columns()
        ):
            stated.setdefault(given.name, []).append(given)
    if line_format.time == "clf" and "ts" in stated:
        stated["ts"] = [pl.select(times.iso_of_clf(pl.lit(value))).to_series() for value in stated["ts"]]
    columns = {name: typed(name, _first(values)) for name, values in stated.items()}
    for name, value in line_format.set.items():
        constant = _constant(name, value).new_from_index(0, len(text))
        if text.null_count():
            constant = constant.set(text.is_null(), None)
        columns[name] = _first([columns[name], constant]) if name in columns else constant
    if not columns:
        return pl.DataFrame(height=len(text))
    return pl.DataFrame([column.alias(name) for name, column in columns.items()])


@cache
def _constant(name: str, value: Any) -> pl.Series:
    """Return a value that a format states of all its records, typed."""
    return typed(name, pl.Series(name, [value], dtype=pl.String))


def _first(values: Sequence[pl.Series]) -> pl.Series:
    """Return of each row the first value that is not null."""
    first, *others = values
    return pl.select(pl.coalesce(first, *others)).to_series() if others and first.null_count() else first


def _mask(line_format: LineFormat, groups: Sequence[pl.Series]) -> pl.Series:
    """Return the mask of each record as the format states it, null where it states none for those groups."""
    whole = frozenset(group.name for group in groups if not group.null_count())
    stated = _stated_masks(line_format, tuple(group.name for group in groups), whole)
    # Beside the groups, as many as they are: alone, what is the same for all of them would be one.
    return pl.DataFrame(groups).with_columns(stated)[MASK]


@cache
def _stated_masks(line_format: LineFormat, groups: tuple[str, ...], whole: frozenset[str]) -> pl.Expr:
    """Return the masks of records, of which some groups are known to take part in all."""
    stated = pl.lit(None, dtype=pl.String)
    for absent, text in line_format.masks.items():
        if absent & whole:
            continue
        parts = PLACEHOLDER.split(text)
        values = [
            pl.col(part) if at % 2 else pl.lit(masks.coarse_of(part)) for at, part in enumerate(parts) if part
        ]
        asked = [
            pl.col(name).is_null() if name in absent else pl.col(name).is_not_null()
            for name in groups
            if name not in whole
        ]
        mask = pl.concat_str(values)
        stated = pl.when(pl.all_horizontal(asked)).then(mask).otherwise(stated) if asked else mask
    return stated.alias(MASK)


@cache
def _case(line_format: LineFormat) -> pl.Expr:
    """Return the number of the first case whose literal the text contains."""
    which = pl.lit(None, dtype=pl.UInt8)
    for number, case in reversed(list(enumerate(line_format.when))):
        which = pl.when(pl.col("text").str.contains(case.literal, literal=True)).then(number).otherwise(which)
    return which.alias("case")


@cache
def _given(line_format: LineFormat) -> list[pl.Expr]:
    """Return what the cases of records give."""
    names = dict.fromkeys(name for case in line_format.when for name in case.gives)
    by_case = {name: {at: case.gives.get(name) for at, case in enumerate(line_format.when)} for name in names}
    return [
        pl.col("case").replace_strict(values, default=None, return_dtype=pl.String).alias(name)
        for name, values in by_case.items()
    ]


def typed(name: str, value: pl.Series) -> pl.Series:
    """Return text as its column's type; what does not fit becomes null. Times and attrs stay text."""
    if name == "severity":
        return levels.of_each(value.alias(name), _SPELLINGS.get)
    kind = "string" if name in ("ts", MASK) else dtype_of(name)
    return value if kind == "string" else value.cast(TYPES[kind], strict=False)


def spread(pieces: Sequence[Piece], height: int) -> pl.DataFrame:
    """Put pieces back into the order of the rows; a row that none of them claims is null throughout."""
    used = [piece for piece in pieces if len(piece.rows)]
    if not used:
        return pl.DataFrame(height=height)
    if len(used) == 1 and len(used[0].rows) == height:
        return used[0].columns
    places = cache(partial(_places, used, height))
    names = dict.fromkeys(name for piece in used for name in piece.columns.columns)
    return pl.DataFrame([_in_order(name, used, height, places) for name in names])


def _in_order(name: str, pieces: Sequence[Piece], height: int, places: _PlacesOf) -> pl.Series:
    """Return a column that some of the pieces have, in the order of the rows."""
    parts = [(number, piece.columns[name]) for number, piece in enumerate(pieces) if name in piece.columns]
    none = pl.Series(name, [None], dtype=parts[0][1].dtype)
    told = {number: part for number, part in parts if part.null_count() < len(part)}
    if not told:
        return none.new_from_index(0, height)
    # In one chunk: to gather from several takes twice as long, and to gather nulls ten times.
    together = pl.concat(list(told.values()), rechunk=True)
    place, claimed = places(tuple(told))
    return together[place].zip_with(claimed, none)


def _places(pieces: Sequence[Piece], height: int, numbers: tuple[int, ...]) -> tuple[pl.Series, pl.Series]:
    """Return each row's place in what some pieces claim, one behind another, and whether it is claimed."""
    rows = np.concatenate([pieces[number].rows for number in numbers])
    place = np.zeros(height, dtype=np.uint32)
    place[rows] = np.arange(len(rows), dtype=np.uint32)
    claimed = np.zeros(height, dtype=np.bool_)
    claimed[rows] = True
    return pl.Series(place), pl.Series(claimed)


def candidates(line_format: LineFormat, text: pl.Series, rows: Rows) -> tuple[Rows, pl.Series]:
    """Return those of the rows in which a literal of the format stands, and their texts."""
    if len(rows) < len(text):
        text = text[rows]
    maybe = _has_literal(line_format, text)
    return (rows, text) if maybe.all() else (rows[maybe.to_numpy()], text.filter(maybe))


def _has_literal(line_format: LineFormat, text: pl.Series) -> pl.Series:
    if not line_format.literal:
        return pl.Series([True], dtype=pl.Boolean).new_from_index(0, len(text))
    if len(line_format.literal) == 1:
        return text.str.contains(line_format.literal[0], literal=True)
    return text.str.contains_any(list(line_format.literal))
