"""The statistics behind the classes and the anomalies, against independent answers."""

import itertools
import math
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
import scipy.optimize
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from skew_lab import DAY, START, clock, delayed, frame, judged, steady

from pipeline.errors import UsageFault
from pipeline.skew import analysis, anomalies, changes, fallbacks, forest, hull, inputs, offsets, slopes
from pipeline.skew.groups import Groups

HOUR = 3600.0
WEEK = 7 * DAY


def events(**devices):
    return inputs.from_arrow(frame(**devices).to_arrow(), "test")


def a_group(n):
    return Groups.of_sizes(np.array([n]))


@settings(deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.integers(0, 10**6))
def test_groups_do_what_a_loop_over_them_does(sizes, seed):
    groups, rng = Groups.of_sizes(np.array(sizes)), np.random.default_rng(seed)
    values = rng.integers(0, 5, groups.rows).astype(float)
    parts = np.split(values, np.cumsum(sizes)[:-1])
    assert groups.sum(values).tolist() == [part.sum() for part in parts]
    assert groups.max(values).tolist() == [part.max() for part in parts]
    assert groups.count(values > 2).tolist() == [(part > 2).sum() for part in parts]
    assert groups.sorted(values).tolist() == [value for part in parts for value in sorted(part)]
    order = groups.order(values)
    assert values[order].tolist() == groups.sorted(values).tolist()
    assert all(
        (np.diff(rows)[np.diff(values[rows]) == 0] > 0).all()
        for rows in np.split(order, np.cumsum(sizes)[:-1])
    )
    first = groups.first(values == 3)
    assert first.tolist() == [
        next((g + i for i, v in enumerate(part) if v == 3), groups.rows)
        for g, part in zip(groups.starts, parts, strict=True)
    ]


@settings(deadline=None)
@given(st.integers(2, 12), st.integers(0, 10**6))
def test_the_upper_edge_is_the_answer_of_the_linear_programme(n, seed):
    rng = np.random.default_rng(seed)
    days = np.sort(rng.uniform(0, 7, n))
    days -= days[0]
    values = rng.normal(0, 10, n)
    group = a_group(n)
    (slope,), (level,) = hull.upper_edge(group, Groups(np.arange(n), n), days, values)
    # The line a + b t over all points with the least sum of distances.
    best = scipy.optimize.linprog(
        [n, days.sum()], A_ub=np.column_stack([-np.ones(n), -days]), b_ub=-values, bounds=[(None, None)] * 2
    )
    assert level + slope * days.mean() == pytest.approx(best.fun / n, rel=1e-6, abs=1e-6)
    assert (level + slope * days >= values - 1e-9).all()


@settings(deadline=None)
@given(st.integers(2, 15), st.integers(0, 10**6))
def test_the_slopes_are_those_of_theil_and_sen_and_of_least_squares(n, seed):
    rng = np.random.default_rng(seed)
    x, y = np.cumsum(rng.uniform(0.1, 2, n)), rng.normal(0, 5, n)
    group, every = a_group(n), np.ones(n, dtype=bool)
    (median,), (low,), (high,) = slopes.of_pairs(group, every, x, y)
    pairs = [(y[j] - y[i]) / (x[j] - x[i]) for i, j in itertools.combinations(range(n), 2)]
    assert median == pytest.approx(scipy.stats.theilslopes(y, x).slope)
    assert (low, high) == pytest.approx(tuple(np.quantile(pairs, [0.25, 0.75])))
    if n > 2:
        fit = scipy.stats.linregress(x, y)
        (slope,), (error,) = slopes.least_squares(group, every, x, y)
        assert (slope, error) == (pytest.approx(fit.slope), pytest.approx(fit.stderr))


def test_right_clocks_seldom_drift_by_chance():
    rng = np.random.default_rng(5)
    delays = {
        "exponential": lambda: rng.exponential(5, 20),
        "uniform": lambda: rng.uniform(0, 30, 20),
        "normal": lambda: rng.normal(0, 8, 20),
    }
    rows = judged(
        **{
            f"{shape}{n}": [
                (START + t, START + t - delay)
                for t, delay in zip(rng.uniform(0, WEEK, 20), draw(), strict=True)
            ]
            for shape, draw in delays.items()
            for n in range(400)
        }
    )
    drifting = [device for device, row in rows.items() if row["class"] == "drift"]
    assert len(drifting) <= 12  # 1 % of 1,200


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.floats(0.001, 0.999))
def test_the_binomial_tail_is_scipys(hits, more, share):
    trials = hits + more
    wanted = scipy.stats.binom.sf(hits - 1, trials, share)
    assert anomalies.binomial_tail(hits, trials, share) == pytest.approx(wanted, rel=1e-9, abs=1e-300)


def test_the_binomial_tail_has_ends():
    assert anomalies.binomial_tail(0, 10, 0.5) == anomalies.binomial_tail(3, 3, 1.0) == 1.0
    assert anomalies.binomial_tail(1, 10, 0.0) == anomalies.binomial_tail(4, 3, 0.5) == 0.0


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_false_discovery_rates_are_scipys(chances):
    wanted = scipy.stats.false_discovery_control(chances)
    assert anomalies.false_discovery_rates(np.array(chances)) == pytest.approx(wanted)


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 200))
def test_the_confidence_is_scipys_wilson_bound(hits, misses):
    n = hits + misses
    bound = float(analysis.wilson_lower(np.array([hits]), np.array([n]))[0])
    if n == 0:
        assert bound == 0
    else:
        wanted = scipy.stats.binomtest(hits, n).proportion_ci(method="wilson").low
        assert bound == pytest.approx(wanted, abs=1e-6)


def test_a_robust_score_survives_a_deviation_of_zero():
    slots = np.zeros(5, dtype=np.int64)
    usual, score = anomalies.robust_scores(np.array([0.0, 0, 0, 0, 3]), slots)
    assert (usual.tolist(), score.tolist()) == ([0, 0, 0, 0, 0], [0, 0, 0, 0, 3])
    # Median 1,000 of the others, deviation 0: the unit is 1 % of the median.
    _, score = anomalies.robust_scores(np.array([1000.0, 1000, 1000, 1000, 1020]), slots)
    assert score[-1] == pytest.approx(2)


def test_a_robust_score_needs_three_other_weeks():
    usual, score = anomalies.robust_scores(np.array([0.0, 0, 90]), np.zeros(3, dtype=np.int64))
    assert score.tolist() == usual.tolist() == [0, 0, 0]


def five_weeks(bad_hour):
    """Return 40 devices that write every six hours for five weeks; in one hour 20 are two hours off."""
    devices = {}
    for number in range(40):
        at = [START + number + n * 6 * HOUR for n in range(5 * 28)]
        off = {bad_hour * 6 * HOUR + START + number} if number < 20 else set()
        devices[f"d{number}"] = [(server, server + (2 * HOUR if server in off else -1)) for server in at]
    return events(**devices)


def test_an_hour_with_many_far_clocks_is_anomalous_and_the_others_are_not():
    found = anomalies.hours(five_weeks(bad_hour=77), "Asia/Seoul")
    assert len(found) == 5 * 28
    (row,) = found.filter("anomalous").iter_rows(named=True)
    assert row["hour"].timestamp() == START + 77 * 6 * HOUR
    assert (row["devices"], row["far"], row["usual"], row["score"]) == (40, 20, 0, 20)
    # All 20 far ones in one of five equal hours.
    assert row["p"] == pytest.approx(0.2**20)


def test_hours_want_more_than_three_weeks():
    with pytest.raises(UsageFault, match=r"3\.0 weeks of events; an hour is judged by 3 other weeks"):
        anomalies.hours(events(a=clock([0.0] * 63, every=8 * HOUR)), "UTC")


def test_a_change_of_the_distribution_is_dated_and_described():
    # From the 15th day on, 12 of 30 devices are nine hours ahead.
    devices = {
        f"d{n}": [
            (START + d * DAY + n, START + d * DAY + n + (9 * HOUR if d >= 14 and n < 12 else -1))
            for d in range(28)
        ]
        for n in range(30)
    }
    (row,) = changes.changes(events(**devices), "UTC").iter_rows(named=True)
    assert str(row["day"]) == "2025-06-23"
    # Both bins moved by 0.4; the first of them is named.
    assert (row["bin"], row["share_before"], row["share_after"]) == ("within 1 min", 1.0, 0.6)
    assert (row["devices_before"], row["devices_after"]) == (14 * 30, 14 * 30)
    # 840 counts in two bins: ln L = n H; the criterion asks 2/2 ln 840.
    entropy = lambda p: -p * math.log(p) - (1 - p) * math.log(1 - p)  # noqa: E731
    assert row["gain"] == pytest.approx(840 * entropy(0.2) - 420 * entropy(0.4) - math.log(840))


def test_no_change_is_found_where_there_is_none():
    assert changes.changes(events(a=steady(0, n=60), b=steady(9 * HOUR, n=60)), "UTC").is_empty()
    assert changes.changes(events(), "UTC").is_empty()


@settings(deadline=None)
@given(st.integers(4, 9), st.integers(0, 10**6))
def test_the_partition_is_the_best_of_all(rows, seed):
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(40, [0.5, 0.3, 0.2], rows)
    counts[rows // 2 :] = counts[rows // 2 :, ::-1]
    price = changes.penalty(counts)

    def cost(bounds):
        parts = [counts[a:b].sum(axis=0) for a, b in itertools.pairwise(bounds)]
        return sum(-(c * np.log(np.maximum(c, 1) / c.sum())).sum() for c in parts) + price * (len(parts) - 1)

    every = (
        [0, *cuts, rows]
        for size in range(rows)
        for cuts in itertools.combinations(range(1, rows), size)
        if all(b - a >= changes.LEAST_RUN for a, b in itertools.pairwise([0, *cuts, rows]))
    )
    assert cost(changes.partition(counts)) == pytest.approx(min(map(cost, every)))


def test_days_that_scatter_more_than_draws_do_weigh_less():
    rng = np.random.default_rng(1)
    draws = rng.multinomial(200, [0.6, 0.3, 0.1], 200)
    assert changes.overdispersion(draws) == pytest.approx(1, abs=0.35)
    in_groups_of_five = rng.multinomial(40, [0.6, 0.3, 0.1], 200) * 5
    assert changes.overdispersion(in_groups_of_five) == pytest.approx(5, abs=1.5)


def test_the_forest_ranks_the_odd_one_first_and_names_nothing():
    some = events(odd=clock([2 * DAY] * 20), **{f"d{n}": steady(n / 10) for n in range(60)})
    rows = analysis.devices(some, explained=True)
    ranked = forest.outliers(rows)
    assert ranked.columns == ["device", "class", "score", "n"]
    assert ranked["device"][0] == "odd"
    assert ranked["score"].is_sorted(descending=True)


def test_real_offsets_come_from_the_zone_database():
    now = offsets.in_force(2025)
    assert {round(h * HOUR) for h in (-9.5, -3.5, -2.5, 4.5, 5.75, 8.75, 10.5, 12.75, 13.75, 14)} <= set(now)
    assert not {round(h * HOUR) for h in (8.5, -4.5, 0.25, 7.25, 15)} & set(now)
    assert all(seconds % 900 == 0 for seconds in now)
    assert round(8.5 * HOUR) in offsets.in_force(2016)


def test_the_nearest_mistake_is_the_nearest():
    levels = np.array([32_400.0, 32_000, -1e9, 1e9, 27.0, 30_601])
    known = np.array(sorted(offsets.wrong_by_zone(2025)))
    wanted = [known[np.argmin(np.abs(known - level))] for level in levels]
    assert offsets.nearest(levels, np.full(6, 2025)).tolist() == wanted
    assert 0 not in known


REFUSED = pl.DataFrame(
    {
        "zone": ["Australia/Sydney", "Australia/Sydney", "Mars/Olympus", None, "Pacific/Chatham"],
        "offset_min": [-600.0, -660.0, 0.0, -540.0, -765.0],
        "last_ts": [datetime.fromtimestamp(START, UTC)] * 5,
    }
)


def test_a_refusal_of_a_real_zone_with_its_real_offset_is_the_apps_fault():
    # Sydney is ten hours ahead in June and eleven in January.
    verdicts = fallbacks.judged(REFUSED)["verdict"].to_list()
    assert verdicts == ["app_fault", "wrong_offset", "unknown_zone", "no_zone", "app_fault"]
    assert set(verdicts) == set(fallbacks.VERDICTS)


def test_the_queue_and_the_zone_are_told_apart_by_the_envelope_not_the_median():
    late = [2000.0 + 3000 * n for n in range(12)]
    rows = judged(zone=delayed(9 * HOUR, 20, late), queued=delayed(0, 20, late))
    assert {device: row["class"] for device, row in rows.items()} == {"zone": "zone", "queued": "queued"}
