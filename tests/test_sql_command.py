"""`h33 sql` and `h33 report`: what they answer, what they refuse, and where rows go."""

import json

import pyarrow.parquet as pq
import pytest
from command_lab import h33
from lake_rows import make_lake

from pipeline import sql

ROWS = [
    {"ts": "2025-06-20T01:00:00.431Z", "message": "메모 저장", "severity": "info"},
    {"ts": "2025-06-20T02:00:00Z", "message": "=cmd()\x1b[31m", "severity": "error"},
    {"ts": "2025-06-20T02:30:00Z", "http_method": "GET", "http_status": 500, "duration_ms": 5},
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return make_lake(tmp_path_factory.mktemp("ask") / "lake", events=ROWS).path


def test_rows_come_out_as_csv_in_a_pipe_and_instants_in_utc(lake):
    asked = h33(lake, "sql", "SELECT ts, message FROM events WHERE severity IS NOT NULL ORDER BY ts")
    assert asked == (
        0,
        "ts,message\n2025-06-20T01:00:00.431000Z,메모 저장\n2025-06-20T02:00:00.000000Z,'=cmd()\x1b[31m\n",
        "",
    )


def test_a_statement_may_stand_in_a_file_or_come_by_stdin(lake, tmp_path):
    file = tmp_path / "ask.sql"
    file.write_text("SELECT count(*) AS n -- of all\nFROM events;\n")
    assert h33(lake, "sql", file) == (0, "n\n3\n", "")
    assert h33(lake, "sql", "-", stdin=b"SELECT 1 AS one") == (0, "one\n1\n", "")


def test_a_statement_may_begin_with_a_remark_and_a_wrong_option_is_told(lake):
    assert h33(lake, "sql", "-- how many\nSELECT 1 AS one") == (0, "one\n1\n", "")
    assert h33(lake, "sql", "--how", "SELECT 1 AS one")[0] == 2


def test_days_and_hours_are_those_of_the_reporting_zone(lake):
    _, out, _ = h33(lake, "sql", "SELECT hour(ts) AS h, local_day(ts) AS d FROM events ORDER BY ts LIMIT 1")
    assert out == "h,d\n10,2025-06-20\n"


def test_tables_and_views_can_be_looked_at_and_tell_what_they_hold(lake):
    _, out, _ = h33(lake, "sql", "DESCRIBE requests", "--format", "json")
    assert "http_status" in {row["column_name"] for row in json.loads(out)}
    said = "SELECT comment FROM duckdb_columns() WHERE table_name = 'notes' AND column_name = 'diff_min'"
    assert "minutes" in h33(lake, "sql", said)[1]
    for table in ("events", "files", "rollups", "repeats", "documents"):
        assert h33(lake, "sql", f"SELECT count(*) FROM lake.{table}")[0] == 0


def test_types_that_formats_do_not_know_are_written_as_the_engine_writes_them(lake):
    wide = "SELECT sum(n) AS s, INTERVAL 90 MINUTE AS i, 1 AS x, 2 AS x FROM (VALUES (1), (2)) t(n)"
    assert h33(lake, "sql", wide, "--format", "ndjson")[1] == '{"s":3,"i":"01:30:00","x":1,"x_2":2}\n'


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("SELECT * FROM event", "no table 'event'; did you mean events?"),
        ("SELECT * FROM lake.evnts", "no table 'evnts'; did you mean events?"),
        ("SELECT messages FROM events", "no column 'messages'; did you mean message"),
        ("SELECT e.messages FROM events e", "no column 'messages'; did you mean message"),
        ("SELECT uper('a')", "no function 'uper'; did you mean upper?"),
        ("SELEC 1", 'line 1: syntax error at or near "SELEC"'),
        ("SELECT 1;\nSELECT 2", "2 statements; ask one question at a time"),
        ("", "0 statements; ask one question at a time"),
        ("SELECT $x", "nothing gives $x a value"),
        ("SELECT CAST(message AS INTEGER) FROM events", "Could not convert string"),
        ("SELECT error('one\ntwo')", "one"),
    ],
)
def test_what_cannot_be_answered_is_said_in_one_line(statement, message, lake):
    code, out, err = h33(lake, "sql", statement)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("h33: ")
    assert message in err


def test_parameters_are_literals_that_no_quote_escapes(lake):
    asked = "SELECT message FROM events WHERE ts >= $since AND message <> $other AND severity IS NOT NULL"
    given = ("--param", "since=2025-06-20T11:00:00+09:00", "--param", "other=' OR true --")
    assert h33(lake, "sql", asked, *given) == (0, "message\n'=cmd()\x1b[31m\n", "")


def test_the_lake_can_be_asked_as_it_was(lake):
    count = ("sql", "SELECT count(*) AS n FROM events", "--at")
    assert h33(lake, *count, "1") == (0, "n\n3\n", "")
    assert h33(lake, *count, "2001-01-01") == (0, "n\n0\n", "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--at", "99"), "no snapshot 99; there are 0 to 1"),
        (("--at", "soon"), "--at: not an instant: 'soon'; a snapshot's number, or an instant"),
        (("--param", "x"), "--param: not NAME=VALUE: 'x'"),
        (("--param", "x=1", "--param", "x=2"), "--param: x is given twice"),
    ],
)
def test_a_wrong_value_of_an_option_exits_2(options, message, lake):
    code, out, err = h33(lake, "sql", "SELECT $x", *options)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


@pytest.mark.parametrize(
    ("limits", "statement", "message"),
    [
        (
            'memory = "64MB"',
            "SELECT list(i) FROM range(100000000) t(i)",
            "too much for the memory it may use",
        ),
        ("seconds = 0.5", "SELECT sleep_ms(60000)", "not answered in 0.5 s"),
    ],
)
def test_limits_come_from_the_settings_and_are_told_in_one_line(limits, statement, message, lake, tmp_path):
    file = tmp_path / "h33.toml"
    file.write_text(f"[sql]\n{limits}\n")
    code, out, err = h33(lake, "--config", file, "sql", statement)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(f"h33: {message}; ")


def test_a_file_gets_the_rows_in_the_format_of_its_suffix(lake, tmp_path):
    question = ("sql", "SELECT ts, message FROM events ORDER BY ts LIMIT 1", "--output")
    for name in ("rows.csv", "rows.json", "rows.ndjson", "rows.md", "rows.txt", "rows.parquet"):
        assert h33(lake, *question, tmp_path / name) == (0, "", "")
    assert pq.read_table(tmp_path / "rows.parquet")["message"].to_pylist() == ["메모 저장"]
    assert json.loads((tmp_path / "rows.json").read_text())[0]["ts"] == "2025-06-20T01:00:00.431000Z"
    assert (tmp_path / "rows.md").read_text().startswith("| ts | message |")
    assert "2025-06-20 10:00:00.431+09:00" in (tmp_path / "rows.txt").read_text()
    assert h33(lake, *question, tmp_path / "rows.csv", "--format", "json")[0] == 0
    assert json.loads((tmp_path / "rows.csv").read_text())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["rows.csv", "rows.json", "rows.ndjson", "rows.md", "rows.txt", "rows.parquet"]
    )


def test_a_question_that_fails_midway_leaves_the_file_as_it_was(lake, tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("before")
    late = "SELECT CASE WHEN i = 900000 THEN error('late') ELSE i END AS i FROM range(1000000) t(i)"
    code, _, err = h33(lake, "sql", late, "--output", file)
    assert (code, err) == (1, "h33: late\n")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


def test_a_file_that_cannot_be_written_is_named(lake, tmp_path):
    code, _, err = h33(lake, "sql", "SELECT 1", "--output", tmp_path / "no" / "rows.csv")
    assert (code, err) == (1, f"h33: {tmp_path}/no/rows.csv: cannot be written: No such file or directory\n")


def test_a_missing_or_binary_sql_file_is_named(lake, tmp_path):
    binary = tmp_path / "b.sql"
    binary.write_bytes(b"\xff\xfe")
    assert h33(lake, "sql", tmp_path / "no.sql")[0] == 3
    assert h33(lake, "sql", binary) == (3, "", f"h33: {binary}: not UTF-8 text\n")


def test_a_report_s_options_help_and_rows_come_from_its_header(lake):
    query = sql.load("reports", "errors_by_hour")
    _, shown, _ = h33(lake, "report", query.name, "--help")
    shown = " ".join(shown.split())
    assert query.purpose in shown
    assert all(f"--{param.name} " in shown and param.default in shown for param in query.params)
    assert all(f" {column.name} {column.meaning}" in shown for column in query.columns)
    span = ("--since", "2025-06-20T11:00", "--until", "2025-06-20T12:00")
    code, out, err = h33(lake, "report", query.name, *span)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        ",".join(column.name for column in query.columns),
        "2025-06-20T02:00:00.000000Z,1,0,0,1,1,1",
    ]


def test_reports_are_listed_with_what_they_answer_in_both_languages(lake):
    _, english, _ = h33(lake, "--lang", "en", "report")
    _, korean, _ = h33(lake, "--lang", "ko", "report")
    assert [line.split()[0] for line in english.splitlines()] == sql.names("reports")
    for name in sql.names("reports"):
        assert sql.load("reports", name).purpose in english
        assert sql.load("reports", name).said("purpose", "ko") in korean


def test_a_report_without_rows_is_a_result_and_says_so_beside_it(lake):
    code, out, err = h33(lake, "report", "latency_by_route", "--since", "2020-01-01", "--until", "2020-01-02")
    assert (code, out.count("\n")) == (0, 1)
    assert err.startswith("no rows: ")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("report", "errors_by_hours"), "no report 'errors_by_hours'; did you mean errors_by_hour?"),
        (("report", "errors_by_hour", "--since", "soon"), "--since: not an instant: 'soon'"),
        (("report", "errors_by_hour", "--sinc", "today"), "No such option"),
        (("report", "errors_by_hour", "--format", "xml"), "'xml' is not one of"),
        (("sql",), "Missing argument"),
    ],
)
def test_a_wrong_word_exits_2_and_names_the_choices(args, message, lake):
    code, out, err = h33(lake, *args)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_without_a_lake_reports_and_questions_find_nothing_and_make_nothing(tmp_path):
    assert h33(tmp_path / "none", "sql", "SELECT count(*) AS n FROM events") == (0, "n\n0\n", "")
    assert h33(tmp_path / "none", "--quiet", "report", "ingest_ledger")[::2] == (0, "")
    assert list(tmp_path.iterdir()) == []
