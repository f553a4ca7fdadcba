"""Further fields of a record as the text of one JSON object, written a whole column at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache

import numpy as np
import orjson
import polars as pl

#: What the columns begin with that become fields.
PREFIX = "attrs."
_BARE = r"^(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|true|false)$"
_UNSAFE = r'["\\\x00-\x1f]'


def fold(columns: pl.DataFrame, bare: Collection[str] = (), plain: Collection[str] = ()) -> pl.DataFrame:
    """Replace the columns `attrs.<name>` by one, `attrs`: a JSON object without its null fields, or null.

    Args:
        columns: those to fold are text.
        bare: those among them whose numbers, true and false are not quoted.
        plain: columns that are known to hold nothing that JSON escapes.
    """
    names = [name for name in columns.columns if name.startswith(PREFIX)]
    if not names:
        return columns
    if unsafe := [name for name in names if name not in plain and _is_unsafe(columns[name])]:
        columns = columns.with_columns(_escaped(columns[name]) for name in unsafe)
    shape = tuple(
        (name, name in bare, name in bare and _is_bare(columns[name]), columns[name].null_count() > 0)
        for name in names
    )
    others = [column for column in columns.get_columns() if column.name not in names]
    return pl.DataFrame([*others, columns.select_seq(_folded(shape)).to_series()])


def joined(fields: Mapping[str, pl.Series], bare: Collection[str]) -> pl.Series:
    """Return JSON objects of fields of which none is null and nothing in their values needs an escape.

    Args:
        fields: text by name; of one value where all objects share it, else all of one height.
        bare: those whose values are numbers, true and false, which are not quoted.

    Returns:
        As many objects as the longest field has values.
    """
    written: list[pl.Expr] = []
    # What is the same in all objects is put together once.
    same = "{"
    for number, (name, values) in enumerate(fields.items()):
        mark = "" if name in bare else '"'
        same += f'{"," if number else ""}"{name}":{mark}'
        if len(values) == 1:
            same += values[0]
        else:
            written += [pl.lit(same), pl.lit(values)]
            same = ""
        same += mark
    return pl.select(pl.concat_str(*written, pl.lit(same + "}")).alias("attrs")).to_series()


def _is_unsafe(values: pl.Series) -> bool:
    """Return whether JSON escapes anything in the values: looked for in the bytes of all of them at once."""
    data = values.to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()[-1]
    byte = np.frombuffer(data or b"", np.uint8)
    return bool(((byte < ord(" ")) | (byte == ord('"')) | (byte == ord("\\"))).any())


def _is_bare(values: pl.Series) -> bool:
    """Return whether all values are numbers, true or false."""
    return bool(values.str.contains(_BARE).all())


@cache
def _folded(shape: tuple[tuple[str, bool, bool, bool], ...]) -> pl.Expr:
    """Return the objects of fields, of each of which is known: its name, bare, all of it bare, with nulls."""
    members = [_member(name, bare, all_bare) for name, bare, all_bare, _ in shape]
    full = next((at for at, (*_, nullable) in enumerate(shape) if not nullable), None)
    if full is None:
        return _object([pl.concat_str(member) for member in members]).alias("attrs")
    # A field without nulls stands in every object: each other one has its comma on the side of it.
    parts: list[pl.Expr] = [pl.lit("{")]
    for at, (member, (*_, nullable)) in enumerate(zip(members, shape, strict=True)):
        before, after = [pl.lit(",")] * (at > full), [pl.lit(",")] * (at < full)
        written = [*before, *member, *after]
        parts += [pl.concat_str(written)] if nullable else written
    return pl.concat_str(*parts, pl.lit("}"), ignore_nulls=True).alias("attrs")


def merge(first: pl.Series, second: pl.Series, *, distinct: bool = True) -> pl.Series:
    """Return the objects with the members of both.

    Args:
        first: objects as text, or null.
        second: the others, as many.
        distinct: no name is in both; else the first one's member counts.
    """
    if not distinct:
        shared = (first.is_not_null() & second.is_not_null()).arg_true()
        pairs = zip(first.gather(shared).to_list(), second.gather(shared).to_list(), strict=True)
        objects = [(orjson.loads(a), orjson.loads(b)) for a, b in pairs]
        # In the order that they have where no name is in both.
        merged = [orjson.dumps({**a, **b, **a}).decode() for a, b in objects]
        return first.fill_null(second).clone().scatter(shared, pl.Series(merged, dtype=pl.String))
    both = pl.DataFrame([first.alias("first"), second.alias("second")])
    inner = both.select(pl.all().str.strip_prefix("{").str.strip_suffix("}"))
    return inner.select(attrs=_object([pl.col("first"), pl.col("second")]))["attrs"]


def _member(name: str, bare: bool, all_bare: bool) -> list[pl.Expr]:
    """Return the parts of `"name":value`."""
    key = f'"{name.removeprefix(PREFIX)}":'
    value = pl.col(name)
    if all_bare:
        return [pl.lit(key), value]
    if bare:
        return [pl.lit(key), pl.when(value.str.contains(_BARE)).then(value).otherwise('"' + value + '"')]
    return [pl.lit(key + '"'), value, pl.lit('"')]


def _object(members: list[pl.Expr]) -> pl.Expr:
    """Return objects of their members; null where all of them are."""
    inside = pl.concat_str(members, separator=",", ignore_nulls=True)
    some = pl.any_horizontal(member.is_not_null() for member in members)
    return pl.when(some).then(pl.concat_str(pl.lit("{"), inside, pl.lit("}")))


def _escaped(values: pl.Series) -> pl.Series:
    """Return the values as the inside of JSON strings."""
    unsafe = values.str.contains(_UNSAFE).fill_null(False)
    inside = [orjson.dumps(value)[1:-1].decode() for value in values.filter(unsafe)]
    return values.scatter(unsafe.arg_true(), pl.Series(inside, dtype=pl.String))
