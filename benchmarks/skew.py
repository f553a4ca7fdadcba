"""How often `h33 skew` names the right fault, and what it takes for a million devices.

The devices come from `skew_devices`, which knows nothing of the classifier. The tables: the confusion matrix,
errors of offsets and drifts, accuracy by how much is known of a device, what an isolation forest finds of the
same faults, and the cost.

    python benchmarks/skew.py [--devices N] [--seed N] [--scale N]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl
from skew_devices import Device, devices

from pipeline.skew import analysis, forest, inputs
from pipeline.skew.classify import CLASSES

START = 1_749_427_200


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=2_026)
    parser.add_argument(
        "--scale", type=int, default=1_000_000, help="devices of the cost table, 20 events each"
    )
    chosen = parser.parse_args()
    made = list(devices(chosen.devices, chosen.seed))
    found = judged(made)
    print(confusion(made, found))
    print(errors_of_figures(made, found))
    print(by_events(chosen.devices, chosen.seed))
    print(against_a_forest(chosen.devices, chosen.seed))
    if chosen.scale:
        print(costs(chosen.scale, chosen.seed))


def events(made: Iterable[Device]) -> pl.DataFrame:
    """Return the events of devices as a file of theirs would hold them."""
    parts = [
        pl.DataFrame(
            {
                "device": [device.name] * len(device.server),
                "server_ts": device.server,
                "client_ts": device.client,
            }
        )
        for device in made
    ]
    return pl.concat(parts)


def judged(made: Sequence[Device]) -> list[dict[str, object]]:
    """Return the row of each device, in their order."""
    rows = analysis.devices(inputs.from_arrow(events(made).to_arrow(), "benchmark"))
    by_name = {row["device"]: row for row in rows.iter_rows(named=True)}
    return [by_name[device.name] for device in made]


def confusion(made: Sequence[Device], found: Sequence[dict[str, object]]) -> str:
    """Return the confusion matrix: a row for each truth, a column for each class that was named."""
    counts = Counter((device.truth, row["class"]) for device, row in zip(made, found, strict=True))
    right = sum(count for (truth, said), count in counts.items() if truth == said)
    lines = [f"\n{len(made):,} devices, {right / len(made):.2%} named right\n", line("truth", CLASSES)]
    lines += [line(truth, [str(counts[truth, said] or "·") for said in CLASSES]) for truth in CLASSES]
    return "\n".join(lines)


def line(name: str, cells: Iterable[str]) -> str:
    """Return a row of the matrix."""
    return f"{name:13}" + "".join(f"{cell:>14}" for cell in cells)


def errors_of_figures(made: Sequence[Device], found: Sequence[dict[str, object]]) -> str:
    """Return how far offsets and drifts are from those that the devices were made with."""
    rows = [(device, row) for device, row in zip(made, found, strict=True) if device.truth == row["class"]]
    lines = ["\nerror where the class is right          median     P99\n"]
    for truth, key, name in (
        ("zone", "offset", "zone, offset, s"),
        ("constant", "offset", "constant, offset, s"),
        ("drift", "drift", "drift, s a day"),
    ):
        column = "drift_s_per_day" if key == "drift" else "offset_s"
        wrong = [
            abs(float(str(row[column])) - getattr(device, key))
            for device, row in rows
            if device.truth == truth
        ]
        lines.append(f"{name:36}{np.median(wrong):10.2f}{np.quantile(wrong, 0.99):8.2f}")
    return "\n".join(lines)


def by_events(count: int, seed: int) -> str:
    """Return the accuracy for devices with few and with many events."""
    lines = ["\nevents per device      named right\n"]
    for low, high in ((5, 8), (9, 15), (16, 30), (31, 100)):
        made = list(devices(count, seed + low, (low, high)))
        right = [device.truth == row["class"] for device, row in zip(made, judged(made), strict=True)]
        lines.append(f"{low:>3} to {high:<3}{np.mean(right):22.2%}")
    return "\n".join(lines)


def against_a_forest(count: int, seed: int) -> str:
    """Return what the rules and an isolation forest find of one faulty clock in twenty.

    The forest sees the figures that the rules measure, and gets to name as many devices as there are faulty
    ones. Noisy and thin devices are left out: nobody says whether their clocks are right.
    """
    judgeable = [d for d in devices(4 * count, seed + 1) if d.truth not in {"noisy", "insufficient"}]
    right = [device for device in judgeable if device.truth in {"ok", "queued"}]
    faulty = [device for device in judgeable if device.truth not in {"ok", "queued"}][: len(right) // 19]
    made = [*right, *faulty]
    rows = analysis.devices(inputs.from_arrow(events(made).to_arrow(), "benchmark"), explained=True)
    truth = {device.name for device in faulty}
    accused = set(rows.filter(~pl.col("class").is_in(["ok", "queued", "noisy", "insufficient"]))["device"])
    oddest = set(forest.outliers(rows)["device"].head(len(faulty)))
    lines = [f"\n{len(faulty)} faulty clocks among {len(made):,}     found   falsely accused\n"]
    for name, said in (("rules", accused), ("isolation forest, as many", oddest)):
        lines.append(f"{name:30}{len(said & truth):>12}{len(said - truth):>18}")
    return "\n".join(lines)


def costs(count: int, seed: int) -> str:
    """Return what a run takes over so many devices with 20 events each, as Parquet and as CSV."""
    lines = [f"\n{count:,} devices of 20 events      MB    seconds   CPU s   peak MB\n"]
    with tempfile.TemporaryDirectory() as folder:
        # A child starts with the size of its parent: whoever measures must not have made the rows.
        writer = get_context("spawn").Process(target=write, args=(Path(folder), count, seed))
        writer.start()
        writer.join()
        for file in sorted(Path(folder).iterdir(), reverse=True):
            seconds, cpu, peak = run(file)
            size = file.stat().st_size / 1e6
            lines.append(f"{file.suffix[1:]:30}{size:10.0f}{seconds:11.1f}{cpu:8.1f}{peak:10.0f}")
    return "\n".join(lines)


def write(folder: Path, count: int, seed: int) -> None:
    """Write the same events as Parquet and as CSV."""
    rows = many(count, seed)
    rows.write_parquet(folder / "events.parquet")
    rows.write_csv(folder / "events.csv", datetime_format="%Y-%m-%dT%H:%M:%S%.3fZ")


def many(count: int, seed: int) -> pl.DataFrame:
    """Return shuffled events of many devices, half of the clocks right, the others off in several ways."""
    rng = np.random.default_rng(seed)
    of_device = np.repeat(np.arange(count), 20)
    days = rng.uniform(0, 7, len(of_device))
    fault = rng.integers(0, 10, count)[of_device]
    error = np.select(
        [fault == 0, fault == 1, fault == 2, fault == 3],
        [32_400.0, 5_000.0, 40 * days, 3_600.0 * (days > 4)],
        0.0,
    )
    waits = np.where((fault == 4) & (rng.random(len(days)) < 0.5), rng.exponential(7_200, len(days)), 0)
    server = START + days * 86_400
    client = server + error - waits - rng.exponential(2, len(days))
    order = rng.permutation(len(days))
    times = {"server_ts": server[order], "client_ts": client[order]}
    instants = [
        pl.Series(name, (t * 1e6).astype(np.int64)).cast(pl.Datetime("us", "UTC"))
        for name, t in times.items()
    ]
    return pl.select(device=pl.format("device-{}", pl.Series(of_device[order]).cast(pl.String))).with_columns(
        instants
    )


def run(file: Path) -> tuple[float, float, float]:
    """Return wall seconds, CPU seconds and peak resident MB of `h33 skew` over a file."""
    command = [sys.executable, "-m", "pipeline", "--quiet", "skew", "--input", str(file), "--format", "json"]
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    assert status == 0
    return time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    main()
