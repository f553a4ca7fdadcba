"""`[kpi.<figure>]`: limits that replace a figure's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline import sql
from pipeline.config.reader import Reader

KEY = "kpi"

TEMPLATE = """\
# Limits of a figure, by its name in `h33 kpi --list`.
# [kpi.api_error_rate]
# warn = 0.01
# fail = 0.03
# required = true             # NODATA then counts as a failure for --exit-code
"""


@dataclass(frozen=True)
class Thresholds:
    """Limits of one figure that replace the ones in its file; None keeps the file's."""

    warn: float | None = None
    fail: float | None = None
    required: bool | None = None


def read(reader: Reader, value: Any) -> dict[str, Thresholds]:
    """Return the limits by figure."""
    figures = reader.table({} if value is None else value, KEY, sql.names("kpi"))
    limits = {}
    for name, entry in figures.items():
        prefix = f"{KEY}.{name}"
        table = reader.table(entry, prefix, ("warn", "fail", "required"))
        limits[name] = Thresholds(
            warn=reader.number(table, "warn", f"{prefix}."),
            fail=reader.number(table, "fail", f"{prefix}."),
            required=reader.flag(table, "required", f"{prefix}."),
        )
    return limits
