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

from pipeline.gate.arms import Arms

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


def kayenta_rolls_back(arms: Arms) -> bool:
    """Whether the error rate, P50, P95 or P99 by hour is High."""
    return any(
        _is_high(canary, baseline) for canary, baseline in zip(*map(_series, _sides(arms)), strict=True)
    )


def _sides(arms: Arms) -> tuple[Arms, Arms]:
    return arms.where(arms.canary & arms.known), arms.where(~arms.canary & arms.known)


def _series(arms: Arms) -> list[np.ndarray]:
    if not len(arms.ts):
        return [np.array([])] * 4
    _, row, n = np.unique(arms.hour, return_inverse=True, return_counts=True)
    series = [np.bincount(row, arms.error) / n]
    if arms.duration is None:
        return [*series, *[np.array([])] * 3]
    duration = arms.duration[np.lexsort((arms.duration, row))]
    start = np.cumsum(n) - n
    return [*series, *(duration[start + np.ceil(n * p).astype(int) - 1] for p in (0.5, 0.95, 0.99))]


def _is_high(canary: np.ndarray, baseline: np.ndarray) -> bool:
    canary, baseline = _without_outliers(canary), _without_outliers(baseline)
    if not len(canary) or not len(baseline):
        return False  # No data passes, as there.
    shifts = np.sort((canary[:, None] - baseline[None, :]).ravel())
    n, m = len(canary), len(baseline)
    rank = n * m / 2 - _Z98 * math.sqrt(n * m * (n + m + 1) / 12)
    low = shifts[max(0, math.floor(rank))]
    return bool(low > 0.25 * abs(float(np.median(shifts))))


def _without_outliers(values: np.ndarray) -> np.ndarray:
    if not len(values):
        return values
    first, third = np.percentile(values, [25, 75])
    reach = 3 * (third - first)
    return values[(values >= first - reach) & (values <= third + reach)]
