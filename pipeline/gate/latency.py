"""The ratio of a latency percentile, canary over baseline, with intervals that respect users and hours.

1. Like with like: baseline requests are weighted so that every hour counts as much as it does in the canary.
2. Each arm's percentile gets an interval from order statistics (exact for independent requests), stretched by
   the design effect of its users: Woodruff (1952), J. Am. Stat. Assoc. 47, 635-646, with the jackknife
   variance of a rate over clusters and Student's t at the effective number of users.
3. The two intervals join into one for the ratio, on the logarithmic scale: the method of variance estimates
   recovery, Zou and Donner (2008), Statistics in Medicine 27, 1693-1702; it is to percentiles what Newcombe's
   is to rates. Users who are in both arms make them correlated, which narrows the interval.

Nothing is drawn at random: the same requests give the same verdict.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pipeline.gate.arms import Arms
from pipeline.gate.dispersion import units
from pipeline.gate.distributions import normal_quantile, normal_tail
from pipeline.gate.hourly import Stratum, hourly
from pipeline.gate.samples import Profile, Sample
from pipeline.percentiles import fewest

#: Fewest effective users for an interval.
FEWEST_UNITS = 5

#: An hour's own level explains its requests only as far as the hour has many more than this.
_SHRINK = 300.0

#: The always-valid bound is tightest at about ten times this many effective requests.
_FOCUS = 30.0

#: Rounds in which bounds and the variances near them settle.
_ROUNDS = 3


@dataclass(frozen=True)
class Ratio:
    """A percentile of the canary over the baseline's, hours held equal.

    Attributes:
        value: the ratio; None where either percentile is unknown or zero.
        low, high: its two-sided interval for one look; None where the requests do not bound it.
        canary, baseline: the percentiles, milliseconds; None where there are too few requests.
        n_canary, n_baseline: requests that were compared.
        log_error: standard error of the ratio's logarithm; None where there is no interval.
    """

    value: float | None
    low: float | None
    high: float | None
    canary: float | None
    baseline: float | None
    n_canary: int
    n_baseline: int
    log_error: float | None


class Comparison:
    """The usable durations of both arms, sorted once for all percentiles.

    Args:
        arms: requests with durations, their statuses known.
        stratum: what counts as the same time.
    """

    def __init__(self, arms: Arms, stratum: Stratum = Stratum.HOUR) -> None:
        if arms.duration is None:
            raise ValueError("no durations")
        timed = arms.where(~np.isnan(arms.duration))
        durations = arms.duration[~np.isnan(arms.duration)]
        hours = hourly(timed, stratum)
        shared = ((hours.n_canary > 0) & (hours.n_baseline > 0))[hours.row]
        stands_for = hours.n_canary / np.maximum(hours.n_baseline, 1)
        weight = np.where(timed.canary, 1.0, stands_for[hours.row])
        unit = units(timed)
        size = int(unit.max(initial=0)) + 1
        self.canary, self.baseline = (
            Sample(durations[mask], weight[mask], unit[mask], hours.row[mask], size, len(hours.n))
            for mask in (timed.canary & shared, ~timed.canary & shared)
        )
        self._pairs: dict[int, _ProfilePair] = {}

    def ratio(self, permille: int, level: float = 0.90) -> Ratio:
        """Return the ratio of one percentile.

        Args:
            permille: 500 for the median.
            level: confidence of the two-sided interval for one look.
        """
        arms = self.canary, self.baseline
        known = [a.value(a.position(permille / 1000)) if a.n >= fewest(permille) else None for a in arms]
        canary, baseline = known
        n = self.canary.n, self.baseline.n
        few = min(a.effective_units for a in arms) < FEWEST_UNITS
        if few or not canary or not baseline:
            return Ratio(None, None, None, canary, baseline, *n, None)
        value = math.log(canary / baseline)
        low, high = (value + d for d in self._pair(permille).interval((1 - level) / 2))
        error = (high - low) / (2 * normal_quantile((1 + level) / 2))
        return Ratio(
            math.exp(value),
            _exp(low),
            _exp(high),
            canary,
            baseline,
            *n,
            error if math.isfinite(error) else None,
        )

    def floor(self, permille: int, alpha: float = 0.10) -> float | None:
        """Return a lower bound of a percentile's ratio that holds at all looks together; None without one.

        Args:
            permille: one whose ratio is known.
            alpha: probability that the bound is ever above the truth.
        """
        pair = self._pair(permille)
        z = always_valid_z(pair.effective_n, alpha)
        return _exp(pair.value + pair.interval(normal_tail(z))[0])

    def _pair(self, permille: int) -> _ProfilePair:
        if permille not in self._pairs:
            self._pairs[permille] = _ProfilePair(self.canary, self.baseline, permille)
        return self._pairs[permille]


class _ProfilePair:
    """Both arms' profiles at a percentile, with the hours' levels that they share."""

    def __init__(self, canary: Sample, baseline: Sample, permille: int) -> None:
        share = permille / 1000
        total = canary.hour_count + baseline.hour_count
        below = np.zeros(canary.hours)
        for sample in (canary, baseline):
            below += np.bincount(sample.hour[: sample.position(share) + 1], minlength=sample.hours)
        level = (below + _SHRINK * share) / (total + _SHRINK)
        self.profiles = Profile(canary, permille, level), Profile(baseline, permille, level)
        self.middle = self._variances([p.centre for p in self.profiles])
        influence = [p.influence(p.centre) for p in self.profiles]
        scale = math.sqrt(self.middle[0] * self.middle[1])
        self.correlation = float((influence[0] * influence[1]).sum()) / scale if scale else 0.0

    @property
    def value(self) -> float:
        """The logarithm of the ratio of the percentiles."""
        canary, baseline = (profile.sample.value(profile.centre) for profile in self.profiles)
        return math.log(canary / baseline)

    @property
    def effective_n(self) -> float:
        """Independent canary requests that would bound its percentile as well."""
        profile = self.profiles[0]
        return profile.share * (1 - profile.share) / max(self.middle[0], profile.independent)

    def interval(self, tail: float) -> tuple[float, float]:
        """Return how far the bounds of the ratio's logarithm lie from it: negative or -inf, positive or inf.

        The variance at a bound differs from the one at the percentile; what acts lies halfway between. The
        bounds move it and it moves them, so they settle in a few rounds.
        """
        below = above = self.middle
        ends: list[tuple[int, int]] = []
        for _ in range(_ROUNDS):
            ends = [
                profile.bounds(tail, (m + b) / 2, (m + a) / 2)
                for profile, m, b, a in zip(self.profiles, self.middle, below, above, strict=True)
            ]
            below = self._variances([low for low, _ in ends])
            above = self._variances([high for _, high in ends])
        canary, baseline = (
            tuple(_log_distance(profile, position) for position in pair)
            for profile, pair in zip(self.profiles, ends, strict=True)
        )
        return -self._joined(canary[0], baseline[1]), self._joined(canary[1], baseline[0])

    def _variances(self, positions: list[int]) -> list[float]:
        """Return the variance of each arm's share of durations up to a position, at most to the ends."""
        return [
            profile.variance(position if 0 <= position < profile.sample.n else profile.centre)
            for profile, position in zip(self.profiles, positions, strict=True)
        ]

    def _joined(self, one: float, other: float) -> float:
        if math.isinf(one) or math.isinf(other):
            return math.inf
        return math.sqrt(max(0.0, one * one + other * other - 2 * self.correlation * one * other))


def always_valid_z(n: float, alpha: float) -> float:
    """Return how many standard errors below an estimate a bound must lie to hold at all looks together.

    The one-sided asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024),
    Annals of Statistics 52, 2613-2640, https://arxiv.org/abs/2103.06476.

    Args:
        n: independent requests that the estimate rests on.
        alpha: probability that the bound ever fails.

    >>> round(always_valid_z(300, 0.05), 2)
    2.79
    """
    v = n / _FOCUS
    return math.sqrt(2 * (v + 1) / v * math.log1p(math.sqrt(v + 1) / (2 * alpha)))


def _log_distance(profile: Profile, position: int) -> float:
    """Return how far a bound lies from the percentile, as a logarithm >= 0; infinite where there is none."""
    bound = profile.sample.value(position)
    if bound == 0 or math.isinf(bound):
        return math.inf
    return abs(math.log(bound / profile.sample.value(profile.centre)))


def _exp(x: float) -> float | None:
    return math.exp(x) if math.isfinite(x) else None
