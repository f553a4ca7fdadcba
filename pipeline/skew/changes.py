"""Days on which the distribution of the clock differences changed.

Each device counts once a day, in the bin of its largest difference (what waited on the device is below it).
Days are cut into runs so that the bins' shares are constant in each: the exact optimum by dynamic programming
(Jackson et al., "An algorithm for optimal partitioning of data on an interval", IEEE Signal Processing
Letters 12, 2005) with the multinomial likelihood and a Bayesian information criterion for each change.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.skew.groups import Floats, Ints
from pipeline.skew.inputs import Events

#: Bounds of the bins, seconds, and what they are called.
BOUNDS = (-86_400.0, -3600.0, -300.0, -60.0, 60.0, 300.0, 3600.0, 86_400.0)
BINS = (
    "behind by more than a day",
    "behind by 1 h to 1 d",
    "behind by 5 min to 1 h",
    "behind by 1 to 5 min",
    "within 1 min",
    "ahead by 1 to 5 min",
    "ahead by 5 min to 1 h",
    "ahead by 1 h to 1 d",
    "ahead by more than a day",
)
#: No run is shorter than this, days.
LEAST_RUN = 2


@dataclass(frozen=True)
class Days:
    """Devices by day and bin: `first` is the day of row 0, days since 1970 in the reporting zone."""

    first: int
    counts: Ints


def changes(events: Events, zone: str) -> pl.DataFrame:
    """Return the days on which the distribution changed, ascending.

    Columns: day (the first of the new run) · bin (the one whose share moved most) · share_before, share_after
    (its share of the device-days of the runs on either side) · devices_before, devices_after (device-days of
    those runs) · gain (by how much the log-likelihood exceeds what the criterion asks for).

    Args:
        events: any.
        zone: IANA name of the zone whose days count.
    """
    days = _days(events, zone)
    scale = overdispersion(days.counts)
    cuts = partition(days.counts, scale)
    rows = [_change(days, scale, runs) for runs in zip(cuts, cuts[1:], cuts[2:], strict=False)]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


_SCHEMA = {
    "day": pl.Date,
    "bin": pl.String,
    "share_before": pl.Float64,
    "share_after": pl.Float64,
    "devices_before": pl.Int64,
    "devices_after": pl.Int64,
    "gain": pl.Float64,
}


def _days(events: Events, zone: str) -> Days:
    """Return how many devices had their largest difference of a day in each bin."""
    parts = [pl.DataFrame(schema={"day": pl.Int64, "bin": pl.Int64, "devices": pl.Int64})]
    with closing(events.pieces()) as pieces:
        for piece in pieces:
            moments = pl.Series((piece.server * 1e6).astype(np.int64)).cast(pl.Datetime("us", "UTC"))
            day = moments.dt.convert_time_zone(zone).dt.date().cast(pl.Int32).cast(pl.Int64)
            rows = pl.DataFrame(
                {"day": day, "device": piece.events.ids, "difference": piece.client - piece.server}
            )
            largest = rows.group_by("day", "device").agg(pl.col("difference").max())
            binned = largest.with_columns(
                bin=np.searchsorted(BOUNDS, largest["difference"].to_numpy()).astype(np.int64)
            )
            parts.append(binned.group_by("day", "bin").agg(devices=pl.len().cast(pl.Int64)))
    counted = pl.concat(parts).group_by("day", "bin").sum().sort("day")
    days, bins = counted["day"].to_numpy(), counted["bin"].to_numpy()
    first = int(days[0]) if len(days) else 0
    counts = np.zeros((int(days[-1]) - first + 1 if len(days) else 0, len(BINS)), dtype=np.int64)
    counts[days - first, bins] = counted["devices"].to_numpy()
    return Days(first, counts)


def _change(days: Days, scale: float, runs: tuple[int, int, int]) -> tuple[object, ...]:
    start, middle, end = runs
    before, after = days.counts[start:middle].sum(axis=0), days.counts[middle:end].sum(axis=0)
    shares_before, shares_after = before / before.sum(), after / after.sum()
    moved = int(np.argmax(np.abs(shares_after - shares_before)))
    likelier = (_cost(before + after) - _cost(before) - _cost(after)) / scale
    return (
        np.datetime64(days.first + middle, "D").astype(object),
        BINS[moved],
        float(shares_before[moved]),
        float(shares_after[moved]),
        int(before.sum()),
        int(after.sum()),
        float(likelier - penalty(days.counts)),
    )


def partition(counts: Ints, scale: float = 1.0) -> list[int]:
    """Return the bounds of the runs of rows that share one distribution: 0, where the others begin, the end.

    Args:
        counts: rows of counts by bin.
        scale: how much more the rows scatter than independent draws would.
    """
    rows = len(counts)
    up_to = np.vstack([np.zeros(counts.shape[1], dtype=np.int64), np.cumsum(counts, axis=0)])
    price = penalty(counts)
    best = np.full(rows + 1, np.inf)
    best[0] = -price
    came_from = np.zeros(rows + 1, dtype=np.int64)
    for end in range(min(LEAST_RUN, rows), rows + 1):
        starts = np.arange(max(end - LEAST_RUN, 0) + 1)
        total = best[starts] + _cost(up_to[end] - up_to[starts]) / scale + price
        came_from[end] = np.argmin(total)
        best[end] = total[came_from[end]]
    bounds = [rows]
    while bounds[-1] > 0:
        bounds.append(int(came_from[bounds[-1]]))
    return bounds[::-1]


def penalty(counts: Ints) -> float:
    """Return what a change must gain in log-likelihood: half the log of all counts per number it adds."""
    bins = int((counts.sum(axis=0) > 0).sum())
    return bins / 2 * float(np.log(max(counts.sum(), 1)))


def overdispersion(counts: Ints) -> float:
    """Return by how much neighbouring rows differ more than independent draws would, no less than 1.

    The median over pairs of rows leaves the few that lie on either side of a change without weight.
    """
    pairs = counts[:-1] + counts[1:]
    freedom = (pairs > 0).sum(axis=1) - 1
    gain = 2 * (_cost(pairs) - _cost(counts[:-1]) - _cost(counts[1:]))
    known = (freedom > 0) & (counts[:-1].sum(axis=1) > 0) & (counts[1:].sum(axis=1) > 0)
    if not known.any():
        return 1.0
    # Wilson and Hilferty: the median of a chi-square over its degrees of freedom.
    expected = (1 - 2 / (9 * freedom[known])) ** 3
    return max(1.0, float(np.median(gain[known] / freedom[known] / expected)))


def _cost(counts: npt.NDArray[np.int64]) -> Floats:
    """Return minus the log-likelihood of counts under their own shares, over the last axis."""
    total = np.maximum(counts.sum(axis=-1, keepdims=True), 1)
    shares = np.maximum(counts, 1) / total
    cost: Floats = -(counts * np.log(shares)).sum(axis=-1)
    return cost
