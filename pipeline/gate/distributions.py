"""The few distributions that the gate asks: normal, Student's t, chi-square and binomial quantiles.

The numbers that decide are computed to about ten digits here, so that the gate needs no statistics package.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np

_NORMAL = NormalDist()

#: Half-width of the window in which binomial probabilities are summed, in standard deviations.
_BINOMIAL_WINDOW = 12.0


def normal_quantile(probability: float) -> float:
    """Return z such that a standard normal value is below z with this probability."""
    return _NORMAL.inv_cdf(probability)


def normal_tail(z: float) -> float:
    """Return the probability that a standard normal value exceeds z, exactly in the far tail too."""
    return math.erfc(z / math.sqrt(2)) / 2


def chi_square_tail(statistic: float) -> float:
    """Return the p-value of a chi-square statistic with one degree of freedom."""
    return math.erfc(math.sqrt(statistic / 2))


@lru_cache(maxsize=4096)
def t_quantile(tail: float, degrees: float) -> float:
    """Return the value that Student's t exceeds with probability `tail`.

    Args:
        tail: one-sided, 0 < tail < 0.5.
        degrees: degrees of freedom, any positive number.
    """
    # The tail is convex, so Newton's steps from the normal quantile, which lies below, never overshoot.
    t = normal_quantile(1 - tail)
    log_scale = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2) - math.log(degrees * math.pi) / 2
    for _ in range(100):
        density = math.exp(log_scale - (degrees + 1) / 2 * math.log1p(t * t / degrees))
        step = (t_tail(t, degrees) - tail) / density
        t += step
        if step < 1e-12 * t:
            break
    return t


def t_tail(t: float, degrees: float) -> float:
    """Return the probability that Student's t exceeds a value t >= 0 (the regularised incomplete beta)."""
    return _incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t)) / 2


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Return I_x(a, b) by its continued fraction, https://dlmf.nist.gov/8.17#v."""
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    # Lentz's method; `tiny` stands in for a zero denominator.
    tiny = 1e-300
    c, d = 1.0, 0.0
    fraction = 1.0
    for step in range(1000):
        m = step // 2
        if step == 0:
            term = 1.0
        elif step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / (1 + term * d or tiny)
        c = 1 + term / c or tiny
        fraction *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return front * (fraction - 1) / a


@lru_cache(maxsize=65536)
def binomial_quantile(probability: float, n: int, p: float) -> int:
    """Return the smallest k with P(X <= k) >= probability, for X binomial (n, p); exact for any n.

    Only the window around the mean is summed: what lies outside weighs less than 1e-30.
    """
    spread = _BINOMIAL_WINDOW * math.sqrt(n * p * (1 - p)) + 40
    first = max(0, math.floor(n * p - spread))
    last = min(n, math.ceil(n * p + spread))
    k = np.arange(first, last + 1, dtype=np.float64)
    steps = np.log((n - k[:-1]) / (k[:-1] + 1)) + math.log(p / (1 - p))
    log_mass = np.concatenate(([0.0], np.cumsum(steps)))
    mass = np.exp(log_mass - log_mass.max())
    cumulated = np.cumsum(mass) / mass.sum()
    return first + int(np.searchsorted(cumulated, probability))
