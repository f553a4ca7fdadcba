"""`[kpi.<figure>]`: limits and choices that replace a figure's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline import sql
from pipeline.config.reader import Raw, Reader

KEY = "kpi"

TEMPLATE = """\
# Limits of a figure, by its name in `h33 kpi --list`, and its own parameters, such as a percentile.
# [kpi.api_error_rate]
# warn = 0.01
# fail = 0.03
# minimum = 1                 # the least n for which there is a value
# required = true             # NODATA then counts as a failure for --exit-code
"""

#: What a run gives a figure; every other parameter of its SQL is a setting.
GIVEN = ("since", "until", "deploy", "service")


@dataclass(frozen=True)
class Thresholds:
    """Limits and choices of one figure that replace the ones in its file; None keeps the file's."""

    warn: float | None = None
    fail: float | None = None
    required: bool | None = None
    minimum: int | None = None
    choices: Mapping[str, float | int | str] = field(default_factory=dict)


def read(reader: Reader, value: Any) -> dict[str, Thresholds]:
    """Return the limits by figure."""
    figures = reader.table({} if value is None else value, KEY, sql.names("kpi"))
    limits = {}
    for name, entry in figures.items():
        prefix = f"{KEY}.{name}"
        own = {param.name: param for param in sql.load("kpi", name).params if param.name not in GIVEN}
        table = reader.table(entry, prefix, ("warn", "fail", "required", "minimum", *own))
        minimum = reader.number(table, "minimum", f"{prefix}.", least=1)
        limits[name] = Thresholds(
            warn=reader.number(table, "warn", f"{prefix}."),
            fail=reader.number(table, "fail", f"{prefix}."),
            required=reader.flag(table, "required", f"{prefix}."),
            minimum=None if minimum is None else int(minimum),
            choices={key: _choice(reader, table, own[key], prefix) for key in own if key in table},
        )
    return limits


def _choice(reader: Reader, table: Raw, param: sql.Param, prefix: str) -> float | int | str:
    """Return the value of a figure's own parameter, of the type that its SQL takes."""
    if param.type not in {"BIGINT", "DOUBLE"}:
        return reader.text(table, param.name, f"{prefix}.") or ""
    number = reader.number(table, param.name, f"{prefix}.", least=0) or 0.0
    return int(number) if param.type == "BIGINT" else number
