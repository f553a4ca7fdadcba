"""Parameters of queries are read as people write them; what makes no sense is named."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from summaries import settings

from pipeline import reports, sql
from pipeline.errors import UsageFault

NOON = datetime(2025, 6, 20, 12, tzinfo=UTC)


def test_parameters_are_read_as_people_write_them_in_the_reporting_zone():
    query = sql.load("reports", "client_time_use")
    got = reports.parameters(
        query, {"since": "2025-06-19", "until": "24h", "deploy": "none"}, settings(), NOON
    )
    assert got == {
        "since": datetime(2025, 6, 18, 15, tzinfo=UTC),
        "until": NOON - timedelta(days=1),
        "deploy": None,
    }
    usual = reports.parameters(query, {}, settings(), NOON)
    assert (usual["since"], usual["until"]) == (
        datetime(2025, 6, 18, 15, tzinfo=UTC),
        datetime(2025, 6, 19, 15, tzinfo=UTC),
    )


def test_an_interval_whose_start_alone_is_given_ends_now_where_its_default_end_lies_before_it():
    query, noon_in_seoul = sql.load("reports", "errors_by_hour"), datetime(2025, 6, 20, 3, tzinfo=UTC)
    midnight = datetime(2025, 6, 19, 15, tzinfo=UTC)
    for since, found in (
        ("today", midnight),
        ("2025-06-20T11:59:59+09:00", noon_in_seoul - timedelta(seconds=1)),
    ):
        got = reports.parameters(query, {"since": since}, settings(), noon_in_seoul)
        assert (got["since"], got["until"]) == (found, noon_in_seoul)
    just_before = reports.parameters(query, {"since": "2025-06-19T23:59:59+09:00"}, settings(), noon_in_seoul)
    assert just_before["until"] == midnight
    for since in ("now", "2025-06-21"):
        with pytest.raises(UsageFault, match="nothing lies between"):
            reports.parameters(query, {"since": since}, settings(), noon_in_seoul)
    with pytest.raises(UsageFault, match="nothing lies between"):
        reports.parameters(query, {"since": "today", "until": "today"}, settings(), noon_in_seoul)


def test_the_service_of_the_settings_is_judged_where_none_is_asked_for():
    query = sql.load("reports", "errors_by_hour")
    named = settings(service="api")
    found = [
        reports.parameters(query, asked, those, NOON)["service"]
        for asked in ({}, {"service": "web"}, {"service": "none"})
        for those in (named, settings())
    ]
    assert found == ["api", None, "web", "web", None, None]


@pytest.mark.parametrize(
    ("given_texts", "message"),
    [
        ({"since": "nope"}, "--since: not an instant: 'nope'"),
        (
            {"since": "2025-06-20", "until": "2025-06-20"},
            "nothing lies between --since 2025-06-20 00:00+09:00 and",
        ),
        ({"since": "2025-06-20", "until": "2025-06-19"}, "nothing lies between"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_named(given_texts, message):
    with pytest.raises(UsageFault, match=re.escape(message)):
        reports.parameters(sql.load("reports", "errors_by_hour"), given_texts, settings(), NOON)


def test_an_unknown_report_names_the_nearest():
    with pytest.raises(UsageFault, match="did you mean errors_by_hour"):
        sql.load("reports", "errors_by_hours")
