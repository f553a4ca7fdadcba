"""Render's log API: each entry has an id, labels, a message and a time; pages of them under `logs`.

https://api-docs.render.com/reference/list-logs
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.formats.json_shapes import Alike

#: The table that its records go to.
KIND = "events"

#: Labels that become columns; the level is Render's guess and is not taken.
_LABELS = {
    "resource": "service",
    "instance": "instance",
    "method": "http_method",
    "path": "http_path",
    "statusCode": "http_status",
}

#: What `unwrap` gives beside `text`, in this order, as text.
COLUMNS = ("entry_id", "time", "format", *_LABELS.values(), "logger", "host")


def claims(value: object) -> bool:
    """Return whether the value is a log entry of Render's.

    >>> claims({"id": "lg1", "labels": [], "message": "hi", "timestamp": "2025-06-20T00:59:58Z"})
    True
    """
    return isinstance(value, dict) and "message" in value and "labels" in value and "timestamp" in value


def unwrap(entry: Mapping[str, Any]) -> tuple[str, tuple[str | None, ...]] | None:
    """Return an entry's message and what stands around it, as `COLUMNS` names it; None for another value."""
    message = entry.get("message")
    if not isinstance(message, str):
        return None
    labels = _labels(entry.get("labels"))
    kind = labels.get("type")
    return message, (
        _text(entry.get("id")),
        _text(entry.get("timestamp")),
        "render-request" if kind == "request" else None,
        *(labels.get(label) for label in _LABELS),
        "build" if kind == "build" else None,
        labels.get("host"),
    )


def columns(alike: Alike) -> pl.DataFrame | None:
    """Return what `unwrap` does of entries of one shape, a column at a time, the message as `text`.

    None where they must be looked at one by one.
    """
    values = alike.values
    labels = _label_paths(alike)
    one = alike.shape.example
    if not claims(one) or not isinstance(one["message"], str) or labels is None:
        return None
    if any(isinstance(one.get(name), bool | dict | list) for name in ("id", "timestamp")):
        return None
    nothing = pl.Series([None], dtype=pl.String)
    stated = {name: values[path] for name, path in labels.items() if path is not None}
    kind = stated.get("type", nothing)
    found = {
        "text": values["message"],
        "entry_id": values.get("id", nothing),
        "time": values.get("timestamp", nothing),
        "format": kind.replace_strict({"request": "render-request"}, default=None, return_dtype=pl.String),
        **{column: stated.get(label, nothing) for label, column in _LABELS.items()},
        "logger": kind.replace_strict({"build": "build"}, default=None, return_dtype=pl.String),
        "host": stated.get("host", nothing),
    }
    height = len(alike.rows)
    return pl.DataFrame(
        [
            (column if len(column) == height else column.new_from_index(0, height)).alias(name)
            for name, column in found.items()
        ]
    )


def _label_paths(alike: Alike) -> dict[str, str | None] | None:
    """Return the paths of labels' values by their names, as all entries of a shape have them; else None."""
    stated, members = alike.shape.example.get("labels"), alike.shape.members
    paths: dict[str, str]
    if isinstance(stated, dict):
        paths = {name: f"labels.{name}" for name in stated}
        values = list(stated.values())
    elif isinstance(stated, list) and all(isinstance(entry, dict) for entry in stated):
        names = [alike.values.get(f"labels.{number}.name") for number in range(len(stated))]
        if any(name is None or len(name) != 1 for name in names):
            return None
        paths = {name[0]: f"labels.{number}.value" for number, name in enumerate(names) if name is not None}
        values = [entry.get("value") for entry in stated]
    else:
        return None
    # An object, a list, true and false are written otherwise by the parser.
    if any(isinstance(value, bool | dict | list) for value in values):
        return None
    return {name: path if path in members else None for name, path in paths.items()}


def _labels(value: object) -> dict[str, str | None]:
    """Return labels by name, whether they come as a list of name and value or as one object."""
    if isinstance(value, dict):
        return {name: _text(entry) for name, entry in value.items()}
    if not isinstance(value, list):
        return {}
    return {str(entry.get("name")): _text(entry.get("value")) for entry in value if isinstance(entry, dict)}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
