"""Files as the real tools wrote them, where a folder of them stands beside the checkout: what each gives."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from ingest_lab import Landing

CAPTURES = Path(__file__).parents[2] / "shared" / "samples"

pytestmark = pytest.mark.skipif(
    not CAPTURES.is_dir(), reason="no folder of captured files beside the checkout"
)


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    """Return the events of every file, in the order of its lines."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        landing = Landing(tmp_path_factory.mktemp("captures"), monkeypatch)
        for path in CAPTURES.iterdir():
            landing.write(path.name, path.read_bytes())
        landing.ingest()
        found = {}
        for event in sorted(landing.lake.table("events"), key=lambda event: event["line_no"]):
            found.setdefault(event["source"], []).append(event)
        return found


REQUESTS = [
    ("POST", "/api/sessions/665f/complete", 200, 8),
    ("GET", "/api/notes", 500, 50),
    ("GET", "/r", 302, 24),
    ("GET", "/204", 204, None),
    ("GET", "/%EC%8B%9C%EA%B0%84", 404, 157),
    ("GET", "/hang", None, None),
]


@pytest.mark.parametrize(
    ("name", "label", "durations"),
    [
        ("combined", "combined-log", [None] * 6),
        ("common", "common-log", [None] * 6),
        ("dev", "morgan-dev", [1.179, 0.204, 0.448, 0.105, 0.485, None]),
        ("short", "morgan-short", [0.149, 0.081, 0.1, 0.044, 0.11, None]),
        ("tiny", "morgan-tiny", [0.173, 0.11, 0.179, 0.051, 0.256, None]),
    ],
)
def test_morgan_s_five_formats_tell_the_same_requests(events, name, label, durations):
    found = events[f"morgan.{name}.log"]
    assert {event["format"] for event in found} == {label}
    told = ("http_method", "http_path", "http_status", "response_bytes")
    assert [tuple(event[column] for column in told) for event in found] == REQUESTS
    assert [event["duration_ms"] for event in found] == durations
    at = datetime(2026, 11, 22, 18, 35, 26, tzinfo=UTC) if name in ("combined", "common") else None
    assert {event["ts"] for event in found} == {at}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "pino.ndjson",
            [("info", "hi"), ("warn", "w"), ("error", "boom"), ("error", "시간 처리 오류")],
        ),
        ("pino-http.ndjson", [("info", "request completed"), ("info", "request errored")]),
        (
            "winston.ndjson",
            [("info", "memo created"), ("error", "db down"), ("info", "m"), ("error", "no ts")],
        ),
        ("winston.console.log", [("warn", 'simple {"a":1}'), ("error", "printf colored")]),
        (
            "mongod.log",
            [
                ("info", "Slow query: find habitus33.notes"),
                ("info", "Connection accepted"),
                ("info", "Slow query: update habitus33.sessions"),
            ],
        ),
        ("system.profile.ndjson", [(None, "Slow query: find habitus33.notes")]),
        ("health.ndjson", [(None, "ok")]),
        (
            "render.events.ndjson",
            [("info", "deploy_ended succeeded"), ("error", "server_failed nonZeroExit")],
        ),
        (
            "render.platform.log",
            [
                ("info", "==> Running 'npm start'"),
                ("info", "==> Your service is live 🎉"),
                ("error", "==> Application exited with code 1"),
                ("error", "==> Deploy failed"),
            ],
        ),
    ],
)
def test_every_record_has_its_level_and_says_what_it_says(events, name, told):
    assert [(event["severity"], event["message"].split("\n")[0]) for event in events[name]] == told


@pytest.mark.parametrize("name", ["render.api.json", "render.cli.json", "render.cli.txt", "render.syslog"])
def test_render_s_log_is_the_same_in_all_its_forms(events, name):
    boot, request = events[name]
    assert (boot["format"], boot["message"]) == ("boot", "Connected to MongoDB")
    told = (request["format"], request["request_id"], request["duration_ms"], request["response_bytes"])
    assert told == ("render-request", "8f2c", 151.0, 812)
    # The text copy has no zone: nine hours are taken off that the dashboard's viewer may not have had.
    hours = 15 if name == "render.cli.txt" else 0
    assert (boot["ts"].hour - hours, boot["ts"].minute) == (0, 59)
    assert boot["ts_source"] == "envelope"


def test_stacks_of_pino_winston_and_the_console_belong_to_their_records(events):
    assert events["pino.ndjson"][2]["message"].startswith("boom\nError: boom\n    at Object.<anonymous> (")
    assert events["winston.ndjson"][1]["message"].startswith("db down\nError: db down\n    at ")
    failure = events["app.console.log"][-1]
    assert (failure["format"], failure["line_count"]) == ("controller-error", 3)


def test_no_password_is_left(events):
    assert all("s3cr3t" not in str(found) for found in events.values())
