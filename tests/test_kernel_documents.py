"""Mongo exports: the same document whatever its encoding, and nothing that a person wrote."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from kernel_lab import plan, values

from pipeline.ingest.model import Block
from pipeline.ingest.records import kernel

SNAPSHOT = datetime(2025, 6, 20, 18, 30, tzinfo=UTC)
NOTES = plan(layout="json", kind="documents", collection="notes", snapshot=SNAPSHOT)
OID = {"$oid": "6854b0c0aa10000000000001"}


def documents(found):
    parsed = kernel.parse(values(found), NOTES)
    assert parsed.table["version"].null_count == 0
    stored = parsed.table.drop_columns("version")
    return pl.from_arrow(stored).to_dicts(), pl.from_arrow(parsed.rejects).to_dicts()


def test_relaxed_and_canonical_json_give_the_same_document():
    relaxed = {
        "_id": OID,
        "userId": {"$oid": "64f0aa10bb20cc30dd40ee50"},
        "bookId": {"$oid": "64f0aa10bb20cc30dd40ee51"},
        "type": "thought",
        "content": "비밀 메모",
        "tags": ["몰입"],
        "originSession": None,
        "createdAt": {"$date": "2025-06-20T01:00:00.5Z"},
        "clientCreatedAt": {"$date": "2025-06-20T01:00:00Z"},
        "isPdfMemo": False,
        "pageNumber": 12,
        "__v": 0,
    }
    canonical = relaxed | {
        "createdAt": {"$date": {"$numberLong": "1750381200500"}},
        "clientCreatedAt": {"$date": {"$numberLong": "1750381200000"}},
        "pageNumber": {"$numberInt": "12"},
        "__v": {"$numberInt": "0"},
    }
    (first, second), rejects = documents([relaxed, canonical])
    assert rejects == []
    places = {"line_no", "byte_offset"}
    assert {k: v for k, v in first.items() if k not in places} == {
        k: v for k, v in second.items() if k not in places
    }
    assert first == {
        "collection": "notes",
        "snapshot_date": date(2025, 6, 20),
        "snapshot": SNAPSHOT,
        "doc_id": "6854b0c0aa10000000000001",
        "created_at": datetime(2025, 6, 20, 1, 0, 0, 500000, tzinfo=UTC),
        "client_created_at": datetime(2025, 6, 20, 1, tzinfo=UTC),
        "client_state": "value",
        "user_id": "64f0aa10bb20cc30dd40ee50",
        "book_id": "64f0aa10bb20cc30dd40ee51",
        "origin_session": None,
        "type": "thought",
        "is_pdf_memo": False,
        "attrs": '{"pageNumber":12,"__v":0}',
        "file_id": "f" * 16,
        "line_no": 1,
        "byte_offset": 0,
    }


@pytest.mark.parametrize(
    ("stated", "state"),
    [({}, "absent"), ({"clientCreatedAt": None}, "null"), ({"clientCreatedAt": {"$date": 0}}, "value")],
)
def test_absent_null_and_value_are_three_states(stated, state):
    ([document], _) = documents([{"_id": OID} | stated])
    assert document["client_state"] == state
    assert (document["client_created_at"] is not None) == (state == "value")


@pytest.mark.parametrize(
    "odd",
    [
        {"$date": "tomorrow"},
        {"$date": {"$numberLong": "9" * 18}},
        {"$date": "0001-01-01T08:59:59+09:00"},
        {"$date": "9999-12-31T23:00:00-01:00"},
        {"$date": {"$numberLong": "253402214400000"}},
        {"$date": True},
        "x",
        7.5,
        [],
        {},
    ],
)
def test_a_time_that_no_calendar_has_is_unknown_and_the_document_kept(odd):
    ([document], rejects) = documents([{"_id": OID, "createdAt": odd}])
    assert (document["created_at"], rejects) == (None, [])


def test_an_id_of_any_type_is_told_apart():
    ids = [OID, "text", 7, {"$numberLong": "8"}, {"a": 1}, True]
    found, _ = documents([{"_id": one} for one in ids])
    assert [one["doc_id"] for one in found] == [OID["$oid"], "text", "7", "8", '{"a":1}', "true"]


def test_what_is_no_document_is_rejected_alone_and_without_its_text():
    broken = [
        b'{"_id": 1, "content": "\xeb\xb9\x84\xeb\xb0\x80',
        {"content": "비밀"},
        b"[]",
        b"x",
        b"[" * 3000,
    ]
    found, rejects = documents([{"_id": 1}, *broken, {"_id": 2}])
    assert [one["doc_id"] for one in found] == ["1", "2"]
    assert [one["line_no"] for one in rejects] == [2, 3, 4, 5, 6]
    assert {one["text"] for one in rejects} == {None}
    assert [one["reason"].split(":")[0] for one in rejects] == [
        "invalid JSON",
        "no document",
        "no document",
        "invalid JSON",
        "invalid JSON",
    ]


def test_nothing_that_a_person_wrote_is_in_any_column():
    wrote = ("content", "tags", "highlightedText", "importanceReason", "relatedLinks", "memo", "anything")
    document = {"_id": OID} | dict.fromkeys(wrote, "비밀 메모")
    [row], _ = documents([document])
    assert "비밀" not in repr(row)


def test_personal_data_in_an_id_is_taken_out_and_the_ids_stay_apart():
    found, _ = documents([{"_id": f"{who}@example.com", "userId": f"{who}@example.com"} for who in "ab"])
    assert "example.com" not in repr(found)
    assert len({one["doc_id"] for one in found}) == 2
    assert [one["user_id"] for one in found] == ["[redacted]"] * 2


def test_lines_without_places_are_counted_from_the_block():
    parsed = kernel.parse(Block(b'{"_id":1}\n{"_id":2}', 11, 700), NOTES)
    rows = pl.from_arrow(parsed.table)
    assert rows.select("line_no", "byte_offset").rows() == [(11, 700), (12, 710)]
