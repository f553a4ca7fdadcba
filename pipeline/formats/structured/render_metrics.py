"""Render's metrics API: series of points with labels and a unit, in one array.

https://api-docs.render.com/reference/get-cpu
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pipeline.formats.points import Point

#: The table that its records go to.
KIND = "metrics"

#: What is measured, by its unit: the answer does not name it.
_NAMES = {"cpu": "cpu", "GB": "memory"}


def claims(value: object) -> bool:
    """Return whether the value is a series of Render's.

    >>> claims({"labels": [{"field": "instance", "value": "srv-a"}], "unit": "GB", "values": []})
    True
    """
    if not isinstance(value, dict) or not isinstance(value.get("values"), list):
        return False
    labels = value.get("labels")
    return isinstance(labels, list) and all(isinstance(entry, dict) and "field" in entry for entry in labels)


def points(series: Mapping[str, Any], near: datetime) -> Iterator[Point]:
    """Yield the points of a series."""
    unit = str(series.get("unit") or "")
    name = f"render.{_NAMES.get(unit, unit.lower() or 'value')}"
    labels = {str(entry["field"]): entry.get("value") for entry in series["labels"]}
    for entry in series["values"]:
        point = entry if isinstance(entry, dict) else {}
        yield Point(point.get("timestamp"), name, unit or None, point.get("value"), labels, entry)
