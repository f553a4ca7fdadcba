"""What a value is compared with, and by how much it differs: baselines, changes, budgets, coverage."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lake_rows import make_lake
from scipy import stats
from summaries import DAY, figure, history, settings

from pipeline.config import BaselineRule, Deploy
from pipeline.figures import limits
from pipeline.figures.baselines import Baselines
from pipeline.figures.budgets import budgets
from pipeline.figures.comparisons import NO_BUCKET, Counted, count_change, latency_change
from pipeline.figures.counting import Counting
from pipeline.figures.coverage import Coverage
from pipeline.figures.definitions import figures
from pipeline.summary import Measure, Point, Verdict

LAST = date(2025, 6, 20)


def requests(day, good, bad, hour=3):
    row = {"ts": f"2025-06-{day:02}T{hour:02}:00:00Z", "http_method": "GET", "http_route": "/api/books"}
    return [{**row, "http_status": 200}] * good + [{**row, "http_status": 500}] * bad


def baseline(tmp_path, rows, rule=None, deploy=None, name="api_error_rate", window=(LAST,)):
    changed = settings(baseline=rule or BaselineRule(), deploy=Deploy(deploy))
    every = figures(changed)
    one = next(f for f in every if f.name == name)
    with Counting(make_lake(tmp_path / "lake", events=rows).snapshot(), changed) as counting:
        return Baselines(counting, every).of(one, list(window), counting.over(one, list(window)))


def test_the_days_before_make_the_baseline_and_a_breached_one_is_left_out(tmp_path):
    rows = [r for day in range(13, 20) for r in requests(day, 99, 1)] + requests(20, 98, 2)
    rows += requests(17, 0, 4)  # 5 of 104 failed: beyond the 3 % of the figure
    found = baseline(tmp_path, rows)
    assert found.kind == "trailing"
    assert [day.day for day in found.days] == [13, 14, 15, 16, 18, 19]
    assert [day.day for day in found.left_out] == [17]
    assert (found.value, found.n) == (pytest.approx(0.01), 600)
    # Newcombe by hand: Wilson(2/100) = .00550 … .07001, Wilson(6/600) = .00459 … .02164.
    assert (found.low, found.high) == (pytest.approx(-0.0086, abs=2e-4), pytest.approx(0.0603, abs=2e-4))


def test_an_incident_takes_its_day_out_of_every_baseline(tmp_path):
    lost = {"ts": "2025-06-18T05:00:00Z", "message": "MongoNetworkError: connection closed"}
    rows = [r for day in range(13, 21) for r in requests(day, 10, 0)] + [lost]
    assert [day.day for day in baseline(tmp_path, rows).left_out] == [18]


@pytest.mark.parametrize(
    ("rule", "deploy", "kind", "days"),
    [
        (BaselineRule("trailing", days=3), None, "trailing", [17, 18, 19]),
        (BaselineRule("release", days=2), datetime(2025, 6, 17, 1, tzinfo=UTC), "release", [15, 16]),
        (BaselineRule("release", days=2), None, "trailing", [18, 19]),
        (BaselineRule("weekly", weeks=2), None, "weekly", [6, 13]),
        (BaselineRule("day", date=date(2025, 6, 14)), None, "day", [14]),
    ],
)
def test_the_settings_choose_the_days(tmp_path, rule, deploy, kind, days):
    rows = [r for day in range(5, 21) for r in requests(day, 5, 0)]
    found = baseline(tmp_path, rows, rule, deploy)
    assert (found.kind, [day.day for day in found.days]) == (kind, days)


def test_without_a_day_before_there_is_no_baseline(tmp_path):
    assert baseline(tmp_path, requests(20, 5, 0)) is None


def test_a_surge_is_beyond_the_control_limit_of_steady_days_and_at_least_three_more():
    quiet = history([0, 0, 0, 0, 3], 24)
    assert limits.count_limit(quiet[-1], quiet[:-1]) == 3.0
    # Mean 4, Poisson's sigma 2 (the days differ by less): 4 + 6. Over a week 28 + 3 * 2 * sqrt(7).
    busy = history([3, 5, 3, 5, 11], 24)
    assert limits.count_limit(busy[-1], busy[:-1]) == pytest.approx(10)
    assert limits.count_limit(busy[-1], busy[:-1], 7) == pytest.approx(28 + 6 * 7**0.5)


def test_a_bad_run_never_becomes_the_baseline():
    rates = history([0.02] * 4 + [0.5] * 3 + [0.5], 1000)
    kept = limits.rising_days(figure("skew_over_1h_share"), rates[:-1])
    assert [point.value for point in kept] == [0.02] * 4
    assert limits.judge(figure("skew_over_1h_share"), rates).verdict is Verdict.WARN


@given(st.integers(0, 400))
def test_the_interval_of_a_count_is_close_to_the_exact_one(events):
    low, high = limits.poisson(events)
    exact = stats.chi2.ppf([0.025, 0.975], [2 * events, 2 * events + 2]) / 2
    assert low == pytest.approx(0 if events == 0 else exact[0], abs=0.06)
    assert high == pytest.approx(exact[1], abs=0.06)


def test_only_events_and_shares_have_an_interval_of_their_own():
    for name, has_one in (
        ("complaints", True),
        ("uptime", True),
        ("busy_clients", False),
        ("response_time", False),
    ):
        low, high = limits.interval(figure(name), Measure(1.0, 10))
        assert (low is not None, high is not None) == (has_one, has_one)


def test_a_change_of_counts_is_per_day_and_bounded_by_the_binomial_share():
    # 40 in 10 days before, 10 in 5 days since: 2 a day after 4 a day.
    change = count_change(40, 10, 10, 5)
    assert (change.ratio, change.before, change.after) == (pytest.approx(0.5), 4.0, 2.0)
    share = stats.binomtest(10, 50).proportion_ci(method="wilson")
    assert change.low == pytest.approx(share.low / (1 - share.low) * 2)
    assert change.high == pytest.approx(share.high / (1 - share.high) * 2)
    assert count_change(0, 10, 3, 5).ratio is None
    assert count_change(10, 10, 0, 5)[:2] == (0.0, 0.0)


def users(ms, count=20, each=50):
    """Return the counts of bags whose requests all took so long (one bucket is one value)."""
    bucket = limits_bucket(ms)
    return counted((bag, bucket, each) for bag in range(count))


def counted(rows):
    """Return rows of bag, bucket and count as arrays."""
    return Counted(*map(np.array, zip(*rows, strict=True)))


def limits_bucket(ms):
    import math

    return math.ceil(math.log(ms) / math.log(1.005 / 0.995))


def test_a_latency_that_is_ten_percent_higher_for_all_is_found_with_its_interval():
    change = latency_change(users(100), users(110), 950)
    assert change.ratio == pytest.approx(1.1, rel=0.011)
    assert change.low == change.high == change.ratio
    assert (change.n_before, change.n_after) == (1000, 1000)


def test_one_loud_group_of_users_widens_the_interval_and_too_few_groups_give_none():
    calm = [(bag, limits_bucket(100), 50) for bag in range(20)]
    loud = [*calm, (3, limits_bucket(1000), 60)]
    change = latency_change(counted(calm), counted(loud), 950)
    assert change.ratio == pytest.approx(10, rel=0.02)
    assert change.low == pytest.approx(1, rel=0.02)
    assert change.high > 5
    assert latency_change(users(100, 4), users(100, 4), 950)[:3] == (pytest.approx(1), None, None)
    assert latency_change(users(100, 1, 71), users(100), 950).ratio is None


def test_requests_of_no_time_rank_below_all_others_and_nothing_has_no_percentile():
    """Of 1,000 requests on each side, 960 took 0 ms before: P95 is 0, and nothing can be a multiple of it."""
    idle = counted(
        [*((bag, NO_BUCKET, 48) for bag in range(20)), *((bag, limits_bucket(9), 2) for bag in range(20))]
    )
    found = latency_change(idle, users(9), 950)
    assert (found.ratio, found.before, found.n_before) == (None, 0.0, 1000)
    assert latency_change(users(100), counted([(0, 1, 0)]), 950)[:3] == (None, None, None)


def test_a_budget_counts_good_and_bad_over_thirty_days_with_its_pace_and_worst_hour(tmp_path):
    """2,000 requests, 10 failed: with 99 % promised half of the 20 allowed is used."""
    rows = requests(1, 995, 2) + requests(18, 0, 1) + requests(20, 995, 3, 4) + requests(20, 0, 4, 5)
    every = figures(settings())
    with Counting(make_lake(tmp_path / "lake", events=rows).snapshot(), settings()) as counting:
        found = budgets(counting, Coverage(counting), every, LAST)
    errors = next(one for one in found if one.figure == "api_error_rate")
    assert (errors.objective, errors.days, errors.good, errors.total) == (0.99, 30, 1990, 2000)
    assert errors.left == pytest.approx(0.5)
    assert [(b.days, b.bad, b.total) for b in errors.burns] == [(1, 7, 1002), (7, 8, 1003), (30, 10, 2000)]
    assert errors.burns[0].rate == pytest.approx(7 / 1002 / 0.01)
    assert (errors.worst_hour.isoformat(), errors.worst_bad) == ("2025-06-20T05:00:00+00:00", 4)
    # Half of 20 is left, 8 were used in 7 days.
    assert errors.days_left == pytest.approx(10 / (8 / 7))
    assert errors.allowed_minutes == pytest.approx(432)
    assert errors.coverage == pytest.approx(4 / 720)
    assert errors.verdict is Verdict.PASS


def test_a_figure_over_a_hole_says_so(tmp_path):
    from pipeline import kpi

    rows = [r for hour in range(12) for r in requests(20, 5, 0, hour)]
    results = kpi.day_summary(make_lake(tmp_path / "lake", events=rows).snapshot(), settings(), DAY).results
    errors = next(r for r in results if r.figure.name == "api_error_rate")
    assert (errors.coverage, errors.is_holey, errors.verdict) == (0.5, True, Verdict.PASS)
    notes = next(r for r in results if r.figure.name == "client_time_use_all")
    assert notes.is_holey is False
    assert notes.verdict is Verdict.NODATA


def test_a_day_is_provisional_until_the_grace_after_its_midnight_is_over(tmp_path):
    from pipeline import kpi
    from pipeline.lake import Lake

    snapshot = Lake(tmp_path / "none").snapshot()
    for seconds, provisional in ((-3600, True), (14 * 60 + 59, True), (15 * 60, False)):
        now = DAY.end + timedelta(seconds=seconds)
        assert kpi.summarise(snapshot, settings(), DAY, now=now).is_provisional is provisional
    assert isinstance(history([1.0])[0], Point)
