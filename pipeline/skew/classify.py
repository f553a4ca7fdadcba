"""Which fault does a clock have? One decision per device, by rules in a fixed order.

Let s = client - server, seconds. A memo reaches the server after it was written, so s = offset - delay with
delay >= 0: the clock's own offset is the upper envelope of s, however many memos waited on the device.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.skew.figures import Figures
from pipeline.skew.groups import Bools, Floats, Ints
from pipeline.skew.levels import RIGHT

#: Share of the events that show a unit fault or an epoch default.
MOST = 0.5
#: An envelope this near to what a zone mistake makes is one, seconds; so large a share of the events supports
#: it.
ZONE_TOLERANCE, ZONE_SHARE = 30.0, 0.3
#: A zone's clock stays with its offset; one that moves by more than this drifts, seconds.
ZONE_STAYS = 90.0
#: A clock is right that is right at this share of the events.
RIGHT_SHARE = 0.8
#: So large a share of late events is a queue.
LATE_SHARE = 0.2
#: Two events at the same level hold it, too, if they are this share of all.
PAIR_SHARE = 0.15
#: Delays differ: a clock of which this share of the late events agree with another was set to several times.
TIED_SHARE = 1 / 3

#: What the client time of an event shows.
RIGHT_TIME, WRONG_TIME, UNKNOWN_TIME = range(3)
Shown = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Rule:
    """One class of clocks.

    Attributes:
        name: of the class.
        fits: which devices are of it, if no rule before fitted.
        bearing: how many events bear it out.
        telling: how many could tell; late ones say nothing about a clock.
        shown: for each event, whether the clock's fault makes its client time a WRONG_TIME.
        offset: the clock's offset, seconds.
    """

    name: str
    fits: Callable[[Figures], Bools]
    bearing: Callable[[Figures], Ints]
    telling: Callable[[Figures], Ints]
    shown: Callable[[Figures], Shown]
    offset: Callable[[Figures], Floats] = lambda f: f.level


def _held(f: Figures) -> Bools:
    return f.held | ((f.agree >= 2) & (f.agree >= PAIR_SHARE * f.n))


def _is_zone(f: Figures) -> Bools:
    near: Bools = np.abs(f.level - f.mistake) <= ZONE_TOLERANCE
    supported: Bools = _held(f) | (f.at_mistake >= ZONE_SHARE * f.n)
    leaves: Bools = f.line.drifts & (f.line.reach > ZONE_STAYS)
    return near & supported & ~leaves


def _is_constant(f: Figures) -> Bools:
    one_level: Bools = _held(f) & (f.tied < np.maximum(TIED_SHARE * f.late, 1))
    return (one_level | (2 * f.alike >= f.n)) & (np.abs(_steady_level(f)) > RIGHT)


def _steady_level(f: Figures) -> Floats:
    return np.where(_held(f), f.level, f.median)


def _is_queued(f: Figures) -> Bools:
    mostly_late = _held(f) & (2 * f.late >= f.n - f.right)
    return (np.abs(f.level) <= RIGHT) & ((f.late >= LATE_SHARE * f.n) | mostly_late)


def _is_ok(f: Figures) -> Bools:
    slow_network = (np.abs(f.level) <= RIGHT) & _held(f) & ~_is_queued(f)
    return (f.right >= RIGHT_SHARE * f.n) | slow_network


def _none(f: Figures) -> Ints:
    return np.zeros_like(f.n)


def _all(f: Figures) -> Ints:
    return f.n


def _throughout(shown: int) -> Callable[[Figures], Shown]:
    return lambda f: np.full(f.events.rows, shown, dtype=np.int8)


def _where(wrong: Bools) -> Shown:
    return np.where(wrong, WRONG_TIME, RIGHT_TIME).astype(np.int8)


def _on_levels(f: Figures) -> Shown:
    return np.where(f.two.on_level, _where(f.two.off), UNKNOWN_TIME).astype(np.int8)


#: The classes in the order in which they are decided: the first that fits is the answer, the last always
#: fits. A switch of summer time comes before the zone, because each of its levels is a zone's.
RULES = (
    Rule("insufficient", lambda f: ~f.enough, _none, _none, _throughout(UNKNOWN_TIME)),
    Rule(
        "unit",
        lambda f: f.of_power >= MOST * f.n,
        lambda f: f.of_power,
        _all,
        lambda f: _where(f.shows_power),
    ),
    Rule(
        "epoch_default",
        lambda f: f.of_default >= MOST * f.n,
        lambda f: f.of_default,
        _all,
        lambda f: _where(f.shows_default),
    ),
    Rule(
        "dst",
        lambda f: f.two.found,
        lambda f: f.two.bearing,
        lambda f: f.two.bearing + f.two.above,
        _on_levels,
        lambda f: f.two.latest,
    ),
    Rule("zone", _is_zone, lambda f: f.sent, lambda f: f.sent + f.above, _throughout(WRONG_TIME)),
    Rule(
        "drift",
        lambda f: f.line.drifts,
        lambda f: f.line.near,
        lambda f: f.line.near + f.line.above,
        lambda f: _where(f.line.off),
        lambda f: f.line.last,
    ),
    Rule("ok", _is_ok, lambda f: f.right, _all, _throughout(RIGHT_TIME)),
    Rule(
        "constant",
        _is_constant,
        lambda f: np.where(_held(f), f.sent, f.alike),
        lambda f: np.where(_held(f), f.sent + f.above, f.n),
        _throughout(WRONG_TIME),
        _steady_level,
    ),
    Rule("queued", _is_queued, lambda f: f.right + f.late, _all, _throughout(RIGHT_TIME)),
    Rule("noisy", lambda f: f.n > 0, lambda f: f.n - f.alike, _all, _throughout(UNKNOWN_TIME)),
)
CLASSES = tuple(rule.name for rule in RULES)


@dataclass(frozen=True)
class Verdicts:
    """What was decided: `kind` (index into RULES), offset, bearing, telling by device; `shown` by event."""

    kind: npt.NDArray[np.intp]
    offset: Floats
    bearing: Ints
    telling: Ints
    shown: Shown


def decide(figures: Figures) -> Verdicts:
    """Return every device's class: the first rule that fits."""
    kind = np.argmax([rule.fits(figures) for rule in RULES], axis=0)
    return Verdicts(
        kind,
        np.choose(kind, [rule.offset(figures) for rule in RULES]),
        np.choose(kind, [rule.bearing(figures) for rule in RULES]),
        np.choose(kind, [rule.telling(figures) for rule in RULES]),
        np.choose(figures.events.spread(kind), [rule.shown(figures) for rule in RULES]),
    )
