"""The gate's distributions and intervals, against published examples and an independent library."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipeline.gate import distributions as dist
from pipeline.gate.rates import newcombe, rule_of_three, trials_until_within, wilson


@pytest.mark.parametrize("degrees", [1, 2, 3.5, 5, 19, 100, 1e4])
@pytest.mark.parametrize("tail", [0.4, 0.05, 0.025, 0.001, 1e-5])
def test_a_quantile_of_students_t_is_scipys(degrees, tail):
    assert dist.t_quantile(tail, degrees) == pytest.approx(stats.t.isf(tail, degrees), rel=1e-9)
    assert dist.t_tail(2.0, degrees) == pytest.approx(stats.t.sf(2.0, degrees), rel=1e-9)


@pytest.mark.parametrize("n", [1, 5, 6, 36, 72, 368, 1000, 12_345, 10**6, 10**8])
@pytest.mark.parametrize("p", [0.5, 0.9, 0.95, 0.99])
def test_a_quantile_of_the_binomial_is_scipys(n, p):
    for probability in (0.001, 0.025, 0.05, 0.5, 0.95, 0.975, 0.999):
        assert dist.binomial_quantile(probability, n, p) == int(stats.binom.ppf(probability, n, p))


def test_tails_of_the_normal_and_of_chi_square():
    assert dist.normal_tail(1.959963984540054) == pytest.approx(0.025, rel=1e-12)
    assert dist.normal_tail(8.0) == pytest.approx(stats.norm.sf(8.0), rel=1e-9)
    assert dist.normal_quantile(0.975) == pytest.approx(1.959963984540054, rel=1e-12)
    # 10.828 is the 99.9 % point of chi-square with one degree of freedom in every printed table.
    assert dist.chi_square_tail(10.828) == pytest.approx(0.001, abs=1e-6)


def test_wilson_is_the_published_example_and_scipys():
    # Newcombe 1998, Statistics in Medicine 17, 857-872, table I: 81 of 263 and 15 of 148, method 3.
    assert [round(x, 4) for x in wilson(81, 263)] == [0.308, 0.2553, 0.3662]
    assert [round(x, 4) for x in wilson(15, 148)] == [0.1014, 0.0624, 0.1605]
    theirs = stats.binomtest(3, 41).proportion_ci(0.9, method="wilson")
    assert wilson(3, 41, 0.9)[1:] == pytest.approx((theirs.low, theirs.high), rel=1e-12)


def test_a_rate_of_none_or_of_all_ends_at_the_edge():
    # With no event the upper bound is z^2/(n + z^2).
    z2 = 1.959963984540054**2
    assert wilson(0, 20) == pytest.approx((0, 0, z2 / (20 + z2)), rel=1e-12)
    assert wilson(20, 20) == pytest.approx((1, 20 / (20 + z2), 1), rel=1e-12)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(1, 50))
def test_dispersion_leaves_a_rate_and_widens_its_interval(counts, dispersion):
    events, trials = counts
    plain, clustered = wilson(events, trials), wilson(events / dispersion, trials / dispersion)
    assert clustered.value == pytest.approx(plain.value)
    assert clustered.low <= plain.low + 1e-12
    assert clustered.high >= plain.high - 1e-12
    assert 0 <= clustered.low <= clustered.value <= clustered.high <= 1


def test_newcombe_is_the_published_example():
    # Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10.
    assert [round(x, 4) for x in newcombe(56, 70, 48, 80)] == [0.2, 0.0524, 0.3339]
    assert [round(x, 4) for x in newcombe(9, 10, 3, 10)] == [0.6, 0.1705, 0.8090]
    assert [round(x, 4) for x in newcombe(10, 10, 0, 20)] == [1.0, 0.6791, 1.0]


def test_no_event_in_n_bounds_the_rate_by_about_three_over_n():
    assert rule_of_three(1000) == pytest.approx(3 / 1000, rel=0.005)
    # At the bound itself, seeing nothing has probability 5 %.
    assert (1 - rule_of_three(60)) ** 60 == pytest.approx(0.05)


def test_the_trials_asked_for_pass_the_margin_in_four_of_five_tries():
    # By the textbook's formula: (1.96 + 0.8416)^2 * p (1 - p) (1 + 1/9) / 0.005^2 at p = 0.5 %.
    asked = trials_until_within(0.005, 9, 1.0, 0.005)
    assert asked == math.ceil((1.959964 + 0.841621) ** 2 * 0.005 * 0.995 * (10 / 9) / 0.005**2)
    assert trials_until_within(0.005, 9, 3.0, 0.005) == pytest.approx(3 * asked, abs=2)
    assert trials_until_within(0.005, 0, 1.0, 0.005) is None


def test_without_any_error_the_trials_asked_for_are_where_wilsons_bound_meets_the_margin():
    asked = trials_until_within(0.0, 9, 1.0, 0.005)
    assert newcombe(0, asked, 0, 9 * asked).high <= 0.005 < newcombe(0, asked - 2, 0, 9 * (asked - 2)).high
