"""Channels that fail, hang, limit or hide nothing: what fails is told again, nothing hangs, nothing leaks."""

import time
from datetime import timedelta

import pytest
from alert_lab import NOW, Home, channel, listener

from pipeline.config.alerts import Alerts, Channel


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def test_what_a_channel_did_not_take_is_sent_by_the_next_run_and_not_before_it_may_be(home, monkeypatch):
    with listener() as told:
        alerts = channel(told, monkeypatch)
        told.status, told.headers = 429, {"Retry-After": "3600"}
        first = home(alerts, 0.5)
        assert first.told[0].problem == "HTTP 429"
        assert home(alerts, 0.5, now=NOW + timedelta(minutes=59)).told == ()
        told.status, told.headers = 200, {}
        assert home(alerts, 0.5, now=NOW + timedelta(minutes=60)).told[0].problem is None
        assert home(alerts, 0.5, now=NOW + timedelta(hours=2)).told == ()
    waiting = home.store.outbox()
    assert [(w.state, w.attempts) for w in waiting] == [("sent", 2)]


def test_a_channel_that_asked_for_time_gets_nothing_newer_either_and_then_all_in_order(home, monkeypatch):
    with listener() as told:
        alerts = channel(told, monkeypatch, short=True, severities=("critical",))
        told.status, told.headers = 429, {"Retry-After": "7200"}
        home(alerts, 0.5)
        told.status, told.headers = 200, {}
        assert home(alerts, 0.5, days=1, now=NOW + timedelta(hours=1)).told == ()
        assert home(alerts, 0.5, days=1, now=NOW + timedelta(hours=2)).told[0].problem is None
    assert told.heard[-1]["message"].splitlines() == [
        "[CRITICAL] The API fails too many requests (2025-06-20)",
        "[CRITICAL] still firing: The API fails too many requests (2025-06-21)",
    ]


def test_a_channel_that_hangs_costs_its_time_and_keeps_no_other_from_being_told(home, monkeypatch):
    with listener() as slow, listener() as quick:
        slow.hangs.set()
        monkeypatch.setenv("H33_SLOW", slow.url)
        monkeypatch.setenv("H33_QUICK", quick.url)
        channels = (Channel("slow", "env:H33_SLOW"), Channel("quick", "env:H33_QUICK"))
        began = time.monotonic()
        outcomes = home(Alerts(channels=channels, timeout=7), 0.5).told
        assert time.monotonic() - began < 7 + 5
    assert {o.job.name: o.problem for o in outcomes} == {"slow": "no answer in time", "quick": None}
    assert len(quick.heard) == 1


def test_a_channel_that_is_not_there_is_told_without_its_address(home, monkeypatch):
    monkeypatch.setenv("H33_HOOK", "json://127.0.0.1:9/hook/S3CRETTOKEN")
    alerts = Alerts(channels=(Channel("hook", "env:H33_HOOK"), Channel("none", "env:H33_NOWHERE")), timeout=8)
    outcomes = home(alerts, 0.5).told
    assert [o.problem for o in outcomes] == ["no connection", "env:H33_NOWHERE: holds no address"]
    kept = (home.folder / "state" / "alerts.sqlite").read_bytes()
    assert b"S3CRETTOKEN" not in kept
    assert not any("S3CRETTOKEN" in str(o) for o in outcomes)


def test_a_secret_file_that_others_may_read_is_refused(home):
    secret = home.folder / "hook"
    secret.write_text("json://127.0.0.1:9/x")
    secret.chmod(0o640)
    outcomes = home(Alerts(channels=(Channel("hook", f"file:{secret}"),)), 0.5).told
    assert outcomes[0].problem == f"file:{secret}: others may read it (mode 0640); chmod 600 hook"
