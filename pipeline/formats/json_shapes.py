r"""JSON records of one shape, read by a pattern instead of a parser.

A log writes few kinds of objects: the same members in the same order, with values of the same types. From one
of them a pattern is made that matches the others and captures their values, a column at a time. It matches
valid JSON alone, and only values that are written as they would be written back: strings without escapes,
usual numbers. What it does not match is parsed, record by record, with the same result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl

#: Objects with more values or levels than this make patterns that cost more than they save.
_MOST_VALUES = 40
_DEEPEST = 6
#: Shapes that are looked for among a block's records, and the fewest records that are worth a pattern.
_MOST_SHAPES = 8
_FEWEST = 100
#: Lines that are tried for a shape before the rest is left to the parser.
_MOST_TRIED = 32

_NAME = re.compile(r"[A-Za-z0-9_.@/ -]+")
_VALUES = {
    "string": r'"([^"\\\x00-\x1f]*)"',
    "number": r"(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?)",
    "boolean": "(true|false)",
}
#: Numbers that come out of a parser as they went in: no zeros at the end, few enough digits for a float, none
#: so small that it is written with an exponent.
USUAL_NUMBER = (
    r"^(?:0|-?[1-9][0-9]{0,17}|-?[1-9][0-9]{0,8}\.(?:0|[0-9]{0,5}[1-9])|-?0\.[0-9]{0,3}[1-9]|0\.0)$"
)


@dataclass(frozen=True)
class Shape:
    """What objects of one kind look like.

    Attributes:
        pattern: matches the text of such an object; a group for each value.
        kinds: "string", "number" or "boolean" of each value by its path, in the order of the groups.
        example: the object that it was made from, parsed.
    """

    pattern: str
    kinds: Mapping[str, str]
    example: Mapping[str, Any]


@dataclass(frozen=True)
class Alike:
    """The texts of one shape: their numbers, and their values as text, a column for each path."""

    shape: Shape
    rows: npt.NDArray[np.uint32]
    values: pl.DataFrame


def shape_of(text: str) -> Shape | None:
    """Return the shape of an object's text; None where it has none that a pattern can tell.

    >>> shape_of('{"level":30,"msg":"hello"}').kinds
    {'level': 'number', 'msg': 'string'}
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(value, dict):
        return None
    kinds: dict[str, str] = {}
    try:
        pattern = f"^{_object(value, '', kinds)}$"
    except _NoShape:
        return None
    return Shape(pattern, kinds, value) if re.fullmatch(pattern[1:-1], text) else None


class _NoShape(Exception):
    """An object has a member that no pattern is made for."""


def _object(value: Mapping[str, Any], prefix: str, kinds: dict[str, str]) -> str:
    members = []
    for name, inner in value.items():
        if not _NAME.fullmatch(name):
            raise _NoShape
        members.append(f'"{re.escape(name)}": *{_value(inner, prefix + name, kinds)}')
    return r"\{" + ", *".join(members) + r"\}"


def _value(value: Any, path: str, kinds: dict[str, str]) -> str:
    """Return the pattern of a member's value, and note its kind under its path."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return _object(value, f"{path}.", kinds)
    kind = "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"
    too_many = len(kinds) == _MOST_VALUES or path.count(".") == _DEEPEST
    if isinstance(value, list) or path in kinds or too_many:
        raise _NoShape
    kinds[path] = kind
    return _VALUES[kind]


def shapes(text: pl.Series) -> Iterator[tuple[Shape, npt.NDArray[np.uint32]]]:
    """Yield the shapes among texts, each with the numbers of those that it matches.

    Args:
        text: without nulls.
    """
    left = np.arange(len(text), dtype=np.uint32)
    found = 0
    for _ in range(_MOST_TRIED):
        if len(left) < _FEWEST or found == _MOST_SHAPES:
            return
        shape = shape_of(text[int(left[0])])
        if shape is None:
            left = left[1:]
            continue
        hit = text.gather(left).str.contains(shape.pattern).to_numpy()
        if np.count_nonzero(hit) >= _FEWEST:
            found += 1
            yield shape, left[hit]
            left = left[~hit]
        else:
            left = left[1:]


def read(text: pl.Series, shape: Shape, rows: npt.NDArray[np.uint32]) -> Alike:
    """Return the values of texts that have a shape, without those with an unusual number."""
    groups = text.gather(rows).str.extract_groups(shape.pattern).struct.unnest()
    values = pl.DataFrame([groups[str(n)].alias(path) for n, path in enumerate(shape.kinds, 1)])
    numbers = [path for path, kind in shape.kinds.items() if kind == "number"]
    if numbers:
        usual = values.select(pl.all_horizontal(pl.col(numbers).str.contains(USUAL_NUMBER))).to_series()
        if not usual.all():
            rows, values = rows[usual.to_numpy()], values.filter(usual)
    return Alike(shape, rows, values)
