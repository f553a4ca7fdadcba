"""The limits that the gate holds a release against, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits of one rollout. Ratios are 0 to 1.

    Attributes:
        error_ratio: server errors of the canary that roll it back, whatever the baseline does.
        error_target: server errors of the canary from which it may not go on.
        error_margin: how much higher the canary's error rate may be at worst.
        evidence: the odds at which errors roll back: 25 keeps wrong roll-backs below 1 in 25 over all looks.
        latency_ms: P95 that rolls back when it lasts.
        sustained_hours: how many consecutive hours "lasts" is.
        p50_ratio, p95_ratio, p99_ratio: how much slower the canary may be.
        hours: share of the hours that each arm must have requests in.
        share_p: p-value of the users' split below which it is not the planned one.
        share_tolerance: how far the canary's share of requests may be off, relative, where users are not
        known.
        usable: share of requests that must have a status, and a duration where there are any.
    """

    error_ratio: float = 0.03
    error_target: float = 0.01
    error_margin: float = 0.005
    evidence: float = 25.0
    latency_ms: float = 3000.0
    sustained_hours: int = 3
    p50_ratio: float = 1.05
    p95_ratio: float = 1.05
    p99_ratio: float = 1.25
    hours: float = 0.9
    share_p: float = 0.001
    share_tolerance: float = 0.2
    usable: float = 0.9
