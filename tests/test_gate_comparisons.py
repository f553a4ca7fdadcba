"""From intervals to verdicts: what of a figure is held against its limit."""

import math
from dataclasses import replace

import pytest
from gate_lab import requests
from scipy import stats

from pipeline.gate import slowness
from pipeline.gate.checks import Verdict
from pipeline.gate.errors import difference_check, evidence_check
from pipeline.gate.hourly import Stratum, hourly
from pipeline.gate.latency import Ratio
from pipeline.gate.limits import Limits
from pipeline.gate.rates import newcombe

LIMITS = Limits()
GO, HOLD, ROLLBACK = Verdict
RATIO = Ratio(1.03, 1.01, 1.05, 103.0, 100.0, 1_000, 9_000, 0.012)


def verdict(floor=0.0, **figures):
    return slowness._verdict(replace(RATIO, **figures), 1.05, lambda: floor)


def test_a_ratio_goes_on_when_its_upper_bound_is_at_the_limit_and_not_above():
    assert verdict() == (GO, None)
    assert verdict(high=1.0501) == (HOLD, "latency_open")
    assert verdict(high=None) == (HOLD, "latency_open")


def test_a_ratio_rolls_back_when_even_the_bound_over_all_looks_is_above():
    slow = {"value": 1.2, "high": 1.3}
    assert verdict(floor=1.0501, low=1.1, **slow) == (ROLLBACK, "latency_slower")
    assert verdict(floor=1.05, low=1.1, **slow) == (HOLD, "latency_suspect")
    assert verdict(floor=None, low=1.1, **slow) == (HOLD, "latency_suspect")
    assert verdict(floor=1.1, low=1.05, **slow) == (HOLD, "latency_open")
    assert verdict(floor=1.1, low=None, **slow) == (HOLD, "latency_open")


def test_a_shortfall_first_asks_for_what_an_unchanged_release_needs():
    # ((1.6449 + 0.8416) * error / ln 1.05)^2 times the requests so far.
    ratio = replace(RATIO, log_error=0.05, n_canary=400)
    planned = 400 * ((stats.norm.isf(0.05) + stats.norm.isf(0.2)) * 0.05 / math.log(1.05)) ** 2
    assert slowness._shortfall(ratio, 1.05, 500) == math.ceil(planned - 400)


def test_with_enough_requests_a_shortfall_asks_for_what_settles_the_ratio_as_it_is():
    ratio = replace(RATIO, log_error=0.012, n_canary=50_000, value=1.04)
    gap = math.log(1.05 / 1.04)
    planned = 50_000 * (stats.norm.isf(0.05) * 0.012 / gap) ** 2
    assert slowness._shortfall(ratio, 1.05, 500) == math.ceil(planned - 50_000)
    assert slowness._shortfall(replace(ratio, value=1.05), 1.05, 500) is None


def test_a_percentile_without_enough_requests_asks_for_the_planned_number():
    arms = requests({"arm": "b", "n": 500}, {"arm": "c", "n": 70})
    found = {c.name: c for c in slowness.ratio_checks(arms, LIMITS, Stratum.HOUR)}
    assert found["latency_p95_ratio"].reason.key == "latency_few"
    assert found["latency_p95_ratio"].needed == 3_220 - 70
    assert found["latency_p99_ratio"].needed == 480 - 70


def test_without_durations_no_number_of_requests_would_help():
    arms = replace(requests({"arm": "b", "n": 500}, {"arm": "c", "n": 70}), duration=None)
    assert [c.needed for c in slowness.ratio_checks(arms, LIMITS, Stratum.HOUR)] == [None] * 3


def difference(canary, baseline, dispersion=1.0):
    arms = requests(
        {"arm": "c", "n": canary[1], "errors": canary[0]},
        {"arm": "b", "n": baseline[1], "errors": baseline[0]},
    )
    return difference_check(hourly(arms), dispersion, LIMITS)


def test_a_difference_goes_on_when_newcombes_upper_bound_is_within_half_a_point():
    found = difference((5, 2_000), (27, 9_000))
    assert (found.value, found.low, found.high) == pytest.approx(newcombe(5, 2_000, 27, 9_000))
    assert (found.verdict, found.high <= 0.005) == (GO, True)


def test_a_difference_whose_bound_is_above_holds_and_says_what_is_missing():
    # A quarter of a per cent against 0.3, on 400 requests.
    found = difference((1, 400), (27, 9_000))
    assert (found.verdict, found.value < 0, found.high > 0.005) == (HOLD, True, True)
    # By the planning formula at the pooled rate: (1.96 + 0.84)^2 p (1 - p) (1 + 1/22.5) / 0.005^2.
    pooled = 28 / 9_400
    planned = 2.8016**2 * pooled * (1 - pooled) * (1 + 1 / 22.5) / 0.005**2
    assert 400 + found.needed == pytest.approx(planned, rel=0.001)


def test_clusters_widen_a_difference():
    assert difference((5, 2_000), (27, 9_000), dispersion=4.0).verdict is HOLD


def test_a_difference_beyond_the_margin_needs_no_more_requests():
    found = difference((400, 20_000), (900, 90_000))
    assert (found.verdict, found.needed) == (HOLD, None)


def test_a_difference_is_taken_at_the_canarys_mix_of_hours():
    arms = requests(
        {"arm": "c", "n": 1_000, "errors": 2},
        {"arm": "b", "n": 9_000, "errors": 18},
        {"arm": "c", "n": 3_000, "hour": 1, "errors": 30},
        {"arm": "b", "n": 1_000, "hour": 1, "errors": 10},
    )
    found = difference_check(hourly(arms), 1.0, LIMITS)
    # 0.2 % and 1 % in both arms: no difference. The baseline counts as 1 / (1/16/9000 + 9/16/1000) requests.
    trials = 1 / (1 / 16 / 9_000 + 9 / 16 / 1_000)
    assert found.value == pytest.approx(0, abs=1e-12)
    assert found.high == pytest.approx(newcombe(32, 4_000, 0.008 * trials, trials).high)


def test_evidence_rolls_back_at_its_limit():
    arms = requests({"arm": "c", "n": 100, "errors": 6}, {"arm": "b", "n": 900, "errors": 1})
    found = evidence_check(hourly(arms), 1.0, LIMITS)
    assert found.verdict is ROLLBACK
    odds = math.exp(found.value)
    assert evidence_check(hourly(arms), 1.0, replace(LIMITS, evidence=odds * 0.999)).verdict is ROLLBACK
    assert evidence_check(hourly(arms), 1.0, replace(LIMITS, evidence=odds * 1.001)).verdict is GO
    sure = evidence_check(
        hourly(requests({"arm": "c", "n": 999, "errors": 900}, {"arm": "b", "n": 9_000})), 1.0, LIMITS
    )
    assert sure.reason.values["odds"] == 1e9  # and not a number of 900 digits
    assert dict(found.reason.values) == {"canary": 0.06, "baseline": 1 / 900, "odds": pytest.approx(odds)}
