r"""JSON records of one shape, read by where their quotes stand instead of by a parser.

A log writes few kinds of objects: the same members in the same order, with values of the same types. One of
them tells what stands between the values of all. Another text is of that shape when it has as many quotes
and, between its values, each of which begins and ends a known way from a quote, the same bytes. That is valid
JSON alone, and only values that are written as they would be written back: strings without escapes, usual
numbers. What is of no shape is parsed, record by record, with the same result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import orjson
import polars as pl

from pipeline.formats import quotes
from pipeline.formats.piece import Rows
from pipeline.formats.quotes import Quoted
from pipeline.formats.text_views import Places, stands, texts

#: Where a value begins and ends in each of some texts.
Span = tuple[Places, Places]

#: Objects with more values or levels than this are no shape: to look for it costs more than it saves.
_MOST_VALUES = 40
_DEEPEST = 6
#: Shapes that are looked for among a block's records, and the fewest records that are worth one.
_MOST_SHAPES = 8
_FEWEST = 100
#: Lines that are tried for a shape before the rest is left to the parser.
_MOST_TRIED = 32
#: Values of which one that differs spares the look whether all are the same.
_LOOKED_AT = 32

_NAME = re.compile(r"[A-Za-z0-9_.@/$ -]+")
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
_USUAL = {"number": USUAL_NUMBER, "boolean": "^(?:true|false)$"}


class Member(NamedTuple):
    """Where a value stands: so many bytes behind a quote and before the next one, or the end of the text.

    `kind` is "string", "number" or "boolean".
    """

    kind: str
    quote: int
    behind: int
    before: int


@dataclass(frozen=True)
class Shape:
    """What objects of one kind look like.

    Attributes:
        members: the values by their paths, in the order of the text.
        between: what stands before, between and behind the values.
        quotes: in such a text.
        example: the object that it was made from, parsed.
    """

    members: Mapping[str, Member]
    between: tuple[bytes, ...]
    quotes: int
    example: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Alike:
    """The texts of one shape: their numbers, and their values as text by path, one where all share it."""

    shape: Shape
    rows: Rows
    values: Mapping[str, pl.Series]

    def only(self, kept: pl.Series) -> Alike:
        """Return the records for which `kept` is true, which has a value for each."""
        some = {
            path: value.filter(kept) if len(value) == len(kept) else value
            for path, value in self.values.items()
        }
        return Alike(self.shape, self.rows[kept.to_numpy()], some)


def shape_of(text: str) -> Shape | None:
    """Return the shape of an object's text; None where it has none.

    >>> list(shape_of('{"level":30,"msg":"hello"}').members)
    ['level', 'msg']
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(value, dict):
        return None
    kinds: dict[str, str] = {}
    try:
        pattern = _object(value, "", kinds)
    except _NoShape:
        return None
    data = text.encode()
    found = re.fullmatch(pattern.encode(), data)
    if found is None:
        return None
    spans = [found.span(group) for group in range(1, len(kinds) + 1)]
    members = {
        path: _member(data, kind, *span) for (path, kind), span in zip(kinds.items(), spans, strict=True)
    }
    edges = [0, *(edge for span in spans for edge in span), len(data)]
    between = tuple(data[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))
    return Shape(members, between, data.count(b'"'), value)


def _member(data: bytes, kind: str, start: int, end: int) -> Member:
    """Return where the value between two offsets stands."""
    quote, behind = data.rfind(b'"', 0, start), data.find(b'"', end)
    before = (len(data) if behind < 0 else behind) - end
    return Member(kind, data.count(b'"', 0, start) - 1, start - quote, before)


class _NoShape(Exception):
    """An object has a member that makes it no shape."""


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
    if isinstance(value, list):
        entries = [_value(entry, f"{path}.{number}", kinds) for number, entry in enumerate(value)]
        return r"\[" + ", *".join(entries) + r"\]"
    kind = "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"
    too_many = len(kinds) == _MOST_VALUES or path.count(".") == _DEEPEST
    if path in kinds or too_many:
        raise _NoShape
    kinds[path] = kind
    return _VALUES[kind]


def read(text: pl.Series) -> Iterator[Alike]:
    """Yield the records of each shape that many of the texts have; no text is of two.

    Args:
        text: without nulls.
    """
    if len(text) < _FEWEST:
        return
    quoted = quotes.of(text)
    left = np.arange(len(text), dtype=np.uint32)
    found = 0
    for _ in range(_MOST_TRIED):
        if len(left) < _FEWEST or found == _MOST_SHAPES:
            return
        shape = shape_of(text[int(left[0])])
        rows, spans = _of_shape(quoted, left, shape) if shape else (left[:0], [])
        if shape is None or len(rows) < _FEWEST:
            left = left[1:]
            continue
        found += 1
        left = left[:0] if len(rows) == len(left) else np.setdiff1d(left, rows, assume_unique=True)
        values = [_values(quoted, *span) for span in spans]
        alike = _usual(Alike(shape, rows, dict(zip(shape.members, values, strict=True))))
        if len(alike.rows):
            yield alike


def _of_shape(quoted: Quoted, rows: Rows, shape: Shape) -> tuple[Rows, list[Span]]:
    """Return those of the texts that are of a shape, and where their values begin and end."""
    rows = rows[(quoted.count[rows] == shape.quotes) & quoted.plain[rows]]
    places, begin, end = quoted.of_each(rows, shape.quotes), quoted.bounds[rows], quoted.bounds[rows + 1]
    spans: list[Span] = []
    for member in shape.members.values():
        last = member.quote + 1 == shape.quotes
        behind = end if last else places[:, member.quote + 1]
        spans.append((places[:, member.quote] + member.behind, behind - member.before))
    edges = [begin, *(edge for span in spans for edge in span), end]
    between = list(zip(shape.between, edges[::2], edges[1::2], strict=True))
    fits = np.ones(len(rows), dtype=np.bool_)
    for start, behind in spans:
        fits &= start <= behind
    for literal, start, behind in between:
        fits &= behind - start == len(literal)
    at = np.flatnonzero(fits)
    for literal, start, _ in between:
        at = at[stands(literal, quoted.data, start if len(at) == len(rows) else start[at])]
    if len(at) == len(rows):
        return rows, spans
    return rows[at], [(start[at], behind[at]) for start, behind in spans]


def _values(quoted: Quoted, starts: Places, ends: Places) -> pl.Series:
    """Return the texts between the bounds; one where all are the same."""
    some = np.linspace(0, len(starts) - 1, _LOOKED_AT, dtype=np.int64)
    first, *others = (
        bytes(quoted.data[start:end]) for start, end in zip(starts[some], ends[some], strict=True)
    )
    if any(other != first for other in others):
        return texts(quoted.data, starts, ends, valid=True)
    if (ends - starts == len(first)).all() and stands(first, quoted.data, starts).all():
        starts, ends = starts[:1], ends[:1]
    return texts(quoted.data, starts, ends, valid=True)


def _usual(alike: Alike) -> Alike:
    """Return the records without those that hold an unusual number, or no boolean where the others do."""
    usual = pl.Series([True])
    for path, member in alike.shape.members.items():
        if member.kind in _USUAL:
            usual &= alike.values[path].str.contains(_USUAL[member.kind])
    if usual.all():
        return alike
    return alike.only(usual if len(usual) == len(alike.rows) else usual.new_from_index(0, len(alike.rows)))
