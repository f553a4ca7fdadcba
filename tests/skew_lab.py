"""Devices that a test writes down, and what the classifier says of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from command_lab import Done, run

from pipeline.skew import analysis, inputs

#: 2025-06-09 00:00 UTC.
START = 1_749_427_200.0
HOUR = 3_600.0
DAY = 86_400.0

#: Network delays of a second or so, none like another, without chance.
DELAYS = (0.4, 1.1, 0.7, 1.9, 0.3, 0.9, 1.4, 0.6, 2.2, 0.5, 1, 0.8, 1.6, 0.2, 1.2, 0.45, 1.3, 0.75, 1.7, 0.95)


def frame(**devices: Sequence[tuple[float, float]]) -> pl.DataFrame:
    """Return the events of devices: (server, client) pairs, seconds since 1970."""
    rows = [(name, *pair) for name, pairs in devices.items() for pair in pairs]
    return pl.DataFrame(rows, schema=["device", "server_ts", "client_ts"], orient="row")


def judged(**devices: Sequence[tuple[float, float]]) -> dict[str, dict[str, object]]:
    """Return the row of each device."""
    rows = analysis.devices(inputs.from_arrow(frame(**devices).to_arrow(), "test"), explained=True)
    return {row["device"]: row for row in rows.iter_rows(named=True)}


def one(pairs: Sequence[tuple[float, float]]) -> dict[str, object]:
    """Return the row of a device with these events."""
    return judged(device=pairs)["device"]


def name(pairs: Sequence[tuple[float, float]]) -> object:
    """Return the class of a device with these events."""
    return one(pairs)["class"]


def clock(offsets: Sequence[float], every: float = DAY / 3) -> list[tuple[float, float]]:
    """Return events at even times whose differences (client minus server) are exactly these."""
    return [(START + n * every, START + n * every + offset) for n, offset in enumerate(offsets)]


def steady(offset: float, n: int = 20, every: float = DAY / 3) -> list[tuple[float, float]]:
    """Return events of a clock that is off by so much, with the usual delays."""
    return clock([offset - DELAYS[at % len(DELAYS)] for at in range(n)], every)


def delayed(offset: float, n: int, late: Sequence[float]) -> list[tuple[float, float]]:
    """Return events of a clock that is off by so much, of which the first waited so long on the device."""
    return clock([offset - (late[at] if at < len(late) else DELAYS[at % len(DELAYS)]) for at in range(n)])


def shuffled(pairs: Sequence[tuple[float, float]], seed: int) -> list[tuple[float, float]]:
    """Return the same events in another order."""
    order = np.random.default_rng(seed).permutation(len(pairs))
    return [pairs[at] for at in order]


def three() -> pl.DataFrame:
    """Return the events of three devices: one is right, one nine hours ahead, one tells milliseconds."""
    return frame(right=steady(0), seoul=steady(9 * HOUR), unit=[(s, c * 1000) for s, c in steady(0)])


def iso(seconds: float, form: str = "%Y-%m-%dT%H:%M:%S.%fZ") -> str:
    """Return an instant, seconds since 1970, as text in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime(form)


def write(
    path: Path, rows: Iterable[Sequence[object]], header: Sequence[str] = ("device", "server_ts", "client_ts")
) -> Path:
    """Write a CSV file of events."""
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([header, *rows])
    return path


def h33(*args: object, before: Sequence[str] = ()) -> Done:
    """Run `h33 skew` without settings."""
    return run(*before, "skew", *args)


def classes(path: Path) -> tuple[Done, dict[str, str]]:
    """Return what `h33 skew` says of a file: how it ended, and the class of each device."""
    done = h33("--input", path, "--format", "json")
    return done, {row["device"]: row["class"] for row in json.loads(done.stdout)}
