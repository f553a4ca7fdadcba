"""The ratio of latency percentiles: order statistics, hours held equal, users, all looks together."""

import math
from dataclasses import replace

import numpy as np
import pytest
from gate_lab import requests, traffic
from scipy import stats

from pipeline.gate.latency import Comparison, always_valid_z
from pipeline.gate.samples import Profile, Sample


def sample(durations, units=None):
    """Equally weighted requests of one hour."""
    n = len(durations)
    unit = np.arange(n) if units is None else np.asarray(units)
    ones = np.ones(n)
    return Sample(np.asarray(durations, float), ones, unit, np.zeros(n, int), int(unit.max()) + 1, 1)


def every(n):
    return np.arange(1.0, n + 1)


@pytest.mark.parametrize(("permille", "n"), [(500, 40), (950, 400), (990, 4_000)])
def test_bounds_of_independent_requests_are_the_binomial_order_statistics(permille, n):
    found = sample(every(n))
    profile = Profile(found, permille, np.array([permille / 1000]))
    low, high = profile.bounds(stats.norm.sf(1.5), 0.0, 0.0)
    # As many units as requests: Student's t is as good as normal, and the ranks are exact.
    tail = stats.norm.sf(stats.t.isf(stats.norm.sf(1.5), n - 1))
    p = permille / 1000
    # Value r is the lower bound when fewer than r of n lie below the percentile with probability < tail.
    assert found.value(low) == stats.binom.ppf(tail, n, p)
    assert found.value(high) == stats.binom.ppf(1 - tail, n, p) + 1


def test_bounds_beyond_the_requests_are_zero_and_infinite():
    found = sample(every(30))
    low, high = Profile(found, 950, np.array([0.95])).bounds(0.05, 0.0, 0.0)
    assert (low >= 0, high) == (True, 30)
    assert (found.value(-1), found.value(30)) == (0.0, math.inf)


def test_a_percentile_is_the_value_at_its_rank():
    found = sample(every(100))
    assert [found.value(found.position(p / 1000)) for p in (500, 900, 950, 990)] == [50, 90, 95, 99]


def test_ten_requests_of_one_user_count_as_one():
    # 40 users with ten requests each of the same duration: the variance is that of 40 requests.
    users = np.repeat(np.arange(40), 10)
    profile = Profile(sample(np.repeat(every(40), 10), users), 500, np.array([0.5]))
    # Each user is 1/40 * (1 - 1/2) or 1/40 * 1/2 off, over 1 - 1/40 by the jackknife.
    assert profile.variance(profile.centre) == pytest.approx(40 * (0.5 / 40 / (39 / 40)) ** 2)
    assert profile.variance(profile.centre) / profile.independent == pytest.approx(10 * (40 / 39) ** 2)


def test_a_percentile_that_one_user_makes_has_hardly_a_degree_of_freedom():
    users = np.r_[np.arange(200), np.full(20, 200)]
    slow = Profile(sample(np.r_[every(200), np.full(20, 1e4)], users), 950, np.array([0.95]))
    plain = Profile(sample(every(220)), 950, np.array([0.95]))
    assert slow.degrees < 5
    assert plain.degrees > 100


def test_the_ratio_of_what_is_twice_as_slow_is_two():
    rng = np.random.default_rng(1)
    base = np.exp(rng.normal(5, 0.5, 4_000))
    arms = requests({"arm": "b", "n": 4_000, "ms": base}, {"arm": "c", "n": 4_000, "ms": 2 * base})
    for permille in (500, 950, 990):
        comparison = Comparison(arms)
        found = comparison.ratio(permille)
        assert found.value == pytest.approx(2.0)
        assert found.canary == pytest.approx(2 * found.baseline)
        assert found.low < 2.0 < found.high
        assert comparison.floor(permille) < found.low
        # Each side alike: the interval is symmetrical on the logarithmic scale up to the ranks.
        assert math.log(found.high / 2) == pytest.approx(-math.log(found.low / 2), rel=0.01)


def test_an_interval_joins_the_two_arms_as_zou_and_donner_do():
    rng = np.random.default_rng(2)
    one, other = np.exp(rng.normal(5, 0.5, 900)), np.exp(rng.normal(5, 0.5, 2_500))
    found = Comparison(
        requests({"arm": "c", "n": 900, "ms": one}, {"arm": "b", "n": 2_500, "ms": other})
    ).ratio(500)

    def bounds(values):
        values = np.sort(values)
        n = len(values)
        middle = values[(n + 1) // 2 - 1]
        low = values[int(stats.binom.ppf(0.05, n, 0.5)) - 1]
        return [math.log(middle / low), math.log(values[int(stats.binom.ppf(0.95, n, 0.5))] / middle)]

    (c_low, c_high), (b_low, b_high) = bounds(one), bounds(other)
    # Minutes are the units here, and one in which requests agree by chance stretches the bounds a little.
    assert math.log(found.value / found.low) == pytest.approx(math.hypot(c_low, b_high), rel=0.15)
    assert math.log(found.high / found.value) == pytest.approx(math.hypot(c_high, b_low), rel=0.15)


def test_an_arm_that_serves_the_slow_hours_is_compared_within_them():
    rng = np.random.default_rng(3)

    def hour(at, slow, baseline, canary):
        return [
            {"arm": arm, "n": n, "hour": at, "ms": slow * np.exp(rng.normal(4, 0.4, n))}
            for arm, n in (("b", baseline), ("c", canary))
        ]

    arms = requests(*hour(0, 1.0, 9_000, 500), *hour(1, 3.0, 1_000, 2_000))
    found = Comparison(arms).ratio(500)
    assert found.value == pytest.approx(1.0, abs=0.08)
    assert found.low < 1 < found.high
    # Regardless of hours the canary's median is about twice as high.
    assert np.median(arms.duration[arms.canary]) > 1.8 * np.median(arms.duration[~arms.canary])


def test_hours_with_one_arm_are_not_compared():
    arms = requests(
        {"arm": "b", "n": 100, "ms": every(100)},
        {"arm": "c", "n": 100, "ms": every(100)},
        {"arm": "c", "n": 300, "hour": 1, "ms": 1e6},
        {"arm": "b", "n": 700, "hour": 2, "ms": 1e-6},
    )
    found = Comparison(arms).ratio(500)
    assert (found.n_canary, found.n_baseline, found.value) == (100, 100, 1.0)


@pytest.mark.parametrize(("permille", "fewest"), [(500, 6), (950, 72), (990, 368)])
def test_a_percentile_without_enough_requests_is_unknown(permille, fewest):
    for n, known in ((fewest - 1, False), (fewest, True)):
        arms = requests({"arm": "b", "n": 1_000, "ms": every(1_000)}, {"arm": "c", "n": n, "ms": every(n)})
        found = Comparison(arms).ratio(permille)
        assert (found.canary is not None, found.value is not None) == (known, known)
        assert found.baseline is not None


def test_four_users_give_a_percentile_but_no_interval():
    arms = requests(
        {"arm": "b", "n": 500, "ms": every(500), "users": range(50)},
        {"arm": "c", "n": 500, "ms": every(500), "users": range(50, 54)},
    )
    found = Comparison(arms).ratio(500)
    assert (found.canary, found.baseline, found.value, found.high) == (250, 250, None, None)


def test_a_percentile_of_zero_has_no_ratio():
    arms = requests({"arm": "b", "n": 100, "ms": 0.0}, {"arm": "c", "n": 100, "ms": every(100)})
    found = Comparison(arms).ratio(500)
    assert (found.baseline, found.value) == (0.0, None)


def test_unusable_durations_are_not_ranked():
    ms = np.r_[every(100), np.full(300, np.nan)]
    found = Comparison(requests({"arm": "b", "n": 400, "ms": ms}, {"arm": "c", "n": 400, "ms": ms})).ratio(
        950
    )
    assert (found.n_canary, found.canary) == (100, 95)


def test_users_in_both_arms_narrow_the_interval():
    rng = np.random.default_rng(4)
    users = rng.integers(0, 100, 20_000)
    ms = np.exp(rng.normal(0, 0.5, 100)[users] + rng.normal(4, 0.2, 20_000))
    groups = [
        {"arm": arm, "n": 10_000, "ms": ms[at], "users": users[at]}
        for arm, at in (("b", slice(10_000)), ("c", slice(10_000, None)))
    ]
    both = Comparison(requests(*groups)).ratio(500)
    groups[1]["users"] = users[10_000:] + 100
    apart = Comparison(requests(*groups)).ratio(500)
    assert both.log_error < apart.log_error / 3


def test_the_same_requests_in_another_order_give_the_same_ratio():
    arms = traffic(seed=8, n=6_000, unlike=0.3)
    mixed = arms.where(np.random.default_rng(0).permutation(len(arms.ts)))
    for permille in (500, 950):
        one, other = Comparison(arms).ratio(permille), Comparison(mixed).ratio(permille)
        assert (one.value, one.n_canary) == (other.value, other.n_canary)
        assert one.high == pytest.approx(other.high, rel=1e-9)


@pytest.mark.parametrize(("users", "unlike"), [(2_000, 0.0), (1_000, 0.3), (300, 0.4)])
def test_the_95_per_cent_interval_holds_the_truth_in_about_95_of_100(users, unlike):
    held = np.zeros(3)
    for seed in range(120):
        comparison = Comparison(traffic(seed, n=8_000, share=0.2, users=users, unlike=unlike))
        for at, permille in enumerate((500, 950, 990)):
            found = comparison.ratio(permille, level=0.95)
            held[at] += (found.low or 0) <= 1 <= (found.high or math.inf)
    # 95 % of 120 is 114; fewer than 106 would be a chance of 1 in 1,000.
    assert held.min() >= 106


def test_an_always_valid_bound_is_farther_off_than_one_for_a_single_look():
    # By the formula at v = n/30 = 10: sqrt(2 * 11/10 * ln(1 + sqrt(11)/0.1)).
    assert always_valid_z(300, 0.05) == pytest.approx(math.sqrt(2.2 * math.log(1 + math.sqrt(11) / 0.1)))
    assert min(always_valid_z(n, 0.05) for n in range(10, 20_000, 10)) > 2.5 > stats.norm.isf(0.05)


def test_a_brownian_path_rarely_ever_leaves_the_always_valid_bound():
    rng = np.random.default_rng(9)
    n = np.arange(1, 4_001)
    bound = np.array([always_valid_z(k, 0.1) for k in n]) / np.sqrt(n)
    means = np.cumsum(rng.normal(0, 1, (500, len(n))), axis=1) / n
    # At most 10 % over all times; 500 paths give 50, and 67 would be a chance of 1 in 100.
    assert (means > bound).any(axis=1).sum() <= 66


def test_a_release_that_changes_nothing_is_never_surely_slower():
    for seed in range(25):
        arms = traffic(seed, n=20_000, users=1_000, unlike=0.3)
        for end in (2_000, 5_000, 10_000, 20_000):
            comparison = Comparison(arms.where(np.arange(len(arms.ts)) < end))
            for permille, limit in ((500, 1.05), (950, 1.05), (990, 1.25)):
                assert (comparison.floor(permille) or 0) <= limit


def test_a_fifth_slower_is_found():
    found = 0
    for seed in range(20):
        comparison = Comparison(traffic(seed, n=35_000, hours=168, slower=1.2, unlike=0.2))
        found += (comparison.floor(500) or 0) > 1.05
    assert found >= 19


def test_durations_are_wanted():
    arms = replace(traffic(seed=1, n=100), duration=None)
    with pytest.raises(ValueError, match="no durations"):
        Comparison(arms)
