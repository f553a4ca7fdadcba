"""Reports of the user's own, and what `--explain` tells of any report."""

import re

import pytest
from command_lab import h33
from lake_rows import make_lake

GOOD = """\
-- purpose: How many records a day.
-- purpose.ko: 날마다 기록이 몇 개입니까?
-- param: since | DATE | 2025-06-20 | first day counted
-- column: date | DATE | UTC day
-- column: n | BIGINT | records
SELECT date, count(*) AS n FROM events WHERE date >= $since GROUP BY date ORDER BY date -- not $this
"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    rows = [{"ts": f"2025-06-{day}T01:00:00Z"} for day in (20, 21, 21, 22)]
    return make_lake(tmp_path_factory.mktemp("own") / "lake", events=rows)


@pytest.fixture
def ask(lake, tmp_path):
    """Return a function that writes a report and runs a command beside it."""
    (tmp_path / "h33.toml").write_text('[paths]\nqueries = "mine"\n')
    (tmp_path / "mine").mkdir()

    def run(name, text, *args):
        (tmp_path / "mine" / f"{name}.sql").write_text(text)
        return h33(lake.path, "--config", tmp_path / "h33.toml", *args)

    return run


def test_a_report_of_ones_own_is_listed_beside_ours_and_has_options(ask):
    _, listed, _ = ask("per_day", GOOD, "report")
    assert re.search(r"^per_day +How many records a day\.$", listed, flags=re.M)
    assert re.search(r"^latency_by_route ", listed, flags=re.M)
    _, shown, _ = ask("per_day", GOOD, "report", "per_day", "--help")
    assert "--since DATE" in shown
    assert "First day counted." in shown
    assert ask("per_day", GOOD, "report", "per_day", "--since", "2025-06-21") == (
        0,
        "date,n\n2025-06-21,2\n2025-06-22,1\n",
        "",
    )


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "message"),
    [
        ("a", "-- purpose: How", "-- note: How", 1, "no purpose; begin with `-- purpose: one sentence`"),
        ("a", "-- purpose: How", "--purpose: How", 1, "not a header line: '--purpose: How many"),
        ("a", "purpose.ko", "purpose", 2, "purpose stands twice; leave one of them"),
        (
            "a",
            " | first day counted",
            "",
            3,
            "4 parts separated by ' | ' are wanted; write `-- param: ",
        ),
        ("a", "| DATE | 2025", "| DAY | 2025", 3, "no type 'DAY'; there are TIMESTAMPTZ, DATE, BIGINT"),
        ("a", "date >= $since", "true", 3, "nothing uses $since; take the line out"),
        ("a", "date >= $since", "date >= $sinse", 6, "$sinse is not in the header; add `-- param: name |"),
        ("a", " | records", "", 5, "3 parts separated by ' | ' are wanted; write `-- column: name |"),
        ("gaps", "", "", 1, "h33 has a report 'gaps'; name the file otherwise"),
        ("My-Report", "", "", 1, "'My-Report' is no name of a report; name the file in a-z, 0-9 and _"),
    ],
)
def test_a_wrong_header_is_told_with_its_line_and_how_to_mend_it(
    name, old, new, line, message, ask, tmp_path
):
    text = GOOD.replace(old, new, 1) if old else GOOD
    place = f"{tmp_path}/mine/{name}.sql:{line}: "
    code, listed, said = ask(name, text, "report")
    assert code == 0
    assert said.startswith(place + message)
    assert re.search(r"^latency_by_route ", listed, flags=re.M)
    if name != "gaps":
        code, out, said = ask(name, text, "report", name)
        assert (code, out, said.count("\n")) == (2, "", 1)
        assert said.startswith(f"h33: {place}{message}")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("AS n", "AS m", 5, "'m' is not in the header; add `-- column: m | BIGINT | meaning`"),
        (
            "count(*) AS n",
            "count(*)::DOUBLE AS n",
            5,
            "'n' is of type DOUBLE; write DOUBLE, or cast it: CAST(… AS BIGINT)",
        ),
        (
            "SELECT date, count(*) AS n",
            "SELECT date",
            5,
            "the result has no column 'n'; take the line out, or name a column so: AS n",
        ),
        (
            "2025-06-20 |",
            "soon |",
            3,
            "the default is not a date: 'soon'; use a date (2025-06-20), today or yesterday",
        ),
        ("SELECT date", "SELEC date", 6, 'syntax error at or near "SELEC"'),
    ],
)
def test_a_result_a_default_or_a_text_that_does_not_fit_is_told_with_its_line(
    ask, tmp_path, old, new, line, message
):
    code, out, told = ask("a", GOOD.replace(old, new), "report", "a")
    assert (code, out, told) == (1 if line == 6 else 2, "", f"h33: {tmp_path}/mine/a.sql:{line}: {message}\n")


def test_a_header_may_call_a_type_by_its_short_name(ask):
    text = "-- purpose: x\n-- column: t | TIMESTAMPTZ | now\nSELECT TIMESTAMPTZ '2025-06-20 00:00+00' AS t\n"
    assert ask("t", text, "report", "t") == (0, "t\n2025-06-20T00:00:00.000000Z\n", "")


def test_a_report_of_ones_own_runs_behind_the_walls(ask, tmp_path):
    text = GOOD.replace("FROM events", f"FROM read_text('{tmp_path}/h33.toml'), events")
    code, out, said = ask("peep", text, "report", "peep")
    assert (code, out) == (1, "")
    assert "out of reach" in said


def test_explain_shows_sql_snapshot_and_just_the_files_that_are_read(ask, lake):
    code, out, _ = ask("per_day", GOOD, "report", "per_day", "--since", "2025-06-21", "--explain")
    assert code == 0
    files = [file for file in lake.snapshot().files("events") if file.partition["date"] >= "2025-06-21"]
    assert f"-- per_day over {lake.path}, snapshot 1, committed 2" in out
    assert "-- $since = 2025-06-21\nSELECT date, count(*) AS n FROM events" in out
    assert f"\n-- 2 files read, {sum(file.bytes for file in files):,} bytes\n" in out
    assert [line[3:] for line in out.splitlines() if line.endswith(".parquet")] == [f.name for f in files]


def test_explain_tells_the_files_of_a_span_that_cuts_hours_and_holds_a_day(ask, tmp_path):
    requests = [
        {"ts": f"2025-06-{day}T01:40:00Z", "http_method": "GET", "http_route": "/a", "http_status": 200}
        for day in (19, 20, 21, 22)
    ]
    counted = make_lake(tmp_path / "counted", events=requests)
    span = ("--since", "2025-06-19T01:30Z", "--until", "2025-06-21T00:30Z")
    out = h33(counted.path, "report", "latency_by_route", *span, "--explain")[1]
    read = [line.split("/")[0:2] for line in out.splitlines() if line.endswith(".parquet")]
    assert [(table.removeprefix("-- "), day.removeprefix("date=2025-06-")) for table, day in read] == [
        ("events", "19"),
        ("events", "21"),
        ("rollups", "19"),
        ("rollups", "21"),
        ("daily_rollups", "20"),
    ]


def test_explain_runs_nothing_that_stands_behind_the_question(ask, tmp_path):
    text = GOOD.rstrip() + f"\n; COPY (SELECT 1) TO '{tmp_path}/out'"
    code, out, _ = ask("two", text, "report", "two", "--explain")
    assert (code, out) == (1, "")
    assert not (tmp_path / "out").exists()


def test_the_nearest_of_both_kinds_is_named(ask):
    code, _, said = ask("per_day", GOOD, "report", "per_dya")
    assert code == 2
    assert said.startswith("h33: no report 'per_dya'; did you mean per_day?")
