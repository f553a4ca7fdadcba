"""`h33 alerts` as people meet it: lists, explains, silences, tests a channel, sends what waits."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from alert_lab import listener
from command_lab import enter, run
from lake_rows import make_lake
from summaries import DAY, result, settings, summary

from pipeline.alerts import night
from pipeline.alerts.records import Run
from pipeline.alerts.store import Store
from pipeline.config import Paths
from pipeline.config.alerts import Alerts, Channel
from pipeline.lake import Lake

NOW = datetime.now(UTC)


@pytest.fixture
def h33(tmp_path, monkeypatch):
    """Run a command line beside a lake of two failed requests and a channel; return code, stdout, stderr."""
    enter(tmp_path, monkeypatch)
    (tmp_path / "h33.toml").write_text('[[alerts.channel]]\nname = "hook"\nurl = "env:H33_HOOK"\n')
    rows = [
        {
            "ts": f"2025-06-20T03:00:0{i}Z",
            "http_method": "GET",
            "http_path": f"/api/books/{i}",
            "http_route": "/api/books/:id",
            "http_status": 500,
            "source": "render/a.json",
            "line_no": i,
        }
        for i in (1, 2)
    ]
    make_lake(tmp_path / "data" / "lake", events=rows)
    return run


def fire(root, now=NOW):
    """Let the API's alarm fire for 20 June 2025 without sending."""
    data = root / "data"
    paths = Paths(data / "landing", data / "lake", data / "state", data / "reports")
    alerts = Alerts(channels=(Channel("hook", "env:H33_HOOK"),), timeout=8)
    judged = summary(result("api_error_rate", 0.5))
    night.raise_alarms(Lake(paths.lake).snapshot(), judged, settings(paths=paths, alerts=alerts), "/p", now)


def test_the_list_names_every_rule_with_its_state_and_what_waits(h33, tmp_path, monkeypatch):
    assert json.loads(h33("alerts", "list", "--format", "json")[1])["waiting"] == []
    monkeypatch.setenv("H33_HOOK", "json://127.0.0.1:9/")
    fire(tmp_path)
    code, out, _ = h33("alerts", "list", "--format", "json")
    told = json.loads(out)
    states = {row["alarm"]: row["state"] for row in told["alarms"]}
    assert code == 0
    assert (states["api_errors"], states["mongo_connection"]) == ("firing", "nodata")
    assert [(w["alarm"], w["channel"], w["problem"]) for w in told["waiting"]] == [
        ("api_errors", "hook", "no connection")
    ]
    table = h33("alerts", "list", "--format", "table")[1]
    assert "waits for hook: [CRITICAL] The API fails too many requests (2025-06-20): no connection" in table
    assert "last night finished: none" in table


def test_instants_of_the_list_are_told_in_the_reporting_zone_and_json_stays_english(h33, tmp_path):
    state = Store(tmp_path / "data" / "state")
    state.finished(Run(datetime(2025, 6, 20, 16, 10, tzinfo=UTC), DAY.date, "PASS"))
    state.silence("api_errors", datetime(2999, 1, 1, 15, tzinfo=UTC), None)
    table = h33("--lang", "ko", "alerts", "list", "--format", "table")[1]
    assert "api_errors: 2999-01-02 00:00+09:00까지 알리지 않음" in table
    assert "마지막 야간 실행이 끝난 시각: 2025-06-21 01:10+09:00" in table
    assert table.splitlines()[0].split() == ["알람", "심각도", "상태", "시작", "내용"]
    assert table.splitlines()[1].split()[:2] == ["api_errors", "심각"]
    told = json.loads(h33("--lang", "ko", "alerts", "list", "--format", "json")[1])
    assert {row["alarm"]: row["title"] for row in told["alarms"]}["complaint_surge"] == "Complaints surge"


def test_check_lists_as_json_hold_keys_and_bare_verdicts_in_english(h33):
    rows = json.loads(
        h33("--lang", "ko", "kpi", "--date", "2025-06-20", "--checklist", "danger", "--format", "json")[1]
    )
    assert [(row["item"], row["verdict"]) for row in rows][1] == ("latency", "NODATA")
    assert rows[1]["title"] == "Response time above 3 s for 3 hours"
    assert rows[1]["evidence"].isascii()


def test_an_option_of_h33_after_the_command_is_told_where_it_stands(h33):
    code, _, err = h33("alerts", "list", "--lang", "ko")
    assert (code, err) == (2, "h33: --lang stands before the command: `h33 --lang … alerts list`\n")
    assert h33("kpi", "--windw", "day")[2] == (
        "h33: No such option '--windw'. Did you mean '--window'? see `h33 kpi --help`\n"
    )


def test_explain_shows_the_figure_its_sql_and_the_raw_lines_with_their_place(h33):
    code, out, err = h33("alerts", "explain", "api_errors", "--date", "2025-06-20")
    assert (code, err) == (0, "")
    assert "2025-06-20 FAIL: The server failed 100.00" in out.replace("\u00a0", " ")
    assert "FROM request_counts($since, $until)" in out
    lines = [line for line in out.splitlines() if "render/a.json" in line]
    assert lines == [
        "06-20 12:00:02.000 render/a.json:2 GET /api/books/2 500",
        "06-20 12:00:01.000 render/a.json:1 GET /api/books/1 500",
    ]


def test_korean_narration_has_no_english_sentence(h33, tmp_path, monkeypatch):
    """What an engineer reads in the terminal; names that are typed stay as they are."""
    monkeypatch.setenv("H33_HOOK", "json://127.0.0.1:9/")
    fire(tmp_path)
    assert "hook 전송 대기: [CRITICAL]" in h33("--lang", "ko", "alerts", "list", "--format", "table")[1]
    told = h33("--lang", "ko", "alerts", "explain", "api_errors", "--date", "2025-06-20")[1].splitlines()
    assert told[:2] == [
        "API 오류가 너무 많습니다 (심각, api_errors)",
        "api_error_rate 판정이 하루 FAIL이면 울립니다. 조치: rollback",
    ]
    monkeypatch.setenv("H33_HOOK", "json://127.0.0.1:9/")
    assert h33("--lang", "ko", "alerts", "test", "hook")[:2] == (1, "hook: 연결할 수 없음\n")
    code, _, err = h33("--lang", "ko", "alerts", "silence", "api_errors", "--until", "now")
    assert (code, err) == (0, "api_errors: 다시 알립니다\n")


def test_korean_tables_of_figures_have_korean_heads_and_json_keeps_the_names(h33):
    day = ("--lang", "ko", "kpi", "--date", "2025-06-20")
    heads = h33(*day, "--format", "table")[1].splitlines()[0].split()
    assert heads == ["지표", "판정", "값", "n", "이전", "중앙값"]
    items = h33(*day, "--checklist", "danger", "--format", "markdown")[1].splitlines()[0]
    assert [cell.strip() for cell in items.strip("|").split("|")] == ["점검표", "항목", "판정", "확인 내용"]
    listed = json.loads(h33("--lang", "ko", "kpi", "--list", "--format", "json")[1])
    assert {"figure", "warn", "set_by"} <= set(listed[0])


def test_missed_nights_are_told_by_whatever_runs_next_and_under_quiet_too(h33, tmp_path):
    state = tmp_path / "data" / "state"
    Store(state).finished(Run(datetime(2025, 6, 20, 16, 10, tzinfo=UTC), DAY.date, "PASS"))
    for command in (("kpi", "--date", "2025-06-20"), ("alerts",), ("report", "coverage"), ("status",)):
        told = h33("--quiet", *command)[2].splitlines()[0]
        assert told.startswith("h33: no nightly run for "), command
        assert told.endswith(" nights: the last one finished 2025-06-21 01:10+09:00")
    assert h33("--lang", "ko", "alerts")[2].startswith("h33: 야간 실행이 ")
    night = h33("--quiet", "--lang", "ko", "daily", "--date", "2025-06-20")
    assert "마지막 실행은 2025-06-21 01:10+09:00에 끝났습니다" in night[2]
    assert night[1].startswith("2025-06-20 FAIL: FAIL 1개, ")
    assert h33("alerts")[2] == "", "the night that came ends it"


def test_an_unknown_alarm_names_the_nearest(h33):
    code, out, err = h33("alerts", "explain", "api_error")
    assert (code, out) == (2, "")
    assert err.startswith("h33: no alarm 'api_error'; did you mean api_errors? there are api_errors, ")


def test_a_silence_holds_until_its_date_and_now_ends_it(h33):
    assert h33("alerts", "silence", "api_errors", "--until", "2h", "--reason", "known")[0] == 0
    row = next(r for r in json.loads(h33("alerts")[1])["alarms"] if r["alarm"] == "api_errors")
    until = datetime.fromisoformat(row["silenced_until"])
    assert timedelta(hours=1, minutes=59) < until - datetime.now(UTC) <= timedelta(hours=2)
    assert h33("alerts", "silence", "api_errors", "--until", "now")[0] == 0
    row = next(r for r in json.loads(h33("alerts")[1])["alarms"] if r["alarm"] == "api_errors")
    assert row["silenced_until"] is None


def test_a_test_message_goes_to_the_channel_and_a_failure_is_exit_1(h33, monkeypatch):
    with listener() as told:
        monkeypatch.setenv("H33_HOOK", told.url)
        assert h33("alerts", "test", "hook")[:2] == (0, "hook: sent\n")
        told.status = 503
        assert h33("alerts", "test")[:2] == (1, "hook: HTTP 503\n")
    assert [heard["title"] for heard in told.heard] == ["h33: a test message"] * 2
    assert h33("alerts", "test", "nobody")[2] == "h33: no channel 'nobody'; there are hook\n"


def test_what_waits_is_sent_when_asked(h33, tmp_path, monkeypatch):
    monkeypatch.setenv("H33_HOOK", "json://127.0.0.1:9/")
    fire(tmp_path)
    with listener() as told:
        monkeypatch.setenv("H33_HOOK", told.url)
        assert h33("alerts", "send")[:2] == (0, "hook: sent\n")
        assert h33("alerts", "send")[:2] == (0, "")
    assert len(told.heard) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            '[[alerts.channel]]\nname = "x"\nurl = "https://hooks.example/T0KEN"\n',
            "alerts.channel[1].url is not a place",
        ),
        ('[[alerts.channel]]\nname = "x"\n', "alerts.channel[1] has no name or no url"),
        ("[alerts.rule.nothing]\nfor = 1\n", "alerts.rule.nothing is not a setting; there are api_errors"),
        ("[alerts.measure.rollback]\nenabled = true\n", "alerts.measure.rollback has no command"),
        ("[alerts]\ntimeout = 0\n", "alerts.timeout is below 1"),
    ],
)
def test_a_fault_in_the_settings_is_told_by_its_key_and_never_repeats_an_address(
    h33, tmp_path, text, problem
):
    (tmp_path / "h33.toml").write_text(text)
    code, out, err = h33("alerts")
    assert (code, out) == (2, "")
    assert f"h33.toml: {problem}" in err
    assert "T0KEN" not in err
