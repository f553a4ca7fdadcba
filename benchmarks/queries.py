"""What questions cost over a lake behind the sandbox's walls, beside DuckDB and lnav on the raw logs.

The events are requests of invented but shaped content: users who come for an hour and go again, a few
routes, durations with a long tail. They are written straight into a lake by its writer, with rollups, and
as NDJSON, a file a day, for DuckDB's `read_json`. lnav, where it is installed, gets the first day as a
combined log; its time is shown times the days. Every question is asked three times, of h33 and DuckDB in a
warm process and over all days, and the middle counts, beside its CPU seconds: what a busy machine can tell.
`h33 sql 'select 1'` is a fresh process each time.

    python benchmarks/queries.py [--events N] [--days N]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa

from pipeline.config import Limits
from pipeline.ingest.derived import rollups
from pipeline.lake import Change, Lake, Snapshot
from pipeline.reports import connect, stream
from pipeline.sandbox.desk import Desk
from pipeline.schema import EVENTS, FILES
from pipeline.sql import load

FIRST = date(2025, 6, 1)
ZONE = "Asia/Seoul"
ROUTES = [
    f"/api/{name}"
    for name in ["notes", "notes/:id", "books", "books/:id", "sessions", "sessions/:id", "users", "me"]
]
STATUSES, SHARES = (200, 201, 304, 400, 404, 500), (0.8, 0.1, 0.04, 0.02, 0.03, 0.01)
ROW_GROUP = 128 * 1024
USERS = 50_000
ROUNDS = 3
RAW = ("ts", "severity", "message", "http_method", "http_route", "http_status", "duration_ms", "user_id")


def main() -> None:
    """Build the lake and the raw logs, ask, print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=30_000_000)
    parser.add_argument("--days", type=int, default=30)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="h33-queries-") as folder:
        place = Path(folder)
        snapshot = build(place, asked.events, asked.days)
        size = sum(file.bytes for file in snapshot.files("events"))
        raw = sum(file.stat().st_size for file in place.glob("raw/*"))
        load_now = os.getloadavg()[0]
        print(f"{asked.events:,} events, {asked.days} days, {os.cpu_count()} cores, load {load_now:.1f}")
        print(f"lake {size / 1e6:,.0f} MB, raw NDJSON {raw / 1e6:,.0f} MB\n")
        print("| question | h33, s (CPU s) | DuckDB read_json, s (CPU s) | lnav, s |\n|---|--:|--:|--:|")
        user = busiest(snapshot)
        for name, ours, theirs, lnav in questions(user):
            params = span(asked.days) if "$since" in ours else {}
            ours_took = in_lake(snapshot, place / "lake", ours, params)
            theirs_took = median(partial(raw_query, place, theirs))
            print(
                f"| {name} | {ours_took} | {theirs_took} | {in_lnav(place, lnav, asked.days)} |", flush=True
            )
        print(f"| `h33 sql 'select 1'`, cold | {median(lambda: cold(place / 'lake'))} | | |")


def span(days: int) -> dict[str, object]:
    """Return the parameters of a report: all days, by the days of the reporting zone."""
    start = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=ZoneInfo(ZONE))
    return {"since": start, "until": start + timedelta(days=days), "service": None}


def questions(user: str) -> list[tuple[str, str, str, str]]:
    """Return the questions: name, SQL for the lake, for the raw logs, for lnav."""
    p99 = load("reports", "latency_by_route").text
    by_route = "SELECT http_route, quantile_disc(duration_ms, 0.99) AS p99 FROM raw GROUP BY http_route"
    return [
        (
            "count by hour",
            "SELECT utc_hour(ts) AS hour, count(*) AS n FROM events GROUP BY hour ORDER BY hour",
            "SELECT date_trunc('hour', ts) AS hour, count(*) AS n FROM raw GROUP BY hour ORDER BY hour",
            "SELECT strftime('%Y-%m-%d %H', log_time) AS hour, count(*) FROM access_log GROUP BY hour",
        ),
        ("P99 by route, rollups", p99, by_route, ""),
        (
            "one user's events",
            f"SELECT ts, http_route, http_status FROM events WHERE user_id = '{user}' ORDER BY ts",
            f"SELECT ts, http_route, http_status FROM raw WHERE user_id = '{user}' ORDER BY ts",
            f"SELECT log_time, cs_uri_stem FROM access_log WHERE cs_username = '{user}'",
        ),
    ]


def build(place: Path, events: int, days: int) -> Snapshot:
    """Write the lake and the raw logs; return the lake's snapshot."""
    (place / "raw").mkdir()
    lake, random = Lake(place / "lake"), np.random.default_rng(33)
    with lake.writer() as writer:
        change = writer.change(writer.run_id(datetime.now(UTC)))
        for at in range(days):
            rows = one_day(FIRST + timedelta(days=at), events // days, at * (events // days), random)
            put(change, place, FIRST + timedelta(days=at), rows)
        start = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
        rollups.refresh(change, [start + timedelta(hours=hour) for hour in range(24 * days)])
        return change.commit([ledger(change, events)])


def one_day(day: date, n: int, first_line: int, random: np.random.Generator) -> pa.Table:
    """Return a day of requests in the order of time: in each hour another few hundred users are there."""
    seconds = np.sort(random.random(n)) * 86400
    hours = (seconds // 3600).astype(np.int64)
    present = random.integers(0, USERS, (24, 500))
    users = present[hours, random.integers(0, 500, n)]
    midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1e6)
    routes = random.integers(0, len(ROUTES), n)
    statuses = random.choice(STATUSES, n, p=SHARES)
    durations = np.round(random.lognormal(3.5, 0.9, n), 1)
    ids = pa.array([f"user-{u:06}" for u in range(USERS)]).take(pa.array(users))
    paths = pa.array(ROUTES).take(pa.array(routes))
    columns = {
        "ts": pa.array((seconds * 1e6).astype(np.int64) + midnight, pa.timestamp("us", tz="UTC")),
        "http_route": paths,
        "http_path": paths,
        "http_status": pa.array(statuses, pa.int16()),
        "duration_ms": pa.array(durations),
        "user_id": ids,
        "message": pa.array([f"request served in {d} ms" for d in durations]),
        "line_no": pa.array(np.arange(first_line, first_line + n)),
        "byte_offset": pa.array(np.arange(first_line, first_line + n) * 200),
    }
    constant = {
        "ts_source": "line", "severity": "info", "source": "bench", "format": "pino-http", "service": "api",
        "instance": "i-1", "mask_id": "0" * 16, "http_method": "GET", "file_id": "f" * 16, "line_count": 1,
    }  # fmt: skip
    arrays = [
        columns[f.name]
        if f.name in columns
        else pa.array([constant.get(f.name)], f.type).take(pa.array(np.zeros(n, int)))
        for f in EVENTS.file_arrow
    ]
    return pa.Table.from_arrays(arrays, schema=EVENTS.file_arrow)


def put(change: Change, place: Path, day: date, rows: pa.Table) -> None:
    """Write a day into the lake and as raw logs."""
    with change.file("events", {"date": str(day)}) as out:
        for start in range(0, rows.num_rows, ROW_GROUP):
            out.write(rows.slice(start, ROW_GROUP))
    with duckdb.connect() as connection:
        connection.register("rows", rows.select(RAW))
        connection.execute(f"COPY rows TO '{place}/raw/{day}.json'")
        if day == FIRST and shutil.which("lnav"):
            connection.execute(
                "COPY (SELECT '10.0.0.1 - ' || user_id || strftime(ts, ' [%d/%b/%Y:%H:%M:%S +0000] ') || "
                "'\"GET ' || http_route || ' HTTP/1.1\" ' || http_status || ' 100 \"-\" \"-\"' FROM rows) "
                f"TO '{place}/first.log' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\\x01')"
            )


def ledger(change: Change, events: int) -> dict[str, object]:
    """Return the ledger's row of the invented source."""
    counts = dict.fromkeys((f.name for f in FILES.arrow if pa.types.is_integer(f.type)), 0)
    texts = {
        "file_id": "f" * 16,
        "run_id": change.run_id,
        "path": "bench",
        "format": "pino-http",
        "status": "ok",
    }
    return {
        **counts,
        **texts,
        "run_ts": datetime.now(UTC),
        "lines": events,
        "events": events,
        "records": events,
    }


def busiest(snapshot: Snapshot) -> str:
    """Return a user who was there on several days."""
    with connect(snapshot, ZONE) as connection:
        text = "SELECT user_id FROM events GROUP BY user_id ORDER BY count(*) DESC, user_id LIMIT 1"
        return str(stream(connection, text, {}).read_all()["user_id"][0])


def in_lake(snapshot: Snapshot, root: Path, text: str, params: Mapping[str, object]) -> Taken:
    """Return the middle time of a question behind the walls."""
    with Desk(root, Limits()) as desk:
        desk.lay(snapshot.files, ZONE)
        desk.ask("SELECT 1").read_all()
        return median(lambda: desk.ask(text, params).read_all())


def raw_query(place: Path, text: str) -> None:
    """Ask DuckDB over the raw logs; it is told the columns, so that it need not look for them."""
    kinds = (
        "ts: 'TIMESTAMP', http_route: 'VARCHAR', http_method: 'VARCHAR', http_status: 'SMALLINT', "
        "duration_ms: 'DOUBLE', user_id: 'VARCHAR'"
    )
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        reader = f"read_json('{place}/raw/*.json', format = 'newline_delimited', columns = {{{kinds}}})"
        connection.execute(f"CREATE VIEW raw AS FROM {reader}")
        connection.sql(text).to_arrow_table()


def in_lnav(place: Path, text: str, days: int) -> str:
    """Return lnav's time for the first day times the days, as a cell of the table."""
    lnav = shutil.which("lnav")
    if not text or lnav is None:
        return ""
    command = [lnav, "-n", "-c", f";{text}", str(place / "first.log")]
    env = {"PATH": os.environ["PATH"], "HOME": str(place), "TERM": "dumb"}
    taken = timed(
        lambda: subprocess.run(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, check=True
        )
    )
    return f"{taken.wall:.1f} × {days}"


def cold(root: Path) -> None:
    """Start h33 afresh and ask it next to nothing."""
    command = [sys.executable, "-m", "pipeline", "--lake", str(root), "sql", "select 1"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


@dataclass(frozen=True, order=True)
class Taken:
    """What some work took, seconds: by the wall, and of the processors by us and our children."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:.3f} ({self.cpu:.2f})"


def median(work: Callable[[], object]) -> Taken:
    """Return the middle of what some work takes."""
    return sorted(timed(work) for _ in range(ROUNDS))[ROUNDS // 2]


def timed(work: Callable[[], object]) -> Taken:
    """Return what some work takes."""
    wall, cpu = time.perf_counter(), processor_seconds()
    work()
    return Taken(time.perf_counter() - wall, processor_seconds() - cpu)


def processor_seconds() -> float:
    """Return what we, the children that ended and those that run have used."""
    ours = os.times()
    pids = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    # Fields 14 and 15 of /proc/PID/stat; the second one, in brackets, may hold spaces.
    stats = [Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")")[1].split() for pid in pids]
    ticks = sum(int(stat[11]) + int(stat[12]) for stat in stats)
    return sum(ours[:4]) + ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
