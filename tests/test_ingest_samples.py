"""Every input that reads like a log, taken in: what the generator states of it comes out."""

import json
from collections import Counter
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from ingest_lab import Landing, counters

from pipeline import config
from pipeline.sample import generate

#: Kinds of files and the format of most of their records.
FORMATS = {
    "render_cli": {"render-request", "controller-error"},
    "render_text": {"generic"},
    "render_syslog": {"generic"},
    "render_events": {"render-event"},
    "mongod_log": {"mongod", "mongod-slow"},
    "system_profile": {"mongo-profile"},
    "health_probes": {"health-probe"},
    "check_output": {"generic", "check-output"},
    "morgan_combined": {"combined-log"},
    "morgan_common": {"common-log"},
    "morgan_short": {"morgan-short"},
    "morgan_tiny": {"morgan-tiny"},
    "pino": {"pino"},
    "pino_http": {"pino-http"},
    "winston": {"winston"},
    "winston_simple": {"winston-simple"},
    "console": {"morgan-dev"},
    "app_log": {"app-log"},
}
SEOUL = ZoneInfo("Asia/Seoul")
COUNTERS = ("lines", "records", "events", "continuation", "rejected", "blank")


class Taken:
    """A generated folder, what is true of it, and what came out."""

    def __init__(self, folder, monkeypatch):
        self.truth = generate(folder, days=2, scale=0.05).truth
        landing = Landing(folder, monkeypatch)
        found = landing.ingest(settings=config.load(folder / "h33.toml"))
        self.results = found
        self.events = {}
        for event in landing.lake.table("events"):
            event["attrs"] = json.loads(event["attrs"] or "{}")
            self.events.setdefault(event["source"], []).append(event)

    def files(self, *kinds):
        """Yield (truth, events) of the files of some kinds; there is one at least."""
        found = [
            (file, self.events[path]) for path, file in self.truth["files"].items() if file["kind"] in kinds
        ]
        assert found
        return found


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Taken(tmp_path_factory.mktemp("every-input"), monkeypatch)


def stamp(instant):
    return instant and instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_counters_first_and_last_instant_and_format_of_every_file_are_true(taken):
    seen = set()
    for path, file in taken.truth["files"].items():
        if file["kind"] not in FORMATS:
            continue
        result = taken.results[path]
        assert result.status == "ok", path
        assert counters(result) == {name: file[name] for name in COUNTERS}, path
        assert (stamp(result.first_ts), stamp(result.last_ts)) == (
            file.get("first_ts"),
            file.get("last_ts"),
        ), path
        assert result.format in FORMATS[file["kind"]], path
        seen.add(file["kind"])
    assert seen == set(FORMATS)


def test_levels_of_every_log_that_states_them_are_true(taken):
    for file, events in taken.files("pino", "winston", "winston_simple", "app_log"):
        assert Counter(event["severity"] for event in events) == file["severities"]


def test_statuses_of_every_access_log_are_true(taken):
    kinds = ("morgan_combined", "morgan_common", "morgan_short", "morgan_tiny", "pino_http", "console")
    for file, events in taken.files(*kinds):
        asked = [event for event in events if event["http_method"]]
        assert len(asked) == file["requests"]
        assert Counter(str(event["http_status"] or "aborted") for event in asked) == file["statuses"]
        assert all(event["http_path"].startswith("/") and "?" not in event["http_path"] for event in asked)


def test_connections_and_slow_operations_of_mongod_are_true(taken):
    for file, events in taken.files("mongod_log"):
        said = Counter(event["message"] for event in events)
        assert sum(event["format"] == "mongod-slow" for event in events) == file["slow_operations"]
        assert said["Connection accepted"] == file["connections_accepted"]
        assert said["Connection ended"] == file["connections_ended"]


def shapes(events):
    """Return counts and sums by namespace, operation, keys of the filter, plan and sort stage."""
    found = {}
    for event in events:
        attrs = event["attrs"]
        key = (attrs["ns"], attrs["op"], attrs.get("query_hash"), attrs.get("plan"), attrs["has_sort_stage"])
        sums = found.setdefault(key, Counter())
        returned = attrs.get("n_returned", attrs.get("n_modified", 0))
        sums.update(
            n=1, keys=attrs.get("keys_examined", 0), docs=attrs.get("docs_examined", 0), returned=returned
        )
        sums["longest"] = max(sums["longest"], event["duration_ms"])
    return found


def stated(figures):
    """Return what the truth says, in the same form."""
    return {
        (one["namespace"], one["op"], one["query_hash"], one["plan"], one["has_sort_stage"]): Counter(
            n=one["n"],
            keys=one["keys_examined"],
            docs=one["docs_examined"],
            returned=one["returned"],
            longest=one["longest_ms"],
        )
        for one in figures["shapes"]
    }


def without_inserts(found):
    """Leave out inserts, of which nobody states how many documents came back."""
    return {key: sums for key, sums in found.items() if key[1] != "insert"}


def test_slow_operations_of_overlapping_downloads_are_true_once_each_day(taken):
    once = {}
    copies = sum(file["copies"] for file, _ in taken.files("mongod_log"))
    for _, events in taken.files("mongod_log"):
        once |= {event["dedupe_key"]: event for event in events}
    assert len(once) == sum(len(events) for _, events in taken.files("mongod_log")) - copies
    assert copies > 0
    slow = [event for event in once.values() if event["format"] == "mongod-slow"]
    for day, figures in taken.truth["days"].items():
        there = [event for event in slow if str(event["ts"].astimezone(SEOUL).date()) == day]
        assert len(there) == figures["slow_operations"]["n"]
        assert without_inserts(shapes(there)) == without_inserts(stated(figures["slow_operations"]))


def test_profiled_operations_are_true(taken):
    [(_, events)] = taken.files("system_profile")
    [figures] = [
        day["profiled_operations"] for day in taken.truth["days"].values() if "profiled_operations" in day
    ]
    assert without_inserts(shapes(events)) == without_inserts(stated(figures))


def test_what_the_prober_saw_is_true(taken):
    for file, events in taken.files("health_probes"):
        down = [
            event
            for event in events
            if event["http_status"] != 200 or event["attrs"]["database_status"] != "connected"
        ]
        assert len(down) == file["down"]
        assert {event["http_path"] for event in events} == {"/api/health"}
        assert {event["http_method"] for event in events} == {None}


def test_events_of_render_are_true(taken):
    [(file, events)] = taken.files("render_events")
    assert Counter(event["attrs"]["type"] for event in events) == file["types"]
    ended = {
        (event["service"], event["attrs"]["deploy_id"], stamp(event["ts"]), event["attrs"]["status"])
        for event in events
        if event["attrs"]["type"] == "deploy_ended"
    }
    assert ended == {
        (one["service_id"], one["deploy_id"], one["ended"], one["status"]) for one in file["deploys"]
    }


def test_what_check_scripts_found_is_true(taken):
    for file, events in taken.files("check_output"):
        checks = [event["attrs"] for event in events if event["format"] == "check-output"]
        assert sum(check["passed"] for check in checks) == file["passed"]
        assert [check["check"] for check in checks if not check["passed"]] == file["failed"]
        assert {check["script"] for check in checks} == {file["script"]}


def test_no_planted_secret_is_in_what_came_out(taken):
    text = json.dumps(list(taken.events.values()), ensure_ascii=False, default=str)
    planted = [secret for entry in taken.truth["secrets"].values() for secret in entry["texts"]]
    assert planted
    assert [secret for secret in planted if secret in text] == []
