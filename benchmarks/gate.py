"""What the gate says of simulated rollouts, beside a z-test and Mann-Whitney at Kayenta's settings.

    python benchmarks/gate.py [--rollouts N] [--jobs N] [--only WORD]

Each row is a kind of rollout, looked at 21 times unless it says otherwise. `ROLLBACK` and `GO` count rollouts
in which any look said so. The rivals know only roll-backs.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from gate_rivals import Kayenta, z_test_rolls_back
from gate_worlds import World, draw, looks, without_durations, without_hours, without_status, without_users

from pipeline.gate.arms import Arms
from pipeline.gate.checks import Verdict
from pipeline.gate.latency import Comparison
from pipeline.gate.verdict import Terms, judge

_LOOKS = 21
_PERCENTILES = (500, 950, 990)


@dataclass(frozen=True)
class Case:
    """A kind of rollout, what is wanted of it, and how often it is looked at."""

    name: str
    wanted: str
    world: World
    looks: int = _LOOKS
    spoil: Callable[[Arms, np.random.Generator], Arms] | None = None
    rollouts: float = 1.0  # of the number asked for
    planned: float | None = None


_HARMLESS = World()
_LONG = World(days=20, errors=0.005)
CASES = (
    Case("harmless", "ROLLBACK <= 2 %", _HARMLESS),
    Case("harmless, errors in clusters of 2", "ROLLBACK <= 2 %", replace(_HARMLESS, cluster=2)),
    Case("harmless, errors in clusters of 4", "ROLLBACK <= 2 %", replace(_HARMLESS, cluster=4)),
    Case("harmless, errors in clusters of 8", "ROLLBACK <= 2 %", replace(_HARMLESS, cluster=8)),
    Case("harmless, 2,000 unlike users", "ROLLBACK <= 2 %", World(users=2_000, user_spread=0.4)),
    Case(
        "harmless, in clusters of 4, users not told",
        "(cost of no users)",
        replace(_HARMLESS, cluster=4),
        spoil=lambda a, _: without_users(a),
        rollouts=0.3,
    ),
    Case("errors x 2", "ROLLBACK >= 95 %", World(more_errors=2)),
    Case("errors x 2, 2,000 users", "ROLLBACK >= 95 %", World(more_errors=2, users=2_000)),
    Case("errors x 2, in clusters of 4", "(cost of clusters)", World(more_errors=2, cluster=4), rollouts=0.3),
    Case("latency + 20 %", "ROLLBACK >= 95 %", World(slower=1.2)),
    Case(
        "latency + 20 %, 2,000 unlike users",
        "(cost of few users)",
        World(slower=1.2, users=2_000, user_spread=0.4),
    ),
    Case("latency + 5 %, on the limit", "(any look GO)", World(slower=1.05, errors=0.005), rollouts=0.3),
    Case("latency + 10 %", "GO rarely", World(slower=1.1, errors=0.005), rollouts=0.3),
    Case("errors + 1 point", "GO rarely", World(more_errors=3, errors=0.005), rollouts=0.3),
    Case(
        "latency + 4 %, 300,000 requests each, 1 look",
        "GO",
        World(days=7, per_day=600_000 // 7, share=0.5, users=200_000, slower=1.04, errors=0.005),
        looks=1,
        rollouts=0.1,
    ),
    Case("3 % of requests 20 x slower", "GO never", World(tail=0.03, errors=0.005)),
    Case(
        "3 % of requests 20 x slower, 60 days",
        "GO never",
        World(tail=0.03, errors=0.005, days=60),
        rollouts=0.1,
    ),
    Case("Simpson: bad days mostly on the canary", "ROLLBACK never", World(mixed=True, errors=0.005)),
    Case("Simpson, split not planned", "ROLLBACK never", World(mixed=True, errors=0.005), planned=-1.0),
    Case("a baseline without errors, harmless", "ROLLBACK <= 2 %", World(errors=0.0)),
    Case("harmless, 10,000 canary requests, 1 look", "GO", _LONG, looks=1),
    Case("harmless, 10,000, users alike, 1 look", "GO", replace(_LONG, user_spread=0.0), looks=1),
    Case(
        "harmless, 10,000, 2,000 unlike users",
        "(cost of few users)",
        World(days=20, errors=0.005, users=2_000, user_spread=0.4),
        looks=1,
    ),
    Case(
        "the same, 15 % of the canary's hours lost",
        "HOLD",
        _LONG,
        1,
        lambda a, rng: without_hours(a, 0.15, rng),
    ),
    Case("the same, no baseline", "HOLD", _LONG, 1, lambda a, _: a.where(a.canary)),
    Case("the same, no canary", "HOLD", _LONG, 1, lambda a, _: a.where(~a.canary)),
    Case("the same, no durations", "HOLD", _LONG, 1, lambda a, _: without_durations(a)),
    Case("the same, 15 % without a status", "HOLD", _LONG, 1, lambda a, rng: without_status(a, 0.15, rng)),
    Case(
        "the same, 5 % of users where 10 % were planned", "HOLD", replace(_LONG, share=0.05), 1, planned=0.1
    ),
)


def one(case: int, seed: int) -> tuple[bool, bool, bool, bool, bool]:
    """Return whether any look said ROLLBACK, GO, HOLD, and whether the z-test and Kayenta rolled back.

    A roll-back ends the looks, as it ends the rollout.
    """
    this = CASES[case]
    rng = np.random.default_rng([case, seed])
    arms = draw(this.world, rng)
    if this.spoil:
        arms = this.spoil(arms, rng)
    planned = this.world.share if this.planned is None else this.planned
    terms = Terms(None if planned < 0 else planned)
    seen = looks(arms, this.looks)
    kayenta = Kayenta(arms)
    verdicts: list[Verdict] = []
    for part in seen:
        verdicts.append(judge(part, terms).verdict)
        if verdicts[-1] is Verdict.ROLLBACK:
            break
    return (
        Verdict.ROLLBACK in verdicts,
        Verdict.GO in verdicts,
        Verdict.HOLD in verdicts,
        any(z_test_rolls_back(part) for part in seen),
        any(kayenta.rolls_back(int(part.ts[-1]) + 1) for part in seen if len(part.ts)),
    )


def covered(users: int, user_spread: float, seed: int) -> tuple[bool, ...]:
    """Return whether the 95 % interval of each percentile's ratio holds the truth, 1."""
    world = World(days=4, users=users, user_spread=user_spread, share=0.2)
    comparison = Comparison(draw(world, np.random.default_rng([users, seed])))
    found = [comparison.ratio(permille, level=0.95) for permille in _PERCENTILES]
    return tuple((r.low or 0) <= 1 <= (r.high or np.inf) for r in found)


def rollouts(pool: ProcessPoolExecutor, count: int, only: str) -> None:
    """Print the table of verdicts."""
    print(f"{'rollout':48} {'wanted':20} {'n':>5}  ROLLBACK     GO   HOLD | z-test  Kayenta")
    for number, case in enumerate(CASES):
        if only not in case.name:
            continue
        n = max(20, round(count * case.rollouts))
        results = np.array(list(pool.map(one, [number] * n, range(n), chunksize=5)))
        back, go, hold, z_test, kayenta = (f"{share:.1%}" for share in results.mean(axis=0))
        ours = f"{back:>8} {go:>6} {hold:>6}"
        print(f"{case.name:48} {case.wanted:20} {n:5}  {ours} | {z_test:>6} {kayenta:>8}", flush=True)


def coverage(pool: ProcessPoolExecutor, count: int) -> None:
    """Print how often the 95 % interval of a percentile's ratio holds the truth."""
    print("\n95 % interval of the ratio, 20,000 requests, a fifth on the canary: share that holds the truth")
    for users, spread in ((8_000, 0.2), (2_000, 0.3), (500, 0.4), (200, 0.4)):
        results = np.array(
            list(pool.map(covered, [users] * count, [spread] * count, range(count), chunksize=20))
        )
        figures = "  ".join(
            f"P{p // 10} {share:.1%}" for p, share in zip(_PERCENTILES, results.mean(axis=0), strict=True)
        )
        print(f"{users:7,} users, spread {spread}: {figures}", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rollouts", type=int, default=1000, help="of each kind (1000)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes (all cores)")
    parser.add_argument("--only", default="", help="kinds whose name holds this word")
    given = parser.parse_args()
    with ProcessPoolExecutor(given.jobs) as pool:
        rollouts(pool, given.rollouts, given.only)
        if not given.only:
            coverage(pool, given.rollouts)


if __name__ == "__main__":
    main()
