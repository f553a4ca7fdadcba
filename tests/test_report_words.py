"""What people read of a report is in their language; what programs read never changes."""

import re

import pytest
from command_lab import h33
from lake_rows import make_lake

from pipeline import sql
from pipeline.render import column_words

KOREAN = re.compile("[가-힣]")
QUERIES = [sql.load("reports", name) for name in sql.names("reports")]
CENSORED = {
    "ts": "2025-06-20T01:00:00Z",
    "format": "mongod-slow",
    "duration_ms": 120,
    "attrs": '{"op":"find"}',
}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_every_column_has_a_korean_word_of_its_own_in_its_report(query):
    words = column_words.of(query, "ko")
    assert set(words) == {column.name for column in query.columns}
    assert len(set(words.values())) == len(words)
    assert column_words.of(query, "en") == {}


@pytest.mark.parametrize("query", [query for query in QUERIES if "note" in query.keys], ids=lambda q: q.name)
def test_a_note_is_said_in_both_languages(query):
    assert query.said("note").endswith(".")
    assert KOREAN.search(query.said("note", "ko"))


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return make_lake(tmp_path_factory.mktemp("words") / "lake", events=[CENSORED]).path


def test_tables_are_headed_in_korean_and_csv_and_json_in_english(lake):
    span = ("--since", "2025-06-20", "--until", "2025-06-21")

    def report(form):
        return h33(lake, "--lang", "ko", "report", "db_ops_by_shape", *span, "--format", form)[1]

    assert report("csv").startswith("origin,namespace,shape,plan_summary,operations,")
    assert '"slowest_ms": 120' in report("json").replace('":120', '": 120')
    assert report("markdown").startswith("| 출처 | 컬렉션 | 모양 | 실행 계획 | 작업 수 |")
    assert "최장(ms)" in report("table")


def test_the_note_of_a_slow_log_is_told_beside_its_rows_and_in_its_help(lake):
    span = ("--since", "2025-06-20", "--until", "2025-06-21")
    query = sql.load("reports", "db_ops_by_shape")
    for language in ("en", "ko"):
        _, out, err = h33(lake, "--lang", language, "report", query.name, *span, "--format", "csv")
        assert query.said("note", language) in err
        assert query.said("note", language) not in out
    told = h33(lake, "report", query.name, "--help")[1]
    assert query.said("note") in " ".join(told.split())
