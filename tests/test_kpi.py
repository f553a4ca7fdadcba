"""Each figure's SQL by hand-counted cases: a folder of rows, a span, and what it must find."""

import tomllib
from contextlib import closing
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from lake_rows import make_lake, read_csv
from summaries import DAY, settings

from pipeline import kpi, reports, sql
from pipeline.lake import Lake
from pipeline.summary import Gap, Verdict

CASES = sorted((Path(__file__).parent / "kpi").glob("*/*"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_a_figure_finds_what_was_counted_by_hand(case, tmp_path):
    says = tomllib.loads((case / "case.toml").read_text(encoding="utf-8"))
    tables = {file.stem: read_csv(file) for file in case.glob("*.csv") if file.stem != "expect"}
    snapshot = make_lake(tmp_path / "lake", **tables).snapshot()
    query = sql.load("kpi", case.parent.name)
    params = {param.name: says.get(param.name) for param in query.params}
    zone = says.get("timezone", "Asia/Seoul")
    with closing(reports.connect(snapshot, zone)) as connection:
        found = reports.execute(connection, query, params).to_pylist()
    wanted = read_csv(case / "expect.csv")
    assert [(str(row["day"]), row["n"]) for row in found] == [(row["day"], int(row["n"])) for row in wanted]
    for row, want in zip(found, wanted, strict=True):
        exact = 0.005 if query.keys["unit"] == "ms" else 1e-12
        assert row["value"] == (pytest.approx(float(want["value"]), rel=exact) if "value" in want else None)


def test_every_figure_has_a_case_and_every_case_a_figure():
    assert {case.parent.name for case in CASES} == set(sql.names("kpi"))


def test_without_a_lake_every_figure_is_nodata_for_want_of_its_source(tmp_path):
    judged = kpi.day_summary(Lake(tmp_path / "none").snapshot(), settings(), DAY)
    assert judged.snapshot is None
    assert [result.gap for result in judged.results] == [Gap.MISSING] * len(sql.names("kpi"))
    assert {result.verdict for result in judged.results} == {Verdict.NODATA}


def test_a_summary_holds_its_day_and_the_seven_before_each_in_its_place(tmp_path):
    rows = [
        {
            "ts": f"2025-06-{day}T03:00:00Z",
            "http_method": "GET",
            "http_route": "/api/books",
            "http_status": status,
        }
        for day, statuses in (
            (12, (500,)),
            (13, (500, 200)),
            (19, (200, 200, 200, 500)),
            (20, (200,)),
            (21, (500,)),
        )
        for status in statuses
    ]
    judged = kpi.day_summary(make_lake(tmp_path / "lake", events=rows).snapshot(), settings(), DAY)
    api = next(result for result in judged.results if result.figure.name == "api_error_rate")
    assert [point.day.day for point in api.history] == list(range(13, 21))
    assert [(p.value, p.n) for p in api.history] == [(0.5, 2), *[(None, None)] * 5, (0.25, 4), (0.0, 1)]
    assert (api.value, api.before, api.median, api.verdict) == (0.0, 0.25, 0.375, Verdict.PASS)
    assert judged.day.start.astimezone(UTC).isoformat() == "2025-06-19T15:00:00+00:00"


def test_the_release_of_the_settings_decides_what_is_eligible(tmp_path):
    memo = {"created_at": "2025-06-20T03:00:00Z", "client_state": "null", "origin_session": "s"}
    snapshot = make_lake(tmp_path / "lake", documents=[memo]).snapshot()

    def eligible(at):
        judged = kpi.day_summary(snapshot, settings(deploy=at), DAY)
        found = next(result for result in judged.results if result.figure.name == "client_time_use_eligible")
        return found.n, found.gap

    base = settings().deploy
    assert eligible(base) == (0, Gap.EMPTY)
    assert eligible(replace(base, at=DAY.start)) == (1, None)


def test_the_service_of_the_settings_is_the_one_that_is_judged(tmp_path):
    asked = {"ts": "2025-06-20T03:00:00Z", "http_method": "GET", "http_route": "/api/books"}
    rows = [{**asked, "service": "api", "http_status": 200}, {**asked, "service": "web", "http_status": 500}]
    snapshot = make_lake(tmp_path / "lake", events=rows).snapshot()

    def errors(service):
        judged = kpi.day_summary(snapshot, settings(service=service), DAY)
        found = next(result for result in judged.results if result.figure.name == "api_error_rate")
        return found.value, found.n

    assert [errors(service) for service in (None, "api", "web", "batch")] == [
        (0.5, 2),
        (0.0, 1),
        (1.0, 1),
        (None, None),
    ]


def test_a_figure_has_a_row_only_on_the_days_of_the_source_that_its_header_names(tmp_path):
    """A memo, a request, a line, a probe, a decision, a slow operation and a measurement, a day each."""
    days = {
        "notes": 13,
        "requests": 14,
        "events": 15,
        "probes": 16,
        "time_checks": 17,
        "db_ops": 18,
        "metrics": 19,
    }
    attrs = '{"outcome": "client", "timezone": "Asia/Seoul"}'
    lines = [
        {"format": "generic", "http_method": "GET", "http_route": "/api/books", "http_status": 200},
        {"format": "generic", "message": "[queue] depth=3"},
        {"format": "health-probe", "http_status": 200},
        {"format": "time-processor", "attrs": attrs},
        {"format": "mongod-slow", "attrs": '{"plan": "COLLSCAN"}'},
    ]
    lake = make_lake(
        tmp_path / "lake",
        documents=[{"created_at": "2025-06-13T03:00:00Z", "client_state": "absent"}],
        events=[{"ts": f"2025-06-{day}T03:00:00Z", **line} for day, line in enumerate(lines, start=14)],
        metrics=[{"ts": "2025-06-19T03:00:00Z", "name": "render.cpu", "value": 0.5}],
        files=[],
    )
    for judged in kpi.day_summary(lake.snapshot(), settings(), DAY).results:
        present = {point.day.day for point in judged.history if point.n is not None}
        wanted = {days.get(judged.figure.needs[0])}
        # Every line of the log is a record of the app; a figure of another series or of exports has no row.
        allowed = set(range(15, 19)) if judged.figure.needs[0] == "events" else wanted
        assert present <= allowed, judged.figure.name
        if judged.figure.name in {
            "time_accuracy",
            "api_error_rate",
            "uptime",
            "slow_operations",
            "render_cpu",
        }:
            assert present == wanted
