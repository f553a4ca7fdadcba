"""Requests and errors of each arm by stratum: the hours in which the two arms are compared like with like.

Comparing within hours is what keeps Simpson's paradox out: an arm that happens to get more of the bad hours
is measured against the other arm in those same hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import numpy as np

from pipeline.gate.arms import Arms, Floats, Ints

#: 1970-01-01 was a Thursday: hours from the Monday before it to it.
_MONDAY = 72


class Stratum(Enum):
    """What counts as the same time for both arms."""

    HOUR = "hour"  # the arms run side by side
    HOUR_OF_WEEK = "hour_of_week"  # one follows the other, both for a week or more
    HOUR_OF_DAY = "hour_of_day"  # one follows the other

    def of(self, hour: Ints) -> Ints:
        """Return the stratum of each hour since 1970, as numbers."""
        match self:
            case Stratum.HOUR:
                return hour
            case Stratum.HOUR_OF_WEEK:
                return (hour + _MONDAY) % 168
            case Stratum.HOUR_OF_DAY:
                return hour % 24


@dataclass(frozen=True)
class Hourly:
    """Judged requests and errors per stratum; one array element a stratum that has any.

    Attributes:
        row: the position, in these arrays, of each request's stratum.
        n_baseline, n_canary, errors_baseline, errors_canary: counts.
    """

    row: Ints
    n_baseline: Floats
    n_canary: Floats
    errors_baseline: Floats
    errors_canary: Floats

    @cached_property
    def n(self) -> Floats:
        """Requests of both arms."""
        return self.n_baseline + self.n_canary

    @cached_property
    def errors(self) -> Floats:
        """Errors of both arms."""
        return self.errors_baseline + self.errors_canary

    @cached_property
    def share(self) -> Floats:
        """The canary's share of the requests, 0 to 1."""
        return self.n_canary / self.n

    @cached_property
    def baseline_rate(self) -> float:
        """The baseline's error rate at the canary's mix of hours, 0 to 1; NaN where no hour has both arms."""
        mix = self._mix
        if not mix.any():
            return float("nan")
        rates = np.divide(self.errors_baseline, self.n_baseline, out=np.zeros_like(mix), where=mix > 0)
        return float((mix * rates).sum())

    @cached_property
    def baseline_trials(self) -> float:
        """The requests that `baseline_rate` is worth (Kish): fewer the more the arms' hours differ."""
        mix = self._mix
        shared = mix > 0
        return float(1 / (mix[shared] ** 2 / self.n_baseline[shared]).sum()) if shared.any() else 0.0

    @cached_property
    def comparable(self) -> tuple[float, float]:
        """The canary's errors and requests in the hours that have both arms."""
        shared = (self.n_baseline > 0) & (self.n_canary > 0)
        return float(self.errors_canary[shared].sum()), float(self.n_canary[shared].sum())

    @cached_property
    def _mix(self) -> Floats:
        """Each stratum's share of the canary's requests; 0 where an arm is missing."""
        shared = np.where(self.n_baseline > 0, self.n_canary, 0.0)
        total = shared.sum()
        return shared / total if total else shared


def hourly(arms: Arms, stratum: Stratum = Stratum.HOUR) -> Hourly:
    """Return the counts of arms whose statuses are all known, by stratum."""
    labels = stratum.of(arms.hour)
    row, size = _dense(labels)

    cells = np.bincount(row * 4 + arms.canary * 2 + arms.error, minlength=size * 4)
    good, bad, canary_good, canary_bad = cells.reshape(size, 4).T.astype(np.float64)
    return Hourly(row, good + bad, canary_good + canary_bad, bad, canary_bad)


def _dense(labels: Ints) -> tuple[Ints, int]:
    """Number the labels that occur from 0 up, without sorting: hours of a rollout span a small range."""
    if len(labels) == 0:
        return labels, 0
    offset = labels - labels.min()
    seen = np.zeros(int(offset.max()) + 1, dtype=bool)
    seen[offset] = True
    number = np.cumsum(seen) - 1
    return number[offset], int(number[-1]) + 1
