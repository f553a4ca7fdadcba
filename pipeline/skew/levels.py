"""Levels that a device's differences keep to: the upper envelope, and two levels an hour apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.skew.groups import Bools, Floats, Groups, Ints

#: A right clock is this near to the server's; events this far below a level were sent at once. Seconds.
RIGHT = 60.0
#: The envelope, where nothing holds a level: this quantile of the differences.
ENVELOPE = 0.95
#: A level is held by this share of the events, and by no fewer than so many, within RIGHT below it.
HELD_SHARE, HELD_LEAST = 0.25, 3
#: So large a share of the events, or one event, may lie above the level they hold: clocks being set.
ABOVE_SHARE = 0.05

#: The hour of summer time, seconds.
HOUR = 3600.0
#: So many changes of level a stay under summer-time rules may show.
MOST_SWITCHES = 2
#: Events on both levels, as a share of all.
DST_SHARE = 0.3
#: A single event on one level counts at either end of the time, if all on both are this near to it (seconds)
#: and so many.
EXACT, LEAST_WITH_SINGLE = 15.0, 3


def rank(devices: Groups, ranked: Floats, share: float) -> Floats:
    """Return the value of rank ceil(share * n) of each device's ascending values."""
    place = np.ceil(share * devices.sizes - 1e-9).astype(np.int64) - 1
    found: Floats = ranked[devices.starts + np.maximum(place, 0)]
    return found


def median(devices: Groups, ranked: Floats) -> Floats:
    """Return the median of each device's ascending values."""
    middle = (devices.starts + devices.lasts) / 2
    low, high = np.floor(middle).astype(np.int64), np.ceil(middle).astype(np.int64)
    middles: Floats = (ranked[low] + ranked[high]) / 2
    return middles


def envelope(devices: Groups, ranked: Floats) -> tuple[Floats, Bools]:
    """Return each device's level, seconds, and whether enough events hold it to call it one.

    The level is the highest difference that a quarter of the events lie within a minute below; one stray
    event above does not hide it. Where there is none it is the 95 % rank, which mostly late events leave
    right.

    Args:
        devices: the events of each device.
        ranked: their differences, ascending within a device.
    """
    sizes = devices.sizes
    needed = np.maximum(np.ceil(HELD_SHARE * sizes).astype(np.int64), HELD_LEAST)
    row = np.arange(devices.rows)
    lowest = row - devices.spread(needed) + 1
    inside = lowest >= devices.spread(devices.starts)
    above = devices.spread(devices.lasts) - row
    allowed = np.maximum(np.floor(ABOVE_SHARE * sizes), 1)
    holds = inside & (above <= devices.spread(allowed))
    holds &= ranked - ranked[np.where(inside, lowest, row)] <= RIGHT
    top = devices.max(np.where(holds, row, -1.0)).astype(np.int64)
    return np.where(top >= 0, ranked[top], rank(devices, ranked, ENVELOPE)), top >= 0


@dataclass(frozen=True)
class TwoLevels:
    """Devices whose differences change between two levels an hour apart: by device, but for the last two.

    Attributes:
        found: whether they do.
        latest: the level at the last event on either, seconds.
        switched: server time of the first event after the last change, seconds since 1970; -inf without.
        bearing: how many events are on either level.
        above: how many are above both.
        on_level: by event, whether it is on one.
        off: by event, whether it is on one that is not the server's.
    """

    found: Bools
    latest: Floats
    switched: Floats
    bearing: Ints
    above: Ints
    on_level: Bools
    off: Bools


def two_levels(devices: Groups, server: Floats, difference: Floats, level: Floats) -> TwoLevels:
    """Return which devices keep to their level, and before or after to one exactly an hour above or below it.

    Args:
        devices: the events of each device.
        server: server time, seconds, ascending within a device.
        difference: client minus server, seconds.
        level: each device's envelope, seconds.
    """
    from_level = difference - devices.spread(level)
    here = np.abs(from_level) <= RIGHT
    down = devices.count(np.abs(from_level + HOUR) <= RIGHT)
    up = devices.count(np.abs(from_level - HOUR) <= RIGHT)
    step = np.where(up > down, HOUR, -HOUR)
    from_other = from_level - devices.spread(step)
    there = np.abs(from_other) <= RIGHT
    on_level = here | there

    on_other, on_own = np.maximum(up, down), devices.count(here)
    fewer, both = np.minimum(on_other, on_own), on_other + on_own
    switches, switched = _switches(devices, on_level, there, server)
    exact = devices.count(on_level & (np.minimum(np.abs(from_level), np.abs(from_other)) <= EXACT))
    single = (fewer == 1) & (both >= LEAST_WITH_SINGLE) & (switches == 1) & (exact == both)
    found = ((fewer >= 2) | single) & (both >= DST_SHARE * devices.sizes) & (switches <= MOST_SWITCHES)

    last = devices.max(np.where(on_level, np.arange(devices.rows), -1.0)).astype(np.int64)
    latest = level + np.where(there[last] & (last >= 0), step, 0.0)
    above = devices.count(from_level > devices.spread(np.maximum(step, 0) + RIGHT))
    of_event = devices.spread(level) + np.where(there, devices.spread(step), 0.0)
    off = on_level & (np.abs(of_event) > RIGHT)
    return TwoLevels(found, latest, switched, both, above, on_level, off)


def _switches(devices: Groups, on_level: Bools, there: Bools, server: Floats) -> tuple[Floats, Floats]:
    """Return how often each device changes its level, and when it did last."""
    rows = np.flatnonzero(on_level)
    owner, side = devices.ids[rows], there[rows]
    changes = np.zeros(len(rows), dtype=np.bool_)
    changes[1:] = (side[1:] != side[:-1]) & (owner[1:] == owner[:-1])
    changed = rows[changes]
    switches = np.bincount(devices.ids[changed], minlength=len(devices)).astype(np.float64)
    marked = np.full(devices.rows, -np.inf)
    marked[changed] = server[changed]
    return switches, devices.max(marked)
