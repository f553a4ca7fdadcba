"""A night's alarms: who is told what, once, in which words."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from alert_lab import FAILED, NOW, Home, channel, listener
from lake_rows import make_lake
from summaries import DAY, result, settings, summary

from pipeline.alerts import night
from pipeline.config import Paths
from pipeline.config.alerts import Alerts, Channel
from pipeline.summary import Earlier, Verdict


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def test_an_alarm_is_told_once_with_its_figure_its_limit_and_the_raw_line(home, monkeypatch):
    with listener() as told:
        alerts = channel(told, monkeypatch)
        home(alerts, 0.5)
        home(alerts, 0.5)
    assert len(told.heard) == 1
    heard = told.heard[0]
    assert heard["title"] == "[CRITICAL] The API fails too many requests (2025-06-20)"
    assert "50.00 %" in heard["message"].replace("\u00a0", " ")
    assert "· 06-20 12:00:00.000 a.log:7 GET /api/books 500" in heard["message"]
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
        today = summary(result("api_error_rate", 0.001))
        for _ in range(2):
            night.raise_alarms(
                home.snapshot,
                today,
                home.settings(alerts),
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
    today = summary(result("api_error_rate", 0.001))
    night.raise_alarms(home.snapshot, today, home.settings(alerts), "/p", NOW, [(late, "/old")])
    assert home.store.outbox() == []


def test_lines_of_one_line_of_a_page_are_told_apart_by_their_instants(tmp_path, monkeypatch):
    events = [
        {**FAILED, "ts": f"2025-06-20T03:00:00.{ms}Z", "http_status": 500, "source": "p.json", "line_no": 1}
        for ms in ("007", "250999")
    ]
    snapshot = make_lake(tmp_path / "lake", events=events).snapshot()
    with listener() as told:
        home = Home(tmp_path / "home")
        judged, set_up = summary(result("api_error_rate", 0.5)), home.settings(channel(told, monkeypatch))
        night.raise_alarms(snapshot, judged, set_up, "/p", NOW)
    lines = [line for line in told.heard[0]["message"].splitlines() if line.startswith("·")]
    assert lines == [
        "· 06-20 12:00:00.250 p.json:1 GET /api/books 500",
        "· 06-20 12:00:00.007 p.json:1 GET /api/books 500",
    ]


@pytest.mark.parametrize(("count", "said"), [(0, "0 probes"), (1, "1 probe"), (2, "2 probes")])
def test_english_counts_in_messages_have_their_plural(home, monkeypatch, count, said):
    with listener() as told:
        judged = summary(result("database_lost", float(count), 60, before=0.0))
        night.raise_alarms(home.snapshot, judged, home.settings(channel(told, monkeypatch)), "/p", NOW)
    messages = [heard["message"] for heard in told.heard]
    assert [f"{said} found the database disconnected, above" in text for text in messages] == [True] * bool(
        count
    )


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
