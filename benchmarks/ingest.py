"""What ingest costs: `h33 ingest` beside a bare copy of the same lines into Parquet, in the same run.

The lines are an app log of invented but shaped content: access lines, TimeProcessor results, warnings, and
errors with a stack of two frames; 137 bytes a record. The bare copy does the least that any ingest must: it
splits lines and compresses them with zstd. Both run as processes of their own, by turns; the middle of their
runs counts.

    python benchmarks/ingest.py [--records N] [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

BARE_COPY = """
import sys
import polars as pl
pl.scan_lines(sys.argv[1]).sink_parquet(sys.argv[2], compression="zstd")
"""
ROUTES = (
    "/api/notes",
    "/api/notes/{id}",
    "/api/books",
    "/api/books/{id}/notes",
    "/api/health",
    "/api/users/me",
)
STATUSES = ((200, 80), (201, 10), (304, 4), (400, 2), (404, 3), (500, 1))
BROWSERS = ("Chrome 126", "Safari 17", "Firefox 127", "KAKAOTALK 10.8", "SamsungBrowser 25")


@dataclass(frozen=True)
class Cost:
    """What a process took: processor seconds, seconds, and its greatest resident size in MB."""

    cpu: float
    wall: float
    peak: float


def main() -> None:
    """Write the lines, run both, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=33)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "app.log"
        with log.open("w", encoding="utf-8") as out:
            out.writelines(records(chosen.records, random.Random(chosen.seed)))
        rounds = [measure(log, Path(folder) / str(number)) for number in range(chosen.rounds)]
        print(table(rounds, chosen.records, log.stat().st_size))


def records(count: int, draw: random.Random) -> Iterator[str]:
    """Yield records of the app log, newline included."""
    now = datetime(2025, 7, 15, tzinfo=timezone(timedelta(hours=9)))
    for _ in range(count):
        now += timedelta(milliseconds=draw.expovariate(1 / 30))
        level, message = record(draw)
        yield f"{now.isoformat(timespec='milliseconds')} {level:<5} {message}\n"


def record(draw: random.Random) -> tuple[str, str]:
    """Return a level and a message: 45 % access, 45 % TimeProcessor, 7 % warnings, 3 % errors with stacks."""
    memo, request = f"{draw.getrandbits(96):024x}", f"{draw.getrandbits(32):08x}"
    user = f"u{draw.randint(1, 50_000)}"
    kind = draw.random()
    if kind < 0.45:
        method = draw.choice(("GET", "GET", "POST", "PUT"))
        path = draw.choice(ROUTES).replace("{id}", memo)
        status = draw.choices(*zip(*STATUSES, strict=True))[0]
        level = "INFO" if status < 400 else "WARN" if status < 500 else "ERROR"
        took = draw.lognormvariate(4, 0.8)
        return level, f"{method} {path} {status} {took:.3f} ms - {draw.randint(100, 9000)} rid={request}"
    if kind < 0.9:
        difference = (
            int(draw.gauss(200, 900)) if draw.random() < 0.97 else draw.choice((32_400_000, -3_600_000))
        )
        source = "client" if draw.random() < 0.88 else "server"
        return "INFO", (
            f"[TimeProcessor] memo={memo} user={user} source={source} diff={difference}ms tz=Asia/Seoul "
            f'browser="{draw.choice(BROWSERS)}" rid={request}'
        )
    if kind < 0.97:
        difference = draw.randint(3_600_000, 99_999_999)
        failed = "클라이언트 시간 검증 실패, 서버 시간으로 대체"
        return "WARN", f"[TimeProcessor] {failed}: diff={difference}ms user={user}"
    return "ERROR", (
        f"[TimeProcessor] ERROR 시간 처리 오류: Invalid Date '{draw.randint(0, 10**12)}' at memo={memo}\n"
        f"    at TimeProcessor.process (/app/dist/TimeProcessor.js:{draw.randint(10, 300)}:17)\n"
        f"    at async createMemo (/app/dist/memo.js:88:9)"
    )


def measure(log: Path, folder: Path) -> tuple[Cost, Cost]:
    """Run the bare copy and the ingest, each into a folder of its own."""
    folder.mkdir()
    copy = run([sys.executable, "-c", BARE_COPY, str(log), str(folder / "copy.parquet")])
    taken = run(
        [sys.executable, "-m", "pipeline", "--quiet", "--lake", str(folder / "lake"), "ingest", str(log)]
    )
    return copy, taken


def run(command: list[str]) -> Cost:
    """Run a process to its end and return what it took.

    What it imports is compiled by its first run, as by whoever installs it: an eighth of a second.
    """
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} exited with {process.returncode}")
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


def table(rounds: list[tuple[Cost, Cost]], count: int, size: int) -> str:
    """Return the middle of the rounds, per million records, as a Markdown table."""
    lines = [
        f"{count:,} records, {size / 1e6:,.0f} MB, {len(rounds)} rounds, {os.cpu_count()} processors",
        "",
        "| per million records | CPU s | wall s | peak MB |",
        "|---|---|---|---|",
    ]
    names = ("bare Polars copy to zstd Parquet", "h33 ingest, everything on")
    for name, costs in zip(names, zip(*rounds, strict=True), strict=True):
        cpu, wall = (statistics.median(getattr(cost, key) for cost in costs) for key in ("cpu", "wall"))
        peak = max(cost.peak for cost in costs)
        lines.append(f"| {name} | {cpu / count * 1e6:.2f} | {wall / count * 1e6:.2f} | {peak:.0f} |")
    ratio = statistics.median(taken.cpu / copy.cpu for copy, taken in rounds)
    lines.append(f"\nh33 takes {ratio:.1f} times the CPU of the copy")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
