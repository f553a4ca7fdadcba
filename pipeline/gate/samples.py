"""One arm's durations in rising order: percentiles, and how far their order statistics can be trusted."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from pipeline.gate.arms import Floats, Ints
from pipeline.gate.distributions import binomial_quantile, normal_tail, t_quantile

#: Sums of weights are compared with this slack, relative to the whole, so that rounding never moves a rank.
_SLACK = 1e-9


class Sample:
    """Durations in rising order, each with a weight, the unit it belongs to and its hour.

    Positions count durations in that order from 0; -1 and n stand for "before the first" and "after the
    last".

    Args:
        duration: milliseconds, finite, in any order.
        weight: how many requests of the compared mix each stands for.
        unit: number of the independent unit, a user, from 0.
        hour: number of the stratum from 0.
        units, hours: how many numbers there are, in both arms together.
    """

    def __init__(
        self, duration: Floats, weight: Floats, unit: Ints, hour: Ints, units: int, hours: int
    ) -> None:
        order = np.argsort(duration)
        self.duration, self.weight, self.unit, self.hour = (a[order] for a in (duration, weight, unit, hour))
        self.n = len(duration)
        self.hours = hours
        self.cumulated = np.cumsum(self.weight)
        self.total = float(self.cumulated[-1]) if self.n else 0.0
        self.unit_weight = np.bincount(unit, weight, minlength=units)
        self.hour_count = np.bincount(hour, minlength=hours)

    @cached_property
    def effective_n(self) -> int:
        """Equally weighted requests that would tell as much (Kish)."""
        return round(self.total**2 / float((self.weight**2).sum())) if self.n else 0

    @cached_property
    def effective_units(self) -> float:
        """Equally busy units that would tell as much (Kish)."""
        return self.total**2 / float((self.unit_weight**2).sum()) if self.n else 0.0

    def position(self, share: float) -> int:
        """Return the first position up to which at least this share of the weight lies."""
        return int(np.searchsorted(self.cumulated, (share - _SLACK) * self.total))

    def last_position(self, share: float) -> int:
        """Return the last position up to which at most this share of the weight lies."""
        return int(np.searchsorted(self.cumulated, (share + _SLACK) * self.total, side="right")) - 1

    def value(self, position: int) -> float:
        """Return the duration at a position: 0 before the first, infinite after the last."""
        if position < 0:
            return 0.0
        return float(self.duration[position]) if position < self.n else math.inf


class Profile:
    """The variance of a sample's share of durations, at a percentile and around it.

    Args:
        sample: one arm.
        permille: which percentile.
        level: share of durations up to the percentile that is expected of each hour, 0 to 1.
    """

    def __init__(self, sample: Sample, permille: int, level: Floats) -> None:
        self.sample = sample
        self.share = permille / 1000
        self.centre = sample.position(self.share)
        size = len(sample.unit_weight)
        seen = np.bincount(sample.unit[: self.centre + 1], sample.weight[: self.centre + 1], minlength=size)
        self._residual = seen - np.bincount(sample.unit, sample.weight * level[sample.hour], minlength=size)
        self._variances: dict[int, float] = {}

    @property
    def independent(self) -> float:
        """The variance if all requests were independent."""
        return self.share * (1 - self.share) / self.sample.effective_n

    def variance(self, position: int) -> float:
        """Return the variance of the share of durations up to a position; asked for the same ones often."""
        if position not in self._variances:
            self._variances[position] = float((self.influence(position) ** 2).sum())
        return self._variances[position]

    def influence(self, position: int) -> Floats:
        """Return what each unit adds to the error of the share of durations up to a position (jackknife)."""
        sample = self.sample
        between = slice(min(self.centre, position) + 1, max(self.centre, position) + 1)
        moved = np.bincount(sample.unit[between], sample.weight[between], minlength=len(self._residual))
        residual = self._residual + (moved if position > self.centre else -moved)
        weight = sample.unit_weight / sample.total
        # What all units have in common is the share itself, not an error.
        residual -= residual.sum() * weight
        out: Floats = residual / sample.total / np.maximum(1 - weight, _SLACK)
        return out

    @cached_property
    def degrees(self) -> float:
        """Degrees of freedom of the variance: few where few units, or few very unlike ones, make it up.

        Satterthwaite (1946), Biometrics Bulletin 2, 110-114: 2 over the squared relative error of the
        variance. What independent requests add to that error is left out, since the binomial ranks are exact
        for them.
        """
        squares = self.influence(self.centre) ** 2
        concentration = float((squares**2).sum()) / float(squares.sum()) ** 2
        binomial = (1 / (self.share * (1 - self.share)) - 3) / self.sample.effective_n
        units = self.sample.effective_units
        return min(units - 1, 2 / max(concentration - binomial - 1 / units, 2 / units))

    def bounds(self, tail: float, below: float, above: float) -> tuple[int, int]:
        """Return the positions of the order statistics that bound the percentile.

        They are exact for independent requests (the binomial ranks) and stretched by the design effect: its
        root for clustered units, and Student's t for few of them.

        Args:
            tail: probability that the percentile lies beyond a bound, for each of the two.
            below: variance of the share near the lower bound.
            above: variance of the share near the upper bound.
        """
        n, p = self.sample.effective_n, self.share
        tail = normal_tail(t_quantile(tail, self.degrees))
        first = binomial_quantile(tail, n, p) / n
        last = (binomial_quantile(1 - tail, n, p) + 1) / n
        low = p - (p - first) * math.sqrt(max(1.0, below / self.independent))
        high = p + (last - p) * math.sqrt(max(1.0, above / self.independent))
        sample = self.sample
        return sample.last_position(low), sample.position(high) if high <= 1 else sample.n
