"""`h33 daily` and `h33 kpi` as cron and people meet them: one line, a page, a telling exit code."""

import json
import re
from datetime import UTC, datetime

import pytest
from command_lab import enter, run
from lake_rows import make_lake

from pipeline import instants, sql
from pipeline.lake import Lake

FIGURES = len(sql.names("kpi"))
LOG = "2025-06-20T10:00:00.000+09:00 INFO [queue] depth=3\n"


@pytest.fixture
def h33(tmp_path, monkeypatch):
    """Run a command line in a folder of its own; return exit code, stdout and stderr."""
    enter(tmp_path, monkeypatch)
    return run


@pytest.fixture
def landing(tmp_path):
    folder = tmp_path / "data" / "landing"
    folder.mkdir(parents=True)
    return folder


def requests(root, *statuses):
    """Make the default lake, which holds requests of 20 June with these statuses."""
    rows = [
        {
            "ts": "2025-06-20T03:00:00Z",
            "http_method": "GET",
            "http_route": "/api/books",
            "http_status": status,
        }
        for status in statuses
    ]
    make_lake(root / "data" / "lake", events=rows)


def test_a_night_prints_one_line_and_writes_the_page(h33, landing, tmp_path):
    (landing / "app.log").write_text(LOG, encoding="utf-8")
    code, out, err = h33("daily", "--date", "2025-06-20")
    page = tmp_path / "data" / "reports" / "2025-06-20" / "kpi.html"
    # The log tells of no lost connection and no error, and came whole; nothing else is known of the day.
    assert (code, out) == (0, f"2025-06-20 PASS: 4 PASS, {FIGURES - 4} NODATA; {page}\n")
    assert page.is_file()
    assert "1 ok" in err
    assert h33("daily", "--date", "2025-06-20") == (0, out, err.replace("1 ok", "1 unchanged"))


def test_quiet_leaves_the_one_line_alone(h33, landing):
    code, out, err = h33("--quiet", "daily", "--date", "2025-06-20")
    assert (code, out.count("\n"), err) == (0, 1, "")


@pytest.mark.parametrize(
    ("statuses", "verdict", "code"),
    [((200,) * 99 + (500,), "PASS", 0), ((200,) * 49 + (500,), "WARN", 10), ((200, 500), "FAIL", 11)],
)
def test_verdicts_become_exit_codes_only_when_asked_for(h33, landing, tmp_path, statuses, verdict, code):
    requests(tmp_path, *statuses)
    for command in ("daily", "kpi"):
        assert h33(command, "--date", "2025-06-20")[0] == 0
        assert h33(command, "--date", "2025-06-20", "--exit-code")[0] == code
    assert h33("daily", "--date", "2025-06-20")[1].startswith(f"2025-06-20 {verdict}: ")


def test_a_day_without_data_is_no_failure_unless_a_figure_is_required(h33, landing, tmp_path):
    code, out, _ = h33("daily", "--date", "2025-06-20", "--exit-code")
    assert (code, out.split(";")[0]) == (0, f"2025-06-20 NODATA: {FIGURES} NODATA")
    (tmp_path / "h33.toml").write_text("[kpi.api_error_rate]\nrequired = true\n", encoding="utf-8")
    code, out, _ = h33("daily", "--date", "2025-06-20", "--exit-code")
    assert (code, out.split(";")[0]) == (11, f"2025-06-20 FAIL: {FIGURES} NODATA")


def test_an_input_that_cannot_be_read_is_told_and_outranks_a_verdict(h33, landing, tmp_path):
    (landing / "app.log").write_text(LOG, encoding="utf-8")
    (landing / "core").write_bytes(bytes(range(256)) * 64)
    code, out, err = h33("daily", "--date", "2025-06-20", "--exit-code")
    assert code == 3
    assert "h33: core: " in err
    assert out.startswith("2025-06-20 PASS: 4 PASS")


def test_a_missing_landing_folder_is_named_and_the_page_still_comes(h33, tmp_path):
    code, out, err = h33("daily", "--date", "2025-06-20")
    assert code == 3
    assert f"h33: {tmp_path}/data/landing: no such file" in err
    assert (tmp_path / "data" / "reports" / "2025-06-20" / "kpi.html").is_file()
    assert out.count("\n") == 1


def test_another_run_in_the_lake_is_told_with_its_own_code(h33, landing, tmp_path):
    (landing / "app.log").write_text(LOG, encoding="utf-8")
    with Lake(tmp_path / "data" / "lake").writer():
        code, out, err = h33("daily", "--date", "2025-06-20")
    assert (code, out) == (4, "")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("timezone = 'Mars'", "timezone no time zone"),
        ("a = [", "not TOML"),
        ("[kpi.x]\nwarn = 1", "kpi.x is not"),
    ],
)
def test_settings_that_cannot_hold_stop_the_night_before_it_begins(h33, landing, tmp_path, settings, told):
    (tmp_path / "h33.toml").write_text(settings, encoding="utf-8")
    code, out, err = h33("daily")
    assert (code, out) == (2, "")
    assert re.fullmatch(rf"h33: {re.escape(str(tmp_path))}/h33\.toml: {told}[^\n]*\n", err)
    assert not (tmp_path / "data" / "lake").exists()


@pytest.mark.parametrize("date", ["2025-02-30", "soon", "24h", ""])
def test_a_date_that_is_none_is_told(h33, landing, date):
    for command in ("daily", "kpi"):
        code, out, err = h33(command, "--date", date)
        assert (code, out, err.count("\n")) == (2, "", 1)


def test_yesterday_is_the_reporting_zones(h33, landing, monkeypatch):
    seen = []
    real = instants.parse_day

    def at_a_fixed_time(text, zone, now):
        seen.append((text, str(zone)))
        return real(text, zone, datetime(2025, 6, 20, 16, tzinfo=UTC))

    monkeypatch.setattr(instants, "parse_day", at_a_fixed_time)
    # 16:00 UTC is the next day in Seoul already.
    assert h33("daily")[1].startswith("2025-06-20 ")
    assert h33("--timezone", "UTC", "daily")[1].startswith("2025-06-19 ")
    assert seen == [("yesterday", "Asia/Seoul"), ("yesterday", "UTC")]


def test_the_page_speaks_the_language_asked_for_and_json_stays_english(h33, landing, tmp_path):
    h33("--lang", "ko", "daily", "--date", "2025-06-20")
    folder = tmp_path / "data" / "reports" / "2025-06-20"
    assert '<html lang="ko">' in (folder / "kpi.html").read_text(encoding="utf-8")
    assert "일일 KPI 요약" in (folder / "kpi.md").read_text(encoding="utf-8")
    assert (folder / "kpi.json").read_text(encoding="utf-8").isascii()


def test_the_figures_of_a_day_in_every_format(h33, landing, tmp_path):
    requests(tmp_path, 200, 200, 500, 404)
    document = json.loads(h33("kpi", "--date", "2025-06-20", "--format", "json")[1])
    api = next(figure for figure in document["figures"] if figure["name"] == "api_error_rate")
    assert (api["value"], api["n"], api["verdict"]) == (0.25, 4, "FAIL")
    table = h33("kpi", "--date", "2025-06-20", "--format", "table")[1].splitlines()
    assert next(line.split() for line in table if line.startswith("api_error_rate ")) == [
        "api_error_rate", "✕", "FAIL", "25.00", "%", "4", "–", "–"
    ]  # fmt: skip
    assert max(map(len, table)) <= 80
    assert (
        "| API errors (5xx) | ✕ FAIL | 25.00 % |"
        in h33("kpi", "--date", "2025-06-20", "--format", "markdown")[1]
    )
    assert not (tmp_path / "data" / "reports").exists()


def test_the_list_says_every_limit_and_who_set_it(h33, landing, tmp_path):
    (tmp_path / "h33.toml").write_text("[kpi.api_error_rate]\nwarn = 0.02\n", encoding="utf-8")
    found = {row["figure"]: row for row in json.loads(h33("kpi", "--list", "--format", "json")[1])}
    assert len(found) == FIGURES
    api, rising = found["api_error_rate"], found["skew_over_1h_share"]
    assert (api["warn"], api["fail"], api["set_by"]) == ("> 2 %", "> 3 %", str(tmp_path / "h33.toml"))
    assert (rising["warn"], rising["fail"], rising["set_by"]) == ("rising", None, "plan")
    assert found["client_time_use_eligible"]["warn"] == "< 80 %"
