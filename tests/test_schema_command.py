"""The dictionary of tables and columns, the script for other engines, and lakes read by other engines."""

import csv
import io
import re
import tomllib
from contextlib import closing

import duckdb
import polars as pl
import pytest
from command_lab import h33
from lake_rows import make_lake

from pipeline import dictionary, sql
from pipeline.schema import TABLES

ROWS = [
    {"ts": "2025-06-20T01:00:00Z", "message": "first", "severity": "info"},
    {"ts": "2025-06-21T01:00:00Z", "message": "second", "severity": "error"},
    {"message": "third"},
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return make_lake(tmp_path_factory.mktemp("schema") / "lake", events=ROWS)


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_every_table_and_view_is_listed_with_what_a_row_of_it_is(lake):
    code, out, _ = h33(lake.path, "schema")
    listed = {row["name"]: row for row in rows(out)}
    views = re.findall(r"^CREATE VIEW (\w+)", sql.views(), flags=re.M)
    assert (code, set(listed)) == (0, {*views, *(f"lake.{table.name}" for table in TABLES)})
    assert all(row["holds"] for row in listed.values())
    assert listed["lake.events"]["columns"] == str(len(TABLES[0].columns))


def test_a_column_is_told_with_type_unit_meaning_source_null_and_example(lake):
    columns = {row["column"]: row for row in rows(h33(lake.path, "schema", "requests")[1])}
    assert columns["duration_ms"] == {
        "column": "duration_ms",
        "type": "DOUBLE",
        "unit": "ms",
        "meaning": "time taken, milliseconds",
        "source": "lake.events",
        "null": "not stated",
        "example": columns["duration_ms"]["example"],
    }
    assert float(columns["duration_ms"]["example"]) > 0
    assert columns["is_health"]["source"] == "computed from lake.events"


def test_every_text_has_a_korean_twin_and_no_twin_is_of_a_text_that_is_gone():
    korean = tomllib.loads((sql.folder() / dictionary.MEANINGS).read_text(encoding="utf-8"))
    english = {table.grain for table in TABLES}
    for relation in dictionary.relations():
        english |= {relation.says} if relation.kind == "view" else set()
        for entry in relation.entries:
            english |= {entry.unit, entry.meaning, entry.null}
            english |= set() if re.match("lake|computed", entry.source) else {entry.source}
    assert set(korean) == english - {""}
    assert [text for text in korean.values() if not text] == []


def test_people_read_the_dictionary_in_korean_programs_in_english(lake, monkeypatch):
    asked = ("schema", "requests", "--format")
    english = h33(lake.path, *asked, "csv")
    monkeypatch.setenv("H33_LANG", "ko")
    markdown = h33(lake.path, *asked, "markdown")[1]
    assert markdown.splitlines()[0] == "| 열 | 자료형 | 단위 | 뜻 | 출처 | null일 때 | 예 |"
    assert "| duration_ms | DOUBLE | ms | 걸린 시간, 밀리초 | lake.events | 적혀 있지 않을 때 |" in markdown
    assert "| is_health | BOOLEAN |  | 상태 확인 요청. 지표에서는 뺍니다 | lake.events에서 계산 |" in markdown
    assert h33(lake.path, *asked, "csv") == english


@pytest.mark.parametrize(
    ("columns", "heading"),
    [("159", "column type meaning"), ("160", "column type unit meaning source null example")],
)
def test_a_terminal_that_is_too_narrow_for_all_is_told_name_type_and_meaning(
    lake, monkeypatch, columns, heading
):
    monkeypatch.setenv("COLUMNS", columns)
    table = h33(lake.path, "schema", "tickets", "--format", "table")[1]
    assert table.splitlines()[0].split() == heading.split()
    assert "in the words of the help desk" in table or columns == "160"


def test_an_unknown_table_names_the_nearest_and_exits_2(lake):
    assert h33(lake.path, "schema", "request") == (
        2,
        "",
        "h33: no table 'request'; did you mean requests?\n",
    )


def test_no_column_is_without_meaning_source_and_a_word_on_null():
    for relation in dictionary.relations():
        for entry in relation.entries:
            assert all((entry.type, entry.meaning, entry.source, entry.null)), (relation.name, entry.column)


def test_examples_are_of_columns_that_there_are():
    known = {r.name: {e.column for e in r.entries} for r in dictionary.relations()}
    for name, values in dictionary._texts(dictionary.EXAMPLES).items():
        assert set(values) <= known[name], name


def test_the_script_gives_plain_duckdb_the_same_tables_and_views(lake, tmp_path):
    file = tmp_path / "views.sql"
    assert h33(lake.path, "schema", "--sql", "--output", file) == (0, "", "")
    with closing(duckdb.connect()) as plain:
        plain.execute(file.read_text())
        found = plain.execute("SELECT message FROM events ORDER BY message").fetchall()
        assert found == [("first",), ("second",), ("third",)]
        assert plain.execute("SELECT message FROM errors").fetchall() == [("second",)]
        [(day,)] = plain.execute("SELECT local_day(ts) FROM events WHERE message = 'first'").fetchall()
        assert str(day) == "2025-06-20"
    names = {file.path for table in TABLES for file in lake.snapshot().files(table.name)}
    assert set(re.findall(r"'(/[^']+\.parquet)'", file.read_text())) == names


def test_polars_reads_a_table_by_its_delta_log_and_by_its_files(lake):
    by_log = pl.scan_delta(str(lake.path / "events"))
    by_files = pl.scan_parquet([file.path for file in lake.snapshot().files("events")])
    for frame in (by_log, by_files):
        assert sorted(frame.select("message").collect()["message"]) == ["first", "second", "third"]
    assert by_log.filter(pl.col("date").is_null()).collect().height == 1
