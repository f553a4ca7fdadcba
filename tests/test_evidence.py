"""What pages show beside their figures is put together from days, and is what one look would find."""

from datetime import UTC, date, datetime, timedelta

import pytest
from lake_rows import make_lake
from summaries import DAY, settings

from pipeline import reports, sql
from pipeline.config import Paths
from pipeline.evidence import evidence_of, raw_lines
from pipeline.figures.counting import Counting
from pipeline.figures.errors import error_trends
from pipeline.figures.windows import back_from

MASK = "a" * 16
LAST = date(2025, 6, 20)


def error(ts, line_no, **fields):
    usual = {"severity": "error", "source": "a.log", "message": f"save failed: {line_no}", "mask_id": MASK}
    return {"ts": f"2025-06-{ts}Z", "line_no": line_no, "attrs": '{"label":"save"}', **usual, **fields}


@pytest.fixture
def lake(tmp_path):
    """Errors of one kind at the bounds of days in Seoul, some of others, slow and failed requests."""
    errors = [
        error("12T14:59:59.999999", 1),
        error("12T15:00:00", 2),
        error("19T14:59:59.999999", 3),
        error("19T15:00:00", 4, severity="fatal"),
        error("20T14:59:59.999999", 5),
        error("20T15:00:00", 6),
        error("20T01:00:00", 7, severity="warn"),
        error("18T01:00:00", 8, message="gone", mask_id="b" * 16, attrs=None),
        error("20T02:00:00", 9, message="new", mask_id="d" * 16, attrs=None),
    ]
    requests = [
        {
            "ts": f"2025-06-{day}T03:00:00Z",
            "source": "b.log",
            "line_no": day * 10 + n,
            "http_method": "GET",
            "http_path": "/a",
            "http_route": "/a",
            "http_status": 500,
            "duration_ms": float(day * n),
        }
        for day in range(14, 21)
        for n in (1, 2)
    ]
    templates = [
        {"mask_id": MASK, "template_id": MASK, "text": "save failed: <n>", "first_ts": "2025-05-01T00:00:00Z"}
    ]
    return make_lake(tmp_path / "lake", events=errors + requests, templates=templates)


def kept_in(folder):
    return settings(paths=Paths(*(folder / name for name in ("landing", "lake", "state", "reports"))))


def test_kinds_of_errors_are_counted_in_their_days_and_trends_reach_eight_days_back(lake):
    with Counting(lake.snapshot(), settings()) as counting:
        day, week = (error_trends(counting, back_from(LAST, days), 12) for days in (1, 7))
    assert [(e.label, e.pattern, e.records, e.by_day, e.sample, e.place, e.is_new) for e in day] == [
        ("save", "save failed: <n>", 2, (1, 0, 0, 0, 0, 0, 1, 2), "save failed: 5", "a.log:5", False),
        (None, "new", 1, (0, 0, 0, 0, 0, 0, 0, 1), "new", "a.log:9", True),
    ]
    assert [e.first_seen for e in day] == [
        datetime(2025, 5, 1, tzinfo=UTC),
        datetime(2025, 6, 20, 2, tzinfo=UTC),
    ]
    assert [(e.pattern, e.records, e.is_new) for e in week] == [
        ("save failed: <n>", 3, False),
        ("gone", 1, True),
        ("new", 1, True),
    ]


def test_only_the_commonest_kinds_are_shown(lake):
    with Counting(lake.snapshot(), settings()) as counting:
        (only,) = error_trends(counting, back_from(LAST, 7), 1)
    assert only.records == 3


def test_raw_lines_of_a_week_are_the_first_of_its_rules_own_order(lake):
    with Counting(lake.snapshot(), settings()) as counting:
        lines = evidence_of(counting, DAY, 7).lines
    newest = [("b.log:201", 20), ("b.log:202", 20), ("b.log:191", 19), ("b.log:192", 19), ("b.log:181", 18)]
    assert [(line.place, line.at.day) for line in lines["api_error_rate"]] == newest
    slowest = ["b.log:202", "b.log:192", "b.log:182", "b.log:172", "b.log:162"]
    assert [line.place for line in lines["slow_request_share"]] == slowest


def test_the_hours_of_the_week_add_up_over_four_weeks(lake):
    with Counting(lake.snapshot(), settings()) as counting:
        week = evidence_of(counting, DAY).week
    # Saturday 14 to Friday 20 June, two requests at noon in Seoul on each.
    assert [tuple(vars(hour).values()) for hour in week] == [(weekday, 12, 2, 2) for weekday in range(7)]


def test_what_was_found_of_a_day_is_asked_once_in_all_nights(lake, tmp_path, monkeypatch):
    with Counting(lake.snapshot(), kept_in(tmp_path)) as counting:
        first = evidence_of(counting, DAY, 7)
        counting.save()
    asked = []
    real = reports.execute

    def seen(connection, query, params):
        asked.append(query.name)
        return real(connection, query, params)

    monkeypatch.setattr(reports, "execute", seen)
    with Counting(lake.snapshot(), kept_in(tmp_path)) as counting:
        assert evidence_of(counting, DAY, 7) == first
    assert not {"error_kinds", "requests_by_weekhour", "api_errors", "api_slow"}.intersection(asked)


def test_every_rule_says_which_views_it_reads():
    views = ("requests", "notes", "tickets", "probes", "time_checks", "events")
    for name in sql.names("alerts"):
        query = sql.load("alerts", name)
        body = sql.body(query)
        read = {view for view in views if f"FROM {view}\n" in body or f"FROM {view} AS" in body}
        read |= {"files"} if "FROM lake.files QUALIFY" in body else set()
        read |= {"exports"} if "missing_memos(" in body or "vanished_documents" in body else set()
        assert read == set(query.keys["needs"].split()), name


def test_a_span_of_whole_hours_is_counted_like_any_other(lake):
    query = sql.load("coverage", "requests")
    since = datetime(2025, 6, 13, 15, tzinfo=UTC)
    found = []
    for shift in (timedelta(0), timedelta(microseconds=1)):
        with Counting(lake.snapshot(), settings()) as counting:
            found.append(counting.found("coverage", query.name, since, since + timedelta(days=7) + shift))
    assert found[0] == found[1]
    assert [row["n"] for row in found[0]] == [1] * 7


def test_every_figure_opens_to_raw_lines_and_every_query_of_lines_names_figures_that_there_are():
    figures = set(sql.names("kpi"))
    assert set(raw_lines(settings())) == figures
    told = [sql.load("lines", name).keys["figures"].split() for name in sql.names("lines")]
    assert {figure for names in told for figure in names} <= figures


def test_a_rule_gives_its_lines_to_the_figures_that_it_names_too_and_own_rules_come_first():
    found = raw_lines(settings())
    wanted = {
        "response_time": "slow_requests",
        "response_time_peak": "api_slow",
        "response_time_sustained": "api_slow_for_hours",
        "time_complaints": "complaint_surge",
    }
    assert {name: found[name].name for name in wanted} == wanted
