"""Does the canary fail more often than the baseline, and seldom enough to go on?"""

from __future__ import annotations

import math

from pipeline.gate.arms import Pair
from pipeline.gate.checks import Check, Verdict, reason
from pipeline.gate.evidence import log_evidence
from pipeline.gate.hourly import Hourly
from pipeline.gate.limits import Limits
from pipeline.gate.rates import newcombe, trials_until_within, wilson

#: Odds above this are told as this: nobody's decision hangs on more.
_MOST_ODDS = 1e9


def target_check(judged: Pair, errors: Pair, dispersion: float, limits: Limits) -> Check:
    """Return whether the canary's error rate is below the target."""
    if not judged.canary:
        return Check("error_target", Verdict.HOLD, limit=limits.error_target, reason=reason("errors_unknown"))
    value, low, high = wilson(errors.canary / dispersion, judged.canary / dispersion)
    why = None
    if value >= limits.error_target:
        why = reason("error_target", rate=value, limit=limits.error_target)
    verdict = Verdict.HOLD if why else Verdict.GO
    n = judged.baseline, judged.canary
    return Check("error_target", verdict, value, low, high, limits.error_target, *n, None, why)


def difference_check(hours: Hourly, dispersion: float, limits: Limits) -> Check:
    """Return whether the canary's error rate is at worst a margin above the baseline's, hours held equal.

    Newcombe's interval with the baseline's rates weighted to the canary's hours and the number of requests
    that such a weighted rate is worth, as Yan and Su (2010) do for strata, Stat. Biopharm. Research 2,
    326-335.
    """
    errors, n = hours.comparable
    margin = limits.error_margin
    if not n:
        return Check("error_difference", Verdict.HOLD, limit=margin, reason=reason("errors_unknown"))
    base_n = hours.baseline_trials
    base = hours.baseline_rate * base_n
    value, low, high = newcombe(*(count / dispersion for count in (errors, n, base, base_n)))
    verdict, why, needed = Verdict.GO, None, None
    if high > margin:
        pooled = (errors + base) / (n + base_n)
        if low <= margin:
            needed = _shortfall(n, value, high, pooled, base_n / n, dispersion, margin)
        verdict, why = Verdict.HOLD, reason("error_difference", high=high, margin=margin)
    counts = round(hours.n_baseline.sum()), round(hours.n_canary.sum())
    return Check("error_difference", verdict, value, low, high, margin, *counts, needed, why)


def _shortfall(
    n: float, value: float, high: float, rate: float, base_ratio: float, dispersion: float, margin: float
) -> int | None:
    """Return how many more canary requests could settle it; None where more of the same would not."""
    planned = trials_until_within(rate, base_ratio, dispersion, margin)
    if planned is not None and planned > n:
        return math.ceil(planned - n)
    if value >= margin:
        return None
    return math.ceil(n * ((high - value) / (margin - value)) ** 2 - n) or None


def evidence_check(hours: Hourly, dispersion: float, limits: Limits) -> Check:
    """Return whether the errors fall on the canary too often to be chance, over all looks together."""
    value = log_evidence(hours, dispersion) if len(hours.n) else 0.0
    limit = math.log(limits.evidence)
    verdict, why = Verdict.GO, None
    if value >= limit:
        rates = hours.comparable[0] / max(hours.comparable[1], 1), hours.baseline_rate
        odds = min(math.exp(min(value, 700.0)), _MOST_ODDS)
        verdict = Verdict.ROLLBACK
        why = reason("error_evidence", canary=rates[0], baseline=rates[1], odds=odds)
    n = round(hours.n_baseline.sum()), round(hours.n_canary.sum())
    return Check("error_evidence", verdict, value, None, None, limit, *n, None, why)
