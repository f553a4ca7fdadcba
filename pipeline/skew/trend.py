"""Does a clock run fast or slow? The line over its differences, and whether its slope is more than chance.

Memos arrive late, never early, so the clock's own error is the upper edge of the differences. The slope that
is published is the Theil-Sen median over the highest event of each day near that edge: the robust line of
Paxson, "On calibrating measurements of packet transit times" (ACM SIGMETRICS 1998).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.skew import hull, slopes
from pipeline.skew.groups import Bools, Floats, Groups, Ints

DAY = 86_400.0
#: An event this little below the line was sent at once, seconds.
ON_TIME = 60.0
#: Sums of large times leave this much above the line that touches them, seconds.
_ROUNDING = 1e-3
#: The least drift that is a fault, seconds a day.
LEAST_DRIFT = 1.0
#: Events near the line: at least so many, and at least this share of all.
LEAST_NEAR, LEAST_SHARE = 4, 0.3
#: So many days must have an event near the line: two cannot tell a drift from a jump.
LEAST_POINTS = 3
#: Three days bear a drift out only if their slopes differ by no more than this share of it.
THREE_AGREE = 0.25
#: The days that a line must reach over before its slope per day means anything.
LEAST_SPAN = 1.0

#: Student's t at a two-sided 0.1 %, by 1/degrees of freedom.
_INVERSE_DOF = np.array(
    [0, 1 / 60, 1 / 30, 1 / 20, 1 / 15, 1 / 10, 1 / 8, 1 / 6, 1 / 5, 1 / 4, 1 / 3, 1 / 2, 1]
)
_CRITICAL_T = np.array([3.29, 3.46, 3.65, 3.85, 4.07, 4.59, 5.04, 5.96, 6.87, 8.61, 12.92, 31.6, 636.6])


@dataclass(frozen=True)
class Trend:
    """The line over each device's differences: arrays by device, but for `off`.

    Attributes:
        slope: seconds a day; NaN without a line.
        low, high: quartiles of the slopes between days, seconds a day; NaN where it may be chance.
        last: the line at the last event, seconds.
        reach: how far the line moves over the events near it, seconds.
        drifts: whether the slope is at least LEAST_DRIFT and more than chance.
        near: how many events lie near the line.
        above: how many lie above it.
        off: by event, whether the line is then more than ON_TIME from the server's clock.
    """

    slope: Floats
    low: Floats
    high: Floats
    last: Floats
    reach: Floats
    drifts: Bools
    near: Ints
    above: Ints
    off: Bools


def trend(devices: Groups, server: Floats, difference: Floats) -> Trend:
    """Return the line over each device's differences.

    Args:
        devices: the events of each device.
        server: server time of each event, seconds, ascending within a device.
        difference: client minus server, seconds.
    """
    days = (server - devices.spread(server[devices.starts])) / DAY
    slope, level = hull.upper_edge(devices, hull.cells(devices, days), days, difference)
    below = difference - devices.spread(level) - devices.spread(slope) * days
    near = _near(below)
    first, last = _reach(devices, near, days)
    enough = _enough(devices, near) & (last - first >= LEAST_SPAN)

    further, error = slopes.least_squares(devices, near, days, below)
    steep = _steeper_than_scatter(slope + further, error, devices.count(near))
    likely = enough & (steep | _hugs(devices, near, difference, below))
    confirmed, median, low, high = _confirm(devices, likely, days, below, near, slope)
    slope = np.where(confirmed, median, np.where(enough, slope + further, np.nan))

    line = _line(devices, near, days, difference, slope)
    near = _near(difference - line)
    drifts = confirmed & (np.round(np.abs(slope), 3) >= LEAST_DRIFT) & _enough(devices, near)
    return Trend(
        slope=slope,
        low=low,
        high=high,
        last=line[devices.lasts],
        reach=np.abs(slope) * (last - first),
        drifts=drifts,
        near=devices.count(near),
        above=devices.count(difference - line > _ROUNDING),
        off=np.abs(line) > ON_TIME,
    )


def _near(below: Floats) -> Bools:
    return (below >= -ON_TIME) & (below <= _ROUNDING)


def _enough(devices: Groups, near: Bools) -> Bools:
    count = devices.count(near)
    return (count >= LEAST_NEAR) & (count >= LEAST_SHARE * devices.sizes)


def _reach(devices: Groups, near: Bools, days: Floats) -> tuple[Floats, Floats]:
    """Return the days of the first and the last event near the line."""
    first = -devices.max(np.where(near, -days, -np.inf))
    return first, devices.max(np.where(near, days, -np.inf))


def _confirm(
    devices: Groups, likely: Bools, days: Floats, below: Floats, near: Bools, slope: Floats
) -> tuple[Bools, Floats, Floats, Floats]:
    """Return which likely drifts the days bear out, with median and quartiles of the slopes between days.

    Half of those slopes and more have one sign, and with only three days they agree. Few clocks are likely to
    drift, so only their events are looked at.
    """
    rows = np.flatnonzero(devices.spread(likely))
    some = Groups.of_sizes(devices.sizes[likely])
    days, near = days[rows], near[rows]
    below = np.where(near, below[rows], -np.inf)
    points = np.zeros(len(rows), dtype=np.bool_)
    if len(rows):
        points[hull.peaks(hull.cells(some, days), below)] = True
    points &= near
    found = np.array(slopes.of_pairs(some, points, days, below)) + slope[likely]
    median, low, high = found
    on_days = some.count(points)
    agree = (on_days > LEAST_POINTS) | (high - low <= THREE_AGREE * np.abs(median))
    confirmed = np.zeros(len(devices), dtype=np.bool_)
    confirmed[likely] = (on_days >= LEAST_POINTS) & (low * high > 0) & agree
    scattered = np.full((3, len(devices)), np.nan)
    scattered[:, likely] = found
    return confirmed, scattered[0], scattered[1], scattered[2]


def _steeper_than_scatter(slope: Floats, error: Floats, count: Ints) -> Bools:
    """Return where a least-squares slope is more than chance, if delays scatter about as normal ones do."""
    critical: Floats = np.interp(1 / np.maximum(count - 2, 1), _INVERSE_DOF, _CRITICAL_T)
    return np.abs(slope) > critical * error


def _hugs(devices: Groups, near: Bools, difference: Floats, below: Floats) -> Bools:
    """Return where the events lie so much closer under the line than under a flat one that it is no chance.

    Under exponential delays the hull's edge is the likeliest line, and the logarithm of its likelihood ratio
    to a flat one is n * ln(mean delay under the flat line / mean delay under it). The bound is that ratio's
    99.5 % quantile without a drift for normal delays, the widest of the shapes that were tried, from n = 5 to
    60.
    """
    n = np.maximum(devices.count(near), 1)
    top = devices.max(np.where(near, difference, -np.inf))
    flat = devices.sum(np.where(near, devices.spread(top) - difference, 0.0)) / n
    tilted = devices.sum(np.where(near, -below, 0.0)) / n
    ratio: Floats = n * np.log(np.maximum(flat, _ROUNDING) / np.maximum(tilted, _ROUNDING))
    return ratio > 8 + n / 4


def _line(devices: Groups, near: Bools, days: Floats, difference: Floats, slope: Floats) -> Floats:
    """Return, by event, the line of this slope that touches the events near the edge; NaN without one."""
    rise = devices.spread(slope) * days
    top = devices.max(np.where(near, difference - rise, -np.inf))
    return devices.spread(np.where(np.isfinite(slope), top, np.nan)) + rise
