"""Tables as text: rows that hold newlines, in any encoding; a broken one costs itself alone."""

import csv
import dataclasses
import hashlib
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_lab import Landing, counters

from pipeline import config
from pipeline.errors import InputFault
from pipeline.formats import spreadsheet_times, table, ticket
from pipeline.ingest import csv_cutter, csv_rows, header
from pipeline.ingest.cutter import Place
from pipeline.ingest.model import SourcePlan
from pipeline.ingest.source import Content

WIDTH = 3
HEADERS = ["접수번호", "접수일시", "분류", "내용", "고객", "처리상태"]


def plan(separator=",", width=WIDTH):
    columns = tuple(f"c{n}" for n in range(width))
    return SourcePlan("f" * 16, "x", "csv", "events", "UTC", separator=separator, columns=columns)


START = Place()


def read(data, source, block=1 << 20, start=START):
    """Return cells, line and lines of every row, the rejects alike, the blank lines, and the cutter."""
    content = Content((), iter([data[i : i + block] for i in range(start.offset, len(data), block)]))
    content._offset = start.offset
    cutter = csv_cutter.CsvCutter(content, source, start, block)
    rows, rejects, blank = [], [], []
    for part in cutter.blocks():
        found, lost = csv_rows.read(part, source)
        rows += [(cells, place[:2]) for cells, place in found]
        rejects += [(entry.line_no, entry.line_count, entry.text) for entry in lost]
        blank += part.blank.tolist()
        for _, (line_no, _, offset) in found:
            assert data.count(b"\n", 0, offset) == line_no - 1
    return rows, rejects, blank, cutter


def written(rows, separator=",", end="\r\n"):
    out = io.StringIO(newline="")
    # Python leaves a lone carriage return bare.
    quoting = csv.QUOTE_ALL if any("\r" in cell for row in rows for cell in row) else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue()


CELLS = st.text(st.sampled_from('a가,;\t"\n\r |\u2028'), max_size=6)
ROWS = st.lists(st.lists(CELLS, min_size=WIDTH, max_size=WIDTH), max_size=8)


@settings(deadline=None)
@given(ROWS, st.sampled_from(table.SEPARATORS), st.sampled_from(["\n", "\r\n"]), st.integers(1, 40))
def test_rows_are_what_was_written(drawn, separator, end, block):
    text = written([["c0", "c1", "c2"], *drawn], separator, end)
    rows, rejects, blank, cutter = read(text.encode(), plan(separator), block)
    # A line of white space is blank, a row without a value a reject.
    quoted = text.startswith('"')
    kept = [row for row in drawn if any(row) and (quoted or written([row], separator).strip(" \t\r\n"))]
    assert [cells for cells, _ in rows] == kept
    lines = {1 + n for n in range(text.count("\n"))}
    covered = {line + n for _, (line, count) in rows for n in range(count)}
    covered |= {line + n for line, count, _ in rejects for n in range(count)} | set(blank)
    assert lines - covered == {1}
    assert cutter.lines == text.count("\n")


def test_a_broken_row_costs_itself_alone():
    text = b'a,b,c\n1,2,3\n4,5\n6,"x\ny",7\n8,"open,9\n10,11,12\n13,"q"q,14\n1,2,3\n4,5\n'
    text += b'15,16,17,18\n19,20,"z\n\n,z"\n'
    rows, rejects, blank, _ = read(text, plan())
    assert [cells for cells, _ in rows] == [
        ["1", "2", "3"], ["6", "x\ny", "7"], ["10", "11", "12"], ["1", "2", "3"], ["19", "20", "z\n\n,z"],
    ]  # fmt: skip
    assert rejects == [
        (3, 1, "4,5"),
        (6, 1, '8,"open,9'),
        (8, 1, '13,"q"q,14'),
        (10, 1, "4,5"),
        (11, 1, "15,16,17,18"),
    ]
    assert blank == []


def test_a_broken_row_of_several_lines_is_one_reject():
    text = b'a,b,c\n1,"x\ny\nz",2,3\n4,5,6\n'
    rows, rejects, _, _ = read(text, plan())
    assert [cells for cells, _ in rows] == [["4", "5", "6"]]
    assert rejects == [(2, 3, '1,"x\ny\nz",2,3')]


def test_a_file_of_broken_rows_ends_and_each_line_is_told(monkeypatch):
    monkeypatch.setattr(csv_cutter, "MAX_FAULTS", 3)
    data = b"a,b,c\n" + b'1,"2\n' * 400 + b"7,8,9\n"
    rows, rejects, _, cutter = read(data, plan(), 64)
    assert rows[-1][0] == ["7", "8", "9"]
    assert sum(count for _, count, _ in rejects) == 400
    assert cutter.lines == 402


@pytest.mark.parametrize("end", [b"\n4,5,6\n", b"\n", b""])
def test_a_line_without_end_is_known_by_its_hash_and_its_neighbours_are_kept(end):
    long = b'"' + b"x" * (3 << 20)
    content = Content((), iter([b"a,b,c\n1,2,3\n", long[: 1 << 20], long[1 << 20 :], end]))
    cutter = csv_cutter.CsvCutter(content, plan(), Place(), 1 << 18)
    blocks = list(cutter.blocks())
    [skipped] = [one for block in blocks for one in block.skipped]
    assert (skipped.line_no, skipped.byte_offset) == (3, 12)
    assert (skipped.bytes, skipped.sha256) == (
        len(long) + len(end[:1]), hashlib.sha256(long + end[:1]).hexdigest(),
    )  # fmt: skip
    found = [cells for block in blocks for cells, _ in csv_rows.read(block, plan())[0]]
    assert found == [["1", "2", "3"], *([["4", "5", "6"]] if b"4" in end else [])]
    assert cutter.lines == 3 + (b"4" in end)


def test_blank_lines_are_counted_and_rows_without_a_value_rejected():
    rows, rejects, blank, cutter = read(b"a,b,c\r\n\r\n1,2,3\r\n , \r\n,,\r\n  \r\n", plan())
    assert [cells for cells, _ in rows] == [["1", "2", "3"]]
    assert rejects == [(4, 1, " , \r"), (5, 1, ",,\r")]
    assert (blank, cutter.lines) == ([2, 6], 6)


@pytest.mark.parametrize(
    ("tail", "cells"), [(b"4,5,6", ["4", "5", "6"]), (b'4,"open', None), (b'4,"5\n6",7', ["4", "5\n6", "7"])]
)
def test_a_last_row_without_its_newline_may_go_on(tail, cells):
    rows, rejects, _, cutter = read(b"a,b,c\n1,2,3\n" + tail, plan())
    assert [found for found, _ in rows] == [["1", "2", "3"]] + ([cells] if cells else [])
    assert len(rejects) == (cells is None)
    assert cutter.end == cutter.unfinished == Place(12, 3)
    assert cutter.lines == 3 + tail.count(b"\n")


@settings(deadline=None)
@given(ROWS, st.integers(1, 30), st.integers(0, 200))
def test_reading_goes_on_where_it_stopped(drawn, block, share):
    data = written([["c0", "c1", "c2"], *drawn]).encode()
    head = data[: max(12, len(data) * share // 200)]
    rows, rejects, _, cutter = read(head, plan(), block)
    offset, line_no = cutter.end.offset, cutter.end.line_no
    settled = [entry for entry in rows if entry[1][0] < line_no]
    lost = [entry for entry in rejects if entry[0] < line_no]
    more, lost_more, _, _ = read(data, plan(), block, Place(offset, line_no))
    whole, lost_whole, _, _ = read(data, plan())
    assert (settled + more, lost + lost_more) == (whole, lost_whole)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2025-06-20 10:02", "2025-06-20T10:02:00"),
        ("2025/6/2 1:02:03", "2025-06-02T01:02:03"),
        ("2025. 6. 20. 오전 12:02:00", "2025-06-20T00:02:00"),
        ("2025. 6. 20. 오후 12:02", "2025-06-20T12:02:00"),
        ("2025-06-20 1:02 PM", "2025-06-20T13:02:00"),
        ("2025년 6월 20일 10시 02분 03초", "2025-06-20T10:02:03"),
        ("2025-06-20", "2025-06-20T00:00:00"),
        ("2025-06-20T01:02:03.5+09:00", "2025-06-20T01:02:03.5+09:00"),
        ("1750381200", "2025-06-20T01:00:00.000Z"),
        ("1750381200431", "2025-06-20T01:00:00.431Z"),
        ("06/07/2025 10:02", None),
        ("10:02", None),
        ("", None),
    ],
)
def test_times_of_spreadsheets(text, wanted):
    import polars as pl

    assert spreadsheet_times.iso(pl.Series([text])).to_list() == [wanted]


@pytest.mark.parametrize(
    ("columns", "roles"),
    [
        (tuple(HEADERS), ("id", "at", "topic", "text", "", "status")),
        (
            ("Ticket ID", "Created At", "Category", "Description", "State"),
            ("id", "at", "topic", "text", "status"),
        ),
        (("no", "date", "subject", "status"), ("id", "at", "text", "status")),
    ],
)
def test_customary_names_of_columns_are_known(columns, roles):
    assert ticket.claims(columns)
    assert ticket.roles(columns, {}) == roles


@pytest.mark.parametrize(
    ("head", "label"),
    [
        (b"_id,createdAt\nObjectId(6854b0c0aa10000000000001),x\n", "mongoexport"),
        (b"time;level;msg\n2025-06-20 10:02;info;hi\n", "csv_log"),
        (b"time,level,msg\nyesterday,info,hi\n", None),
        (b"2025-06-20 10:00:00,123 INFO a, b\n", None),
        (b'{"_id": 1, "time": 2}\n', None),
        (b"time\n2025-06-20 10:02\n", None),
        (b"time,time\n2025-06-20 10:02,x\n", None),
        (b"name,price\na,1\n", None),
        (b"id\tcreated\tstatus\ttopic\n1\t2\t3\t4\n", "ticket"),
        (b"GET / 200\n", None),
        (b"connected, host=x\nCast to ObjectId(6854b0c0aa10000000000001) failed\n", None),
        (b"connected, host=x\nid ObjectId(6854b0c0aa10000000000001), failed\n", None),
    ],
)
def test_what_a_first_row_says(head, label):
    found = header.read(head, None, {})
    assert (found.label if found else None) == label


def test_documents_without_ids_are_not_read_as_a_log():
    head = b"createdAt,userId,content\n2025-06-20T01:00:00.431Z,ObjectId(6854b0c0aa10000000000001),x\n"
    with pytest.raises(InputFault, match="without _id"):
        header.read(head, None, {})


@pytest.fixture
def landing(tmp_path, monkeypatch):
    return Landing(tmp_path, monkeypatch)


TICKETS = written(
    [
        HEADERS,
        ["H33-1", "2025-06-20 10:02", "시간 표시", "메모가\r\n9시간 빨라요", "u1", "완료"],
        ["H33-2", "2025-06-20 10:03", "로그인", '"안 돼요", 010-1234-5678', "u2", "처리중"],
        ["H33-3", "어제", "기타", "언제였지", "u3", "완료"],
    ]
)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp949"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tickets_of_a_korean_help_desk(landing, encoding, separator):
    rows = list(csv.reader(io.StringIO(TICKETS, newline="")))
    landing.write("tickets.csv", written(rows, separator).encode(encoding))
    result = landing.ingest()["tickets.csv"]
    assert result.format == "ticket"
    assert counters(result) == {
        "lines": 5, "records": 3, "events": 3, "continuation": 2, "rejected": 0, "blank": 0,
    }  # fmt: skip
    first, second, third = sorted(landing.lake.table("events"), key=lambda row: row["line_no"])
    assert first["ts"] == datetime(2025, 6, 20, 1, 2, tzinfo=UTC)
    assert (first["message"], first["format"], first["line_count"]) == ("메모가\r\n9시간 빨라요", "ticket", 2)
    assert json.loads(first["attrs"]) == {"ticket_id": "H33-1", "topic": "시간 표시", "status": "완료"}
    assert first["dedupe_key"] == "ticket:H33-1"
    assert first["ts_assumed"] == ["zone"]
    assert "010-1234-5678" not in second["message"]
    assert second["message"].startswith('"안 돼요", ')
    assert (third["ts"], third["ts_source"], third["message"]) == (None, None, "언제였지")
    assert "u1" not in repr(first)


def test_the_settings_name_the_columns(landing):
    landing.write("desk.csv", b"ref,when,what,who\nA1,2025-06-20 10:02,slow,kim\n")
    named = {"id": "ref", "at": "when", "text": "what"}
    own = dataclasses.replace(config.load(), tickets=named)
    assert landing.ingest(settings=own)["desk.csv"].format == "ticket"
    [event] = landing.lake.table("events")
    assert (event["message"], event["attrs"], event["dedupe_key"]) == (
        "slow",
        '{"ticket_id":"A1"}',
        "ticket:A1",
    )


def test_settings_of_tickets_are_read_and_checked(tmp_path):
    path = tmp_path / "h33.toml"
    path.write_text('[tickets]\nid = "접수번호"\nat = "접수일시"\n', encoding="utf-8")
    assert config.load(path).tickets == {"id": "접수번호", "at": "접수일시"}
    path.write_text('[tickets]\nwho = "고객"\n', encoding="utf-8")
    with pytest.raises(config.SettingsFault, match=r"tickets\.who is not a setting"):
        config.load(path)


def test_a_table_that_grows_is_read_on(landing):
    data = TICKETS.encode()
    landing.write("tickets.csv", data[:-20])
    landing.ingest()
    landing.write("tickets.csv", data + 'H33-4,2025-06-21 00:00,기타,"새\n것",u4,완료\r\n'.encode())
    result = landing.ingest()["tickets.csv"]
    assert counters(result) == {
        "lines": 7, "records": 4, "events": 4, "continuation": 3, "rejected": 0, "blank": 0,
    }  # fmt: skip
    assert sorted(row["dedupe_key"] for row in landing.lake.table("events")) == [
        f"ticket:H33-{n}" for n in range(1, 5)
    ]


NOTES = """_id,userId,createdAt,clientCreatedAt,isPdfMemo,pageNumber,content
ObjectId(6854b0c0aa10000000000001),ObjectId(64f0aa10bb20cc30dd40ee50),2025-06-20T01:00:00.431Z,2025-06-20T01:00:00.120Z,true,12,비밀
ObjectId(6854b0c0aa10000000000002),,2025-06-20T01:05:00.000Z,,false,,"비밀
둘"
broken,비밀
"""


def test_a_csv_export_gives_documents_and_says_what_it_cannot_tell(landing):
    landing.write("notes-2025-06-21.csv", NOTES.encode())
    result = landing.ingest()["notes-2025-06-21.csv"]
    assert counters(result) == {
        "lines": 5, "records": 2, "events": 2, "continuation": 2, "rejected": 1, "blank": 0,
    }  # fmt: skip
    first, second = sorted(landing.lake.table("documents"), key=lambda row: row["line_no"])
    assert first | {"file_id": None, "byte_offset": None, "version": None} == {
        "snapshot": datetime(2025, 6, 20, 15, tzinfo=UTC),
        "doc_id": "6854b0c0aa10000000000001",
        "created_at": datetime(2025, 6, 20, 1, 0, 0, 431000, tzinfo=UTC),
        "client_created_at": datetime(2025, 6, 20, 1, 0, 0, 120000, tzinfo=UTC),
        "client_state": "value",
        "user_id": "64f0aa10bb20cc30dd40ee50",
        "book_id": None,
        "origin_session": None,
        "type": None,
        "is_pdf_memo": True,
        "attrs": '{"pageNumber":12}',
        "version": None,
        "file_id": None,
        "line_no": 2,
        "byte_offset": None,
    }
    assert (second["client_state"], second["user_id"], second["is_pdf_memo"]) == ("empty", None, False)
    assert "비밀" not in repr(landing.lake.data)


def test_a_column_that_was_not_exported_is_unknown(landing):
    landing.write("books-2025-06-21.csv", b"_id,createdAt\nObjectId(6854b0c0aa10000000000001),\n")
    landing.ingest()
    [row] = landing.lake.table("documents")
    assert (row["client_state"], row["created_at"]) == ("unknown", None)


def test_any_table_with_a_time_is_a_log(landing):
    landing.write(
        "jobs.csv",
        b"time,level,job,message\n2025-06-20T10:02:03Z,WARNING,mail,slow\n2025-06-20T10:02:04Z,info,,\n",
    )
    landing.write("bare.csv", b"date,job,took\n2025-06-20,mail,3\n")
    result = landing.ingest()["jobs.csv"]
    assert result.format == "csv_log"
    rows = {row["line_no"]: row for row in landing.lake.table("events") if row["source"] == "jobs.csv"}
    assert (rows[2]["severity"], rows[2]["message"], rows[2]["attrs"]) == ("warn", "slow", '{"job":"mail"}')
    assert (rows[3]["severity"], rows[3]["message"], rows[3]["attrs"]) == ("info", "", None)
    assert rows[2]["ts_assumed"] is None
    [bare] = [row for row in landing.lake.table("events") if row["source"] == "bare.csv"]
    assert (bare["message"], bare["attrs"]) == ("job=mail, took=3", None)


def test_of_exports_of_one_instant_the_one_that_tells_null_from_absent_is_shown(tmp_path):
    from lake_rows import make_lake

    from pipeline import reports

    rows = [
        {"doc_id": "01", "client_state": "empty", "file_id": "a"},
        {"doc_id": "01", "client_state": "null", "file_id": "b"},
        {"doc_id": "02", "client_state": "unknown", "file_id": "a"},
    ]
    snapshot = make_lake(tmp_path / "lake", documents=rows).snapshot()
    connection = reports.connect(snapshot, "UTC")
    found = connection.sql("SELECT doc_id, client_state FROM notes ORDER BY doc_id").fetchall()
    assert found == [("01", "null"), ("02", "unknown")]


def test_the_settings_say_whether_an_export_is_whole(landing):
    rules = (config.SourceRule("part-*", whole=False), config.SourceRule("all-*", whole=True))
    own = dataclasses.replace(config.load(), sources=rules)
    row = '{"_id":1}\n{"_id":2}\n'
    for name in ("part-notes-2025-06-20.json", "all-notes-2025-06-21.json", "notes-2025-06-22.json"):
        landing.write(name, row.encode())
    landing.ingest(settings=own)
    plans = {row["path"]: json.loads(row["plan"])["whole"] for row in landing.lake.rows}
    # Equal bytes of three nights are three exports.
    assert sorted(plans.items()) == [
        ("all-notes-2025-06-21.json", True),
        ("notes-2025-06-22.json", None),
        ("part-notes-2025-06-20.json", False),
    ]
    assert len(landing.lake.table("documents")) == 6
