"""GO, HOLD and ROLLBACK: how checks add up, on whole rollouts."""

import string
from dataclasses import replace

import numpy as np
import pytest
from gate_lab import START, requests, traffic

from pipeline.gate.arms import HOUR_US, Arms
from pipeline.gate.checks import Reason, Verdict, gravest
from pipeline.gate.limits import Limits
from pipeline.gate.messages import _SENTENCES, _TITLES, say, title
from pipeline.gate.verdict import Terms, judge

GO, HOLD, ROLLBACK = Verdict
PLAN = Terms(planned_share=0.1)


def large(**more):
    """A rollout with about 10,000 canary requests."""
    return traffic(seed=21, n=100_000, hours=480, users=10_000, **more)


def keys(judgement):
    return {why.key for why in judgement.reasons}


def check(judgement, name):
    return next(c for c in judgement.checks if c.name == name)


def test_the_gravest_verdict_counts():
    assert gravest([GO, ROLLBACK, HOLD]) is ROLLBACK
    assert gravest([HOLD, GO]) is HOLD
    assert gravest([]) is GO


def test_a_harmless_release_goes_on_after_ten_thousand_requests():
    found = judge(large(), PLAN)
    assert found.verdict is GO
    assert keys(found) == {"all_pass"}
    assert {c.verdict for c in found.checks} == {GO}
    assert (found.needed, found.confounded, found.notes) == (None, None, ())


def test_a_harmless_release_holds_while_there_is_too_little_and_says_how_much_is_missing():
    found = judge(traffic(seed=2, n=5_000), PLAN)
    assert found.verdict is HOLD
    assert "needed" in keys(found)
    slow = check(found, "latency_p95_ratio")
    assert (slow.verdict, slow.reason.key) == (HOLD, "latency_open")
    # By the planning formula a P95 at +5 % with log-sd 0.5 takes 3,220 canary requests at 9:1.
    assert slow.n_canary + slow.needed == pytest.approx(3_220, rel=0.35)


@pytest.mark.parametrize(
    ("change", "why"),
    [({"more_errors": 3.0}, "error_evidence"), ({"slower": 1.2}, "latency_slower")],
)
def test_a_release_that_is_worse_is_rolled_back(change, why):
    found = judge(large(errors=0.006, **change), PLAN)
    assert (found.verdict, why in keys(found)) == (ROLLBACK, True)


def test_four_per_cent_slower_goes_on_with_enough_requests():
    arms = traffic(seed=3, n=600_000, hours=168, share=0.5, users=100_000, slower=1.04)
    assert judge(arms, Terms(planned_share=0.5)).verdict is GO


@pytest.mark.parametrize("n", [3_000, 12_000, 60_000])
def test_a_tail_of_three_per_cent_twenty_times_slower_never_goes_on(n):
    for seed in range(5):
        arms = traffic(seed, n=n, hours=96)
        tail = arms.canary & (np.random.default_rng(seed).random(n) < 0.03)
        assert judge(replace(arms, duration=arms.duration * np.where(tail, 20, 1)), PLAN).verdict is not GO


def test_a_canary_that_serves_the_bad_hours_is_not_rolled_back():
    # Odd hours: five times the errors, double the durations, and four times the share of the canary.
    for seed in range(10):
        rng = np.random.default_rng(seed)
        n = 40_000
        ts = START + np.sort(rng.random(n) * 96 * HOUR_US).astype(np.int64)
        bad = ts // HOUR_US % 2 == 1
        canary = rng.random(n) < np.where(bad, 0.4, 0.1)
        status = np.where(rng.random(n) < np.where(bad, 0.025, 0.005), 500, 200)
        duration = 100 * np.exp(rng.normal(0, 0.5, n)) * np.where(bad, 2, 1)
        arms = Arms(ts, canary, status.astype(np.int16), duration)
        assert judge(arms, Terms()).verdict is not ROLLBACK


def test_missing_durations_hold_the_latency_while_errors_are_still_judged():
    found = judge(replace(large(), duration=None), PLAN)
    assert (found.verdict, keys(found)) == (HOLD, {"no_durations"})
    worse = judge(replace(large(errors=0.006, more_errors=3.0), duration=None), PLAN)
    assert worse.verdict is ROLLBACK


def test_unknown_users_are_told_and_do_not_hold():
    found = judge(replace(large(), user=None), PLAN)
    assert (found.verdict, [note.key for note in found.notes]) == (GO, ["no_users"])


def test_a_comparison_does_not_roll_back_where_the_arms_cannot_be_compared():
    arms = large(errors=0.006, more_errors=3.0)
    holes = arms.where(~(arms.canary & ((arms.hour - arms.hour[0]) % 8 == 3)))
    found = judge(holes, PLAN)
    assert check(found, "error_evidence").verdict is ROLLBACK
    assert (found.verdict, "hours_missing" in keys(found), "blind" in keys(found)) == (HOLD, True, True)


def test_a_limit_that_needs_no_comparison_rolls_back_all_the_same():
    arms = large(more_errors=20.0)
    holes = arms.where(~(arms.canary & ((arms.hour - arms.hour[0]) % 8 == 3)))
    found = judge(holes, PLAN)
    assert (found.verdict, found.reasons[0].key) == (ROLLBACK, "error_limit")


def test_a_broken_baseline_holds_a_harmless_release():
    arms = large()
    hour = arms.hour == arms.hour[0] + 7
    broken = replace(arms, status=np.where(hour & ~arms.canary, 500, arms.status).astype(np.int16))
    found = judge(broken, PLAN)
    assert (found.verdict, check(found, "baseline").reason.key) == (HOLD, "baseline_hour")


def test_no_error_at_all_can_go_on():
    assert judge(large(errors=0.0), PLAN).verdict is GO


def test_without_a_plan_the_split_is_not_checked_and_that_is_said():
    found = judge(large(), Terms())
    assert (found.verdict, [note.key for note in found.notes]) == (GO, ["share_unplanned"])
    assert all(c.name != "share" for c in found.checks)


def test_nothing_holds_and_never_fails():
    for arms in (
        requests({"arm": "b", "n": 0}),
        requests({"arm": "c", "n": 1}),
        requests({"arm": "b", "n": 5}, {"arm": "c", "n": 5, "ms": np.nan}),
        requests(
            {"arm": "b", "n": 5, "ms": 0.0, "users": [1]}, {"arm": "c", "n": 5, "ms": 0.0, "users": [2]}
        ),
        requests({"arm": "b", "n": 5}, {"arm": "c", "n": 5, "hour": 9}),
    ):
        for terms in (PLAN, Terms(), Terms(side_by_side=False)):
            found = judge(arms, terms)
            assert found.verdict is HOLD
            assert found.reasons


def test_one_arm_after_the_other_is_compared_by_the_hour_of_the_day_and_marked():
    # Nights are twice as slow. The canary follows, five nights and days as well.
    rng = np.random.default_rng(4)
    n = 60_000
    ts = START + np.sort(rng.random(n) * 240 * HOUR_US).astype(np.int64)
    night = ts // HOUR_US % 24 < 8
    canary = ts >= START + 120 * HOUR_US
    duration = 100 * np.exp(rng.normal(0, 0.5, n)) * np.where(night, 2, 1)
    arms = Arms(ts, canary, np.where(rng.random(n) < 0.004, 500, 200).astype(np.int16), duration)
    found = judge(arms, Terms(planned_share=1.0, side_by_side=False))
    assert (found.verdict, found.confounded) == (GO, "time")
    assert found.notes[0].key == "confounded"
    assert judge(arms, Terms(planned_share=0.5)).verdict is HOLD


def test_two_weeks_are_compared_by_the_hour_of_the_week():
    # Weekends are twice as slow, and the canary's week has far more of its traffic then.
    rng = np.random.default_rng(5)
    n = 60_000
    ts = START + np.sort(rng.random(n) * 336 * HOUR_US).astype(np.int64)
    weekend = (ts - START) // HOUR_US % 168 // 24 < 3
    canary = ts >= START + 168 * HOUR_US
    kept = ~canary | weekend | (rng.random(n) < 0.3)
    duration = 100 * np.exp(rng.normal(0, 0.5, n)) * np.where(weekend, 2, 1)
    arms = Arms(ts, canary, np.full(n, 200, dtype=np.int16), duration).where(kept)
    ratio = check(judge(arms, Terms(side_by_side=False)), "latency_p50_ratio")
    assert (ratio.low < 1 < ratio.high, ratio.value) == (True, pytest.approx(1, abs=0.05))


def test_a_period_that_is_not_over_never_goes_on():
    found = judge(large(), replace(PLAN, is_over=False))
    assert (found.verdict, keys(found)) == (HOLD, {"period_running"})


def test_limits_can_be_set():
    arms = large(slower=1.2)
    assert judge(arms, PLAN).verdict is ROLLBACK
    wide = Limits(p50_ratio=1.5, p95_ratio=1.5, p99_ratio=2.0)
    assert judge(arms, replace(PLAN, limits=wide)).verdict is GO


def test_every_sentence_is_written_in_both_languages_with_the_same_values():
    for key, (english, korean) in _SENTENCES.items():
        fields = [{f for _, f, _, _ in string.Formatter().parse(text) if f} for text in (english, korean)]
        assert fields[0] == fields[1], key
    for check_name in _TITLES:
        assert title(check_name, "en") != title(check_name, "ko")


def test_every_reason_can_be_said_in_both_languages():
    worst = [
        judge(large(errors=0.006, more_errors=20.0, slower=1.5), PLAN),
        judge(traffic(seed=1, n=300), PLAN),
        judge(requests({"arm": "b", "n": 3}), Terms(0.5)),
    ]
    for found in worst:
        for why in (*found.reasons, *found.notes):
            for language in ("en", "ko"):
                assert "{" not in say(why, language)
    assert say(
        Reason("latency_open", {"percentile": "P50", "ratio": 1.0, "low": 0.9, "high": None, "limit": 1.05})
    ) == ("P50 is 1.000 times the baseline's [0.900, –]: whether it exceeds 1.05 is open")
