"""Synthetic devices with a known clock fault, from how clocks, people and networks behave.

Nothing is imported from the classifier, and none of its thresholds stands here: the ranges are those of the
physical causes. Times are seconds since 1970, as floats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.float64]
Rng = np.random.Generator
#: Makes server and client times of memos written at given instants, and the fault's size where it has one.
Kind = Callable[[Rng, Times], tuple[Times, Times] | tuple[Times, Times, float]]

DAY = 86_400.0
MINUTE = 60.0
HOUR = 3_600.0
KST = 9 * HOUR
#: The first instant of every simulation: 2025-06-09 00:00 UTC.
START = 1_749_427_200.0

#: What a device without battery or network starts its clock from.
DEFAULTS = [
    datetime(*day, tzinfo=UTC).timestamp()
    for day in ((1970, 1, 1), (1980, 1, 1), (1980, 1, 6), (2000, 1, 1), (2001, 1, 1), (2010, 1, 1))
]
FACTORS = (1e-3, 1e3, 1e6, 1e9)


@dataclass(frozen=True)
class Device:
    """One device: what is wrong with its clock, by how much (where it is one number), and what was recorded.

    Attributes:
        name: of the device.
        truth: the class of its clock.
        server, client: times of its events, in no order.
        offset: of a zone and a constant, seconds; else NaN.
        drift: of a drifting clock, seconds a day; else NaN.
    """

    name: str
    truth: str
    server: Times
    client: Times
    offset: float = np.nan
    drift: float = np.nan


def devices(count: int, seed: int, events: tuple[int, int] = (5, 60)) -> Iterator[Device]:
    """Yield count devices, the ten kinds in turn.

    Args:
        count: how many.
        seed: of all chance.
        events: least and most events of a device (the thin ones excepted).
    """
    rng = np.random.default_rng(seed)
    kinds = list(_KINDS)
    for number in range(count):
        truth = kinds[number % len(kinds)]
        written = _moments(rng, events)
        server, client, *size = _KINDS[truth](rng, written)
        order = rng.permutation(len(server))
        known = {_SIZES[truth]: size[0]} if size else {}
        yield Device(f"d{number:05d}", truth, server[order], client[order], **known)


def _moments(rng: Rng, events: tuple[int, int]) -> Times:
    """Return when memos are written: one to two weeks, evenly or in sittings, in waking hours or at any."""
    low, high = events
    n = int(np.exp(rng.uniform(np.log(low), np.log(high + 1))))
    days = rng.uniform(5, 14) if n >= 12 else rng.uniform(4, 7)
    if rng.random() < 0.4:
        sittings = START + rng.uniform(0, days * DAY, max(3, n // 3))
        at = rng.choice(sittings, n) + rng.exponential(20 * MINUTE, n)
    else:
        at = START + rng.uniform(0, days * DAY, n)
    if rng.random() < 0.5:
        at = np.floor(at / DAY) * DAY + 7 * HOUR + (at % DAY) * 16 / 24
    return np.sort(at)


def _network(rng: Rng, n: int) -> Times:
    """Return delays on the way to the server: a second or so, slower on poor links."""
    median = np.exp(rng.uniform(np.log(0.05), np.log(3)))
    return rng.lognormal(np.log(median), rng.uniform(0.3, 0.9), n)


def _tuned(rng: Rng) -> float:
    """Return how far a synchronised clock is off: seconds."""
    return float(rng.normal(0, rng.choice([0.3, 2.0, 8.0])))


def _queue(rng: Rng, n: int, share: float) -> Times:
    """Return how long memos wait on the device: a share of them for minutes to days, the rest not at all."""
    waits = np.zeros(n)
    late = rng.choice(n, int(np.ceil(share * n)), replace=False)
    if rng.random() < 0.5:
        waits[late] = np.exp(rng.uniform(np.log(6 * MINUTE), np.log(2 * DAY), len(late)))
    else:
        waits[late] = 5 * MINUTE + rng.exponential(rng.uniform(0.5, 8) * HOUR, len(late))
    return waits


def _observed(rng: Rng, written: Times, error: float | Times, share: float = 0.0) -> tuple[Times, Times]:
    """Return server and client times of memos written at these instants on a clock with this error."""
    waits = _queue(rng, len(written), share) if share else 0.0
    server = written + waits + _network(rng, len(written))
    return np.round(server, 3), np.round(written + error, 3)


def _some_queue(rng: Rng) -> float:
    """Return the share of queued memos of a device whose clock is the point: mostly none."""
    return float(rng.uniform(0.2, 0.65)) if rng.random() < 0.25 else 0.0


def _zone_offset(rng: Rng) -> float:
    """Return the offset of a zone where people live, as it is in the simulation's time."""
    zones = sorted(name for name in available_timezones() if name.split("/")[0] in _CONTINENTS)
    at = datetime.fromtimestamp(START, UTC)
    while True:
        offset = at.astimezone(ZoneInfo(str(rng.choice(zones)))).utcoffset()
        assert offset is not None
        if seconds := offset.total_seconds():
            return seconds


#: What the third value of a kind is.
_SIZES = {"zone": "offset", "constant": "offset", "drift": "drift"}
_CONTINENTS = {"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}


def _ok(rng: Rng, written: Times) -> tuple[Times, Times]:
    crystal = rng.normal(0, 0.1) * (written - written[0]) / DAY
    late = rng.uniform(0, 0.08) if rng.random() < 0.2 else 0.0
    waits = np.where(rng.random(len(written)) < late, rng.exponential(HOUR, len(written)), 0.0)
    server, client = _observed(rng, written, _tuned(rng) + crystal)
    return server + waits, client


def _unit(rng: Rng, written: Times) -> tuple[Times, Times]:
    server, client = _observed(rng, written, _tuned(rng), _some_queue(rng))
    return server, client * rng.choice(FACTORS)


def _epoch_default(rng: Rng, written: Times) -> tuple[Times, Times]:
    server, _ = _observed(rng, written, 0.0)
    default = rng.choice(DEFAULTS)
    if rng.random() < 0.5:  # started once, running since
        return server, default + rng.uniform(0, 25 * DAY) + (written - written[0])
    return server, default + rng.uniform(0, 2 * DAY, len(written))  # restarts at each use


def _zone(rng: Rng, written: Times) -> tuple[Times, Times, float]:
    offset = _zone_offset(rng)
    cause = rng.random()
    if cause < 0.15:
        offset = -offset  # the sign of getTimezoneOffset taken for the offset's
    elif cause < 0.3 and offset != KST:
        offset = offset - KST  # local time read as Korean
    offset += _tuned(rng)
    return *_observed(rng, written, offset, _some_queue(rng)), offset


def _dst(rng: Rng, written: Times) -> tuple[Times, Times]:
    base = _zone_offset(rng) if rng.random() < 0.5 else 0.0
    switch = rng.uniform(0.1, 0.9) * (written[-1] - written[0]) + written[0]
    step = rng.choice([-HOUR, HOUR]) * (written >= switch)
    return _observed(rng, written, base + _tuned(rng) + step, _some_queue(rng) if rng.random() < 0.5 else 0)


def _drift(rng: Rng, written: Times) -> tuple[Times, Times, float]:
    rate = rng.choice([-1, 1]) * np.exp(rng.uniform(np.log(1.2), np.log(600)))
    base = rng.choice([0.0, rng.uniform(-30, 30), rng.uniform(-30, 30) * MINUTE])
    return *_observed(rng, written, base + rate * (written - written[0]) / DAY), rate


def _constant(rng: Rng, written: Times) -> tuple[Times, Times, float]:
    while True:
        offset = rng.choice([-1, 1]) * np.exp(rng.uniform(np.log(100), np.log(20 * DAY)))
        if abs(offset - round(offset / (15 * MINUTE)) * 15 * MINUTE) > 2 * MINUTE or abs(offset) > 24 * HOUR:
            return *_observed(rng, written, offset, _some_queue(rng)), offset
        # A quarter of an hour is a zone somewhere: such a clock has two true names.


def _queued(rng: Rng, written: Times) -> tuple[Times, Times]:
    return _observed(rng, written, _tuned(rng), rng.uniform(0.21, 0.65))


def _noisy(rng: Rng, written: Times) -> tuple[Times, Times]:
    n = len(written)
    size = np.exp(rng.uniform(np.log(10 * MINUTE), np.log(DAY)))
    shape = rng.integers(4)
    if shape == 0:
        error = rng.normal(0, size, n)
    elif shape == 1:
        error = rng.uniform(-size, size, n)
    elif shape == 2:
        error = rng.standard_t(2, n) * size
    else:  # set anew by hand every few memos
        error = rng.normal(0, size, n)[np.sort(rng.integers(0, max(n // 2, 4), n) % n)]
    return _observed(rng, written, error)


def _insufficient(rng: Rng, written: Times) -> tuple[Times, Times]:
    kinds: list[Kind] = [_ok, _zone, _constant, _noisy]
    kind = kinds[rng.integers(len(kinds))]
    if rng.random() < 0.8:
        return kind(rng, written[: rng.integers(1, 5)])[:2]
    thin: Times = START + np.arange(rng.integers(5, 9)) * rng.uniform(2.5, 10) * DAY  # one every few days
    return kind(rng, thin)[:2]


_KINDS: dict[str, Kind] = {
    "unit": _unit,
    "epoch_default": _epoch_default,
    "zone": _zone,
    "dst": _dst,
    "drift": _drift,
    "ok": _ok,
    "constant": _constant,
    "queued": _queued,
    "noisy": _noisy,
    "insufficient": _insufficient,
}
