"""The gate: the requests of two arms go in, GO, HOLD or ROLLBACK comes out, with every figure behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from pipeline.gate import absolute, coverage, errors, slowness
from pipeline.gate.arms import HOUR_US, Arms, Pair
from pipeline.gate.checks import Check, Reason, Verdict, gravest, reason
from pipeline.gate.dispersion import dispersion
from pipeline.gate.hourly import Stratum, hourly
from pipeline.gate.limits import Limits

#: Checks that say whether the arms can be compared at all, and those that compare durations.
_COVERAGE = frozenset({"arms", "hours", "status", "share"})
_DURATION = frozenset({"duration"})
_ABSOLUTE = frozenset({"error_limit", "latency_limit"})

#: From this dispersion on the verdict says that errors come in clusters.
_CLUSTERED = 1.5


@dataclass(frozen=True)
class Terms:
    """How a rollout is judged.

    Attributes:
        planned_share: the canary's share of users or requests, 0 to 1; None when nothing was planned.
        side_by_side: both arms serve at the same time; else the canary follows the baseline, and whatever
            else changed over time counts as the release's doing.
        is_over: the time that is to be judged has passed.
        windows: the time that each arm was to serve; None where the requests alone tell.
        limits: what the release is held against.
    """

    planned_share: float | None = None
    side_by_side: bool = True
    is_over: bool = True
    windows: coverage.Windows | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Judgement:
    """A verdict with all that led to it.

    Attributes:
        verdict: GO, HOLD or ROLLBACK.
        reasons: why, gravest first; never empty.
        checks: everything that was looked at.
        notes: what else a reader should know: what was left out, clustered errors, confounding.
        rows: requests of each arm.
        errors: server errors of each arm.
        first_ts, last_ts: of all requests, microseconds since 1970; None without requests.
        dispersion: what the evidence is divided by; see `dispersion.Dispersion.guarded`.
        left_out: unusable values by kind.
        confounded: "time" where the arms do not run side by side, else None.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    checks: tuple[Check, ...]
    notes: tuple[Reason, ...]
    rows: Pair
    errors: Pair
    first_ts: int | None
    last_ts: int | None
    dispersion: float
    left_out: Mapping[str, Pair]
    confounded: str | None

    @property
    def needed(self) -> int | None:
        """More canary requests until every check can be decided; None where requests do not help."""
        return max((c.needed for c in self.checks if c.needed is not None), default=None)


def judge(arms: Arms, terms: Terms) -> Judgement:
    """Return the verdict on a canary.

    Safe to ask as often as one likes: what rolls back on a comparison holds over all looks together.

    Args:
        arms: every request of both arms, whatever its status.
        terms: the plan and the limits.
    """
    limits = terms.limits
    stratum = Stratum.HOUR if terms.side_by_side else _recurring(arms)
    checks = [
        coverage.arms_check(arms),
        coverage.hours_check(arms, limits, terms.side_by_side, terms.windows),
        *coverage.usable_checks(arms, limits),
    ]
    if not terms.is_over:
        checks.append(Check("period", Verdict.HOLD, reason=reason("period_running")))
    if terms.planned_share is not None and terms.side_by_side:
        checks.append(coverage.share_check(arms, terms.planned_share, limits))
    judged = arms if arms.known.all() else arms.where(arms.known)
    hours = hourly(judged, stratum)
    phi = dispersion(judged, hours)
    counts, failed = judged.rows, judged.count(judged.error)
    checks += [
        absolute.baseline_check(judged, phi.seen, limits),
        absolute.error_limit_check(counts, failed, phi.guarded, limits),
        errors.target_check(counts, failed, phi.seen, limits),
        errors.difference_check(hours, phi.seen, limits),
        errors.evidence_check(hours, phi.guarded, limits),
        absolute.latency_limit_check(judged, limits),
        *slowness.ratio_checks(judged, limits, stratum),
    ]
    verdict = _verdict(checks)
    return Judgement(
        verdict,
        _reasons(checks, verdict),
        tuple(checks),
        tuple(_notes(arms, terms, phi.guarded)),
        arms.rows,
        failed,
        int(arms.ts.min()) if len(arms.ts) else None,
        int(arms.ts.max()) if len(arms.ts) else None,
        phi.guarded,
        arms.left_out,
        None if terms.side_by_side else "time",
    )


def _recurring(arms: Arms) -> Stratum:
    """Return the hour of the week where both arms see a whole week, else the hour of the day."""
    spans = [np.ptp(arms.ts[mask]) if mask.any() else 0 for mask in (arms.canary, ~arms.canary)]
    return Stratum.HOUR_OF_WEEK if min(spans) >= 167 * HOUR_US else Stratum.HOUR_OF_DAY


def _verdict(checks: list[Check]) -> Verdict:
    """Return the gravest verdict, comparisons counting only where the arms can be compared.

    A limit that needs no comparison rolls back even then: a canary that crashes leaves gaps in its own hours.
    """
    short = {check.name for check in checks if check.verdict is Verdict.HOLD}
    return gravest(_counted(check, short) for check in checks)


def _counted(check: Check, short: set[str]) -> Verdict:
    if check.verdict is not Verdict.ROLLBACK or check.name in _ABSOLUTE:
        return check.verdict
    blind = short & _COVERAGE or (check.name.startswith("latency") and short & _DURATION)
    return Verdict.HOLD if blind else Verdict.ROLLBACK


def _reasons(checks: list[Check], verdict: Verdict) -> tuple[Reason, ...]:
    if verdict is Verdict.GO:
        return (reason("all_pass", count=len(checks)),)
    decisive = [c for c in checks if c.verdict is Verdict.ROLLBACK]
    others = [c for c in checks if c.verdict is Verdict.HOLD]
    ordered = decisive + others if verdict is Verdict.ROLLBACK else others + decisive
    reasons = list(dict.fromkeys((c.reason.key, tuple(c.reason.values.items())) for c in ordered if c.reason))
    told = [Reason(key, dict(values)) for key, values in reasons]
    if verdict is Verdict.HOLD and decisive:
        told.append(reason("blind", checks=tuple(c.name for c in decisive)))
    needed = max((c.needed for c in checks if c.needed is not None), default=None)
    if verdict is Verdict.HOLD and needed:
        told.append(reason("needed", count=needed))
    return tuple(told)


def _notes(arms: Arms, terms: Terms, phi: float) -> list[Reason]:
    notes = []
    if not terms.side_by_side:
        notes.append(reason("confounded"))
    elif terms.planned_share is None:
        notes.append(reason("share_unplanned"))
    if phi >= _CLUSTERED:
        notes.append(reason("clustered", dispersion=phi))
    if arms.user is None:
        notes.append(reason("no_users"))
    notes += [
        reason(kind, baseline=pair.baseline, canary=pair.canary)
        for kind, pair in arms.left_out.items()
        if pair.total
    ]
    return notes
