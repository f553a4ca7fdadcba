"""`h33 skew` over a lake: the readings of its memos, and the zones that the app refused."""

import json
from datetime import UTC, datetime

import pytest
from lake_rows import make_lake
from skew_lab import DAY, HOUR, START, delayed, steady

from pipeline.cli import main


def iso(seconds):
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def memos(user, pairs):
    return [
        {
            "created_at": iso(server),
            "client_created_at": iso(client),
            "client_state": "value",
            "user_id": user,
            "origin_session": f"{user}-{number}",
        }
        for number, (server, client) in enumerate(pairs)
    ]


def check(seconds, session, **told):
    return {
        "ts": iso(seconds),
        "format": "time-processor",
        "session_id": session,
        "attrs": json.dumps(told),
    }


@pytest.fixture
def h33(capfd, monkeypatch, tmp_path):
    """Return what `h33 skew` writes as JSON over a lake of three users."""
    monkeypatch.chdir(tmp_path)
    documents = [
        *memos("seoul", steady(9 * HOUR)),
        *memos("right", steady(0)),
        *memos("offline", delayed(0, 20, [2000.0 * n for n in range(1, 11)])),
        *memos("before", [(START - 40 * DAY, START - 40 * DAY)]),
        {"created_at": iso(START), "client_state": "null", "user_id": "fallen back"},
    ]
    events = [
        check(START, "seoul-0", outcome="client", timezone="Asia/Seoul", offset_min=-540),
        check(START, "x", outcome="server", reason="bad_zone", timezone="Pacific/Chatham", offset_min=-765),
        check(START, "y", outcome="server", reason="bad_zone", timezone="Asia/Seoul", offset_min=540),
    ]
    make_lake(tmp_path / "lake", documents=documents, events=events)
    since = ["--since", iso(START - DAY), "--until", iso(START + 30 * DAY)]

    def run(*args):
        with pytest.raises(SystemExit) as left:
            main(["--lake", str(tmp_path / "lake"), "skew", *args, *since, "--format", "json"])
        assert not left.value.code
        return json.loads(capfd.readouterr().out)

    return run


def test_the_users_of_the_lake_are_the_devices(h33):
    assert {row["device"]: (row["class"], row["n"]) for row in h33()} == {
        "offline": ("queued", 20),
        "right": ("ok", 20),
        "seoul": ("zone", 20),
    }


def test_shares_go_by_what_the_app_printed(h33):
    rows = [(row["value"], row["memos"], row["wrong"], row["devices"]) for row in h33("--by", "zone")]
    assert rows == [("Asia/Seoul", 1, 1, 1), (None, 59, 19, 3)]


def test_the_apps_own_refusals_show_with_whose_fault_they_are(h33):
    rows = [(row["zone"], row["refused"], row["verdict"]) for row in h33("--show", "fallbacks")]
    assert rows == [("Asia/Seoul", 1, "wrong_offset"), ("Pacific/Chatham", 1, "app_fault")]


def test_a_lake_without_memos_gives_an_empty_array(capfd, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for show in ("devices", "shares", "changes", "outliers", "fallbacks"):
        with pytest.raises(SystemExit) as left:
            main(["--lake", "none", "--quiet", "skew", "--show", show, "--format", "json"])
        assert (left.value.code, json.loads(capfd.readouterr().out)) == (0, [])
