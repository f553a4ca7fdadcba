"""What questions cost over a lake behind the sandbox's walls, beside DuckDB and lnav on the raw logs.

The events are requests of invented but shaped content: users who come for an hour and go again, a few
routes, durations with a long tail. They are written straight into a lake by its writer, with rollups, and
as NDJSON, a file a day, for DuckDB's `read_json`. lnav, where it is installed, gets the first day as a
combined log; its time is shown times the days. Every question is asked three times, in the first two
columns in a warm process and over all days, and the middle counts. `h33 sql 'select 1'` is a fresh
process each time.

    python benchmarks/queries.py [--events N] [--days N]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from pipeline.config import Limits
from pipeline.ingest import rollups
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
        print("| question | h33, s | DuckDB read_json, s | lnav, s |\n|---|---|---|---|")
        user = busiest(snapshot)
        for name, ours, theirs, lnav in questions(user, asked.days):
            ours_took = in_lake(snapshot, place / "lake", ours)
            theirs_took = median(partial(raw_query, place, theirs))
            print(f"| {name} | {ours_took:.3f} | {theirs_took:.3f} | {in_lnav(place, lnav, asked.days)} |")
        print(f"| `h33 sql 'select 1'`, cold | {median(lambda: cold(place / 'lake')):.3f} | | |")


def questions(user: str, days: int) -> list[tuple[str, str, str, str]]:
    """Return the questions: name, SQL for the lake, for the raw logs, for lnav."""
    end = FIRST + timedelta(days=days)
    p99 = load("reports", "latency_by_route").text
    for name, value in (
        ("since", f"'{FIRST}'::TIMESTAMPTZ"),
        ("until", f"'{end}'::TIMESTAMPTZ"),
        ("service", "NULL"),
    ):
        p99 = p99.replace(f"${name}", value)
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


def in_lake(snapshot: Snapshot, root: Path, text: str) -> float:
    """Return the middle time of a question behind the walls."""
    with Desk(root, Limits()) as desk:
        desk.lay(snapshot.files, ZONE)
        return median(lambda: desk.ask(text).read_all())


def raw_query(place: Path, text: str) -> None:
    """Ask DuckDB over the raw logs; it is told the columns, so that it need not look for them."""
    kinds = (
        "ts: 'TIMESTAMPTZ', http_route: 'VARCHAR', http_method: 'VARCHAR', http_status: 'SMALLINT', "
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
    return f"{taken:.1f} × {days}"


def cold(root: Path) -> None:
    """Start h33 afresh and ask it next to nothing."""
    command = [sys.executable, "-m", "pipeline", "--lake", str(root), "sql", "select 1"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def median(work: Callable[[], object]) -> float:
    """Return the middle of the times that some work takes, seconds."""
    return statistics.median(timed(work) for _ in range(ROUNDS))


def timed(work: Callable[[], object]) -> float:
    """Return the time that some work takes, seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
