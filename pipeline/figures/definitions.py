"""Every figure as it is in force: the header of its SQL file, and what the settings put in its place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pipeline import sql
from pipeline.config import Settings, Thresholds
from pipeline.config.kpi import GIVEN
from pipeline.errors import ContractFault
from pipeline.summary import Direction, Figure, Merge, Unit

_UNITS: dict[str, Unit] = {"ratio": "ratio", "ms": "ms", "count": "count", "number": "number"}
_DIRECTIONS: dict[str, Direction] = {"lower": "lower", "higher": "higher"}
_MERGES: dict[str, Merge] = {"share": "share", "sum": "sum", "max": "max", "whole": "whole"}


def figures(settings: Settings) -> tuple[Figure, ...]:
    """Return every figure with the limits in force, in reading order."""
    found = [figure(sql.load("kpi", name), settings) for name in sql.names("kpi")]
    return tuple(sorted(found, key=lambda one: int(one.query.keys["order"])))


def figure(query: sql.Query, settings: Settings) -> Figure:
    """Return one figure.

    Raises:
        ContractFault: a key of its header is missing or has no such value.
    """
    keys = query.keys
    own = settings.kpi.get(query.name, Thresholds())
    try:
        rising = keys["warn"] == "rising" and own.warn is None
        return Figure(
            query=query,
            unit=_UNITS[keys["unit"]],
            direction=_DIRECTIONS[keys["direction"]],
            warn=_limit("none" if rising else keys["warn"]) if own.warn is None else own.warn,
            fail=_limit(keys["fail"]) if own.fail is None else own.fail,
            rising=rising,
            required=keys["required"] == "true" if own.required is None else own.required,
            minimum=int(keys["minimum"]) if own.minimum is None else own.minimum,
            set_by=("plan" if "plan" in keys else "file") if own == Thresholds() else str(settings.file),
            merge=_MERGES[keys["merge"]],
            needs=tuple(keys["needs"].split()),
            choices=choices(query, own.choices),
            objective=float(keys["objective"]) if "objective" in keys else None,
            is_incident=keys.get("incident") == "true",
            baseline=keys.get("baseline", "trailing"),
        )
    except (KeyError, ValueError) as error:
        raise ContractFault(f"queries/kpi/{query.name}.sql: {error}") from error


def choices(query: sql.Query, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return a query's own parameters: the settings' values, else the header's defaults."""
    return {
        param.name: chosen.get(param.name, _default(param))
        for param in query.params
        if param.name not in GIVEN
    }


def _default(param: sql.Param) -> float | int | str | None:
    if param.default == "none":
        return None
    kinds = {"BIGINT": int, "DOUBLE": float}
    return kinds[param.type](param.default) if param.type in kinds else param.default


def arguments(
    query: sql.Query, settings: Settings, since: datetime, until: datetime, chosen: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a value for each of a query's parameters.

    Its own are those of the figure that its header names, if any: raw lines follow the figure's choices.
    """
    own = settings.kpi.get(query.keys.get("figure", query.name), Thresholds()).choices
    known = {
        **choices(query, own),
        "since": since,
        "until": until,
        "deploy": settings.deploy.at,
        "service": settings.service,
        **chosen,
    }
    return {param.name: known[param.name] for param in query.params}


def _limit(text: str) -> float | None:
    return None if text == "none" else float(text)
