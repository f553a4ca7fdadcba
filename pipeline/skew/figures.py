"""What is measured of each device before anything is decided: counts, levels, a line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.skew import offsets
from pipeline.skew.groups import Bools, Floats, Groups, Ints
from pipeline.skew.levels import RIGHT, TwoLevels, envelope, median, rank, two_levels
from pipeline.skew.origins import epoch_defaults, unit_faults
from pipeline.skew.trend import DAY, Trend, trend

#: So many events within so much time (seconds) are needed to say anything.
LEAST_EVENTS, WITHIN = 5, 7 * DAY
#: Events from this far below a level to this far above it were sent at once, seconds.
SENT_BELOW, SENT_ABOVE = 300.0, 120.0
#: Events this far below the envelope waited on the device, seconds.
LATE = 300.0
#: Differences so near to each other are the same, seconds.
TIE = 5.0


@dataclass(frozen=True)
class Figures:
    """The figures of each device: arrays by device, but for the two that show something by event.

    A difference is client minus server, seconds.

    Attributes:
        events: which rows are whose.
        n: how many events there are.
        enough: whether LEAST_EVENTS of them lie WITHIN its time.
        year: calendar year (UTC) of the last event.
        power, shows_power, of_power: power of ten of a unit fault; whether an event shows it; how many do.
        default, shows_default, of_default: epoch default, seconds since 1970; likewise.
        level, held: the envelope, and whether enough events hold it; see `levels.envelope`.
        median, spread: middle of the differences; distance between their quartiles.
        mistake: the difference a zone mistake makes that is nearest to the level.
        two: two levels an hour apart.
        line: the trend.
        agree: events within TIE of the level.
        right: events within RIGHT of the server's clock.
        alike: events within RIGHT of the median.
        sent, above: events sent at once by the level; events above those.
        at_mistake: events sent at once by the mistake.
        late, tied: events that waited; those of them that agree with another within TIE.
    """

    events: Groups
    n: Ints
    enough: Bools
    year: Ints
    power: Ints
    shows_power: Bools
    of_power: Ints
    default: Ints
    shows_default: Bools
    of_default: Ints
    level: Floats
    held: Bools
    median: Floats
    spread: Floats
    mistake: Ints
    two: TwoLevels
    line: Trend
    agree: Ints
    right: Ints
    alike: Ints
    sent: Ints
    above: Ints
    at_mistake: Ints
    late: Ints
    tied: Ints


def measure(devices: Groups, server: Floats, client: Floats) -> Figures:
    """Measure every device.

    Args:
        devices: the events of each device; none is without.
        server: server time, seconds since 1970, ascending within a device, finite.
        client: what the client's clock said, in the same unit if the clock is sound, finite.
    """
    difference = client - server
    ranked = devices.sorted(difference)
    level, held = envelope(devices, ranked)
    middle = median(devices, ranked)
    year = _years(server[devices.lasts])
    mistake = offsets.nearest(level, year)
    power, shows_power = unit_faults(devices, server, client)
    default, shows_default = epoch_defaults(devices, server, client)
    from_level = difference - devices.spread(level)
    from_mistake = difference - devices.spread(mistake)
    return Figures(
        events=devices,
        n=devices.sizes,
        enough=_enough(devices, server),
        year=year,
        power=power,
        shows_power=shows_power,
        of_power=devices.count(shows_power),
        default=default,
        shows_default=shows_default,
        of_default=devices.count(shows_default),
        level=level,
        held=held,
        median=middle,
        spread=rank(devices, ranked, 0.75) - rank(devices, ranked, 0.25),
        mistake=mistake,
        two=two_levels(devices, server, difference, level),
        line=trend(devices, server, difference),
        agree=devices.count(np.abs(from_level) <= TIE),
        right=devices.count(np.abs(difference) <= RIGHT),
        alike=devices.count(np.abs(difference - devices.spread(middle)) <= RIGHT),
        sent=devices.count((from_level >= -SENT_BELOW) & (from_level <= SENT_ABOVE)),
        above=devices.count(from_level > SENT_ABOVE),
        at_mistake=devices.count((from_mistake >= -SENT_BELOW) & (from_mistake <= SENT_ABOVE)),
        late=devices.count(from_level < -LATE),
        tied=_tied(devices, ranked, level - LATE),
    )


def _enough(devices: Groups, server: Floats) -> Bools:
    """Return which devices have LEAST_EVENTS events within WITHIN seconds, wherever that lies."""
    ahead = LEAST_EVENTS - 1
    close = np.zeros(devices.rows, dtype=np.bool_)
    close[:-ahead] = server[ahead:] - server[:-ahead] <= WITHIN
    close[:-ahead] &= devices.ids[ahead:] == devices.ids[:-ahead]
    return devices.count(close) > 0


def _tied(devices: Groups, ranked: Floats, bound: Floats) -> Ints:
    """Return how many differences below a bound lie no more than TIE above another one."""
    close = np.zeros(devices.rows, dtype=np.bool_)
    close[1:] = (np.diff(ranked) <= TIE) & (devices.ids[1:] == devices.ids[:-1])
    return devices.count(close & (ranked < devices.spread(bound)))


def _years(server: Floats) -> Ints:
    """Return the calendar year (UTC) of each instant, 1970 to 2096."""
    whole = np.clip(server, 0, 4e9).astype(np.int64).astype("datetime64[s]")
    return whole.astype("datetime64[Y]").astype(np.int64) + 1970
