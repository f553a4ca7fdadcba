"""What a page shows beside its figures: hours, clocks, errors, raw lines, sources; each from a query."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline import instants, reports, sql
from pipeline.alerts.rules import rules
from pipeline.summary import (
    DayShare,
    ErrorTrend,
    Evidence,
    Happening,
    HourLatency,
    HourLoad,
    RawLine,
    SkewBin,
    SourceRow,
    WeekHour,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    import duckdb

    from pipeline.config import Settings
    from pipeline.instants import Day

#: Days of the line of client-time use, and weeks of the heat map.
_DAYS, _WEEKS = 30, 4
#: Kinds of errors, and raw lines of a figure, that a page shows.
_ERRORS, _LINES = 12, 5

Rows = list[dict[str, Any]]


def evidence_of(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    day: Day,
    days: int = 1,
    unknown: Container[str] = (),
) -> Evidence:
    """Return what a page shows of the days that end with `day`, all from one snapshot's connection.

    Args:
        connection: the snapshot's.
        settings: zone, service, release, rules.
        day: the last one.
        days: how many.
        unknown: figures without data: no raw line of theirs is looked for.
    """
    first = instants.day_of(day.date - timedelta(days=days - 1), instants.zone(settings.timezone))
    known = {
        "since": first.start,
        "until": day.end,
        "service": settings.service,
        "deploy": settings.deploy.at,
    }

    def rows(kind: str, name: str, **changes: Any) -> Rows:
        query = sql.load(kind, name)
        values = {**known, **changes}
        params = {param.name: values[param.name] for param in query.params}
        found: Rows = reports.execute(connection, query, params).to_pylist()
        return found

    hourly = days == 1
    # Several rules watch one figure; the lines of the gravest are shown, and looked for once.
    sought = {rule.figure: rule.name for rule in reversed(rules(settings.alerts))}
    return Evidence(
        load=_load(rows("reports", "errors_by_hour"), settings.timezone, day) if hourly else (),
        latency=_latency(rows("reports", "latency_by_hour"), settings.timezone, day) if hourly else (),
        skew=tuple(SkewBin(row["from_min"], row["memos"]) for row in rows("reports", "time_skew_histogram")),
        client_time=_client_time(rows, settings.timezone, day),
        happenings=_happenings(rows, settings, day),
        errors=tuple(_errors(rows("inputs", "error_trends"), first.start)),
        week=tuple(
            WeekHour(row["weekday"] - 1, row["hour_of_day"], row["requests"], row["server_errors"])
            for row in rows("reports", "requests_by_weekhour", since=day.end - timedelta(weeks=_WEEKS))
        ),
        lines={
            figure: _lines(rows("alerts", name)) for figure, name in sought.items() if figure not in unknown
        },
        sources=tuple(SourceRow(**row) for row in rows("reports", "records_by_source")),
    )


def _hours_of(rows: Rows, timezone: str, day: Day) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Yield every hour of the day in order with its row, an empty one where there is none."""
    known = {row["hour"]: row for row in rows}
    zone = instants.zone(timezone)
    first = min(day.start.replace(minute=0), *known)
    for n in range((day.end - first) // timedelta(hours=1)):
        at = first + timedelta(hours=n)
        yield at.astimezone(zone), known.get(at, {})


def _load(rows: Rows, timezone: str, day: Day) -> tuple[HourLoad, ...]:
    """Return every hour of the day; none where no request of the day is known."""
    held = [row for row in rows if row["requests"]]
    if not held:
        return ()
    return tuple(
        HourLoad(at, row.get("requests"), row.get("server_errors"))
        for at, row in _hours_of(held, timezone, day)
    )


def _latency(rows: Rows, timezone: str, day: Day) -> tuple[HourLatency, ...]:
    """Return every hour of the day; none where no request of the day has a duration."""
    if not rows:
        return ()
    keys = ("p50_ms", "p90_ms", "p99_ms", "usual_p90_low_ms", "usual_p90_high_ms")
    return tuple(
        HourLatency(at, *(row.get(key) for key in keys)) for at, row in _hours_of(rows, timezone, day)
    )


def _client_time(rows: Callable[..., Rows], timezone: str, day: Day) -> tuple[DayShare, ...]:
    """Return the share of eligible memos with client time on each of the days up to this one."""
    dates = [day.date - timedelta(days=back) for back in range(_DAYS - 1, -1, -1)]
    since = instants.day_of(dates[0], instants.zone(timezone)).start
    known = {row["day"]: row for row in rows("kpi", "client_time_use_eligible", since=since)}
    nothing: dict[str, Any] = {"value": None, "n": None}
    return tuple(
        DayShare(date, row["value"], row["n"]) for date in dates for row in (known.get(date, nothing),)
    )


def _happenings(rows: Callable[..., Rows], settings: Settings, day: Day) -> tuple[Happening, ...]:
    """Return the release of the settings, and the deploys of the last days that the platform tells of."""
    found = [
        Happening(row["ts"], "deploy")
        for row in rows("reports", "deploy_events", since=day.end - timedelta(days=_DAYS))
        if row["event_type"] == "deploy_ended" and row["status"] == "succeeded"
    ]
    release = settings.deploy.at
    if release and not any(abs(one.at - release) < timedelta(hours=1) for one in found):
        found.append(Happening(release.astimezone(UTC), settings.deploy.release or "deploy"))
    return tuple(sorted(found, key=lambda one: one.at))


def _errors(rows: Rows, since: datetime) -> Iterator[ErrorTrend]:
    for row in rows[:_ERRORS]:
        yield ErrorTrend(
            label=row["label"],
            pattern=row["pattern"],
            records=row["records"],
            first_seen=row["first_seen"],
            by_day=tuple(row["by_day"]),
            sample=row["sample"],
            place=row["place"],
            is_new=row["first_seen"] >= since,
        )


def _lines(rows: Rows) -> tuple[RawLine, ...]:
    return tuple(
        RawLine(row["ts"], f"{row['source']}:{row['line_no']}", row["what"]) for row in rows[:_LINES]
    )
