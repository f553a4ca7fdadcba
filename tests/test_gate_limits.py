"""Limits that hold whatever the other arm does: rows on every bound."""

from dataclasses import replace

import numpy as np
import pytest
from gate_lab import HOUR, requests
from scipy import stats

from pipeline.gate import absolute
from pipeline.gate.arms import Pair
from pipeline.gate.checks import Verdict
from pipeline.gate.errors import target_check
from pipeline.gate.limits import Limits

LIMITS = Limits()
GO, HOLD, ROLLBACK = Verdict


def error_limit(errors, n, dispersion=1.0):
    return absolute.error_limit_check(Pair(n, n), Pair(0, errors), dispersion, LIMITS)


def test_errors_roll_back_when_their_lower_bound_exceeds_three_per_cent():
    # The one-sided 95 % Wilson bound of k in 1,000: 38 give 2.924 %, 39 give 3.011 %.
    lows = [stats.binomtest(k, 1_000).proportion_ci(0.90, method="wilson").low for k in (38, 39)]
    assert lows[0] < 0.03 < lows[1]
    assert [error_limit(k, 1_000).verdict for k in (38, 39)] == [HOLD, ROLLBACK]
    assert error_limit(39, 1_000).low == pytest.approx(lows[1])


def test_errors_at_the_limit_pass_it_and_above_it_raise_an_alarm():
    assert [error_limit(k, 1_000).verdict for k in (30, 31)] == [GO, HOLD]
    assert error_limit(31, 1_000).reason.key == "error_alarm"


def test_one_user_in_trouble_does_not_roll_back():
    assert error_limit(60, 1_000).verdict is ROLLBACK
    assert error_limit(60, 1_000, dispersion=12.0).verdict is HOLD


def test_no_error_is_bounded_by_the_rule_of_three():
    found = error_limit(0, 1_000)
    assert (found.verdict, found.value, found.low) == (GO, 0, 0)
    assert found.high == pytest.approx(3 / 1_000, rel=0.005)


def test_no_request_holds():
    assert error_limit(0, 0).verdict is HOLD
    assert target_check(Pair(9, 0), Pair(), 1.0, LIMITS).verdict is HOLD


def test_the_target_is_below_one_per_cent():
    verdicts = [target_check(Pair(9, 1_000), Pair(0, k), 1.0, LIMITS).verdict for k in (9, 10)]
    assert verdicts == [GO, HOLD]


def slow_hours(hours, slow, n=100, ms=3_000.001, arm="c"):
    """`slow` of n requests of each hour take `ms`, the others 100."""
    times = np.where(np.arange(n) < slow, ms, 100.0)
    return [{"arm": arm, "n": n, "hour": hour, "ms": times} for hour in hours]


def latency(*groups):
    rest = [{"arm": "b", "n": 50, "hour": hour} for hour in range(6)]
    return absolute.latency_limit_check(requests(*rest, *groups), LIMITS)


def test_a_p95_surely_above_three_seconds_for_three_hours_rolls_back():
    # Of 100 requests, rank 91 is the highest that bounds the P95 from below at 95 %: ten slow ones (ranks 91
    # to 100) are needed, nine are not enough.
    assert stats.binom.cdf(90, 100, 0.95) <= 0.05 < stats.binom.cdf(91, 100, 0.95)
    quick = slow_hours([0, 4, 5], 0)
    assert latency(*quick, *slow_hours([1, 2, 3], 9)).verdict is HOLD
    assert latency(*quick, *slow_hours([1, 2, 3], 8)).verdict is HOLD
    found = latency(*quick, *slow_hours([1, 2, 3], 10))
    assert (found.verdict, found.low, found.reason.key) == (ROLLBACK, 3_000.001, "latency_limit")


def test_two_hours_or_three_with_a_gap_do_not_last():
    everything = 100
    for hours in ([1, 2], [1, 2, 4], [0, 2, 4]):
        others = [hour for hour in range(6) if hour not in hours]
        found = latency(*slow_hours(hours, everything), *slow_hours(others, 0))
        assert found.verdict is GO
    # An hour without any canary request interrupts as well.
    assert latency(*slow_hours([0, 1, 3, 4], everything)).verdict is GO


def test_exactly_three_seconds_are_allowed():
    assert latency(*slow_hours(range(6), 100, ms=3_000.0)).verdict is GO


def test_a_p95_above_the_limit_that_may_be_chance_raises_an_alarm():
    # Six of 100 are slow: the P95, rank 95, is one of them; the bound, rank 91, is not.
    found = latency(*slow_hours(range(6), 6))
    assert (found.verdict, found.value, found.low, found.reason.key) == (
        HOLD,
        3_000.001,
        100,
        "latency_alarm",
    )
    assert latency(*slow_hours(range(6), 5)).verdict is GO


def test_the_slowest_of_a_few_requests_is_no_p95():
    assert latency(*slow_hours(range(6), 1, n=19)).verdict is GO
    assert latency(*slow_hours(range(6), 2, n=20)).verdict is HOLD
    # What is known of so few is their lower bound, rank 16 of 19: it is the figure as well.
    few = latency(*slow_hours(range(6), 3, n=19))
    assert stats.binom.cdf(15, 19, 0.95) < 0.05 <= stats.binom.cdf(16, 19, 0.95)
    assert (few.value, few.low) == (100, 100)


def test_in_less_than_three_hours_nothing_rolls_back_but_all_slow_is_an_alarm():
    two = requests({"arm": "b", "n": 9}, *slow_hours([0, 1], 100))
    assert absolute.latency_limit_check(two, LIMITS).verdict is HOLD
    one = requests({"arm": "b", "n": 9}, *slow_hours([0], 100), *slow_hours([1], 0))
    assert absolute.latency_limit_check(one, LIMITS).verdict is GO


def test_without_durations_latency_holds():
    arms = replace(requests({"arm": "b", "n": 9}, {"arm": "c", "n": 9}), duration=None)
    assert absolute.latency_limit_check(arms, LIMITS).reason.key == "no_durations"


def baseline(*groups, dispersion=1.0):
    return absolute.baseline_check(requests({"arm": "c", "n": 9}, *groups), dispersion, LIMITS)


def test_a_baseline_above_the_error_limit_is_no_yardstick():
    found = baseline({"arm": "b", "n": 1_000, "errors": 40})
    assert (found.verdict, found.reason.key) == (HOLD, "baseline_errors")
    assert baseline({"arm": "b", "n": 1_000, "errors": 30}).verdict is GO


def test_one_broken_hour_of_the_baseline_is_enough():
    good = [{"arm": "b", "n": 500, "hour": hour, "errors": 2} for hour in range(99)]
    found = baseline(*good, {"arm": "b", "n": 500, "hour": 99, "errors": 40})
    assert (found.verdict, found.reason.key) == (HOLD, "baseline_hour")
    assert (found.reason.values["hour"], found.reason.values["rate"]) == (HOUR + 99, 0.08)
    # 24 of 500, 4.8 %, would be beyond a single hour's bound, not beyond a hundred hours' together.
    assert stats.binomtest(24, 500).proportion_ci(0.9, method="wilson").low > 0.03
    assert baseline(*good, {"arm": "b", "n": 500, "hour": 99, "errors": 24}).verdict is GO
    # 5 % of many is surely above 3 %.
    assert baseline(*good, {"arm": "b", "n": 5_000, "hour": 99, "errors": 250}).verdict is HOLD
    # Forty errors of one user are no broken hour.
    assert baseline(*good, {"arm": "b", "n": 500, "hour": 99, "errors": 40}, dispersion=20.0).verdict is GO


def test_a_baseline_that_was_slow_for_hours_is_no_yardstick():
    found = baseline(*slow_hours(range(3), 100, arm="b"))
    assert (found.verdict, found.reason.key) == (HOLD, "baseline_latency")
    assert baseline(*slow_hours(range(2), 100, arm="b")).verdict is GO
