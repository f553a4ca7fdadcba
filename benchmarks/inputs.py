"""What other inputs cost: access logs beside GoAccess, pino's lines beside Polars, gzip beside plain; sizes.

Each rival reads the same file in the same run. GoAccess is left out, and that is said, where it is missing.

    python benchmarks/inputs.py [--records N] [--rounds N]
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import ingest
import pyarrow.parquet as pq
import zstandard

NDJSON_COPY = """
import sys
import polars as pl
pl.scan_ndjson(sys.argv[1]).sink_parquet(sys.argv[2], compression="zstd")
"""
GUNZIP = """
import gzip, shutil, sys
with gzip.open(sys.argv[1]) as packed, open(sys.argv[2], "wb") as out:
    shutil.copyfileobj(packed, out, 1 << 20)
"""
COUNT_BY_HOUR = """
import sys
from pathlib import Path
import duckdb
from pipeline import catalog
from pipeline.lake import Lake
import time
begun = time.perf_counter()
snapshot = Lake(Path(sys.argv[1])).snapshot()
with catalog.connect(snapshot.files, "UTC", views=()) as connection:
    rows = connection.sql("SELECT hour, sum(n) FROM lake.rollups GROUP BY hour").to_arrow_table()
print(f"{rows.num_rows} hours in {time.perf_counter() - begun:.3f} s")
"""
AGENTS = (
    "Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
)
SMALL_FILES = 1000

#: What writes to a place, by that place.
Command = Callable[[Path], list[str]]


def main() -> None:
    """Write the inputs, run all, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=33)
    chosen = parser.parse_args()
    draw = random.Random(chosen.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, lines in (
            ("access.log", combined(chosen.records, draw)),
            ("pino.ndjson", pino(chosen.records, draw)),
            ("app.log", ingest.records(chosen.records, draw)),
        ):
            with (folder / kind).open("w", encoding="utf-8") as out:
                out.writelines(lines)
        with (folder / "app.log").open("rb") as plain, gzip.open(folder / "app.log.gz", "wb", 6) as packed:
            shutil.copyfileobj(plain, packed, 1 << 20)
        print(f"{chosen.records:,} records each, {chosen.rounds} rounds\n")
        print("| what | CPU s | wall s | peak MB |\n|---|--:|--:|--:|")
        for what, command in commands(folder):
            show(what, [ingest.run(command(folder / f"{what}{n}")) for n in range(chosen.rounds)])
        for number in range(SMALL_FILES):
            small = folder / "many" / f"{number}.log"
            small.parent.mkdir(exist_ok=True)
            small.write_text("".join(ingest.records(10, draw)), encoding="utf-8")
        taken = h33(folder / "many")(folder / "many-lake")
        ingest.run(taken)
        show(f"{SMALL_FILES} unchanged sources", [ingest.run(taken) for _ in range(chosen.rounds)])
        print()
        for kind in ("access.log", "pino.ndjson", "app.log"):
            print(sizes(folder / kind, folder / f"h33 {kind}0"))
        print("a count by hour: ", end="", flush=True)
        ingest.subprocess.run(
            [sys.executable, "-c", COUNT_BY_HOUR, str(folder / "h33 access.log0")], check=True
        )


def commands(folder: Path) -> Iterator[tuple[str, Command]]:
    """Yield what is run, by its name, each a function of the place that it writes to."""
    access, lines, plain = folder / "access.log", folder / "pino.ndjson", folder / "app.log"
    if shutil.which("goaccess"):
        report = ["goaccess", str(access), "--log-format=COMBINED", "--no-progress", "-o"]
        yield "GoAccess, JSON report of access.log", lambda out: [*report, f"{out}.json"]
    else:
        print("goaccess is not installed", file=sys.stderr)
    yield "h33 access.log", h33(access)
    yield (
        "Polars pino.ndjson to Parquet",
        lambda out: [sys.executable, "-c", NDJSON_COPY, str(lines), str(out)],
    )
    yield "h33 pino.ndjson", h33(lines)
    yield "h33 app.log", h33(plain)
    yield "h33 app.log.gz", h33(folder / "app.log.gz")
    yield "gunzip app.log.gz", lambda out: [sys.executable, "-c", GUNZIP, f"{plain}.gz", str(out)]


def h33(source: Path) -> Command:
    """Return the command that takes a source into a lake."""
    return lambda lake: [
        sys.executable,
        "-m",
        "pipeline",
        "--quiet",
        "--lake",
        str(lake),
        "ingest",
        str(source),
    ]


def show(what: str, costs: list[ingest.Cost]) -> None:
    """Print the middle of the rounds."""
    cpu, wall = (statistics.median(getattr(cost, key) for cost in costs) for key in ("cpu", "wall"))
    print(f"| {what} | {cpu:.2f} | {wall:.2f} | {max(cost.peak for cost in costs):.0f} |", flush=True)


def sizes(source: Path, lake: Path) -> str:
    """Return how large a lake is, and its messages alone, beside zstd -3 of the source."""
    raw = len(zstandard.ZstdCompressor(level=3).compress(source.read_bytes()))
    files = list((lake / "events").glob("**/*.parquet"))
    message = 0
    for file in files:
        read = pq.ParquetFile(file).metadata
        at = read.schema.to_arrow_schema().names.index("message")
        message += sum(read.row_group(n).column(at).total_compressed_size for n in range(read.num_row_groups))
    whole = sum(file.stat().st_size for file in files)
    beside = f"lake {whole / raw:.2f} times that, messages alone {message / raw:.2f}"
    return f"{source.name}: {raw / 1e6:.1f} MB by zstd -3; {beside}"


def combined(count: int, draw: random.Random) -> Iterator[str]:
    """Yield access lines in the combined format."""
    now = datetime(2025, 7, 15, tzinfo=timezone(timedelta(hours=9)))
    for _ in range(count):
        now += timedelta(milliseconds=draw.expovariate(1 / 30))
        path = draw.choice(ingest.ROUTES).replace("{id}", f"{draw.getrandbits(96):024x}")
        status = draw.choices(*zip(*ingest.STATUSES, strict=True))[0]
        address = ".".join(str(draw.randint(1, 254)) for _ in range(4))
        method = draw.choice(("GET", "GET", "POST"))
        yield (
            f'{address} - - [{now:%d/%b/%Y:%H:%M:%S %z}] "{method} {path} HTTP/1.1" {status} '
            f'{draw.randint(100, 9000)} "https://example.com/" "{draw.choice(AGENTS)}"\n'
        )


def pino(count: int, draw: random.Random) -> Iterator[str]:
    """Yield records as pino writes them."""
    now = 1_752_505_200_000
    for _ in range(count):
        now += int(draw.expovariate(1 / 30))
        yield (
            json.dumps(
                {
                    "level": draw.choices((30, 40, 50), (90, 7, 3))[0],
                    "time": now,
                    "pid": 4711,
                    "hostname": "notes-7f9c",
                    "reqId": f"{draw.getrandbits(32):08x}",
                    "userId": f"u{draw.randint(1, 50_000)}",
                    "durationMs": round(draw.lognormvariate(4, 0.8), 3),
                    "msg": f"note {draw.getrandbits(96):024x} saved in {draw.randint(1, 900)} ms",
                },
                separators=(",", ":"),
            )
            + "\n"
        )


if __name__ == "__main__":
    main()
