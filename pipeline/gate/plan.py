"""A rollout's plan: its stages, from the first few per cent to all, and where each finds its requests."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pipeline.errors import SettingsFault
from pipeline.gate.limits import Limits

_STAGE_KEYS = ("percent", "planned_share", "before_after", "input", "baseline", "canary", "since", "until")
_TEXTS = _STAGE_KEYS[3:]
_ABOVE_ONE = {"evidence", "p50_ratio", "p95_ratio", "p99_ratio"}


@dataclass(frozen=True)
class Stage:
    """One stage, with either a file or two selectors of the lake.

    Attributes:
        percent: of the traffic that the canary serves, 1 to 100.
        planned_share: the same as a ratio, unless the plan says otherwise.
        input: CSV or Parquet file of requests; None where the lake has them.
        before_after: the file's canary follows its baseline in time.
        baseline, canary: selectors, as the command line takes them.
        since, until: bounds of selectors that name none, as the command line takes them.
    """

    percent: int
    planned_share: float
    before_after: bool = False
    input: Path | None = None
    baseline: str | None = None
    canary: str | None = None
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True)
class Plan:
    """The stages of a rollout in their order, and the limits that hold in all of them."""

    name: str
    stages: tuple[Stage, ...]
    limits: Limits


def load(file: Path) -> Plan:
    """Return the plan in a TOML file; paths in it are relative to it.

    Raises:
        SettingsFault: the file is missing, unreadable or not TOML, or a key or value in it does not fit.
    """
    try:
        raw = tomllib.loads(file.read_bytes().decode("utf-8"))
    except OSError as error:
        raise SettingsFault(error.strerror or "cannot be read", where=str(file)) from None
    except ValueError as error:
        raise SettingsFault(f"not TOML: {error}", where=str(file)) from None
    _known(raw, ("name", "limits", "stage"), file, "")
    entries = raw.get("stage")
    if not isinstance(entries, list) or not entries or not all(isinstance(e, dict) for e in entries):
        raise SettingsFault("no stage", where=str(file), hint="add [[stage]] tables with percent and input")
    stages = tuple(_stage(entry, file, f"stage {n}: ") for n, entry in enumerate(entries, start=1))
    percents = [stage.percent for stage in stages]
    if sorted(set(percents)) != percents:
        raise SettingsFault(
            f"stages of {percents} per cent", where=str(file), hint="each is above the one before"
        )
    name = raw.get("name", file.stem)
    if not isinstance(name, str) or not name.strip():
        raise SettingsFault("name: a text is wanted", where=str(file))
    return Plan(name, stages, _limits(raw.get("limits", {}), file))


def _stage(entry: Mapping[str, Any], file: Path, place: str) -> Stage:
    _known(entry, _STAGE_KEYS, file, place)
    percent = entry.get("percent")
    if not isinstance(percent, int) or isinstance(percent, bool) or not 1 <= percent <= 100:
        raise SettingsFault(f"{place}percent: a whole number from 1 to 100 is wanted", where=str(file))
    share = _number(entry.get("planned_share", percent / 100), file, f"{place}planned_share")
    if not 0 <= share <= 1:
        raise SettingsFault(f"{place}planned_share: a ratio from 0 to 1 is wanted", where=str(file))
    before_after = entry.get("before_after", False)
    if not isinstance(before_after, bool):
        raise SettingsFault(f"{place}before_after: true or false is wanted", where=str(file))
    texts = {key: entry[key] for key in _TEXTS if key in entry}
    for key, text in texts.items():
        if not isinstance(text, str) or not text:
            raise SettingsFault(f"{place}{key}: a text is wanted", where=str(file))
    if ("input" in texts) == ("canary" in texts):
        raise SettingsFault(f"{place}either input or canary is wanted", where=str(file))
    source = file.parent / texts.pop("input") if "input" in texts else None
    return Stage(percent, share, before_after, source, **texts)


def _limits(entry: object, file: Path) -> Limits:
    if not isinstance(entry, dict):
        raise SettingsFault("limits: a table is wanted", where=str(file))
    known = {field.name: field.type for field in fields(Limits)}
    _known(entry, tuple(known), file, "limits: ")
    values: dict[str, Any] = {}
    for key, value in entry.items():
        number = _number(value, file, f"limits: {key}")
        least = 1 if key in _ABOVE_ONE else 0
        if number <= least:
            raise SettingsFault(f"limits: {key}: a number above {least} is wanted", where=str(file))
        values[key] = math.ceil(number) if known[key] == "int" else number
    return Limits(**values)


def _number(value: object, file: Path, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SettingsFault(f"{place}: a number is wanted", where=str(file))
    return float(value)


def _known(table: Mapping[str, Any], known: tuple[str, ...], file: Path, place: str) -> None:
    for key in table:
        if key not in known:
            raise SettingsFault(
                f"{place}no key {key!r}", where=str(file), hint=f"there are {', '.join(known)}"
            )
