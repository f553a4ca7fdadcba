"""The whole way, from a generated landing night to the figures: each must be what the world says it was.

`truth.json` was computed from the simulated events by code that knows nothing of ingest, lake or reports.
Everything here is asked through the command line. Counts are exact, percentiles within 0.5 %: buckets.
"""

import json
from collections import Counter
from datetime import datetime, timedelta

import pyarrow.parquet as pq
import pytest
from end_to_end_lab import ask, h33, names, rows

#: Kinds of files whose records are documents, and points of measurements.
DOCUMENTS = {"notes_export", "jsonarray_export", "canonical_export", "csv_export"}
MEASUREMENTS = {"render_metrics", "atlas_measurements", "mongostat"}


def test_every_source_is_counted_as_it_was_written(night, truth):
    ledger = {row["path"]: row for row in rows(night, "report", "ingest_ledger")}
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


def test_records_are_the_written_ones_repeats_dropped(night, truth):
    events, written = Counter(), Counter()
    for row in ask(night, "SELECT source AS path, count(*) AS n FROM events GROUP BY ALL"):
        events[overlapping(row["path"])] += row["n"]
    for path, file in truth["files"].items():
        if file["kind"] not in DOCUMENTS | MEASUREMENTS:
            written[overlapping(path)] += file["records"] - file.get("copies", 0)
    assert events == written


def overlapping(path):
    """Return what a file is one of, where copies of one record may be in several; else its path."""
    return {"render": "render", "render-cli": "render", "mongod": "mongod"}.get(path.split("/")[0], path)


@pytest.mark.parametrize(("table", "kinds"), [("documents", DOCUMENTS), ("metrics", MEASUREMENTS)])
def test_documents_and_points_are_those_of_their_files(night, truth, table, kinds):
    stored = ask(
        night, f"SELECT path, count(*) AS n FROM lake.{table} JOIN lake.files USING (file_id) GROUP BY path"
    )
    assert {row["path"]: row["n"] for row in stored} == {
        path: file["records"] for path, file in truth["files"].items() if file["kind"] in kinds
    }


def test_the_console_file_is_understood_without_a_time(night, truth):
    written = truth["files"]["console/legacy-1.log"]
    found = ask(
        night,
        "SELECT coalesce(CAST(http_status AS VARCHAR), 'aborted') AS status, count(*) AS n FROM requests "
        "WHERE source = 'console/legacy-1.log' AND ts IS NULL GROUP BY ALL",
    )
    assert {row["status"]: row["n"] for row in found} == written["statuses"]
    assert sum(row["n"] for row in found) == written["requests"]


def test_the_worker_logs_severities_are_its_own(night, truth):
    found = ask(
        night, "SELECT severity, count(*) AS n FROM events WHERE source = 'var/log/app.log' GROUP BY ALL"
    )
    assert {row["severity"]: row["n"] for row in found} == truth["files"]["var/log/app.log"]["severities"]


def test_requests_and_errors_of_every_hour(night, truth):
    found = {
        row["hour"]: (row["requests"], row["server_errors"])
        for row in rows(night, "report", "errors_by_hour", "--since", "2025-06-20", "--until", "2025-06-28")
        if row["requests"]
    }
    assert found == {
        hour["hour"]: (hour["api"], hour["status_5xx"])
        for day in truth["days"].values()
        for hour in day["hours"]
        if hour["api"]
    }


def test_requests_of_every_day_by_status_class(night, truth):
    found = ask(
        night,
        "SELECT local_day(ts) AS day, count(*) AS total, count(*) FILTER (is_health) AS health, "
        + ", ".join(
            f"count(*) FILTER (NOT is_health AND status_class = {c}) AS status_{c}xx" for c in (2, 4, 5)
        )
        + f" FROM requests WHERE ts IS NOT NULL AND service IN ({names(night)}) GROUP BY day",
    )
    assert {row.pop("day"): row for row in found} == {
        day: {
            key: facts["requests"][key]
            for key in ("total", "health", "status_2xx", "status_4xx", "status_5xx")
        }
        for day, facts in truth["days"].items()
    }


def test_the_stories_are_named_on_the_page(night, figures, truth):
    page = (night / "reports" / "2025-06-27" / "kpi.html").read_text(encoding="utf-8")
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


def test_the_stories_raise_their_alarms_and_no_others(night):
    told = json.loads(h33(night, "alerts", "list", "--format", "json"))["alarms"]
    assert {alarm["alarm"] for alarm in told if alarm["state"] == "firing"} == {
        "api_slow",
        "complaint_surge",
        "database_lost",
        "memos_vanished",
        "mongo_connection",
        "time_processing_failures",
        "uptime_low",
    }


def test_instances_are_those_of_the_world(night, truth):
    found = ask(night, "SELECT DISTINCT instance FROM events WHERE source LIKE 'render/%'")
    assert {row["instance"] for row in found} >= set(truth["instances"])


def test_no_secret_and_no_memo_is_in_any_file_that_was_written(night, truth):
    texts = [text for secret in truth["secrets"].values() for text in secret["texts"]]
    assert len(texts) > 10
    searched = 0
    for file in (path for name in ("lake", "reports", "state") for path in (night / name).rglob("*")):
        if not file.is_file():
            continue
        content = file.read_bytes().decode("utf-8", "replace")
        if file.suffix == ".parquet":
            content = json.dumps(pq.read_table(file).to_pylist(), default=str, ensure_ascii=False)
        searched += 1
        assert not [text for text in texts if text in content], file
    assert searched > 20


def test_the_page_states_what_kpi_json_states(night, figures):
    page = (night / "reports" / "2025-06-27" / "kpi.html").read_text(encoding="utf-8").replace("\u00a0", " ")
    for figure in figures.values():
        assert '<article class="card is-' in page
        assert figure["sentence"].replace("'", "&#39;") in page, figure["name"]


def test_a_second_night_adds_nothing_and_gives_the_same_page(night):
    day = night / "reports" / "2025-06-27"
    before = {file.name: file.read_bytes() for file in day.iterdir()}
    held = {file: file.stat().st_mtime_ns for file in (night / "lake").rglob("*.parquet")}
    line = h33(night, "daily", "--date", "2025-06-27")
    assert line.count("\n") == 1
    assert {file.name: file.read_bytes() for file in day.iterdir()} == before
    now = {file: file.stat().st_mtime_ns for file in (night / "lake").rglob("*.parquet")}
    assert {file: now[file] for file in held} == held
    assert all("files" in file.parts for file in now.keys() - held.keys())
