"""What a format of measurements gives: points of series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Point:
    """One point, nothing of it checked yet.

    Attributes:
        time: ISO 8601; of one that tells no zone in the source's.
        name: of the series.
        unit: of the value; None where not stated.
        value: a number; None for a gap.
        labels: what tells this series from others of the name.
        origin: the JSON value that it was read from.
    """

    time: object
    name: str
    unit: str | None
    value: object
    labels: Mapping[str, Any]
    origin: Any
