"""Tables as text: rows that hold newlines, in any encoding; a broken one costs itself alone."""

import csv
import dataclasses
import io
import json
from datetime import UTC, datetime

import pytest
from csv_lab import HEADERS, written
from ingest_lab import Landing, counters

from pipeline import config
from pipeline.errors import InputFault
from pipeline.ingest import header


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
