"""Render's log API: each entry has an id, labels, a message and a time; pages of them under `logs`.

https://api-docs.render.com/reference/list-logs
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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


def _labels(value: object) -> dict[str, str | None]:
    """Return labels by name, whether they come as a list of name and value or as one object."""
    if isinstance(value, dict):
        return {name: _text(entry) for name, entry in value.items()}
    if not isinstance(value, list):
        return {}
    return {str(entry.get("name")): _text(entry.get("value")) for entry in value if isinstance(entry, dict)}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
