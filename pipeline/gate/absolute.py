"""Limits that hold whatever the other arm does: an arm's error rate, and a P95 that stays too high.

For the canary they roll back. For the baseline they hold: a release is not compared with a broken yardstick.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.gate.arms import Arms, Bools, Floats, Pair
from pipeline.gate.checks import Check, Verdict, reason
from pipeline.gate.distributions import binomial_quantile
from pipeline.gate.limits import Limits
from pipeline.gate.rates import rule_of_three, wilson

#: Level of a two-sided interval whose lower end is a one-sided 95 % bound.
_ONE_SIDED_95 = 0.90

_P95 = 950

#: From this many requests on an hour's P95 is not simply its slowest request.
_FEWEST_AN_HOUR = 20


@dataclass(frozen=True)
class Lasting:
    """The worst run of consecutive hours: the P95 that all of its hours reach, milliseconds; 0 where none.

    Attributes:
        point: of the hours' percentiles.
        bound: of their one-sided 95 % lower bounds, by order statistics.
        timed: requests with a duration.
    """

    point: float
    bound: float
    timed: int


def error_limit_check(judged: Pair, errors: Pair, dispersion: float, limits: Limits) -> Check:
    """Return whether the canary fails more requests than is ever allowed."""
    n, k = judged.canary, errors.canary
    if not n:
        return Check("error_limit", Verdict.HOLD, limit=limits.error_ratio, reason=reason("errors_unknown"))
    value, low, high = wilson(k / dispersion, n / dispersion, _ONE_SIDED_95)
    if k == 0:
        high = rule_of_three(n / dispersion)
    verdict, why = Verdict.GO, None
    if low > limits.error_ratio:
        verdict, why = Verdict.ROLLBACK, reason("error_limit", rate=value, low=low, limit=limits.error_ratio)
    elif value > limits.error_ratio:
        verdict, why = Verdict.HOLD, reason("error_alarm", rate=value, low=low, limit=limits.error_ratio)
    return Check("error_limit", verdict, value, low, high, limits.error_ratio, judged.baseline, n, None, why)


def latency_limit_check(arms: Arms, limits: Limits) -> Check:
    """Return whether the canary's P95 stays above the limit for hours.

    Args:
        arms: requests with durations, their statuses known.
        limits: milliseconds and hours.
    """
    canary = lasting(arms, arms.canary, limits.sustained_hours)
    timed = Pair(
        0 if arms.duration is None else int(np.count_nonzero(~np.isnan(arms.duration))), canary.timed
    )
    if not canary.timed:
        return Check("latency_limit", Verdict.HOLD, limit=limits.latency_ms, reason=reason("no_durations"))
    verdict, why = Verdict.GO, None
    told = {"hours": limits.sustained_hours, "limit": limits.latency_ms}
    if canary.bound > limits.latency_ms:
        verdict, why = Verdict.ROLLBACK, reason("latency_limit", p95=canary.bound, **told)
    elif canary.point > limits.latency_ms:
        verdict, why = Verdict.HOLD, reason("latency_alarm", p95=canary.point, **told)
    return Check(
        "latency_limit",
        verdict,
        canary.point,
        canary.bound,
        None,
        limits.latency_ms,
        timed.baseline - timed.canary,
        timed.canary,
        None,
        why,
    )


def baseline_check(arms: Arms, dispersion: float, limits: Limits) -> Check:
    """Return whether the baseline itself broke a limit, as a whole or in some hour.

    The hours' bounds are one-sided 95 % all together (Bonferroni): a hundred good hours must not raise an
    alarm.

    Args:
        arms: requests whose statuses are known.
        dispersion: variance of the error counts over that of independent errors.
        limits: the same ones as the canary's.
    """
    base = ~arms.canary
    n = int(np.count_nonzero(base))
    if not n:
        return Check("baseline", Verdict.HOLD, limit=limits.error_ratio, reason=reason("errors_unknown"))
    k = int(np.count_nonzero(base & arms.error))
    value, low, high = wilson(k / dispersion, n / dispersion, _ONE_SIDED_95)
    why = None
    if low > limits.error_ratio:
        why = reason("baseline_errors", rate=value, limit=limits.error_ratio)
    elif (worst := _worst_hour(arms, base, dispersion, limits.error_ratio)) is not None:
        why = reason("baseline_hour", rate=worst[1], hour=worst[0], limit=limits.error_ratio)
    elif lasting(arms, base, limits.sustained_hours).bound > limits.latency_ms:
        why = reason("baseline_latency", hours=limits.sustained_hours, limit=limits.latency_ms)
    verdict = Verdict.HOLD if why else Verdict.GO
    return Check("baseline", verdict, value, low, high, limits.error_ratio, n, 0, None, why)


def _worst_hour(arms: Arms, mask: Bools, dispersion: float, limit: float) -> tuple[int, float] | None:
    """Return the worst of the hours (since 1970) whose error rate is surely above the limit, and its rate."""
    hours, row = np.unique(arms.hour[mask], return_inverse=True)
    n = np.bincount(row)
    k = np.bincount(row, arms.error[mask])
    level = 1 - 2 * 0.05 / len(hours)
    found = None
    for index in np.flatnonzero(k > limit * n):
        rate = wilson(k[index] / dispersion, n[index] / dispersion, level)
        if rate.low > limit and (found is None or rate.value > found[1]):
            found = int(hours[index]), rate.value
    return found


def lasting(arms: Arms, mask: Bools, hours: int) -> Lasting:
    """Return the worst run of that many consecutive hours in the requests that the mask holds.

    Where the requests span fewer hours there is no bound, and the point is that of all the hours there are.
    """
    if arms.duration is None:
        return Lasting(0.0, 0.0, 0)
    timed = mask & ~np.isnan(arms.duration)
    if not timed.any():
        return Lasting(0.0, 0.0, 0)
    hour, duration = arms.hour[timed], arms.duration[timed]
    # By duration, then by hour without changing the order within: small numbers sort fast.
    hour = (hour - hour.min()).astype(np.uint16 if np.ptp(hour) < 2**16 else np.int64)
    order = np.argsort(duration)
    order = order[np.argsort(hour[order], kind="stable")]
    hour, duration = hour[order], duration[order]
    seen, start, n = np.unique(hour, return_index=True, return_counts=True)
    points, bounds = np.zeros(int(hour[-1]) + 1), np.zeros(int(hour[-1]) + 1)
    ranks = np.array([binomial_quantile(0.05, int(count), _P95 / 1000) for count in n])
    bounds[seen] = np.where(ranks > 0, duration[start + np.maximum(ranks, 1) - 1], 0.0)
    points[seen] = np.where(
        n >= _FEWEST_AN_HOUR, duration[start + (n * _P95 + 999) // 1000 - 1], bounds[seen]
    )
    bound = _worst_run(bounds, hours) if len(bounds) >= hours else 0.0
    return Lasting(_worst_run(points, min(hours, len(points))), bound, len(duration))


def _worst_run(values: Floats, hours: int) -> float:
    windows = np.lib.stride_tricks.sliding_window_view(values, hours)
    return float(windows.min(axis=1).max())
