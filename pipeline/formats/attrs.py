"""Further fields of a record as the text of one JSON object, written a whole column at a time."""

from __future__ import annotations

from collections.abc import Collection

import orjson
import polars as pl

_PREFIX = "attrs."
_BARE = r"^(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|true|false)$"
_UNSAFE = r'["\\\x00-\x1f]'


def fold(columns: pl.DataFrame, bare: Collection[str] = ()) -> pl.DataFrame:
    """Replace the columns `attrs.<name>` by one, `attrs`: a JSON object without its null fields, or null.

    Args:
        columns: those to fold are text.
        bare: those among them whose numbers, true and false are not quoted.
    """
    names = [name for name in columns.columns if name.startswith(_PREFIX)]
    if not names:
        return columns
    members = [_member(columns[name], name.removeprefix(_PREFIX), name in bare) for name in names]
    joined = pl.DataFrame(members).select(
        pl.concat_str(pl.all(), separator=",", ignore_nulls=True).alias("joined")
    )["joined"]
    return columns.drop(names).with_columns(attrs=braced(joined))


def braced(members: pl.Series) -> pl.Series:
    """Return JSON objects of their members' text; null where there is none."""
    empty = members.is_null() | (members == "")
    return ("{" + members + "}").set(empty, None)


def merge(first: pl.Series, second: pl.Series) -> pl.Series:
    """Return the objects with the members of both; the names of the two are distinct."""
    inner = pl.DataFrame(
        [first.str.slice(1).str.head(-1).alias("a"), second.str.slice(1).str.head(-1).alias("b")]
    )
    return braced(inner.select(pl.concat_str("a", "b", separator=",", ignore_nulls=True).alias("m"))["m"])


def _member(values: pl.Series, name: str, bare: bool) -> pl.Series:
    """Return `"name":value` for each value, null where it is null."""
    text = quoted(values)
    if bare:
        text = values.zip_with(values.str.contains(_BARE).fill_null(False), text)
    return (f'"{name}":' + text).alias(name)


def quoted(values: pl.Series) -> pl.Series:
    """Return the values as JSON strings."""
    unsafe = values.str.contains(_UNSAFE).fill_null(False)
    text = '"' + values + '"'
    if unsafe.any():
        escaped = pl.Series(
            [orjson.dumps(value).decode() for value in values.filter(unsafe)], dtype=pl.String
        )
        text = text.scatter(unsafe.arg_true(), escaped)
    return text
