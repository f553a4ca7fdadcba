"""Figures in, verdicts out: limits, gaps, days before, the day's verdict. No lake takes part."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from summaries import figure, history, result, settings, summary

from pipeline import kpi, sql
from pipeline.config import Thresholds
from pipeline.errors import ContractFault, ExitCode
from pipeline.figures import limits
from pipeline.render import words
from pipeline.summary import Gap, Verdict

#: What figures may read: views, the ledger, and how far exports of few rows reach.
VIEWS = {
    "notes",
    "requests",
    "events",
    "time_checks",
    "probes",
    "tickets",
    "deploys",
    "db_ops",
    "metrics",
} | {
    "files",
    "exports",
}


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("api_error_rate", 0.0, "PASS"),
        ("api_error_rate", 0.01, "PASS"),
        ("api_error_rate", 0.010001, "WARN"),
        ("api_error_rate", 0.03, "WARN"),
        ("api_error_rate", 0.030001, "FAIL"),
        ("client_time_use_eligible", 0.8, "PASS"),
        ("client_time_use_eligible", 0.799999, "WARN"),
        ("client_time_use_eligible", 0.0, "WARN"),
        ("memo_create_p99", 2000.0, "PASS"),
        ("memo_create_p99", 2000.1, "WARN"),
        ("memo_create_p99", 3000.1, "FAIL"),
        ("mongo_connection_failures", 0.0, "PASS"),
        ("mongo_connection_failures", 1.0, "FAIL"),
        ("client_time_use_all", 0.0, "PASS"),
    ],
)
def test_a_value_on_a_limit_is_within_it_and_one_beyond_is_not(name, value, verdict):
    assert result(name, value).verdict == verdict


@pytest.mark.parametrize(
    ("value", "n", "gap"), [(None, None, Gap.MISSING), (None, 0, Gap.EMPTY), (None, 367, Gap.FEW)]
)
def test_without_a_value_the_verdict_is_nodata_with_its_reason_never_pass(value, n, gap):
    judged = result("memo_create_p99", value, n, before=900.0)
    assert (judged.verdict, judged.gap) == (Verdict.NODATA, gap)
    for language in ("en", "ko"):
        assert words.reason(judged, language) == words.sentence(judged, language) != ""


def test_zero_is_a_value_where_its_source_is_there():
    judged = result("api_error_rate", 0.0, 500)
    assert (judged.value, judged.gap, judged.verdict) == (0.0, None, Verdict.PASS)


def test_the_before_and_the_median_of_the_seven_days_with_data():
    days = history([0.9, None, 0.5, 0.7, None, 0.6, 0.8, 0.1], [1, None, 1, 1, 0, 1, 1, 1])
    judged = kpi.judge(figure("client_time_use_eligible"), days)
    assert judged.before == 0.8
    assert judged.median == 0.7  # of 0.5 0.6 0.7 0.8 0.9; the day itself does not count
    assert kpi.judge(figure("client_time_use_eligible"), history([None] * 8, [None] * 8)).median is None


def test_a_rising_limit_lies_three_sigma_above_the_pooled_share_of_the_days_before():
    steady = history([0.02] * 7 + [0.05], 100)
    # By hand: sqrt(0.02 * 0.98 / 100) = 0.014, the days do not differ: 0.02 + 3 * 0.014 = 0.062.
    assert limits.share_limit(steady[-1], steady[:-1]) == pytest.approx(0.062, abs=1e-12)
    assert kpi.judge(figure("skew_over_1h_share"), steady).verdict == Verdict.PASS
    assert kpi.judge(figure("skew_over_1h_share"), history([0.02] * 7 + [0.07], 100)).verdict == Verdict.WARN


def test_days_that_differ_among_themselves_widen_a_rising_limit():
    swinging = history([0.0, 0.1, 0.0, 0.1, 0.06], 10_000)
    # By hand: pooled 0.05, spread 0.05 (binomial only 0.0022): 0.05 + 0.15.
    assert limits.share_limit(swinging[-1], swinging[:-1]) == pytest.approx(0.2, abs=1e-12)


def test_with_fewer_than_three_days_before_there_is_no_rising_limit():
    short = history([None] * 5 + [0.01, 0.01, 0.9], [None] * 5 + [100] * 3)
    judged = kpi.judge(figure("skew_over_1h_share"), short)
    assert (judged.warn, judged.limited, judged.verdict) == (None, False, Verdict.PASS)
    assert words.badge(judged, "en") == "no limit"


@given(st.lists(st.floats(0, 1), min_size=3, max_size=7), st.integers(1, 10_000))
def test_a_rising_limit_is_never_below_the_median_of_equal_sized_days_mean_nor_above_one(shares, n):
    days = history([*shares, 0.5], n)
    limit = limits.share_limit(days[-1], days[:-1])
    assert sum(shares) / len(shares) - 1e-12 <= limit <= 1
    assert limits.share_limit(days[-1], days[:-1][::-1]) == pytest.approx(limit)


def test_settings_replace_limits_and_say_so():
    changed = settings(file="h33.toml", kpi={"skew_over_1h_share": Thresholds(warn=0.5, required=True)})
    by_name = {f.name: f for f in kpi.figures(changed)}
    skew, api = by_name["skew_over_1h_share"], by_name["api_error_rate"]
    assert (skew.warn, skew.rising, skew.required) == (0.5, False, True)
    assert (api.warn, api.fail, api.required) == (0.01, 0.03, False)
    assert (skew.set_by, api.set_by) == ("h33.toml", "plan")


@pytest.mark.parametrize(
    ("verdicts", "day", "code"),
    [
        (["PASS", "PASS"], "PASS", ExitCode.DONE),
        (["PASS", "NODATA"], "PASS", ExitCode.DONE),
        (["NODATA", "NODATA"], "NODATA", ExitCode.DONE),
        (["PASS", "WARN", "NODATA"], "WARN", ExitCode.WARN),
        (["WARN", "FAIL", "NODATA"], "FAIL", ExitCode.FAIL),
        ([], "NODATA", ExitCode.DONE),
    ],
)
def test_the_day_is_as_grave_as_its_gravest_figure_and_a_gap_never_hides_one(verdicts, day, code):
    values = {"PASS": (0.0, 10), "WARN": (0.02, 10), "FAIL": (0.5, 10), "NODATA": (None, None)}
    judged = summary(*(result("api_error_rate", *values[v]) for v in verdicts))
    assert (judged.verdict, kpi.exit_code(judged)) == (day, code)
    assert sum(judged.counts.values()) == len(verdicts)


def test_a_required_figure_without_data_fails_the_day_and_keeps_its_own_verdict():
    needed = replace(figure("api_error_rate"), required=True)
    gap = kpi.judge(needed, history([0.0] * 7 + [None], [9] * 7 + [None]))
    judged = summary(result("memo_create_p50", 300.0), gap)
    assert gap.verdict == Verdict.NODATA
    assert (judged.verdict, kpi.exit_code(judged)) == (Verdict.FAIL, ExitCode.FAIL)


def test_reading_order_is_the_headers_and_groups_stand_together():
    found = kpi.figures(settings())
    orders = [int(f.query.keys["order"]) for f in found]
    assert orders == sorted(set(orders))
    groups = [f.said("group", "en") for f in found]
    assert len(set(groups)) == sum(a != b for a, b in zip([None, *groups], groups, strict=False))


def test_every_figure_says_everything_in_both_languages():
    for found in kpi.figures(settings()):
        for key in ("purpose", "title", "group", "denominator", "sentence", "missing"):
            english, korean = found.query.keys[key], found.query.keys[f"{key}.ko"]
            assert english
            assert korean
            assert english.count("{value}") == korean.count("{value}") == (key == "sentence")
        assert set(found.needs) <= VIEWS
        assert found.said("plan", "en")
        assert [(c.name, c.type) for c in found.query.columns] == [
            ("day", "DATE"),
            ("value", "DOUBLE"),
            ("n", "BIGINT"),
        ]


def test_equal_groups_have_equal_korean_names():
    names = {(f.said("group", "en"), f.said("group", "ko")) for f in kpi.figures(settings())}
    assert len(names) == len({english for english, _ in names})


@pytest.mark.parametrize(
    ("key", "value"), [("unit", "furlong"), ("warn", "some"), ("minimum", ""), ("direction", "up")]
)
def test_a_header_that_breaks_its_contract_is_a_defect_that_names_the_file(key, value, monkeypatch):
    query = sql.load("kpi", "api_error_rate")
    broken = replace(query, keys={**query.keys, key: value})
    monkeypatch.setattr(sql, "names", lambda kind: ["api_error_rate"])
    monkeypatch.setattr(sql, "load", lambda kind, name: broken)
    with pytest.raises(ContractFault, match=r"queries/kpi/api_error_rate\.sql"):
        kpi.figures(settings())


def test_the_minimum_of_a_percentile_is_the_least_n_with_a_two_sided_95_percent_bound():
    # All n values on one side of the percentile p: p**n; at most 2.5 % on either side.
    for name in ("memo_create", "memo_read"):
        for percent in (50, 90, 99):
            share = percent / 100
            least = next(n for n in range(1, 1000) if share**n <= 0.025)
            assert figure(f"{name}_p{percent}").minimum == least
