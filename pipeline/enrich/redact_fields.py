"""Takes secrets and personal data out of the fields of JSON objects, by the rules for text.

A rule that goes by a name (`password: …`) must see the field's name beside its value; and what is left must
be JSON again. So the fields of the few suspicious objects are looked at one by one.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
import polars as pl

from pipeline.enrich import redact

_ESCAPED_SPACE = r"\\(?:[nrtbf]|u00[0-9a-f]{2})"
_REDACTED = "[redacted]"
_SEPARATOR = ": "


def redact_fields(objects: pl.Series) -> tuple[pl.Series, Counter[str]]:
    """Return JSON objects (text, without nested ones) without secrets, and how many each rule took out.

    >>> redact_fields(pl.Series(['{"user.password":"hunter two","n":1}', None]))[0].to_list()
    ['{"user.password":"[redacted]","n":1}', None]
    """
    counts: Counter[str] = Counter()
    plain = _without_escapes(objects)
    clean, found = redact.redact(plain)
    if not found:
        return objects, counts
    rows = (clean != plain).fill_null(False).arg_true()
    fields = [orjson.loads(text) for text in objects.gather(rows).to_list()]
    names = [name for one in fields for name in one]
    values, of_values = _values(names, [value for one in fields for value in one.values()])
    counts.update(of_values)
    safe_names, of_names = redact.redact(pl.Series(names, dtype=pl.String))
    counts.update(of_names)
    pairs = iter(zip(safe_names.to_list(), values, strict=True))
    written = [orjson.dumps(dict(next(pairs) for _ in one)).decode() for one in fields]
    return objects.clone().scatter(rows, pl.Series(written, dtype=pl.String)), counts


def _without_escapes(objects: pl.Series) -> pl.Series:
    """Return the objects as text in which rules find what they find in the values; no JSON any more."""
    if not objects.str.contains("\\", literal=True).any():
        return objects
    return objects.str.replace_all('\\"', '"', literal=True).str.replace_all(_ESCAPED_SPACE, " ")


def _values(names: list[str], values: list[Any]) -> tuple[list[Any], Counter[str]]:
    """Return field values without secrets: first each by itself, then beside its name."""
    counts: Counter[str] = Counter()
    text = pl.Series([value if isinstance(value, str) else None for value in values], dtype=pl.String)
    alone, taken = redact.redact(text)
    counts.update(taken)
    values = [value if clean is None else clean for value, clean in zip(values, alone.to_list(), strict=True)]
    shown = [orjson.dumps(value).decode() for value in values]
    named = pl.Series(
        [f"{n}{_SEPARATOR}{value}" for n, value in zip(names, shown, strict=True)], dtype=pl.String
    )
    beside, taken = redact.redact(named)
    counts.update(taken)
    kept = [
        value if before == after else _read(name, after)
        for name, value, before, after in zip(names, values, named.to_list(), beside.to_list(), strict=True)
    ]
    return kept, counts


def _read(name: str, text: str) -> Any:
    """Return what a rule left of a value; nothing of it where that is no JSON."""
    if not text.startswith(name + _SEPARATOR):
        return _REDACTED
    try:
        return orjson.loads(text[len(name + _SEPARATOR) :])
    except orjson.JSONDecodeError:
        return _REDACTED
