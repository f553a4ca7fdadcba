"""How much more the counts of errors vary than independent errors would.

Errors come in clusters: one user's session fails ten times, and all ten fall on that user's arm. Whatever is
computed from a number of errors is then too sure of itself, by the factor

    phi = sum over users of (errors - expected errors)^2 / sum of expected errors,

the design effect of a rate over clusters of unequal size (Rao and Scott 1992, Biometrics 48, 577-585). The
expected errors follow the hour's rate and the arm's own level, so that neither a bad hour nor a faulty canary
counts as clustering, and a busy user with many independent errors does not either.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.gate.arms import MINUTE_US, Arms, Floats, Ints
from pipeline.gate.hourly import Hourly


class Dispersion(NamedTuple):
    """How much more error counts vary than independent errors would; both 1 or more.

    Attributes:
        seen: by the clusters so far: what the interval of one look is widened by.
        guarded: the largest cluster counted twice, for what is looked at again and again. The clusters seen
            so far are a small sample of a long-tailed kind: early looks would miss the next large one.
    """

    seen: float
    guarded: float


#: Of errors that nothing ties together.
INDEPENDENT = Dispersion(1.0, 1.0)


def units(arms: Arms) -> Ints:
    """Return a number per independent unit of requests: the user, else the minute of the arm."""
    if arms.user is not None and (arms.user >= 0).all():
        return arms.user
    minute = np.unique(arms.ts // MINUTE_US * 2 + arms.canary, return_inverse=True)[1]
    if arms.user is None:
        return minute
    return np.where(arms.user >= 0, arms.user, arms.user.max(initial=-1) + 1 + minute)


def dispersion(arms: Arms, hours: Hourly) -> Dispersion:
    """Return the dispersion of the errors; that of independent ones where there is none.

    Where errors lack a user, the swings of the canary's share of the errors from hour to hour count as well,
    since a user's errors spread over more than a minute.
    """
    if not hours.errors.any():
        return INDEPENDENT
    found = [INDEPENDENT, _by_unit(arms, hours)]
    if arms.user is None or bool((arms.error & (arms.user < 0)).any()):
        found.append(_by_hour(hours))
    return Dispersion(max(one.seen for one in found), max(one.guarded for one in found))


def _by_unit(arms: Arms, hours: Hourly) -> Dispersion:
    expected = (hours.errors / hours.n)[hours.row]
    for arm in (arms.canary, ~arms.canary):
        total = expected[arm].sum()
        if total > 0:
            expected[arm] *= arms.error[arm].sum() / total
    residual = np.bincount(units(arms), weights=arms.error - expected)
    return _of(np.square(residual, dtype=np.float64), float(expected.sum()))


def _by_hour(hours: Hourly) -> Dispersion:
    """Return the dispersion of the canary's errors, given those of each hour."""
    tilted = hours.share * _relative_rate(hours)
    tilted /= tilted + 1 - hours.share
    spread = hours.errors * tilted * (1 - tilted)
    if not spread.any():
        return INDEPENDENT
    return _of((hours.errors_canary - hours.errors * tilted) ** 2, float(spread.sum()))


def _relative_rate(hours: Hourly) -> float:
    """Return the ratio of the arms' error rates, hours held equal (Mantel and Haenszel 1959, for rates)."""
    canary = (hours.errors_canary * hours.n_baseline / hours.n).sum()
    baseline = (hours.errors_baseline * hours.n_canary / hours.n).sum()
    return float(canary / baseline) if canary > 0 and baseline > 0 else 1.0


def _of(squares: Floats, expected: float) -> Dispersion:
    total = squares.sum()
    return Dispersion(float(total / expected), float((total + squares.max()) / expected))
