"""Is the canary slower than the baseline? P50, P95 and P99, each against its own limit."""

from __future__ import annotations

import math
from collections.abc import Callable

from pipeline.gate.arms import Arms
from pipeline.gate.checks import Check, Verdict, reason
from pipeline.gate.distributions import normal_quantile
from pipeline.gate.hourly import Stratum
from pipeline.gate.latency import Comparison, Ratio
from pipeline.gate.limits import Limits
from pipeline.percentiles import fewest

#: Canary requests that decide in four of five tries when nothing changed, at nine baseline requests to one,
#: times that spread by a factor of exp(0.5), and the default limits: what is asked for before the spread is
#: known.
_PLANNED = {500: 1_130, 950: 3_220, 990: 480}


def ratio_checks(arms: Arms, limits: Limits, stratum: Stratum) -> list[Check]:
    """Return the three checks.

    Args:
        arms: requests whose statuses are known.
        limits: how much slower the canary may be.
        stratum: what counts as the same time.
    """
    bounds = {500: limits.p50_ratio, 950: limits.p95_ratio, 990: limits.p99_ratio}
    if arms.duration is None:
        return [_unknown(permille, limit) for permille, limit in bounds.items()]
    comparison = Comparison(arms, stratum)
    return [_judged(comparison, permille, limit) for permille, limit in bounds.items()]


def name(permille: int) -> str:
    """Return the name of a percentile's check.

    >>> name(950)
    'latency_p95_ratio'
    """
    return f"latency_p{permille // 10}_ratio"


def _unknown(permille: int, limit: float) -> Check:
    return Check(name(permille), Verdict.HOLD, limit=limit, reason=reason("no_durations"))


def _judged(comparison: Comparison, permille: int, limit: float) -> Check:
    ratio = comparison.ratio(permille)
    n = ratio.n_baseline, ratio.n_canary
    told = {"percentile": f"P{permille // 10}", "limit": limit}
    if ratio.value is None:
        why = reason(_why_unknown(permille, ratio), **told, n=ratio.n_canary, fewest=fewest(permille))
        needed = max(_PLANNED[permille] - ratio.n_canary, 0) or None
        return Check(name(permille), Verdict.HOLD, None, None, None, limit, *n, needed, why)
    figures = {
        "ratio": ratio.value,
        "low": ratio.low,
        "high": ratio.high,
        "canary": ratio.canary,
        "baseline": ratio.baseline,
    }
    verdict, key = _verdict(ratio, limit, lambda: comparison.floor(permille))
    needed = _shortfall(ratio, limit, permille) if verdict is Verdict.HOLD else None
    said = reason(key, **told, **figures) if key else None
    return Check(name(permille), verdict, ratio.value, ratio.low, ratio.high, limit, *n, needed, said)


def _verdict(ratio: Ratio, limit: float, floor: Callable[[], float | None]) -> tuple[Verdict, str | None]:
    if ratio.high is not None and ratio.high <= limit:
        return Verdict.GO, None
    if ratio.low is None or ratio.low <= limit:
        return Verdict.HOLD, "latency_open"
    surely = floor()
    if surely is not None and surely > limit:
        return Verdict.ROLLBACK, "latency_slower"
    return Verdict.HOLD, "latency_suspect"


def _why_unknown(permille: int, ratio: Ratio) -> str:
    if min(ratio.n_baseline, ratio.n_canary) < fewest(permille):
        return "latency_few"
    return "latency_few_users" if ratio.canary and ratio.baseline else "latency_zero"


def _shortfall(ratio: Ratio, limit: float, permille: int) -> int | None:
    """Return how many more canary requests would decide, at the spread seen so far.

    First what lets an unchanged release pass in four of five tries; with that many already there, what
    takes the interval past the limit if the ratio stays where it is.
    """
    if ratio.log_error is None or ratio.value is None:
        return max(_PLANNED[permille] - ratio.n_canary, ratio.n_canary)
    z = normal_quantile(0.95)
    margin = math.log(limit)
    planned = ratio.n_canary * ((z + normal_quantile(0.8)) * ratio.log_error / margin) ** 2
    if planned > ratio.n_canary:
        return math.ceil(planned - ratio.n_canary)
    gap = abs(margin - math.log(ratio.value))
    if gap == 0:
        return None
    return max(1, math.ceil(ratio.n_canary * ((z * ratio.log_error / gap) ** 2 - 1)))
