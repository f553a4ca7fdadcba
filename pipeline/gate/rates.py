"""Intervals of rates: Wilson for one, Newcombe for the difference of two, the rule of three for none.

Counts may be fractions: where events come in clusters, both counts are divided by the dispersion first, which
leaves the rate and widens the interval.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pipeline.gate.distributions import normal_quantile


class Rate(NamedTuple):
    """Events among trials, with the bounds of the rate; all of them 0 to 1."""

    value: float
    low: float
    high: float


class Difference(NamedTuple):
    """A rate minus another, with its bounds; -1 to 1."""

    value: float
    low: float
    high: float


def wilson(events: float, trials: float, level: float = 0.95) -> Rate:
    """Return a rate with its two-sided Wilson interval; a one-sided 95 % bound is one end at level 0.90.

    Source: Wilson (1927), J. Am. Stat. Assoc. 22, 209-212.

    Args:
        events: 0 to trials.
        trials: more than 0; without trials there is no rate.
        level: confidence, such as 0.95.

    >>> [round(x, 4) for x in wilson(10, 100)]
    [0.1, 0.0552, 0.1744]
    """
    z = normal_quantile((1 + level) / 2)
    share = events / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    low = 0.0 if events == 0 else centre - half
    high = 1.0 if events == trials else centre + half
    return Rate(share, low, high)


def rule_of_three(trials: float, level: float = 0.95) -> float:
    """Return the upper bound of a rate none of whose trials had the event: about 3/trials at 95 %.

    The bound is one-sided and exact: the rate at which no event at all has probability 1 - level.
    Source: Hanley and Lippman-Hand (1983), JAMA 249, 1743-1745.

    >>> round(rule_of_three(1000), 5)
    0.00299
    """
    return float(-math.expm1(math.log(1 - level) / trials))


def newcombe(
    events: float, trials: float, base_events: float, base_trials: float, level: float = 0.95
) -> Difference:
    """Return the difference of two independent rates with its interval, from the Wilson bounds of each.

    Source: Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.

    >>> [round(x, 4) for x in newcombe(56, 70, 48, 80)]
    [0.2, 0.0524, 0.3339]
    """
    one, other = wilson(events, trials, level), wilson(base_events, base_trials, level)
    value = one.value - other.value
    return Difference(
        value,
        value - math.hypot(one.value - one.low, other.high - other.value),
        value + math.hypot(one.high - one.value, other.value - other.low),
    )


def trials_until_within(
    rate: float, base_ratio: float, dispersion: float, margin: float, level: float = 0.95
) -> int | None:
    """Return how many trials let an unchanged rate pass a margin in four of five tries.

    Args:
        rate: the events per trial that both arms are taken to have, 0 to 1.
        base_ratio: trials of the other arm per trial of this one.
        dispersion: variance of the counts over that of independent events, 1 or more.
        margin: what the upper Newcombe bound of the difference has to stay below.
        level: of the Newcombe interval.

    Returns:
        Trials of this arm; None where the other arm has none.
    """
    if base_ratio <= 0:
        return None
    z = normal_quantile((1 + level) / 2)
    power = normal_quantile(0.8)
    spread = (z + power) ** 2 * rate * (1 - rate) * (1 + 1 / base_ratio) / margin**2
    # Without a single event the Wilson bound is z^2/(n + z^2), which must come below the margin as well.
    floor = z * z * (1 - margin) / margin
    return math.ceil(dispersion * max(spread, floor))
