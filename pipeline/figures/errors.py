"""Kinds of errors of some days: how often each came, on which days, and when it was first seen at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline import instants, sql
from pipeline.summary import ErrorTrend

if TYPE_CHECKING:
    from pipeline.figures.counting import Counting

#: Days of the trend.
_TREND = 8


@dataclass
class _Kind:
    """A kind of errors on its days; `newest` is the instant of the sample."""

    label: str | None
    error_name: str | None
    pattern: str
    first: datetime
    newest: datetime
    sample: str
    place: str
    by_day: dict[date, int] = field(default_factory=dict)


def error_trends(counting: Counting, days: Sequence[date], count: int) -> tuple[ErrorTrend, ...]:
    """Return the commonest kinds of errors of some days, the commonest first.

    Args:
        counting: over the snapshot.
        days: neighbours, oldest first.
        count: how many kinds.
    """
    trend = [days[-1] - timedelta(days=back) for back in range(_TREND - 1, -1, -1)]
    kinds = _kinds(counting, sorted({*days, *trend}))
    counted = [(sum(kind.by_day.get(day, 0) for day in days), kind) for kind in kinds]
    shown = sorted((pair for pair in counted if pair[0]), key=_commonest_first)[:count]
    start = instants.day_of(days[0], counting.zone).start
    return tuple(
        ErrorTrend(
            label=kind.label,
            pattern=kind.pattern,
            records=records,
            first_seen=kind.first.astimezone(counting.zone),
            by_day=tuple(kind.by_day.get(day, 0) for day in trend),
            sample=kind.sample,
            place=kind.place,
            is_new=kind.first >= start,
        )
        for records, kind in shown
    )


def _kinds(counting: Counting, days: Sequence[date]) -> list[_Kind]:
    """Return every kind of error of some days, those apart that say other things of the same pattern."""
    query = sql.load("inputs", "error_kinds")
    names = [column.name for column in query.columns]
    since, until = counting.bounds(days[0], days[-1])
    known = {row["mask_id"]: row for row in counting.found("inputs", "message_kinds", since, until)}
    found: dict[tuple[str | None, ...], _Kind] = {}
    for day, rows in counting.each_day(query, ("events",), days).items():
        for row in rows:
            _take(found, day, dict(zip(names, row, strict=True)), known)
    return list(found.values())


def _take(
    found: dict[tuple[str | None, ...], _Kind],
    day: date,
    row: Mapping[str, Any],
    known: Mapping[str, Mapping[str, Any]],
) -> None:
    """Add a day's row to its kind."""
    told = known.get(row["mask_id"], {})
    pattern = row["unmasked"] if row["unmasked"] is not None else told.get("pattern") or ""
    first, last = datetime.fromisoformat(row["first_ts"]), datetime.fromisoformat(row["last_ts"])
    seen = min(first, told.get("first_ts") or first)
    key = row["label"], row["error_name"], pattern
    kind = found.setdefault(key, _Kind(*key, seen, last, row["sample"], row["place"]))
    kind.first = min(kind.first, seen)
    if last > kind.newest:
        kind.newest, kind.sample, kind.place = last, row["sample"], row["place"]
    kind.by_day[day] = kind.by_day.get(day, 0) + row["records"]


def _commonest_first(pair: tuple[int, _Kind]) -> tuple[Any, ...]:
    """Return what kinds are ordered by; one that names no label stands behind those that do."""
    records, kind = pair
    return (
        -records,
        kind.label is None,
        kind.label or "",
        kind.error_name is None,
        kind.error_name or "",
        kind.pattern,
    )
