"""Rollouts that never happened: requests of users over days, with a release that does what it is told to.

Nothing of the gate is used here but the arrays that it takes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.gate.arms import HOUR_US, UNKNOWN, Arms

#: Microseconds since 1970 of a Monday midnight in UTC.
_START = 1_750_032_000_000_000


@dataclass(frozen=True)
class World:
    """What traffic is like, and what the release changes.

    Attributes:
        days, per_day: length, and requests a day.
        share: of the users that the canary serves.
        users: how many there are; they are not equally busy.
        user_spread, spread: standard deviation of log duration, between users and within one.
        errors: error rate of the baseline.
        cluster: mean number of errors that a user's trouble makes, one after the other.
        more_errors, slower: what the release multiplies.
        tail: share of the canary's requests that are 20 times slower.
        mixed: the canary gets more of the bad hours (Simpson's paradox): its share follows error rate and
        duration.
        day_night: amplitude of log duration over the day.
    """

    days: float = 7
    per_day: int = 5_000
    share: float = 0.1
    users: int = 8_000
    user_spread: float = 0.2
    spread: float = 0.45
    errors: float = 0.01
    cluster: float = 1.0
    more_errors: float = 1.0
    slower: float = 1.0
    tail: float = 0.0
    mixed: bool = False
    day_night: float = 0.2


def draw(world: World, rng: np.random.Generator) -> Arms:
    """Return the requests of one rollout, in order of time."""
    n = rng.poisson(world.days * world.per_day)
    hours = max(1, round(world.days * 24))
    rhythm = 1 + 0.7 * np.sin(np.arange(hours) / 24 * 2 * np.pi)
    hour = np.sort(rng.choice(hours, n, p=rhythm / rhythm.sum()))
    ts = np.sort((hour + rng.random(n)) * HOUR_US).astype(np.int64) + _START
    busy = np.exp(rng.normal(0, 0.7, world.users))
    user = rng.choice(world.users, n, p=busy / busy.sum())
    bad = hour // 24 % 2 == 1 if world.mixed else np.zeros(n, dtype=bool)
    lot = rng.random(world.users)[user]
    canary = lot < np.where(bad, 5 * world.share, world.share) if world.mixed else lot < world.share
    rate = world.errors * np.where(canary, world.more_errors, 1.0) * np.where(bad, 4.0, 1.0)
    error = _errors(rate, user, world.cluster, rng)
    level = rng.normal(0, world.user_spread, world.users)[user] + world.day_night * np.sin(
        hour / 24 * 2 * np.pi
    )
    duration = 180 * np.exp(level + rng.normal(0, world.spread, n)) * np.where(canary, world.slower, 1.0)
    duration *= np.where(bad, 1.6, 1.0) * np.where(canary & (rng.random(n) < world.tail), 20.0, 1.0)
    return Arms(ts, canary, np.where(error, 500, 200).astype(np.int16), duration, user)


def _errors(rate: np.ndarray, user: np.ndarray, cluster: float, rng: np.random.Generator) -> np.ndarray:
    """Return which requests fail: each by itself, or runs of a user's requests of geometric length."""
    error = rng.random(len(rate)) < rate / cluster
    if cluster == 1:
        return error
    order = np.argsort(user, kind="stable")
    start = np.flatnonzero(error[order])
    length = rng.geometric(1 / cluster, len(start))
    begin = np.repeat(start, length)
    run = begin + np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    inside = run < len(order)
    run, begin = run[inside], begin[inside]
    same = user[order[run]] == user[order[begin]]
    out = np.zeros(len(rate), dtype=bool)
    out[order[run[same]]] = True
    return out


def looks(arms: Arms, count: int) -> list[Arms]:
    """Return what was there to see at equally spaced looks, the last one after the end."""
    first, last = arms.ts[0], arms.ts[-1]
    ends = first + (last - first) * np.arange(1, count + 1) // count + 1
    return [arms.where(np.arange(len(arms.ts)) < end) for end in np.searchsorted(arms.ts, ends)]


def without_hours(arms: Arms, share: float, rng: np.random.Generator) -> Arms:
    """Return the requests without the canary's of some hours."""
    hours = np.unique(arms.hour)
    lost = rng.choice(hours, round(share * len(hours)), replace=False)
    return arms.where(~(np.isin(arms.hour, lost) & arms.canary))


def without_status(arms: Arms, share: float, rng: np.random.Generator) -> Arms:
    """Return the requests, a share of which lost their status."""
    status = np.where(rng.random(len(arms.ts)) < share, UNKNOWN, arms.status).astype(np.int16)
    return Arms(arms.ts, arms.canary, status, arms.duration, arms.user)


def without_durations(arms: Arms) -> Arms:
    """Return the requests, as if nobody had timed them."""
    return Arms(arms.ts, arms.canary, arms.status, None, arms.user)


def without_users(arms: Arms) -> Arms:
    """Return the requests, as if nobody could tell who sent them."""
    return Arms(arms.ts, arms.canary, arms.status, arms.duration, None)
