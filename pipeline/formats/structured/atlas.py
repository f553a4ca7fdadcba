"""Measurements of a MongoDB Atlas process: a document of series; a point without a value is a gap.

https://www.mongodb.com/docs/atlas/reference/api-resources-spec/v2/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pipeline.formats.points import Point

#: The table that its records go to.
KIND = "metrics"


def claims(value: object) -> bool:
    """Return whether the value is a document of Atlas's measurements.

    >>> claims({"processId": "a:27017", "granularity": "PT1M", "measurements": []})
    True
    """
    return isinstance(value, dict) and "granularity" in value and isinstance(value.get("measurements"), list)


def points(document: Mapping[str, Any], near: datetime) -> Iterator[Point]:
    """Yield the points of all series."""
    labels = {"process": document.get("processId"), "granularity": document["granularity"]}
    for series in document["measurements"]:
        name = f"atlas.{str(series['name']).lower()}"
        unit = str(series["units"]).lower() if series.get("units") else None
        for entry in series.get("dataPoints") or ():
            point = entry if isinstance(entry, dict) else {}
            yield Point(point.get("timestamp"), name, unit, point.get("value"), labels, entry)
