"""Requests of two arms, written down by a test or drawn by a seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.gate.arms import HOUR_US, Arms

#: 2025-06-20T00:00:00Z, a Friday, in hours and in microseconds since 1970.
HOUR = 486_216
START = HOUR * HOUR_US


def requests(*groups: dict) -> Arms:
    """Return arms made of groups of requests.

    Args:
        groups: each `arm` ("b" or "c"), `n`, and maybe `hour` from START (0), `errors` among n (0), `ms`
            (100, or one per request), `users` (a sequence that is repeated; -1 is nobody).
    """
    ts, canary, status, duration, user = [], [], [], [], []
    for group in groups:
        n = group["n"]
        # Spread over the hour, so that each request of a small group has a minute of its own.
        ts.append(START + group.get("hour", 0) * HOUR_US + np.arange(n) * (HOUR_US // max(n, 1)))
        canary.append(np.full(n, group["arm"] == "c"))
        status.append(np.where(np.arange(n) < group.get("errors", 0), 500, 200))
        duration.append(np.broadcast_to(np.asarray(group.get("ms", 100.0), dtype=float), n))
        users: Sequence[int] = group.get("users", (-1,))
        user.append(np.resize(np.asarray(users), n))
    joined = [np.concatenate(parts) for parts in (ts, canary, status, duration, user)]
    known = joined[4] if any("users" in group for group in groups) else None
    return Arms(
        joined[0].astype(np.int64),
        joined[1],
        joined[2].astype(np.int16),
        joined[3],
        None if known is None else known.astype(np.int64),
    )


def traffic(
    seed: int,
    n: int = 20_000,
    hours: int = 96,
    share: float = 0.1,
    users: int = 2_000,
    unlike: float = 0.0,
    errors: float = 0.005,
    more_errors: float = 1.0,
    slower: float = 1.0,
) -> Arms:
    """Return requests of users over hours, with a release that multiplies errors and durations.

    Args:
        seed: of the random numbers.
        n: requests.
        hours: over which they are spread evenly.
        share: of the users that the canary serves.
        users: how many there are, equally busy.
        unlike: standard deviation of log duration between them.
        errors: error rate of the baseline.
        more_errors: factor on the canary's error rate.
        slower: factor on the canary's durations.
    """
    rng = np.random.default_rng(seed)
    ts = START + np.sort(rng.random(n) * hours * HOUR_US).astype(np.int64)
    user = rng.integers(0, users, n)
    canary = (rng.random(users) < share)[user]
    error = rng.random(n) < errors * np.where(canary, more_errors, 1.0)
    level = rng.normal(0, unlike, users)[user] + rng.normal(0, 0.5, n)
    duration = 150 * np.exp(level) * np.where(canary, slower, 1.0)
    return Arms(ts, canary, np.where(error, 500, 200).astype(np.int16), duration, user)
