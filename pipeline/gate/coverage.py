"""Whether there is enough to judge: both arms, their hours, the planned split, usable fields.

Nothing here ever rolls a release back. What is missing is a HOLD, never a pass.
"""

from __future__ import annotations

import numpy as np

from pipeline.gate.arms import HOUR_US, Arms, Bools, Ints, Pair
from pipeline.gate.checks import Check, Reason, Verdict, reason
from pipeline.gate.distributions import chi_square_tail
from pipeline.gate.limits import Limits
from pipeline.gate.rates import newcombe, wilson

#: The first instant and the first one after the end, of baseline and canary, microseconds since 1970.
Windows = tuple[tuple[int, int], tuple[int, int]]

#: From this share of users in both arms on, requests and not users are what is split.
_MIXED_USERS = 0.05


def arms_check(arms: Arms) -> Check:
    """Return whether both arms have requests that can be judged."""
    judged = arms.count(arms.known)
    why = None
    if not arms.rows.baseline or not arms.rows.canary:
        why = reason("arm_missing", arm="canary" if arms.rows.baseline else "baseline")
    elif not judged.baseline or not judged.canary:
        why = reason("arm_unjudged", arm="canary" if judged.baseline else "baseline")
    return _check("arms", why, n=judged)


def hours_check(
    arms: Arms, limits: Limits, side_by_side: bool = True, windows: Windows | None = None
) -> Check:
    """Return whether each arm has requests in enough of the hours that are expected of it.

    Args:
        arms: all requests, judged or not.
        limits: the share of hours wanted.
        side_by_side: hours are expected from the first to the last over both arms; else over each arm's own.
        windows: where they are known, hours are expected over the arms' windows instead.
    """
    both = np.unique(arms.hour * 2 + arms.canary)
    seen = {"baseline": both[both % 2 == 0] // 2, "canary": both[both % 2 == 1] // 2}
    shares: dict[str, tuple[float, int, int]] = {}
    for number, (arm, hours) in enumerate(seen.items()):
        span = both // 2 if side_by_side else hours
        expected = int(span[-1] - span[0]) + 1 if len(span) else 0
        if windows:
            first, end = windows[number]
            expected = -(-end // HOUR_US) - first // HOUR_US
        shares[arm] = (len(hours) / expected if expected else 0.0, len(hours), expected)
    arm = min(shares, key=lambda a: shares[a][0])
    value, have, expected = shares[arm]
    why = None
    if value < limits.hours:
        why = reason("hours_missing", arm=arm, have=have, expected=expected, limit=limits.hours)
    counts = Pair(len(seen["baseline"]), len(seen["canary"]))
    return _check("hours", why, value=value, limit=limits.hours, n=counts)


def usable_checks(arms: Arms, limits: Limits) -> list[Check]:
    """Return whether statuses and durations are there, and not missing more often from the canary."""
    checks = [_usable("status", arms.known, arms, limits)]
    if arms.duration is None:
        checks.append(_check("duration", reason("no_durations"), value=0.0, limit=limits.usable, n=arms.rows))
    else:
        checks.append(_usable("duration", ~np.isnan(arms.duration), arms, limits))
    return checks


def _usable(name: str, usable: Bools, arms: Arms, limits: Limits) -> Check:
    rows, good = arms.rows, arms.count(usable)
    if not rows.baseline or not rows.canary:
        return _check(name, None, n=good, limit=limits.usable)
    shares = {"baseline": good.baseline / rows.baseline, "canary": good.canary / rows.canary}
    arm = min(shares, key=lambda a: shares[a])
    more = newcombe(rows.canary - good.canary, rows.canary, rows.baseline - good.baseline, rows.baseline)
    why = None
    if shares[arm] < limits.usable:
        why = reason(f"{name}_missing", arm=arm, share=1 - shares[arm])
    elif more.low > limits.error_margin:
        why = reason(f"{name}_lost", canary=1 - shares["canary"], baseline=1 - shares["baseline"])
    return _check(name, why, value=shares[arm], limit=limits.usable, n=good)


def share_check(arms: Arms, planned: float, limits: Limits) -> Check:
    """Return whether the traffic was split as planned, by users where they are known.

    Requests of one user are not independent, so a test on requests would find fault with most harmless
    splits.

    Args:
        arms: all requests, judged or not.
        planned: the canary's share, 0 to 1.
        limits: the tolerances.
    """
    split = None if arms.user is None else _split_users(arms.user, arms)
    if split is None:
        return _share_of_requests(arms.rows, planned, limits)
    total = split.total
    value = split.canary / total
    p = _split_p(split.canary, total, planned)
    why = None
    if p < limits.share_p:
        why = reason("share_users", share=value, planned=planned, p=p)
    _, low, high = wilson(split.canary, total)
    return _check("share", why, value=value, low=low, high=high, limit=planned, n=split)


def _split_users(user: Ints, arms: Arms) -> Pair | None:
    """Return the users of each arm; None where they are unknown or each request is sent by itself."""
    size = int(user.max(initial=-1)) + 1
    if size == 0:
        return None
    canary, baseline = (
        np.bincount(user[(user >= 0) & mask], minlength=size) for mask in (arms.canary, ~arms.canary)
    )
    everyone = np.count_nonzero(canary + baseline)
    if np.count_nonzero((canary > 0) & (baseline > 0)) > _MIXED_USERS * everyone:
        return None
    in_canary = int(np.count_nonzero(canary > baseline))
    return Pair(int(everyone) - in_canary, in_canary)


def _split_p(canary: int, total: int, planned: float) -> float:
    if planned in (0.0, 1.0):
        return 1.0 if canary == planned * total else 0.0
    variance = total * planned * (1 - planned)
    return chi_square_tail((canary - total * planned) ** 2 / variance)


def _share_of_requests(rows: Pair, planned: float, limits: Limits) -> Check:
    value = rows.canary / rows.total if rows.total else 0.0
    # Rounded, so that a share exactly on a bound is within it.
    low, high = (round(planned * (1 + off), 12) for off in (-limits.share_tolerance, limits.share_tolerance))
    why = None
    if not low <= value <= high:
        why = reason("share_requests", share=value, planned=planned, tolerance=limits.share_tolerance)
    return _check("share", why, value=value, low=low, high=high, limit=planned, n=rows)


def _check(
    name: str,
    why: Reason | None,
    value: float | None = None,
    low: float | None = None,
    high: float | None = None,
    limit: float | None = None,
    n: Pair | None = None,
) -> Check:
    verdict = Verdict.HOLD if why else Verdict.GO
    n = n or Pair()
    return Check(name, verdict, value, low, high, limit, n.baseline, n.canary, None, why)
