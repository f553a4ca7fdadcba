"""Slopes through events: the least-squares one with its error, and those of all pairs of points."""

from __future__ import annotations

import numpy as np

from pipeline.skew.groups import Bools, Floats, Groups

#: Times are told to a millisecond or so: no line fits better than that, seconds squared.
_LEAST_VARIANCE = 1e-6


def least_squares(devices: Groups, chosen: Bools, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return each device's slope through its chosen events, and its standard error, infinite without one."""
    n = np.maximum(devices.count(chosen), 1)
    from_mean = []
    for values in (x, y):
        taken = np.where(chosen, values, 0.0)
        from_mean.append(np.where(chosen, taken - devices.spread(devices.sum(taken) / n), 0.0))
    x, y = from_mean
    sxx = devices.sum(x * x)
    slope = np.divide(devices.sum(x * y), sxx, out=np.zeros(len(devices)), where=sxx > 0)
    squares = devices.sum((y - devices.spread(slope) * x) ** 2)
    variance = np.maximum(squares / np.maximum(n - 2, 1), _LEAST_VARIANCE)
    return slope, np.sqrt(np.divide(variance, sxx, out=np.full(len(devices), np.inf), where=sxx > 0))


def of_pairs(devices: Groups, points: Bools, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Return median, lower and upper quartile of the slopes between every two of a device's points.

    The median is that of Theil and Sen. All three are NaN where there are fewer than two points.

    Args:
        devices: the events of each device.
        points: by event, whether it is a point; few are, as their pairs are all looked at.
        x: ascending and different for the points of a device.
        y: what belongs to each x.
    """
    rows = np.flatnonzero(points)
    x, y, owner = x[rows], y[rows], devices.ids[rows]
    owners, slopes = [owner[:0]], [y[:0]]
    for lag in range(1, len(rows)):
        pair = owner[lag:] == owner[:-lag]
        if not pair.any():
            break
        owners.append(owner[lag:][pair])
        slopes.append((y[lag:][pair] - y[:-lag][pair]) / (x[lag:][pair] - x[:-lag][pair]))
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    owner = owner[order]
    pairs = Groups.where(np.diff(owner, prepend=-1) > 0)
    ranked = pairs.sorted(np.concatenate(slopes)[order])
    found = np.full((3, len(devices)), np.nan)
    for row, share in zip(found, (0.5, 0.25, 0.75), strict=True):
        row[owner[pairs.starts]] = quantile(pairs, ranked, share)
    return found[0], found[1], found[2]


def quantile(groups: Groups, ranked: Floats, share: float) -> Floats:
    """Return a quantile of each group's ascending values, interpolated between the two nearest ranks.

    >>> quantile(Groups.of_sizes([4]), np.array([1.0, 2, 3, 10]), 0.5)
    array([2.5])
    """
    place = share * (groups.sizes - 1)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, groups.sizes - 1)
    lower, upper = ranked[groups.starts + below], ranked[groups.starts + above]
    between: Floats = lower + (upper - lower) * (place - below)
    return between
