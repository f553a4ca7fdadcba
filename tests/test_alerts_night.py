"""A night's alarms: who is told what, once; what fails is told again; nothing hangs, nothing leaks."""

import json
import os
import signal
import sqlite3
import stat
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from alert_lab import listener
from lake_rows import make_lake
from summaries import DAY, result, settings, summary

from pipeline.alerts import night
from pipeline.alerts.store import Run, Store, missed
from pipeline.config import Paths
from pipeline.config.alerts import Alerts, Channel, Measure
from pipeline.errors import H33Error
from pipeline.instants import day_of
from pipeline.summary import Earlier, Verdict

NOW = datetime(2025, 6, 20, 15, 20, tzinfo=UTC)
FAILED = {
    "ts": "2025-06-20T03:00:00Z",
    "http_method": "GET",
    "http_route": "/api/books",
    "http_path": "/api/books",
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return a function that runs a night: days after 20 June 2025, the API's error rate of that day."""
    events = [{**FAILED, "http_status": 500, "source": "a.log", "line_no": 7}]
    snapshot = make_lake(tmp_path / "lake", events=events).snapshot()
    paths = Paths(tmp_path / "landing", tmp_path / "lake", tmp_path / "state", tmp_path / "reports")

    def run(alerts, rate, days=0, now=None):
        day = day_of(DAY.date + timedelta(days=days), DAY.start.astimezone().tzinfo) if days else DAY
        judged = result("api_error_rate", rate, None if rate is None else 1000)
        told = replace(
            summary(judged),
            day=replace(day, date=DAY.date + timedelta(days=days), start=DAY.start, end=DAY.end),
        )
        at = now or NOW + timedelta(days=days)
        return night.raise_alarms(snapshot, told, settings(paths=paths, alerts=alerts), "/pages/kpi.html", at)

    run.snapshot = snapshot
    run.store = Store(paths.state)
    run.folder = tmp_path
    return run


def channel(told, monkeypatch, **keys):
    monkeypatch.setenv("H33_HOOK", told.url)
    return Alerts(channels=(Channel("hook", "env:H33_HOOK", **keys),), timeout=8)


def test_an_alarm_is_told_once_with_its_figure_its_limit_and_the_raw_line(home, monkeypatch):
    with listener() as told:
        alerts = channel(told, monkeypatch)
        home(alerts, 0.5)
        home(alerts, 0.5)
    assert len(told.heard) == 1
    heard = told.heard[0]
    assert heard["title"] == "[CRITICAL] The API fails too many requests (2025-06-20)"
    assert "50.00 %" in heard["message"].replace("\u00a0", " ")
    assert "a.log:7 GET /api/books 500" in heard["message"]
    assert "h33 alerts explain api_errors --date 2025-06-20" in heard["message"]
    assert heard["type"] == "failure"


def test_a_critical_alarm_holds_the_warning_of_its_figure_back(home, monkeypatch):
    with listener() as told:
        alerts = channel(told, monkeypatch)
        home(alerts, 0.5)
        home(alerts, 0.5, days=1)
        home(alerts, 0.02, days=2)
        home(alerts, 0.02, days=3)
    titles = [heard["title"] for heard in told.heard]
    assert titles[:2] == [
        "[CRITICAL] The API fails too many requests (2025-06-20)",
        "[CRITICAL] still firing: The API fails too many requests (2025-06-21)",
    ]
    assert titles[2] == "2 alarms of 2025-06-23"
    assert "[CRITICAL] resolved: The API fails too many requests" in told.heard[2]["message"]
    assert "[WARNING] API errors are above the goal" in told.heard[2]["message"]
    assert len(titles) == 3


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


def test_a_silenced_alarm_is_told_when_the_silence_ends(home, monkeypatch):
    with listener() as told:
        alerts = channel(told, monkeypatch, severities=("critical",))
        home.store.silence("api_errors", NOW + timedelta(hours=30), "known")
        home(alerts, 0.5)
        home(alerts, 0.5, days=1)
        assert told.heard == []
        home(alerts, 0.5, days=2)
    assert [heard["title"] for heard in told.heard] == [
        "[CRITICAL] The API fails too many requests (2025-06-22)"
    ]


def test_late_data_that_make_a_day_good_withdraw_its_alarm(home, monkeypatch):
    with listener() as told:
        alerts = channel(told, monkeypatch)
        home(alerts, 0.5)
        home(alerts, 0.001)
    assert told.heard[1]["title"] == "[CRITICAL] withdrawn: The API fails too many requests (2025-06-20)"
    assert told.heard[1]["type"] == "success"


def test_a_day_older_than_the_newest_is_written_down_and_not_told(home, monkeypatch):
    with listener() as told:
        alerts = channel(told, monkeypatch)
        home(alerts, 0.001, days=3)
        late = home(alerts, 0.5)
    assert late.late
    assert told.heard == []
    assert home.store.newest()["api_errors"][0] == date(2025, 6, 23)


def late_day(earlier, value=0.5, days=-2):
    """The summary of a day that late data renewed: what was published of its error rate before, and now."""
    judged = replace(result("api_error_rate", value), earlier=Earlier(Verdict(earlier), 0.001, 900, 1))
    return replace(summary(judged), day=replace(DAY, date=DAY.date + timedelta(days=days)))


def test_late_data_that_make_an_earlier_day_bad_are_told_once_and_move_no_state(home, monkeypatch):
    with listener() as told:
        alerts = channel(told, monkeypatch)
        paths = Paths(*[home.folder / name for name in ("landing", "lake", "state", "reports")])
        today = summary(result("api_error_rate", 0.001))
        for _ in range(2):
            night.raise_alarms(
                home.snapshot,
                today,
                settings(paths=paths, alerts=alerts),
                "/today",
                NOW,
                [(late_day("PASS"), "/old")],
            )
    assert [heard["title"] for heard in told.heard] == [
        "[CRITICAL] by late data: The API fails too many requests (2025-06-18)"
    ]
    assert "page: /old" in told.heard[0]["message"]
    assert {day for day, _ in home.store.newest().values()} == {DAY.date}
    assert home.store.newest()["api_errors"][1].state == "ok"


@pytest.mark.parametrize(
    ("late", "silent"),
    [
        (late_day("FAIL"), False),
        (late_day("PASS", value=0.002), False),
        (late_day("PASS", days=-8), False),
        (late_day("PASS"), True),
    ],
    ids=["was bad before", "is good", "older than a week", "silenced"],
)
def test_late_data_are_no_news_where(home, monkeypatch, late, silent):
    monkeypatch.setenv("H33_HOOK", "json://127.0.0.1:9/")
    alerts = Alerts(channels=(Channel("hook", "env:H33_HOOK"),), timeout=8)
    if silent:
        for rule in ("api_errors", "api_errors_above_goal"):
            home.store.silence(rule, NOW + timedelta(days=1), None)
    paths = Paths(*[home.folder / name for name in ("landing", "lake", "state", "reports")])
    today = summary(result("api_error_rate", 0.001))
    night.raise_alarms(
        home.snapshot, today, settings(paths=paths, alerts=alerts), "/p", NOW, [(late, "/old")]
    )
    assert home.store.outbox() == []


def test_hostile_log_text_calls_nobody(tmp_path, monkeypatch):
    hostile = "/<!channel>/@everyone/`x`*b*|c\x1b[31m"
    events = [{**FAILED, "http_path": hostile, "http_status": 500, "source": "a.log", "line_no": 1}]
    snapshot = make_lake(tmp_path / "lake", events=events).snapshot()
    paths = Paths(tmp_path / "landing", tmp_path / "lake", tmp_path / "state", tmp_path / "reports")
    with listener() as told:
        alerts = channel(told, monkeypatch)
        judged = summary(result("api_error_rate", 0.5))
        night.raise_alarms(snapshot, judged, settings(paths=paths, alerts=alerts), "/p", NOW)
    message = told.heard[0]["message"]
    assert "‹!channel›/＠everyone/ˋxˋ∗b∗¦c\\x1b[31m" in message
    line = next(part for part in message.splitlines() if part.startswith("·"))
    assert not set(line) & set("<>@`*|\x1b")


def test_short_channels_get_titles_only_and_korean_ones_korean(home, monkeypatch):
    with listener() as told:
        home(channel(told, monkeypatch, language="ko", short=True), 0.5)
    assert (told.heard[0]["title"], told.heard[0]["message"]) == (
        "",
        "[심각] API 오류가 너무 많습니다 (2025-06-20)",
    )


def test_a_measure_runs_once_gets_the_verdict_and_is_off_by_default(home):
    script = ("sh", "-c", "cat > got.json; echo done; exit 3")
    off = Alerts(measures={"rollback": Measure(script)})
    assert home(off, 0.5).taken == ()
    home.store.path.unlink()
    os.chdir(home.folder)
    on = Alerts(measures={"rollback": Measure(script, enabled=True)})
    taken = home(on, 0.5).taken
    assert [(t.rule, t.measure, t.exit_code, t.output) for t in taken] == [
        ("api_errors", "rollback", 3, "done")
    ]
    got = json.loads((home.folder / "got.json").read_text())
    assert (got["alarm"], got["verdict"], got["value"], got["day"]) == (
        "api_errors",
        "FAIL",
        0.5,
        "2025-06-20",
    )
    assert home(on, 0.5).taken == ()


def test_a_measure_that_does_not_end_is_stopped_with_its_children(home):
    endless = Measure(("sh", "-c", "echo begun; sleep 600 & wait"), timeout=1, enabled=True)
    began = time.monotonic()
    taken = home(Alerts(measures={"rollback": endless}), 0.5).taken
    assert (taken[0].exit_code, taken[0].output) == (None, "stopped after 1 s: begun")
    assert time.monotonic() - began < 60


def test_a_service_that_a_measure_leaves_running_is_not_waited_for(home):
    detached = (
        "import subprocess, sys; c = subprocess.Popen(['sleep', '600'], start_new_session=True); print(c.pid)"
    )
    measure = Measure((sys.executable, "-c", detached), timeout=30, enabled=True)
    began = time.monotonic()
    taken = home(Alerts(measures={"rollback": measure}), 0.5).taken
    try:
        assert (taken[0].exit_code, taken[0].output.isdigit()) == (0, True)
        assert time.monotonic() - began < 25
    finally:
        os.kill(int(taken[0].output), signal.SIGKILL)


def test_a_day_takes_a_measure_once_whatever_number_of_rules_name_it(home):
    """The tickets' surge and the API's errors both name a rollback: two would go back two releases."""
    script = ("sh", "-c", "cat > /dev/null; echo x >> rollbacks")
    alerts = Alerts(measures={"rollback": Measure(script, enabled=True)})
    os.chdir(home.folder)
    day = summary(result("api_error_rate", 0.5), result("complaints", 500.0, 24, before=2.0))
    paths = Paths(*[home.folder / name for name in ("landing", "lake", "state", "reports")])
    told = night.raise_alarms(
        home.snapshot, day, settings(paths=paths, alerts=alerts), "/pages/kpi.html", NOW
    )
    assert {"api_errors", "complaint_surge"} <= set(told.firing)
    assert (home.folder / "rollbacks").read_text() == "x\n"


def test_people_are_told_before_a_measure_that_takes_long(home, monkeypatch):
    """The measure looks at what the channel has heard when it starts."""
    with listener() as told:
        seen = []
        monkeypatch.setattr(
            "pipeline.alerts.measures._run", lambda *_: (seen.append(len(told.heard)), (0, ""))[1]
        )
        alerts = channel(told, monkeypatch)
        home(replace(alerts, measures={"rollback": Measure(("true",), enabled=True)}), 0.5)
    assert seen == [1]


def test_the_memory_is_private_and_a_broken_one_is_told_in_one_line(home):
    home(Alerts(), 0.5)
    assert stat.S_IMODE(home.store.path.stat().st_mode) == 0o640
    home.store.path.write_bytes(b"no database at all" * 100)
    with pytest.raises(H33Error, match="memory cannot be used: file is not a database; move it away"):
        home(Alerts(), 0.5)


def test_a_newer_memory_is_refused(home):
    home(Alerts(), 0.5)
    with sqlite3.connect(home.store.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(H33Error, match="written by a newer h33"):
        home(Alerts(), 0.5)


def test_a_good_night_fetches_the_dead_mans_address(home, monkeypatch):
    with listener() as told:
        monkeypatch.setenv("H33_DEAD_MAN", f"http://127.0.0.1:{told.port}/ping/abc")
        set_up = settings(
            paths=Paths(*[home.folder / n for n in ("l", "lake", "state", "r")]),
            alerts=Alerts(dead_man="env:H33_DEAD_MAN"),
        )
        outcome = night.finish(set_up, summary(result("api_error_rate", 0.001)), NOW)
    assert (outcome.problem, told.fetched) == (None, ["/ping/abc"])
    assert home.store.last_run().finished == NOW


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (35.99, None),
        (36, "no nightly run for 1 night: the last one finished 2025-06-20 15:20 UTC"),
        (60, "no nightly run for 2 nights: the last one finished 2025-06-20 15:20 UTC"),
    ],
)
def test_a_night_without_a_run_is_told(tmp_path, hours, told):
    assert missed(tmp_path, NOW) is None
    Store(tmp_path).finished(Run(NOW, DAY.date, "PASS"))
    assert missed(tmp_path, NOW + timedelta(hours=hours)) == told
