"""Percentiles: ranks, how many values they take, and buckets whose counts merge."""

import math

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import sql
from pipeline.percentiles import ALPHA, Buckets, fewest, rank, value

POSITIVE = st.floats(min_value=1e-6, max_value=1e12)
ANY = st.one_of(POSITIVE, st.sampled_from([0.0, -1.0, math.nan, math.inf, -math.inf]))


def arrays(values):
    return np.array(values, dtype=np.float64)


def test_one_to_a_hundred_gives_the_number_itself():
    assert [rank(100, permille) for permille in (1, 500, 900, 950, 990, 999, 1000)] == [
        1, 50, 90, 95, 99, 100, 100,
    ]  # fmt: skip


def test_a_rank_is_the_smallest_that_holds_the_share_exactly():
    # 950 of 20 is 19 to the point; one value more needs the next rank.
    assert [rank(n, 950) for n in (1, 19, 20, 21, 40)] == [1, 19, 19, 20, 38]


@pytest.mark.parametrize(("permille", "least"), [(500, 6), (900, 36), (950, 72), (990, 368)])
def test_a_percentile_has_a_two_sided_bound_from_its_fewest_values_on(permille, least):
    # The probability that all values lie on one side of the percentile, with one value less and with enough.
    share = max(permille, 1000 - permille) / 1000
    assert fewest(permille) == least
    assert share ** (least - 1) > 0.025 >= share**least


def test_too_few_values_have_no_percentile_and_enough_have_one():
    assert Buckets.of(arrays([7.0] * 5)).quantile(500) is None
    assert Buckets.of(arrays([7.0] * 6)).quantile(500) == pytest.approx(7, rel=ALPHA)


def test_zero_negative_nan_and_null_are_counted_apart_and_only_zero_is_ranked():
    values = arrays([0, 0, -1, -0.5, -2, math.nan, math.inf, -math.inf, 5, 5, 5, 5, 9, 1])
    null = np.array([False] * 12 + [True, False])
    found = Buckets.of(values, null)
    assert (found.zero, found.negative, found.nan, found.null) == (2, 3, 3, 1)
    assert sum(found.counts.values()) == 5
    assert found.n == 7


@pytest.mark.parametrize(("permille", "truth"), [(333, 0), (334, 1), (666, 1), (667, 5)])
def test_zeros_rank_below_all_other_values(permille, truth):
    # 200 each of 0, 1 and 5: rank 200 of 600 is the last zero, rank 400 the last one.
    found = Buckets.of(np.repeat(arrays([5, 0, 1]), 200)).quantile(permille)
    assert found == pytest.approx(truth, rel=ALPHA)


@given(st.lists(POSITIVE, min_size=1, max_size=60))
def test_a_bucket_stands_for_each_of_its_values_within_alpha(values):
    for x in values:
        (bucket,) = Buckets.of(arrays([x])).counts
        assert value(bucket) == pytest.approx(x, rel=ALPHA * (1 + 1e-9))


@given(st.lists(ANY, max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_parts_merge_to_the_whole(values, one, other):
    cuts = sorted((min(one, len(values)), min(other, len(values))))
    parts = [Buckets.of(arrays(part)) for part in np.split(arrays(values), cuts)]
    whole = Buckets.of(arrays(values))
    merged = parts[0] + parts[1] + parts[2]
    assert merged == whole


def test_buckets_of_different_widths_do_not_merge():
    with pytest.raises(ValueError, match="do not merge"):
        Buckets(alpha=0.01) + Buckets(alpha=0.005)


def test_ten_million_values_in_thirty_parts_stay_within_half_a_per_cent_up_to_p99_9():
    values = np.random.default_rng(7).lognormal(5, 1, 10_000_000)
    merged = sum((Buckets.of(part) for part in np.array_split(values, 30)), Buckets())
    values.sort()
    truth = {p: values[rank(len(values), p) - 1] for p in range(1, 1000)}
    assert max(abs(merged.quantile(p) / x - 1) for p, x in truth.items()) <= ALPHA


def test_python_and_sql_put_a_number_into_the_same_bucket_of_the_same_kind():
    rng = np.random.default_rng(3)
    values = [*rng.lognormal(3, 3, 500), 0.0, -1.0, math.nan, math.inf, 1.0, None]
    connection = duckdb.connect()
    connection.execute(sql.macros())
    statement = """
        SELECT bucket_kind(x), bucket(x), bucket_value(bucket(x), bucket_alpha())
        FROM (SELECT unnest($x) AS x)"""
    rows = connection.execute(statement, {"x": values}).fetchall()
    for x, (kind, bucket, stands_for) in zip(values, rows, strict=True):
        found = Buckets.of(arrays([x or 0.0]), np.array([x is None]))
        apart = {"zero": found.zero, "negative": found.negative, "nan": found.nan, "none": found.null}
        assert apart.get(kind, 0) == (kind != "value")
        if kind == "value":
            assert found.counts == {bucket: 1}
            assert value(bucket) == pytest.approx(stands_for, rel=1e-12)
    ranks = connection.execute("SELECT percentile_rank(n, 950), percentile_needs(950) FROM range(1, 50) t(n)")
    assert ranks.fetchall() == [(rank(n, 950), fewest(950)) for n in range(1, 50)]
