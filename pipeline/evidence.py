"""What a day's page shows beside its figures: its hours, its clocks, its sources; each from a report."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pipeline import instants, reports, sql
from pipeline.summary import Evidence, HourLoad, SkewBin, SourceRow

if TYPE_CHECKING:
    from pipeline.config import Settings
    from pipeline.lake import Snapshot

#: Bounds of the drawn bins, minutes: fine where right clocks lie, wide where only wrong ones do; multiples of
#: the report's 15. Nine hours is what a Korean local time labelled as UTC is off by.
SKEW_EDGES = (-1440, -720, -540, -180, -60, -15, 0, 15, 60, 180, 540, 720, 1440)

Rows = list[dict[str, Any]]


def day_evidence(snapshot: Snapshot, settings: Settings, day: instants.Day) -> Evidence:
    """Return the day's hours, clock differences and sources, all from one snapshot."""
    bounds = {"since": day.start, "until": day.end}
    judged = {**bounds, "service": settings.service}
    with closing(reports.connect(snapshot, settings.timezone)) as connection:

        def rows(name: str, params: dict[str, Any]) -> Rows:
            found: Rows = reports.execute(connection, sql.load("reports", name), params).to_pylist()
            return found

        return Evidence(
            hours=_hours(rows("errors_by_hour", judged), settings.timezone, day),
            skew=_skew(rows("time_skew_histogram", bounds)),
            sources=tuple(SourceRow(**row) for row in rows("records_by_source", bounds)),
        )


def _hours(rows: Rows, timezone: str, day: instants.Day) -> tuple[HourLoad, ...]:
    """Return every hour of the day in order; none where no request of the day is known."""
    known = {row["hour"]: row for row in rows if row["requests"]}
    if not known:
        return ()
    zone = instants.zone(timezone)
    first = min(day.start.replace(minute=0), *known)
    starts = (first + timedelta(hours=n) for n in range((day.end - first) // timedelta(hours=1)))
    return tuple(
        HourLoad(at.astimezone(zone), row.get("requests"), row.get("server_errors"))
        for at in starts
        for row in (known.get(at, {}),)
    )


def _skew(rows: Rows) -> tuple[SkewBin, ...]:
    """Return the report's bins gathered between the edges, empty ones too; none where there is no memo."""
    if not rows:
        return ()
    bounds = [(None, SKEW_EDGES[0]), *pairwise(SKEW_EDGES), (SKEW_EDGES[-1], None)]
    return tuple(
        SkewBin(
            low,
            high,
            sum(
                row["memos"]
                for row in rows
                if (low is None or low <= row["from_min"]) and (high is None or row["from_min"] < high)
            ),
        )
        for low, high in bounds
    )
