"""The whole way, from a generated landing folder to the figures: each must be what the world says it was.

`truth.json` was computed from the simulated events by code that knows nothing of ingest, lake or reports.
Everything here is asked through the command line. Counts are exact, percentiles within 0.5 %: buckets.
"""

import io
import json
import tomllib
from collections import Counter
from contextlib import redirect_stdout
from datetime import date, datetime, timedelta

import pyarrow.parquet as pq
import pytest

from pipeline.cli import main

ALPHA = 0.005
#: Kinds of files whose records are documents, and points of measurements.
DOCUMENTS = {"notes_export", "jsonarray_export", "canonical_export", "csv_export"}
MEASUREMENTS = {"render_metrics", "atlas_measurements", "mongostat"}


def h33(folder, *args, code=0):
    """Run a command of the command line and return what it wrote to stdout."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with redirect_stdout(out), pytest.raises(SystemExit) as left:
        main(["--config", str(folder / "landing" / "h33.toml"), "--lang", "en", "--quiet", *args])
    assert left.value.code == code, args
    return out.buffer.getvalue().decode()


def rows(folder, *args):
    """Return the rows of a report or question."""
    return json.loads(h33(folder, *args, "--format", "json"))


def ask(folder, statement):
    return rows(folder, "sql", statement)


def names(folder):
    """Return the names of the service that is judged, as a list of SQL."""
    settings = tomllib.loads((folder / "landing" / "h33.toml").read_text(encoding="utf-8"))
    return ", ".join(f"'{name}'" for name in settings["service"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A landing folder, ingested, with the page of its last day."""
    root = tmp_path_factory.mktemp("end-to-end")
    h33(root, "sample", str(root / "landing"))
    h33(root, "daily", "--date", "2025-06-27")
    return root


@pytest.fixture(scope="module")
def truth(folder):
    return json.loads((folder / "landing" / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def figures(folder):
    """The last day's figures by name, as kpi.json has them."""
    document = json.loads((folder / "reports" / "2025-06-27" / "kpi.json").read_text(encoding="utf-8"))
    return {figure["name"]: figure for figure in document["figures"]}


def close(found, wanted):
    """Whether a percentile is within the promised error; both may be missing."""
    return found == wanted if wanted is None or found is None else abs(found - wanted) <= ALPHA * wanted


def span(day):
    """Return the options that ask for one day."""
    return ("--since", day, "--until", str(date.fromisoformat(day) + timedelta(days=1)))


def test_every_source_is_counted_as_it_was_written(folder, truth):
    ledger = {row["path"]: row for row in rows(folder, "report", "ingest_ledger")}
    assert set(ledger) == set(truth["files"])
    for path, written in truth["files"].items():
        for counter in ("lines", "events", "continuation", "rejected", "blank"):
            assert ledger[path][counter] == written[counter], (path, counter)
        assert ledger[path]["status"] == "ok"
        if "first_ts" in written:
            assert ledger[path]["first_ts"] == written["first_ts"]
            # The truth names the last line, the ledger the last record: a block goes on for a moment.
            begun, ended = map(datetime.fromisoformat, (ledger[path]["last_ts"], written["last_ts"]))
            assert timedelta(0) <= ended - begun < timedelta(seconds=1)


def test_records_are_the_written_ones_repeats_dropped(folder, truth):
    events, written = Counter(), Counter()
    for row in ask(folder, "SELECT source AS path, count(*) AS n FROM events GROUP BY ALL"):
        events[overlapping(row["path"])] += row["n"]
    for path, file in truth["files"].items():
        if file["kind"] not in DOCUMENTS | MEASUREMENTS:
            written[overlapping(path)] += file["records"] - file.get("copies", 0)
    assert events == written


def overlapping(path):
    """Return what a file is one of, where copies of one record may be in several; else its path."""
    return {"render": "render", "render-cli": "render", "mongod": "mongod"}.get(path.split("/")[0], path)


@pytest.mark.parametrize(("table", "kinds"), [("documents", DOCUMENTS), ("metrics", MEASUREMENTS)])
def test_documents_and_points_are_those_of_their_files(folder, truth, table, kinds):
    stored = ask(
        folder, f"SELECT path, count(*) AS n FROM lake.{table} JOIN lake.files USING (file_id) GROUP BY path"
    )
    assert {row["path"]: row["n"] for row in stored} == {
        path: file["records"] for path, file in truth["files"].items() if file["kind"] in kinds
    }


def test_the_console_file_is_understood_without_a_time(folder, truth):
    written = truth["files"]["console/legacy-1.log"]
    found = ask(
        folder,
        "SELECT coalesce(CAST(http_status AS VARCHAR), 'aborted') AS status, count(*) AS n FROM requests "
        "WHERE source = 'console/legacy-1.log' AND ts IS NULL GROUP BY ALL",
    )
    assert {row["status"]: row["n"] for row in found} == written["statuses"]
    assert sum(row["n"] for row in found) == written["requests"]


def test_the_worker_logs_severities_are_its_own(folder, truth):
    found = ask(
        folder, "SELECT severity, count(*) AS n FROM events WHERE source = 'var/log/app.log' GROUP BY ALL"
    )
    assert {row["severity"]: row["n"] for row in found} == truth["files"]["var/log/app.log"]["severities"]


def test_requests_and_errors_of_every_hour(folder, truth):
    found = {
        row["hour"]: (row["requests"], row["server_errors"])
        for row in rows(folder, "report", "errors_by_hour", "--since", "2025-06-20", "--until", "2025-06-28")
        if row["requests"]
    }
    assert found == {
        hour["hour"]: (hour["api"], hour["status_5xx"])
        for day in truth["days"].values()
        for hour in day["hours"]
        if hour["api"]
    }


def test_requests_of_every_day_by_status_class(folder, truth):
    found = ask(
        folder,
        "SELECT local_day(ts) AS day, count(*) AS total, count(*) FILTER (is_health) AS health, "
        + ", ".join(
            f"count(*) FILTER (NOT is_health AND status_class = {c}) AS status_{c}xx" for c in (2, 4, 5)
        )
        + f" FROM requests WHERE ts IS NOT NULL AND service IN ({names(folder)}) GROUP BY day",
    )
    assert {row.pop("day"): row for row in found} == {
        day: {
            key: facts["requests"][key]
            for key in ("total", "health", "status_2xx", "status_4xx", "status_5xx")
        }
        for day, facts in truth["days"].items()
    }


def test_latency_of_every_route_on_every_day(folder, truth):
    for day, facts in truth["days"].items():
        found = {
            (row["http_method"], row["http_route"]): row
            for row in rows(folder, "report", "latency_by_route", *span(day))
        }
        assert set(found) == {(route["method"], route["route"]) for route in facts["routes"]}
        for route in facts["routes"]:
            row = found[route["method"], route["route"]]
            assert row["n"] == route["n"]
            for percentile, least in (("p50_ms", 6), ("p90_ms", 36), ("p99_ms", 368)):
                wanted = route[percentile] if route["n"] >= least else None
                assert close(row[percentile], wanted), (day, route, percentile)


@pytest.mark.parametrize("what", ["create", "read"])
@pytest.mark.parametrize("percent", [50, 90, 99])
def test_memo_latency_of_every_day(figures, truth, what, percent):
    for point in figures[f"memo_{what}_p{percent}"]["history"]:
        wanted = truth["days"][point["date"]][f"memo_{what}"]
        assert point["n"] == wanted["n"]
        least = {50: 6, 90: 36, 99: 368}[percent]
        assert close(point["value"], wanted[f"p{percent}_ms"] if wanted["n"] >= least else None), point


@pytest.mark.parametrize(
    ("name", "value", "n"),
    [
        ("client_time_use_eligible", ("notes", "use_of_eligible"), ("notes", "eligible")),
        ("client_time_use_all", ("notes", "use_of_all"), ("notes", "all")),
        ("fallback_rate", ("notes", "fallback_ratio"), ("notes", "eligible")),
        ("skew_over_1h_share", ("notes", "delta", "over_1h_ratio"), ("notes", "delta", "n")),
        ("api_error_rate", ("requests", "error_ratio"), ("requests", "api")),
        ("mongo_connection_failures", ("mongo_failures", "total"), None),
    ],
)
def test_a_figure_is_right_on_every_day(figures, truth, name, value, n):
    def at(facts, path):
        for key in path:
            facts = facts[key]
        return facts

    history = figures[name]["history"]
    assert [point["date"] for point in history] == list(truth["days"])
    for point in history:
        assert point["value"] == at(truth["days"][point["date"]], value), point
        if n:
            assert point["n"] == at(truth["days"][point["date"]], n)


def share(part, whole):
    return part / whole if whole else None


def slow(facts, key):
    """Return a sum over the slow operations that tell both what they read and what they returned."""
    shapes = facts["slow_operations"]["shapes"]
    return sum(shape[key] for shape in shapes if shape["docs_examined"] and shape["returned"])


def sent(facts):
    """Return how many decisions were about a client time that was sent, and how many of them failed."""
    checks = facts["time_checks"]
    nothing = checks["reasons"].get("no_data", 0)
    return checks["attempts"] - nothing, checks["server_time"] - nothing


#: Figure → its value by what the truth says of a day, and its n where the truth says it.
OF_A_DAY = {
    "uptime": (
        lambda day: share(day["probes"]["probes"] - day["probes"]["down"], day["probes"]["probes"]),
        lambda day: day["probes"]["probes"],
    ),
    "database_lost": (lambda day: day["probes"]["causes"].get("database_disconnected", 0), None),
    "complaints": (lambda day: day["tickets"]["total"], None),
    "time_complaints": (lambda day: day["tickets"]["by_topic"].get("시간 표시", 0), None),
    "slow_operations": (lambda day: day["slow_operations"]["n"], None),
    "collection_scan_share": (
        lambda day: share(day["slow_operations"]["collscans"], day["slow_operations"]["n"]),
        lambda day: day["slow_operations"]["n"],
    ),
    "memory_sort_share": (
        lambda day: share(day["slow_operations"]["in_memory_sorts"], day["slow_operations"]["n"]),
        lambda day: day["slow_operations"]["n"],
    ),
    "documents_per_returned": (
        lambda day: share(slow(day, "docs_examined"), slow(day, "returned")),
        lambda day: slow(day, "returned"),
    ),
    "fallback_rate_logged": (
        lambda day: day["time_checks"]["fallback_ratio"],
        lambda day: day["time_checks"]["attempts"],
    ),
    "refused_zone_rate": (
        lambda day: share(day["time_checks"]["reasons"].get("bad_zone", 0), day["time_checks"]["attempts"]),
        lambda day: day["time_checks"]["attempts"],
    ),
    "time_processing_failure_rate": (lambda day: share(*sent(day)[::-1]), lambda day: sent(day)[0]),
    "time_accuracy": (
        lambda day: share(
            sum(abs(ms) <= 300_000 for ms in day["notes"]["delta"]["ms"]), day["notes"]["delta"]["n"]
        ),
        lambda day: day["notes"]["delta"]["n"],
    ),
    "api_refusal_rate": (
        lambda day: share(day["requests"]["status_4xx"], day["requests"]["api"]),
        lambda day: day["requests"]["api"],
    ),
    # The TimeProcessor prints an exception as an error, too.
    "error_records": (
        lambda day: day["error_records"] + day["time_checks"]["reasons"].get("exception", 0),
        None,
    ),
    **dict.fromkeys(("request_hours_known",), (lambda _: 1, None)),
    **dict.fromkeys(
        (
            "creations_without_memo",
            "damaged_sources",
            "deploy_failures",
            "instance_failures",
            "silent_instance_hours",
        ),
        (lambda _: 0, None),
    ),
}


@pytest.mark.parametrize("name", OF_A_DAY)
def test_a_figure_of_any_input_is_right_on_every_day(figures, truth, name):
    value, n = OF_A_DAY[name]
    history = figures[name]["history"]
    assert [point["date"] for point in history] == list(truth["days"])
    for point in history:
        facts = truth["days"][point["date"]]
        wanted = value(facts)
        assert point["value"] == (wanted if wanted is None else pytest.approx(wanted, rel=1e-12)), point
        if n:
            assert point["n"] == n(facts)


def test_the_response_time_of_every_day(figures, truth):
    for point in figures["response_time"]["history"]:
        wanted = truth["days"][point["date"]]["requests"]
        assert point["n"] == wanted["api"]
        assert close(point["value"], wanted["p95_ms"]), point


def test_memos_that_vanished_are_counted_on_the_day_of_the_export_that_lacks_them(figures, truth):
    days = {
        str((datetime.fromisoformat(export["taken"]) + timedelta(hours=9)).date()): len(export["vanished"])
        for export in truth["exports"][1:]
    }
    for point in figures["vanished_notes"]["history"]:
        assert point["value"] == days.get(point["date"]), point


@pytest.mark.parametrize(("name", "unit"), [("render_cpu", "cpu"), ("render_memory", "GB")])
def test_the_highest_measurement_is_the_highest_of_any_instance(figures, truth, name, unit):
    (said,) = (file for file in truth["files"].values() if file.get("unit") == unit)
    assert max(point["value"] for point in figures[name]["history"]) == max(said["highest"].values())


def test_no_figure_lacks_its_input(figures):
    assert [name for name, figure in figures.items() if figure["verdict"] == "NODATA"] == []


def test_the_stories_are_named_on_the_page(folder, figures, truth):
    page = (folder / "reports" / "2025-06-27" / "kpi.html").read_text(encoding="utf-8")
    stories, files = truth["stories"], truth["files"].values()
    # The releases are marked, and the share of the traffic is told that the stories' instance took.
    deploys = next(file["deploys"] for file in files if file["kind"] == "render_events")
    done = [one["ended"] for one in deploys if one["status"] == "succeeded"]
    assert stories["release"]["at"] in done
    assert page.count('class="mark"') == len(done)
    assert 0.25 < figures["canary_share"]["value"] < 0.4
    # The outage: what the app printed, what probes saw, what customers wrote.
    assert "buffering timed out" in page
    for name in ("mongo_connection_failures", "database_lost"):
        assert figures[name]["verdict"] == "FAIL"
        assert figures[name]["sentence"].replace("'", "&#39;") in page.replace("\u00a0", " ")
    assert "저장 실패" in page
    # Clocks and exports.
    assert {figures[name]["verdict"] for name in ("time_accuracy", "vanished_notes")} == {"WARN"}
    assert all(lost in page for lost in stories["incomplete_export"]["ids"][:5])


def test_the_stories_raise_their_alarms_and_no_others(folder):
    told = json.loads(h33(folder, "alerts", "list", "--format", "json"))["alarms"]
    assert {alarm["alarm"] for alarm in told if alarm["state"] == "firing"} == {
        "api_slow",
        "complaint_surge",
        "database_lost",
        "memos_vanished",
        "mongo_connection",
        "time_processing_failures",
        "uptime_low",
    }


def test_client_time_use_in_the_report_too(folder, truth):
    found = rows(folder, "report", "client_time_use", "--since", "2025-06-20", "--until", "2025-06-28")
    names = {
        "memos": "all",
        "with_client_time": "value",
        "of_all_ratio": "use_of_all",
        "eligible": "eligible",
        "eligible_with_client_time": "eligible_value",
        "of_eligible_ratio": "use_of_eligible",
    }
    assert [row["day"] for row in found] == list(truth["days"])
    for row in found:
        facts = truth["days"][row["day"]]["notes"]
        assert {key: row[key] for key in names} == {key: facts[name] for key, name in names.items()}


def test_the_histogram_of_clock_differences_on_every_day_and_over_all(folder, truth):
    spans = {day: span(day) for day in truth["days"]}
    spans["all"] = ("--since", "2020-01-01", "--until", "2030-01-01")
    for day, options in spans.items():
        found = rows(folder, "report", "time_skew_histogram", *options)
        notes = truth["notes"] if day == "all" else truth["days"][day]["notes"]
        assert [(row["from_min"], row["memos"]) for row in found] == [
            (bin_["from_min"], bin_["n"]) for bin_ in notes["delta"]["histogram"]
        ]


def test_notes_of_all_days_together(folder, truth):
    (found,) = ask(
        folder,
        'SELECT count(*) AS "all", '
        + ", ".join(f"count(*) FILTER (client_state = '{s}') AS \"{s}\"" for s in ("value", "null", "absent"))
        + ", count(*) FILTER (abs(diff_min) > 60) AS over_1h, count(*) FILTER (client_time_eligible("
        f"origin_session, created_at, '{truth['deployed_at']}')) AS eligible FROM notes",
    )
    wanted = truth["notes"]
    assert found == {
        **{key: wanted[key] for key in ("all", "value", "null", "absent", "eligible")},
        "over_1h": wanted["delta"]["over_1h"],
    }


def test_failures_that_controllers_printed_by_hour_label_and_name(folder, truth):
    found = ask(
        folder,
        "SELECT utc_hour(ts) AS hour, (attrs ->> 'label') || ' 오류 발생' AS label, "
        "attrs ->> 'error_name' AS error_name, count(*) AS n "
        "FROM errors WHERE format = 'controller-error' AND ts IS NOT NULL GROUP BY ALL",
    )
    wanted = [error for day in truth["days"].values() for error in day["errors"]]
    assert {(r["hour"], r["label"], r["error_name"]): r["n"] for r in found} == {
        (e["hour"], e["label"], e["error_name"]): e["n"] for e in wanted
    }
    assert sum(row["n"] for row in found) == sum(day["error_records"] for day in truth["days"].values())


def test_the_time_processors_decisions_of_every_day(folder, truth):
    found = ask(
        folder,
        "SELECT local_day(ts) AS day, outcome, reason, zone, count(*) AS n FROM time_checks GROUP BY ALL",
    )
    for day, facts in truth["days"].items():
        checks = [row for row in found if row["day"] == day]

        def count(key, kept=lambda row: True, checks=checks):
            totals = {}
            for row in checks:
                if kept(row):
                    totals[row[key]] = totals.get(row[key], 0) + row["n"]
            return totals

        wanted = facts["time_checks"]
        assert count("outcome") == {"client": wanted["client_time"], "server": wanted["server_time"]}
        assert count("reason", lambda row: row["outcome"] == "server") == wanted["reasons"]
        assert count("zone", lambda row: row["reason"] == "bad_zone") == wanted["refused_zones"]
        assert sum(row["n"] for row in checks) == wanted["attempts"]


def test_what_each_export_holds_adds_and_lacks(folder, truth):
    found = ask(
        folder, "SELECT snapshot, doc_id FROM lake.documents WHERE collection = 'notes' ORDER BY snapshot"
    )
    exports = {}
    for row in found:
        exports.setdefault(row["snapshot"], set()).add(row["doc_id"])
    assert len(exports) == len(truth["exports"])
    before = set()
    for held, wanted in zip(exports.values(), truth["exports"], strict=True):
        assert len(held) == wanted["documents"]
        assert len(held - before) == wanted["new"]
        assert sorted(before - held) == wanted["vanished"]
        before = held
    lost = truth["stories"]["incomplete_export"]
    assert lost["ids"] == next(e["vanished"] for e in truth["exports"] if e["path"] == lost["path"])


def test_the_reports_of_exports_say_what_was_added_and_what_vanished(folder, truth):
    span_of_all = ("--since", "2025-06-01", "--until", "2025-07-31")
    found = [row for row in rows(folder, "report", "exports", *span_of_all) if row["collection"] == "notes"]
    wanted = truth["exports"]
    assert [(row["documents"], row["extent"]) for row in found] == [(e["documents"], "whole") for e in wanted]
    assert [(row["added"], row["vanished"]) for row in found] == [
        (None, None), *((e["new"], len(e["vanished"])) for e in wanted[1:]),
    ]  # fmt: skip
    gone = rows(folder, "report", "vanished_documents", *span_of_all)
    lost = truth["stories"]["incomplete_export"]
    assert [row["doc_id"] for row in gone] == sorted(lost["ids"])
    # The newest export holds them again.
    assert {row["returned_snapshot"] for row in gone} == {found[-1]["snapshot"]}


def test_the_release_shows_on_its_instance_and_nowhere_else(folder, truth):
    story = truth["stories"]["release"]
    found = ask(
        folder,
        f"SELECT CASE WHEN ts >= '{story['at']}' THEN instance END AS arm, count(*) AS n, "
        "count(*) FILTER (status_class = 5) AS status_5xx, list(duration_ms ORDER BY duration_ms) AS took "
        "FROM requests WHERE memo_request(http_method, http_route) = 'create' AND ts IS NOT NULL "
        "GROUP BY arm",
    )
    arms = {row["arm"]: row for row in found}
    wanted = {None: story["before"], **{name: arm for name, arm in story["after"].items() if arm["n"]}}
    assert set(arms) == set(wanted)
    for arm, facts in wanted.items():
        assert (arms[arm]["n"], arms[arm]["status_5xx"]) == (facts["n"], facts["status_5xx"])
        for permille, key in ((500, "p50_ms"), (900, "p90_ms"), (990, "p99_ms")):
            assert arms[arm]["took"][(facts["n"] * permille + 999) // 1000 - 1] == facts[key]


def test_the_outage_is_found_where_it_was(folder, truth):
    story = truth["stories"]["outage"]
    (found,) = ask(
        folder,
        "SELECT count(*) AS n, min(ts) AS first, max(ts) AS last FROM events "
        "WHERE http_method IS NULL AND mongo_connection_failure(message)",
    )
    assert found["n"] == story["failures"]
    assert story["start"] <= found["first"] <= found["last"]
    # An operation waits ten seconds before it gives up, and a reader may have tried again.
    ended = datetime.fromisoformat(story["end"])
    assert datetime.fromisoformat(found["last"]) <= ended + timedelta(seconds=30)


def test_memos_of_the_users_with_wrong_clocks(folder, truth):
    found = ask(
        folder,
        "SELECT user_id, count(*) AS notes, count(*) FILTER (client_state = 'value') AS value FROM notes "
        f"WHERE client_time_eligible(origin_session, created_at, '{truth['deployed_at']}') GROUP BY user_id",
    )
    counted = {row["user_id"]: (row["notes"], row["value"]) for row in found}
    for clock in truth["stories"]["clocks"]:
        assert counted.get(clock["user_id"], (0, 0)) == (clock["notes"], clock["value"])


def test_instances_are_those_of_the_world(folder, truth):
    found = ask(folder, "SELECT DISTINCT instance FROM events WHERE source LIKE 'render/%'")
    assert {row["instance"] for row in found} >= set(truth["instances"])


def test_no_secret_and_no_memo_is_in_any_file_that_was_written(folder, truth):
    texts = [text for secret in truth["secrets"].values() for text in secret["texts"]]
    assert len(texts) > 10
    searched = 0
    for file in (path for name in ("lake", "reports", "state") for path in (folder / name).rglob("*")):
        if not file.is_file():
            continue
        content = file.read_bytes().decode("utf-8", "replace")
        if file.suffix == ".parquet":
            content = json.dumps(pq.read_table(file).to_pylist(), default=str, ensure_ascii=False)
        searched += 1
        assert not [text for text in texts if text in content], file
    assert searched > 20


def test_the_page_states_what_kpi_json_states(folder, figures):
    page = (folder / "reports" / "2025-06-27" / "kpi.html").read_text(encoding="utf-8").replace("\u00a0", " ")
    for figure in figures.values():
        assert '<article class="card is-' in page
        assert figure["sentence"].replace("'", "&#39;") in page, figure["name"]


def test_a_second_night_adds_nothing_and_gives_the_same_page(folder):
    day = folder / "reports" / "2025-06-27"
    before = {file.name: file.read_bytes() for file in day.iterdir()}
    held = {file: file.stat().st_mtime_ns for file in (folder / "lake").rglob("*.parquet")}
    line = h33(folder, "daily", "--date", "2025-06-27")
    assert line.count("\n") == 1
    assert {file.name: file.read_bytes() for file in day.iterdir()} == before
    now = {file: file.stat().st_mtime_ns for file in (folder / "lake").rglob("*.parquet")}
    assert {file: now[file] for file in held} == held
    assert all("files" in file.parts for file in now.keys() - held.keys())
