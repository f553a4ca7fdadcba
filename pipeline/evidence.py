"""What a page shows beside its figures: hours, clocks, errors, raw lines, sources; each from a query."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline import instants, sql
from pipeline.alerts.rules import rules
from pipeline.figures.errors import error_trends
from pipeline.figures.windows import back_from
from pipeline.summary import (
    DayShare,
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
    from collections.abc import Container, Iterator

    from pipeline.config import Settings
    from pipeline.figures.counting import Counting
    from pipeline.instants import Day

#: Days of the line of client-time use, and weeks of the heat map.
_DAYS, _WEEKS = 30, 4
#: Kinds of errors, and raw lines of a figure, that a page shows.
_ERRORS, _LINES = 12, 5
#: Views whose rows do not lie in the files of their day.
_OTHER = frozenset({"notes", "exports", "files"})

Rows = list[dict[str, Any]]


def evidence_of(counting: Counting, day: Day, days: int = 1, unknown: Container[str] = ()) -> Evidence:
    """Return what a page shows of the days that end with `day`, all from one snapshot.

    Args:
        counting: over the snapshot; what it finds of a day is kept, so that a month costs one new day.
        day: the last one.
        days: how many.
        unknown: figures without data: no raw line of theirs is looked for.
    """
    settings = counting.settings
    window = back_from(day.date, days)
    since, until = counting.bounds(window[0], window[-1])
    hourly = days == 1
    sought = {figure: query for figure, query in raw_lines(settings).items() if figure not in unknown}
    queries = {query.name: query for query in sought.values()}
    lines = {name: _lines(counting, query, window) for name, query in queries.items()}
    return Evidence(
        load=_load(counting.found("reports", "errors_by_hour", since, until), settings.timezone, day)
        if hourly
        else (),
        latency=_latency(counting.found("reports", "latency_by_hour", since, until), settings.timezone, day)
        if hourly
        else (),
        skew=tuple(
            SkewBin(row["from_min"], row["memos"])
            for row in counting.found("reports", "time_skew_histogram", since, until)
        ),
        client_time=_client_time(counting, day),
        happenings=_happenings(counting, day),
        errors=error_trends(counting, window, _ERRORS),
        week=_week(counting, day),
        lines={figure: lines[query.name] for figure, query in sought.items()},
        sources=_sources(counting, window),
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


def _client_time(counting: Counting, day: Day) -> tuple[DayShare, ...]:
    """Return the share of eligible memos with client time on each of the days up to this one."""
    dates = back_from(day.date, _DAYS)
    found = counting.found("kpi", "client_time_use_eligible", *counting.bounds(dates[0], dates[-1]))
    known = {row["day"]: row for row in found}
    nothing: dict[str, Any] = {"value": None, "n": None}
    return tuple(
        DayShare(date, row["value"], row["n"]) for date in dates for row in (known.get(date, nothing),)
    )


def _happenings(counting: Counting, day: Day) -> tuple[Happening, ...]:
    """Return the release of the settings, and the deploys of the last days that the platform tells of."""
    found = [
        Happening(row["ts"], "deploy")
        for row in counting.found("reports", "deploy_events", day.end - timedelta(days=_DAYS), day.end)
        if row["event_type"] == "deploy_ended" and row["status"] == "succeeded"
    ]
    release = counting.settings.deploy.at
    if release and not any(abs(one.at - release) < timedelta(hours=1) for one in found):
        found.append(Happening(release.astimezone(UTC), counting.settings.deploy.release or "deploy"))
    return tuple(sorted(found, key=lambda one: one.at))


def _week(counting: Counting, day: Day) -> tuple[WeekHour, ...]:
    """Return the requests of every hour of the week that has any, over the last weeks."""
    query = sql.load("reports", "requests_by_weekhour")
    requests: Counter[tuple[int, int]] = Counter()
    errors: Counter[tuple[int, int]] = Counter()
    for rows in counting.each_day(query, ("requests",), back_from(day.date, 7 * _WEEKS)).values():
        for weekday, hour, answered, failed in rows:
            requests[weekday, hour] += answered
            errors[weekday, hour] += failed
    return tuple(WeekHour(day - 1, hour, n, errors[day, hour]) for (day, hour), n in sorted(requests.items()))


def raw_lines(settings: Settings) -> dict[str, sql.Query]:
    """Return the query that finds the raw lines of each figure.

    It is that of the gravest rule that watches the figure, else one of `queries/lines/`; each of them names
    the figures that it serves.
    """
    found: dict[str, sql.Query] = {}
    for name in sql.names("lines"):
        query = sql.load("lines", name)
        found |= dict.fromkeys(query.keys["figures"].split(), query)
    for rule in reversed(rules(settings.alerts)):
        found |= dict.fromkeys([*rule.query.keys.get("also", "").split(), rule.figure], rule.query)
    return found


def _lines(counting: Counting, query: sql.Query, window: Sequence[date]) -> tuple[RawLine, ...]:
    """Return the first raw lines of a rule: the newest, or those of the greatest weight where rows have one.

    Log records belong to their day for good, so that its first lines are kept; memos and sources do not.
    """
    names = [column.name for column in query.columns]
    needs = tuple(query.keys["needs"].split())
    if _OTHER.intersection(needs):
        found = counting.found(query.kind, query.name, *counting.bounds(window[0], window[-1]))
        return tuple(_line(row) for row in found[:_LINES])
    rows: list[dict[str, Any]] = []
    for day in reversed(window):
        if len(rows) >= _LINES and "weight" not in names:
            break
        rows += [dict(zip(names, row, strict=True)) for row in counting.each_day(query, needs, [day])[day]]
    for row in rows:
        row["ts"] = datetime.fromisoformat(row["ts"]).astimezone(counting.zone)
    rows.sort(key=lambda row: (-row.get("weight", row["ts"].timestamp()), row["source"], row["line_no"]))
    return tuple(_line(row) for row in rows[:_LINES])


def _sources(counting: Counting, window: Sequence[date]) -> tuple[SourceRow, ...]:
    """Return the sources that have records of some days, by path."""
    since, until = counting.bounds(window[0], window[-1])
    held: dict[str, list[tuple[int, datetime, datetime]]] = defaultdict(list)
    for rows in counting.each_day(sql.load("inputs", "records_by_file"), ("events",), window).values():
        for file_id, records, first, last in rows:
            held[file_id].append((records, datetime.fromisoformat(first), datetime.fromisoformat(last)))
    for row in counting.found("inputs", "memos_by_file", since, until):
        held[row["file_id"]].append((row["records"], row["first_ts"], row["last_ts"]))
    return tuple(
        SourceRow(
            path=source["path"],
            format=source["format"],
            records=sum(records for records, _, _ in parts),
            first_ts=min(first for _, first, _ in parts).astimezone(counting.zone),
            last_ts=max(last for _, _, last in parts).astimezone(counting.zone),
            rejected=source["rejected"],
            status=source["status"],
            fingerprint=source["fingerprint"],
        )
        for source in counting.found("inputs", "sources", since, until)
        if (parts := held.get(source["file_id"]))
    )


def _line(row: dict[str, Any]) -> RawLine:
    return RawLine(row["ts"], f"{row['source']}:{row['line_no']}", row["what"])
