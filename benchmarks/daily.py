"""What a night costs: `h33 daily` with one new day on top of the days before, beside ingesting that day.

An app log a day, of the lines that `ingest.py` draws. The days before are in the lake and judged; then the
new day's file comes. A copy of the lake takes it in by `h33 ingest`, the lake itself by `h33 daily`, which
also judges the day, the week and the month and writes their pages; what daily took more is the cost of
figures and pages. Then the month's summary is asked for, as it is kept, and once more with nothing kept.
Every size is a row, so that what grows with the number of events shows. Each process is its own; processor
seconds say more than seconds on a machine that others share.

    python benchmarks/daily.py [--events N [N ...]] [--days N]
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from ingest import Cost, record, run

FIRST = date(2025, 6, 1)
KST = timezone(timedelta(hours=9))


@dataclass(frozen=True)
class Night:
    """What one size took: the new day's ingest alone, the whole night, a month from what is kept and anew."""

    events: int
    ingest: Cost
    daily: Cost
    kept: Cost
    anew: Cost
    largest_page: int


def main() -> None:
    """Measure every size, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, nargs="+", default=[20_000, 1_000_000], help="a day")
    parser.add_argument("--days", type=int, default=30)
    asked = parser.parse_args()
    nights = []
    for events in asked.events:
        with tempfile.TemporaryDirectory(prefix="h33-daily-") as folder:
            nights.append(night(Path(folder), events, asked.days))
    print(f"{asked.days} days, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; CPU s / wall s\n")
    print(table(nights))


def night(place: Path, events: int, days: int) -> Night:
    """Return what the last of the days costs on top of those before it."""
    landing, reports = place / "data" / "landing", place / "data" / "reports"
    landing.mkdir(parents=True)
    (place / "h33.toml").write_text('language = "en"\n', encoding="utf-8")
    dates = [FIRST + timedelta(days=n) for n in range(days)]
    for on in dates[:-1]:
        write_day(landing, on, events)
    h33(place, "daily", "--date", str(dates[-2]))
    new = write_day(landing, dates[-1], events)
    shutil.copytree(place / "data" / "lake", place / "copy")
    alone = h33(place, "--lake", str(place / "copy"), "ingest", str(new))
    whole = h33(place, "daily", "--date", str(dates[-1]))
    month = ("kpi", "--date", str(dates[-1]), "--window", "month", "--format", "json")
    kept = h33(place, *month)
    shutil.rmtree(place / "data" / "state")
    anew = h33(place, *month)
    largest = max(page.stat().st_size for page in reports.glob("*/kpi.html"))
    return Night(events, alone, whole, kept, anew, largest)


def write_day(landing: Path, on: date, events: int) -> Path:
    """Write a day's app log, its records spread evenly from midnight to midnight."""
    path = landing / f"app-{on}.log"
    with path.open("w", encoding="utf-8") as out:
        out.writelines(lines(on, events))
    return path


def lines(on: date, events: int) -> Iterator[str]:
    """Yield the records of a day, newline included."""
    draw = random.Random(on.toordinal())
    midnight = datetime(on.year, on.month, on.day, tzinfo=KST)
    for number in range(events):
        at = midnight + timedelta(days=1) * (number / events)
        level, message = record(draw)
        yield f"{at.isoformat(timespec='milliseconds')} {level:<5} {message}\n"


def h33(place: Path, *arguments: str) -> Cost:
    """Run h33 with the settings of a place."""
    config = str(place / "h33.toml")
    return run([sys.executable, "-m", "pipeline", "--quiet", "--config", config, *arguments])


def table(nights: list[Night]) -> str:
    """Return a row a size as a Markdown table."""
    rows = [
        "| events a day | ingest of the new day | the night | figures and pages | month, kept | month, anew "
        "| largest page, kB |",
        "|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in nights:
        more = Cost(one.daily.cpu - one.ingest.cpu, one.daily.wall - one.ingest.wall, 0)
        costs = " | ".join(
            f"{cost.cpu:.1f} / {cost.wall:.1f}" for cost in (one.ingest, one.daily, more, one.kept, one.anew)
        )
        rows.append(f"| {one.events:,} | {costs} | {one.largest_page / 1000:,.0f} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
