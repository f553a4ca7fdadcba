"""Two judges to compare with: tests looked at again and again, and Mann-Whitney as Kayenta sets it.

Kayenta's NetflixACAJudge: each metric is a series of points (here an hour each); NaN and outliers beyond 3
times the interquartile range are removed; a metric is High when the 98 % interval of the Hodges-Lehmann shift
lies above 0.25 times its estimate.
https://github.com/spinnaker/kayenta/blob/master/kayenta-judge/src/main/scala/com/netflix/kayenta/judge/NetflixACAJudge.scala
"""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from pipeline.gate.arms import HOUR_US, Arms

_Z98 = stats.norm.ppf(0.99)


def z_test_rolls_back(arms: Arms) -> bool:
    """Whether errors or mean log duration are higher at one-sided 5 %, requests taken as independent."""
    known, canary = arms.known, arms.canary
    n, base_n = (np.count_nonzero(known & arm) for arm in (canary, ~canary))
    if min(n, base_n) < 30:
        return False
    k, base_k = (np.count_nonzero(known & arm & arms.error) for arm in (canary, ~canary))
    pooled = (k + base_k) / (n + base_n)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / base_n))
    if spread and (k / n - base_k / base_n) / spread > stats.norm.ppf(0.95):
        return True
    if arms.duration is None:
        return False
    one, other = (np.log(arms.duration[arm & (arms.duration > 0)]) for arm in (canary, ~canary))
    error = math.sqrt(one.var() / len(one) + other.var() / len(other))
    return bool((one.mean() - other.mean()) / error > stats.norm.ppf(0.95))


class Kayenta:
    """Kayenta's points of a rollout: error rate, P50, P95 and P99 of each arm in each of its hours."""

    def __init__(self, arms: Arms) -> None:
        self._arms = [_series(arms.where(side & arms.known)) for side in (arms.canary, ~arms.canary)]

    def rolls_back(self, end: int) -> bool:
        """Whether any metric is High by the hours that are over at an instant, microseconds since 1970."""
        sides = []
        for hours, series in self._arms:
            over = np.searchsorted(hours, end // HOUR_US)
            sides.append([metric[:over] for metric in series])
        return any(_is_high(canary, baseline) for canary, baseline in zip(*sides, strict=True))


def _series(arms: Arms) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the hours that have requests, and each metric in them."""
    hours, row, n = np.unique(arms.hour, return_inverse=True, return_counts=True)
    series = [np.bincount(row, arms.error, minlength=len(hours)) / n]
    if arms.duration is None or not len(hours):
        return hours, [*series, *[np.array([])] * 3]
    duration = arms.duration[np.lexsort((arms.duration, row))]
    start = np.cumsum(n) - n
    return hours, [*series, *(duration[start + np.ceil(n * p).astype(int) - 1] for p in (0.5, 0.95, 0.99))]


def _is_high(canary: np.ndarray, baseline: np.ndarray) -> bool:
    canary, baseline = _without_outliers(canary), _without_outliers(baseline)
    if not len(canary) or not len(baseline):
        return False  # No data passes, as there.
    n, m = len(canary), len(baseline)
    rank = max(0, math.floor(n * m / 2 - _Z98 * math.sqrt(n * m * (n + m + 1) / 12)))
    middle = n * m // 2
    shifts = np.partition((canary[:, None] - baseline[None, :]).ravel(), (rank, middle))
    return bool(shifts[rank] > 0.25 * abs(float(shifts[middle])))


def _without_outliers(values: np.ndarray) -> np.ndarray:
    if not len(values):
        return values
    first, third = np.percentile(values, [25, 75])
    reach = 3 * (third - first)
    return values[(values >= first - reach) & (values <= third + reach)]
