"""Evidence of more errors, and how clusters of errors weaken it."""

import math
from dataclasses import replace

import numpy as np
import pytest
from gate_lab import requests, traffic

from pipeline.gate.dispersion import dispersion
from pipeline.gate.evidence import FACTORS, WEIGHTS, log_evidence, log_likelihood_ratios
from pipeline.gate.hourly import Stratum, hourly
from pipeline.gate.limits import Limits

LN25 = math.log(Limits().evidence)


def evidence(arms, phi=None):
    hours = hourly(arms)
    return log_evidence(hours, dispersion(arms, hours).guarded if phi is None else phi)


def test_hours_count_requests_and_errors_of_each_arm():
    found = hourly(
        requests(
            {"arm": "b", "n": 9, "errors": 2},
            {"arm": "c", "n": 1},
            {"arm": "b", "n": 4, "hour": 2, "errors": 1},
            {"arm": "c", "n": 6, "hour": 2, "errors": 3},
        )
    )
    assert found.n_baseline.tolist() == [9, 4]
    assert found.n_canary.tolist() == [1, 6]
    assert found.errors_baseline.tolist() == [2, 1]
    assert found.errors_canary.tolist() == [0, 3]
    assert found.share.tolist() == [0.1, 0.6]
    # At the canary's mix of hours (1 and 6 of 7): 1/7 * 2/9 + 6/7 * 1/4, on 1 / (1/49/9 + 36/49/4) requests.
    assert found.baseline_rate == pytest.approx(1 / 7 * 2 / 9 + 6 / 7 / 4)
    assert found.baseline_trials == pytest.approx(49 / (1 / 9 + 36 / 4))
    assert found.comparable == (3, 7)


def test_hours_of_the_week_begin_on_monday():
    # START is a Friday midnight in UTC.
    at = hourly(requests({"arm": "b", "n": 1}, {"arm": "c", "n": 1, "hour": 168}), Stratum.HOUR_OF_WEEK)
    assert at.n.tolist() == [2]
    assert Stratum.HOUR_OF_WEEK.of(np.array([486_216])).tolist() == [4 * 24]
    assert Stratum.HOUR_OF_DAY.of(np.array([486_216, 486_239])).tolist() == [0, 23]


def test_the_ratio_of_one_hour_is_that_of_a_binomial():
    # 3 of 5 errors on a canary with a fifth of the requests: (lambda / (1 + 0.2 (lambda - 1)))^3 (1 / ...)^2.
    arms = requests({"arm": "b", "n": 80, "errors": 2}, {"arm": "c", "n": 20, "errors": 3})
    ratios = log_likelihood_ratios(hourly(arms))
    assert ratios == pytest.approx([3 * math.log(f) - 5 * math.log1p(0.2 * (f - 1)) for f in FACTORS])
    mixture = sum(w * f**3 / (1 + 0.2 * (f - 1)) ** 5 for w, f in zip(WEIGHTS, FACTORS, strict=True))
    assert evidence(arms, 1.0) == pytest.approx(math.log(mixture))
    assert WEIGHTS.sum() == pytest.approx(1)


def test_the_mean_of_the_evidence_is_one_when_errors_fall_by_chance():
    # Exactly: all ways in which 12 errors of an hour can fall on a canary with a share of 0.3.
    k, share = 12, 0.3
    mean = 0.0
    for on_canary in range(k + 1):
        arms = requests(
            {"arm": "b", "n": 70, "errors": k - on_canary}, {"arm": "c", "n": 30, "errors": on_canary}
        )
        chance = math.comb(k, on_canary) * share**on_canary * (1 - share) ** (k - on_canary)
        mean += chance * math.exp(evidence(arms, 1.0))
    assert mean == pytest.approx(1.0)


def test_a_baseline_without_errors_needs_no_special_case():
    arms = requests({"arm": "b", "n": 900}, {"arm": "c", "n": 100, "errors": 5, "users": range(100)})
    # Five errors, all on a tenth of the requests: at lambda = 10 alone (10 / 1.9)^5 = 4,036 * 0.03.
    assert evidence(arms, 1.0) > LN25
    nothing = requests({"arm": "b", "n": 900}, {"arm": "c", "n": 100})
    assert evidence(nothing) == pytest.approx(0)


def test_a_canary_that_gets_the_bad_hours_is_no_worse_than_the_baseline_in_them():
    # Simpson: 0.5 % of errors in good hours, 8 % in bad ones, in both arms; the canary serves 5 % and 60 %.
    good = [{"arm": "b", "n": 3800, "errors": 19}, {"arm": "c", "n": 200, "errors": 1}]
    bad = [{"arm": "b", "n": 400, "errors": 32, "hour": 1}, {"arm": "c", "n": 600, "errors": 48, "hour": 1}]
    arms = requests(*good, *bad)
    assert evidence(arms, 1.0) < 0
    # Pooled, the canary's 6.1 % against 1.2 % look like ruin.
    assert evidence(replace(arms, ts=np.full_like(arms.ts, arms.ts[0])), 1.0) > 5 * LN25


def test_independent_errors_are_hardly_dispersed():
    arms = traffic(seed=5, n=60_000, errors=0.02)
    # About 1,200 errors: the standard error of phi is about 1/sqrt(1200) = 0.03.
    assert dispersion(arms, hourly(arms)).guarded == pytest.approx(1.0, abs=0.1)


def test_busy_users_with_independent_errors_are_no_clusters():
    # Errors per user are many (10 each), yet they vary no more than chance: sum s^2 / sum s would be 11.
    arms = traffic(seed=6, n=60_000, users=60, errors=0.01)
    assert dispersion(arms, hourly(arms)).guarded < 2


def test_dispersion_by_hand():
    # One hour, ten requests of each of 20 users, half of them on the canary; one of each arm fails all ten.
    # Expected: 20/200 * 10 = 1 error a user. Squares: twice (10 - 1)^2, 18 times 1, the largest once more.
    groups = []
    for arm, users in (("b", range(10)), ("c", range(10, 20))):
        failing, others = users[0], list(users)[1:]
        groups.append({"arm": arm, "n": 10, "errors": 10, "users": [failing]})
        groups.append({"arm": arm, "n": 90, "users": others})
    arms = requests(*groups)
    assert dispersion(arms, hourly(arms)) == pytest.approx(((2 * 81 + 18) / 20, (2 * 81 + 18 + 81) / 20))


def test_errors_of_an_hour_that_is_bad_for_everybody_are_no_clusters():
    arms = requests(
        {"arm": "b", "n": 100, "errors": 50, "users": range(100)},
        {"arm": "c", "n": 100, "errors": 50, "users": range(100, 200)},
        {"arm": "b", "n": 100, "hour": 1, "users": range(100)},
        {"arm": "c", "n": 100, "hour": 1, "users": range(100, 200)},
    )
    assert dispersion(arms, hourly(arms)) == (1.0, 1.0)


def test_without_users_the_swings_of_the_canarys_share_tell_of_clusters():
    # 20 errors an hour, at even hours all on the canary, at odd hours all on the baseline.
    groups = []
    for hour in range(10):
        groups.append({"arm": "c", "n": 500, "hour": hour, "errors": 20 * (hour % 2 == 0)})
        groups.append({"arm": "b", "n": 500, "hour": hour, "errors": 20 * (hour % 2 == 1)})
    arms = requests(*groups)
    # Half of 20 expected each hour, off by 10: (10 + 1) * 100 over 10 * 20 / 4.
    assert dispersion(arms, hourly(arms)) == pytest.approx((10 * 100 / 50, 11 * 100 / 50))


def test_no_error_has_no_dispersion():
    arms = requests({"arm": "b", "n": 9}, {"arm": "c", "n": 1})
    assert dispersion(arms, hourly(arms)) == (1.0, 1.0)


def test_clusters_divide_the_evidence():
    arms = requests({"arm": "b", "n": 900, "errors": 5}, {"arm": "c", "n": 100, "errors": 15})
    ratios = log_likelihood_ratios(hourly(arms))
    mixture = sum(w * math.exp(r / 4) for w, r in zip(WEIGHTS, ratios, strict=True))
    assert evidence(arms, 4.0) == pytest.approx(math.log(mixture))
    assert evidence(arms, 4.0) < evidence(arms, 1.0) / 2


def failing_runs(seed, mean):
    """Harmless traffic in which a user's trouble makes a run of errors, of geometric length."""
    arms = traffic(seed, n=15_000, hours=72, users=1_000, errors=0.01 / mean)
    rng = np.random.default_rng([seed, mean])
    order = np.argsort(arms.user, kind="stable")
    status = arms.status[order]
    for start in np.flatnonzero(status == 500):
        status[start : start + rng.geometric(1 / mean)] = 500
    back = np.empty_like(status)
    back[order] = status
    return replace(arms, status=back)


@pytest.mark.parametrize("mean", [1, 4])
def test_a_harmless_release_is_rarely_rolled_back_however_often_one_looks(mean):
    rolled_back = 0
    for seed in range(100):
        arms = failing_runs(seed, mean)
        ends = np.linspace(0, len(arms.ts), 10)[1:].astype(int)
        rolled_back += any(evidence(arms.where(np.arange(len(arms.ts)) < end)) >= LN25 for end in ends)
    # At 2 % each, more than 6 of 100 would be a chance of 1 in 200.
    assert rolled_back <= 6


def test_doubled_errors_are_found():
    found = 0
    for seed in range(40):
        found += evidence(traffic(seed, n=35_000, hours=168, errors=0.01, more_errors=2)) >= LN25
    assert found >= 34


def test_a_canary_that_fails_more_often_is_no_cluster():
    # Busy users, each with about 500 requests: on the canary a tenth fails by chance, else a hundredth.
    arms = traffic(seed=3, n=200_000, users=400)
    rng = np.random.default_rng(3)
    failed = rng.random(len(arms.ts)) < np.where(arms.canary, 0.1, 0.01)
    faulty = replace(arms, status=np.where(failed, 500, 200).astype(np.int16))
    assert dispersion(faulty, hourly(faulty)).guarded < 1.5
