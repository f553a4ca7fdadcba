"""What has to be there before two arms are compared; nothing missing ever passes."""

from dataclasses import replace

import numpy as np
import pytest
from gate_lab import START, requests

from pipeline.gate import coverage
from pipeline.gate.arms import HOUR_US, UNKNOWN
from pipeline.gate.checks import Verdict
from pipeline.gate.limits import Limits

LIMITS = Limits()
GO, HOLD = Verdict.GO, Verdict.HOLD


def key(check):
    return check.reason and check.reason.key


def hours_of(baseline, canary, **more):
    groups = [{"arm": "b", "n": 3, "hour": hour} for hour in baseline]
    groups += [{"arm": "c", "n": 1, "hour": hour} for hour in canary]
    return coverage.hours_check(requests(*groups), LIMITS, **more)


def test_nine_of_ten_hours_are_enough_and_eight_are_not():
    nine = hours_of(range(10), [0, 1, 2, 3, 4, 5, 6, 7, 9])
    assert (nine.verdict, nine.value, nine.n_baseline, nine.n_canary) == (GO, 0.9, 10, 9)
    eight = hours_of(range(10), [0, 1, 2, 3, 4, 5, 6, 9])
    assert (eight.verdict, eight.value, key(eight)) == (HOLD, 0.8, "hours_missing")
    assert dict(eight.reason.values) == {"arm": "canary", "have": 8, "expected": 10, "limit": 0.9}


def test_hours_are_expected_from_the_first_to_the_last_over_both_arms():
    # Each arm is whole in its own span; together they span 20 hours, of which each has 11.
    found = hours_of(range(11), range(9, 20))
    assert (found.verdict, found.value) == (HOLD, 11 / 20)
    assert hours_of(range(11), range(9, 20), side_by_side=False).verdict is GO


def test_where_the_windows_are_known_hours_are_expected_over_them():
    both = ((START, START + 10 * HOUR_US), (START + 10 * HOUR_US, START + 20 * HOUR_US))
    assert hours_of(range(10), range(10, 19), side_by_side=False, windows=both).verdict is GO
    # Eight hours without a gap, and then nothing more: the window has ten.
    found = hours_of(range(10), range(10, 18), side_by_side=False, windows=both)
    assert (found.verdict, found.value) == (HOLD, 0.8)
    # A part of an hour at either end is an hour.
    parts = ((START + 1, START + 9 * HOUR_US + 1), both[1])
    assert hours_of(range(10), range(10, 20), side_by_side=False, windows=parts).value == 1.0


def test_an_hour_that_both_arms_lack_is_missing_too():
    seen = [hour for hour in range(10) if hour not in {4, 5}]
    assert (hours_of(seen, seen).verdict, hours_of(seen, seen).value) == (HOLD, 0.8)


def test_an_arm_without_requests_has_no_hours():
    found = coverage.hours_check(requests({"arm": "b", "n": 5}), LIMITS)
    assert (found.verdict, found.value) == (HOLD, 0.0)


@pytest.mark.parametrize(("present", "missing"), [("b", "canary"), ("c", "baseline")])
def test_a_missing_arm_is_named(present, missing):
    found = coverage.arms_check(requests({"arm": present, "n": 5}))
    assert (found.verdict, key(found), found.reason.values["arm"]) == (HOLD, "arm_missing", missing)


def test_an_arm_none_of_whose_requests_has_a_status_is_no_arm():
    arms = requests({"arm": "b", "n": 5}, {"arm": "c", "n": 5})
    lost = replace(arms, status=np.where(arms.canary, UNKNOWN, arms.status).astype(np.int16))
    found = coverage.arms_check(lost)
    assert (found.verdict, key(found), found.n_baseline, found.n_canary) == (HOLD, "arm_unjudged", 5, 0)


def test_no_request_at_all_holds():
    nobody = requests({"arm": "b", "n": 0}, {"arm": "c", "n": 0})
    assert coverage.arms_check(nobody).verdict is HOLD
    assert coverage.hours_check(nobody, LIMITS).verdict is HOLD
    assert coverage.share_check(nobody, 0.1, LIMITS).verdict is HOLD


def with_unknown(baseline, canary):
    """Of 1,000 requests in each arm, so many have no status."""
    arms = requests({"arm": "b", "n": 1_000}, {"arm": "c", "n": 1_000})
    status = arms.status.copy()
    status[:baseline] = UNKNOWN
    status[1_000 : 1_000 + canary] = UNKNOWN
    return coverage.usable_checks(replace(arms, status=status), LIMITS)[0]


def test_nine_tenths_of_the_statuses_are_enough_and_fewer_are_not():
    assert with_unknown(100, 100).verdict is GO
    found = with_unknown(100, 101)
    assert (found.verdict, key(found), found.value) == (HOLD, "status_missing", 0.899)


def test_statuses_that_only_the_canary_loses_may_be_its_failures():
    # 5 % of the canary's requests end without a status, 1 % of the baseline's: surely more than half a point.
    found = with_unknown(10, 50)
    assert (found.verdict, key(found)) == (HOLD, "status_lost")
    assert with_unknown(50, 10).verdict is GO
    # 1.0 against 0.7 % could be chance.
    assert with_unknown(7, 10).verdict is GO
    # 1.2 against 1.0 % of 200,000 is no chance, and less than half a point.
    arms = requests({"arm": "b", "n": 200_000}, {"arm": "c", "n": 200_000})
    status = arms.status.copy()
    status[:2_000] = status[200_000:202_400] = UNKNOWN
    assert coverage.usable_checks(replace(arms, status=status), LIMITS)[0].verdict is GO


def test_durations_are_counted_like_statuses_and_may_be_missing_altogether():
    arms = requests({"arm": "b", "n": 100}, {"arm": "c", "n": 100})
    duration = arms.duration.copy()
    duration[:11] = np.nan
    assert key(coverage.usable_checks(replace(arms, duration=duration), LIMITS)[1]) == "duration_missing"
    assert key(coverage.usable_checks(replace(arms, duration=None), LIMITS)[1]) == "no_durations"
    assert coverage.usable_checks(arms, LIMITS)[1].verdict is GO


def users_split(canary, total, planned=0.1):
    arms = requests(
        {"arm": "c", "n": 10 * canary, "users": range(canary)},
        {"arm": "b", "n": 10 * (total - canary), "users": range(canary, total)},
    )
    return coverage.share_check(arms, planned, LIMITS)


def test_the_split_is_judged_on_users_by_chi_square():
    # 1,000 users at a plan of 10 % have a variance of 90; the 0.1 % point is 3.2905 deviations: 31.2 users.
    assert (users_split(131, 1_000).verdict, users_split(132, 1_000).verdict) == (GO, HOLD)
    assert (users_split(69, 1_000).verdict, users_split(68, 1_000).verdict) == (GO, HOLD)
    found = users_split(131, 1_000)
    assert (found.value, found.n_canary, found.n_baseline, found.limit) == (0.131, 131, 869, 0.1)


def test_a_few_users_in_both_arms_belong_to_the_one_that_has_more_of_them():
    arms = requests(
        {"arm": "c", "n": 100, "users": range(10)},
        {"arm": "b", "n": 900, "users": range(10, 100)},
        {"arm": "b", "n": 2, "users": [0, 1]},
    )
    found = coverage.share_check(arms, 0.1, LIMITS)
    assert (found.verdict, found.n_canary, found.n_baseline) == (GO, 10, 90)


def test_where_each_request_is_sent_by_itself_the_requests_are_judged():
    # All hundred users are in both arms; by users the share would be a half.
    arms = requests({"arm": "c", "n": 100, "users": range(100)}, {"arm": "b", "n": 900, "users": range(100)})
    found = coverage.share_check(arms, 0.1, LIMITS)
    assert (found.verdict, found.value, found.n_canary) == (GO, 0.1, 100)


@pytest.mark.parametrize(("canary", "verdict"), [(79, HOLD), (80, GO), (120, GO), (121, HOLD)])
def test_without_users_the_share_of_requests_is_within_a_fifth_of_the_plan(canary, verdict):
    arms = requests({"arm": "c", "n": canary}, {"arm": "b", "n": 1_000 - canary})
    assert coverage.share_check(arms, 0.1, LIMITS).verdict is verdict


def test_a_plan_of_everything_on_the_canary_leaves_no_baseline():
    assert users_split(50, 100, planned=1.0).verdict is HOLD
    assert users_split(100, 100, planned=1.0).verdict is GO
