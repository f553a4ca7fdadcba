"""Times that are of another unit, or of another epoch: no clock error makes them, a wrong number does."""

from __future__ import annotations

import numpy as np

from pipeline.skew.groups import Bools, Floats, Groups, Ints

DAY = 86_400.0
#: A unit fault multiplies the time by a power of 1,000, up to nanoseconds for seconds; within 0.1 %.
LARGEST_POWER, UNIT_TOLERANCE = 9, 1e-3
#: What clocks without battery or network start from, seconds: 1970-01-01 (Unix), 1980-01-01 (FAT, BIOS),
#: 1980-01-06 (GPS), 2000-01-01, 2001-01-01 (Apple), 2010-01-01; and how long they may have run when they are
#: first seen.
EPOCH_DEFAULTS = (0, 315_532_800, 315_964_800, 946_684_800, 978_307_200, 1_262_304_000)
EPOCH_WITHIN = 45 * DAY
#: A clock that shows such a time is this far from the server's, or else it is the time.
EPOCH_AWAY = 2 * EPOCH_WITHIN


def unit_faults(devices: Groups, server: Floats, client: Floats) -> tuple[Ints, Bools]:
    """Return the power of ten that a device's time is of server time (0: none), and the events that show one.

    Args:
        devices: the events of each device.
        server: server time, seconds since 1970.
        client: what the client said, in the same unit.
    """
    power, shows = np.zeros(devices.rows), np.zeros(devices.rows, dtype=np.bool_)
    # Logarithms are dear: none is taken of the usual ratio, which is 1, nor of times that are none.
    told = (server >= 1) & (client >= 10.0**-LARGEST_POWER)
    rows = np.flatnonzero(told & ((client > 2 * server) | (2 * client < server)))
    ratio = client[rows] / server[rows]
    power[rows] = 3 * np.round(np.log10(ratio) / 3)
    near = np.abs(ratio / 10.0 ** power[rows] - 1) <= UNIT_TOLERANCE
    shows[rows] = near & (power[rows] != 0) & (np.abs(power[rows]) <= LARGEST_POWER)
    mean = devices.sum(np.where(shows, power, 0)) / np.maximum(devices.count(shows), 1)
    return np.round(mean).astype(np.int64), shows


def epoch_defaults(devices: Groups, server: Floats, client: Floats) -> tuple[Ints, Bools]:
    """Return the default that each clock started from, seconds since 1970, and the events that show one.

    A clock that runs on leaves the time after its default while it is watched: the bound moves with it.
    """
    defaults = np.array(EPOCH_DEFAULTS, dtype=np.float64)
    nearest = np.searchsorted((defaults[1:] + defaults[:-1]) / 2, client)
    since = client - defaults[nearest]
    watched = server - devices.spread(server[devices.starts])
    shows = (since >= -EPOCH_WITHIN) & (since <= EPOCH_WITHIN + watched)
    shows &= np.abs(client - server) >= EPOCH_AWAY
    highest = devices.max(np.where(shows, nearest, 0.0)).astype(np.int64)
    return np.array(EPOCH_DEFAULTS)[highest], shows
