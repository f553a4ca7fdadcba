"""The upper edge of points over time: the line that no point lies above, and that most lie close under.

It is the exact answer to the linear programme of Moon, Skelly and Towsley, "Estimation and removal of clock
skew from network delay measurements" (IEEE INFOCOM 1999), found on the convex hull as by Zhang, Liu and Xia,
"Clock synchronization algorithms for network measurements" (IEEE INFOCOM 2002). Late events, however many, do
not move it, where they break the median of slopes at 29 %.
"""

from __future__ import annotations

import numpy as np

from pipeline.skew.groups import Floats, Groups, Ints

#: A day is one point; so are a seventh of a shorter time and a thirty-second of a longer one.
FEW_POINTS, MANY_POINTS = 7, 32


def cells(devices: Groups, days: Floats) -> Groups:
    """Return the runs of events that make one point each: those of a day, or of a part of the device's time.

    Args:
        devices: the events of each device.
        days: days since the device's first event, ascending.
    """
    span = days[devices.lasts]
    width = np.maximum(np.minimum(1.0, span / FEW_POINTS), span / MANY_POINTS)
    cell = np.floor(days / devices.spread(np.maximum(width, 1e-9)))
    cell = np.minimum(cell, MANY_POINTS - 1)
    begins = np.empty(devices.rows, dtype=np.bool_)
    begins[1:] = cell[1:] != cell[:-1]
    begins[devices.starts] = True
    return Groups.where(begins)


def peaks(parts: Groups, values: Floats) -> Ints:
    """Return the row index of the greatest value of each cell."""
    return parts.first(values == parts.spread(parts.max(values)))


def upper_edge(devices: Groups, parts: Groups, days: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Return the slope (per day) of the hull's edge over the mean time, and the edge at the first event.

    Of all pairs of points with the mean time between them, the edge is the one that passes highest over it.

    Args:
        devices: the events of each device.
        parts: the cells; the highest event of each is a point.
        days: days since the device's first event, ascending.
        values: what the edge lies on, by event.
    """
    rows = peaks(parts, values)
    x, y = days[rows], values[rows]
    points = Groups.where(np.diff(devices.ids[rows], prepend=-1) > 0)
    middle = points.spread(devices.sum(days) / devices.sizes)
    slope, level = np.zeros(len(devices)), points.max(y)
    best = np.full(len(devices), -np.inf)
    for lag in range(1, int(points.sizes.max(initial=1))):
        pair = (
            (points.ids[lag:] == points.ids[:-lag]) & (x[:-lag] <= middle[lag:]) & (x[lag:] >= middle[lag:])
        )
        left = np.flatnonzero(pair & (x[lag:] > x[:-lag]))
        if not len(left):
            continue
        steep = (y[left + lag] - y[left]) / (x[left + lag] - x[left])
        height = y[left] + steep * (middle[left] - x[left])
        pairs = Groups.where(np.diff(points.ids[left], prepend=-1) > 0)
        owner, highest = points.ids[left[pairs.starts]], pairs.max(height)
        better = highest > best[owner]
        at = pairs.first(height == pairs.spread(highest))[better]
        owner = owner[better]
        best[owner], slope[owner] = height[at], steep[at]
        level[owner] = y[left[at]] - steep[at] * x[left[at]]
    return slope, level
