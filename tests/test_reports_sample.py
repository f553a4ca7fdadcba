"""Reports find what the generator says of the world that it wrote the inputs from."""

from collections import Counter
from contextlib import closing
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from pipeline import config, instants, reports, sql
from pipeline.ingest.run import ingest
from pipeline.lake import Lake
from pipeline.sample import generate

END = date(2025, 6, 27)
DAYS = [instants.day_of(day, ZoneInfo("Asia/Seoul")) for day in (date(2025, 6, 26), END)]
FOLDERS = (
    "render",
    "morgan",
    "mongod",
    "profile",
    "probes",
    "tickets",
    "render-events",
    "render-metrics",
    "atlas",
    "mongostat",
    "checks",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The truth about a small sample of every input, and a function that runs a query over its lake."""
    landing = tmp_path_factory.mktemp("every") / "landing"
    truth = generate(landing, days=len(DAYS), end=END, scale=0.1).truth
    settings = config.load(landing / "h33.toml", {"language": "en"})
    results = ingest([str(landing / folder) for folder in FOLDERS], settings, root=landing)
    assert {result.status for result in results} == {"ok"}
    with closing(reports.connect(Lake(settings.paths.lake).snapshot(), settings.timezone)) as connection:

        def report(name, kind="reports", **given):
            query = sql.load(kind, name)
            usual = {"since": DAYS[0].start, "until": DAYS[-1].end, "service": settings.service}
            params = {param.name: {**usual, **given}.get(param.name) for param in query.params}
            return reports.execute(connection, query, params).to_pylist()

        yield truth, report


def days(truth, key):
    """Yield each day with what the truth says of it."""
    for day in DAYS:
        if key in truth["days"][day.date.isoformat()]:
            yield day, truth["days"][day.date.isoformat()][key]


@pytest.mark.parametrize(("origin", "key"), [("log", "slow_operations"), ("profile", "profiled_operations")])
def test_slow_operations_are_those_of_the_day_each_once_however_often_its_chunk_came(made, origin, key):
    truth, report = made
    for day, said in days(truth, key):
        rows = [
            row
            for row in report("db_ops_by_shape", since=day.start, until=day.end)
            if row["origin"] == origin
        ]
        assert sum(row["operations"] for row in rows) == said["n"] > 0
        assert sum(row["collection_scans"] for row in rows) == said["collscans"]
        assert sum(row["in_memory_sorts"] for row in rows) == said["in_memory_sorts"]
        found, wanted = Counter(), Counter()
        for row in rows:
            key_of = (row["namespace"], row["plan_summary"])
            found.update({(*key_of, "n"): row["operations"], (*key_of, "docs"): row["docs_examined"] or 0})
            found.update({(*key_of, "keys"): row["keys_examined"] or 0})
        for shape in said["shapes"]:
            key_of = (shape["namespace"], shape["plan"])
            wanted.update({(*key_of, "n"): shape["n"], (*key_of, "docs"): shape["docs_examined"] or 0})
            wanted.update({(*key_of, "keys"): shape["keys_examined"] or 0})
        assert found == wanted
        longest = max(shape["longest_ms"] for shape in said["shapes"])
        assert max(row["slowest_ms"] for row in rows) == longest


def test_downtime_is_the_minutes_that_failed_and_silence_of_the_prober_is_none_of_it(made):
    truth, report = made
    rows = {row["day"]: row for row in report("uptime", slo=0.999)}
    for day, said in days(truth, "probes"):
        row = rows[day.date]
        assert (row["probes"], row["failed_probes"]) == (said["probes"], said["down"])
        assert row["down_min"] == pytest.approx(said["down"] * said["interval_min"], abs=0.01)
        # A day begins with what the last probe of the day before said: of the first day that is not known.
        assert row["unknown_min"] == pytest.approx(said["missing"], abs=0.05)
        assert row["up_min"] + row["down_min"] + row["unknown_min"] == pytest.approx(1440)
    assert any(said["missing"] for _, said in days(truth, "probes"))


def test_tickets_of_a_day_are_those_that_were_opened_on_it_by_topic(made):
    truth, report = made
    rows = report("tickets_by_day")
    for day, said in days(truth, "tickets"):
        found = {row["topic"]: row["tickets"] for row in rows if row["day"] == day.date}
        assert found == {topic: n for topic, n in said["by_topic"].items() if n}
        assert sum(found.values()) == said["total"]


def test_deploys_took_as_long_as_they_did_and_ended_as_they_did(made):
    truth, report = made
    (events,) = (file for file in truth["files"].values() if file["kind"] == "render_events")
    rows = report("deploy_events", since=datetime.fromisoformat(events["first_ts"]))
    assert (
        Counter(row["event_type"] for row in rows if row["place"].startswith("render-events/"))
        == events["types"]
    )
    ended = {row["deploy_id"]: row for row in rows if row["event_type"] == "deploy_ended"}
    assert len(ended) == len(events["deploys"]) > 0
    for deploy in events["deploys"]:
        row = ended[deploy["deploy_id"]]
        start, end = (datetime.fromisoformat(deploy[key]) for key in ("started", "ended"))
        assert (row["ts"], row["status"]) == (end, deploy["status"])
        assert row["minutes"] == pytest.approx((end - start).total_seconds() / 60)


def test_points_of_each_instance_are_all_there_and_the_highest_is_the_highest(made):
    truth, report = made
    rows = report("resource_use")
    files = [file for file in truth["files"].values() if file["kind"] == "render_metrics"]
    for name, unit in (("render.cpu", "cpu"), ("render.memory", "GB")):
        (said,) = (file for file in files if file["unit"] == unit)
        points, highest = Counter(), Counter()
        for row in (row for row in rows if row["name"] == name):
            points[row["of"]] += row["points"] + row["missing_points"]
            highest[row["of"]] = max(highest[row["of"]], row["highest"])
        assert points == said["points"]
        assert highest == said["highest"]
    gaps = Counter()
    for row in rows:
        gaps[row["name"]] += row["missing_points"]
    for file in truth["files"].values():
        if file["kind"] == "atlas_measurements":
            gaps.subtract({f"atlas.{name.lower()}": n for name, n in file["gaps"].items()})
    assert not any(gaps.values())


def test_checks_that_failed_are_found_though_their_scripts_ended_well(made):
    truth, report = made
    rows = {(row["source"], row["script"]): row for row in report("check_results")}
    said = {path: file for path, file in truth["files"].items() if file["kind"] == "check_output"}
    assert any(file["failed"] for file in said.values())
    for path, file in said.items():
        row = rows[path, file["script"]]
        assert (row["passed"], row["failed"]) == (file["passed"], len(file["failed"]))
        assert (row["first_failure"] or "").endswith(tuple(file["failed"][:1]) or "")


def test_requests_of_an_hour_are_those_that_render_answered_in_it(made):
    truth, report = made
    rows = {row["hour"]: row for row in report("requests_by_hour")}
    said = {datetime.fromisoformat(hour["hour"]): hour for _, hours in days(truth, "hours") for hour in hours}
    assert set(rows) == {at for at, hour in said.items() if hour["requests"]}
    for at, row in rows.items():
        assert row["requests"] + row["health_checks"] + row["aborted"] == said[at]["requests"]
        assert (row["requests"] + row["aborted"], row["status_5xx"]) == (
            said[at]["api"],
            said[at]["status_5xx"],
        )


def test_error_patterns_are_the_failures_that_controllers_printed(made):
    truth, report = made
    for day, said in days(truth, "errors"):
        wanted = Counter()
        for error in said:
            wanted[error["label"].removesuffix(" 오류 발생"), error["error_name"]] += error["n"]
        found = Counter()
        for row in report("error_patterns", since=day.start, until=day.end):
            if row["label"] and row["place"].startswith("render/"):
                found[row["label"], row["error_name"]] += row["records"]
        assert found == wanted


def test_reasons_of_fallbacks_and_refused_zones_are_those_that_the_app_printed(made):
    truth, report = made
    assert sum(said["server_time"] for _, said in days(truth, "time_checks")) > 0
    for day, said in days(truth, "time_checks"):
        span = {"since": day.start, "until": day.end}
        found = {row["reason"]: row["fallbacks"] for row in report("fallback_reasons", **span)}
        assert found == {reason: n for reason, n in said["reasons"].items() if n}
        greps = Counter()
        for row in report("grep_patterns", **span):
            if row["pattern"] == "TimeProcessor":
                greps[row["outcome"]] += row["records"] or 0
        assert greps["client_time"] == said["client_time"]
        assert {reason: greps[reason] for reason in found} == found
        refused = {row["zone"]: row["refused"] for row in report("users_by_region", **span) if row["refused"]}
        assert refused == said["refused_zones"]


def test_other_services_are_no_part_of_the_figures_of_the_one_that_is_judged(made):
    truth, report = made
    judged = {row["day"]: row for row in report("api_error_rate", kind="kpi")}
    everyone = {row["day"]: row for row in report("api_error_rate", kind="kpi", service=None)}
    for day, said in days(truth, "requests"):
        found = judged[day.date]
        assert (found["n"], found["value"]) == (said["api"], pytest.approx(said["error_ratio"]))
        assert everyone[day.date]["n"] > said["api"]
