"""mongodump's BSON and archives: what the same documents give as Extended JSON, and faults stay alone."""

import gzip
import struct
from datetime import UTC, datetime

import bson
import orjson
import pytest
from bson import json_util
from bson.codec_options import CodecOptions, DatetimeConversion
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_lab import Landing, counters

from pipeline.formats import bson_document
from pipeline.ingest import bson_cutter, crc64
from pipeline.ingest.archive_cutter import END, MAGIC
from pipeline.ingest.cutter import Place
from pipeline.ingest.source import Content

T = datetime(2025, 6, 20, 1, 0, 0, 431000, tzinfo=UTC)
ID = bson.ObjectId("6854b0c0aa10000000000001")
SCORES = [True, None, 1.5, bson.Int64(7), bson.Decimal128("0.1"), '줄\u2028 "구분"', bson.Regex("a"), b"\x00"]


def note(number, **more):
    return {"_id": bson.ObjectId(f"{number:024x}"), "createdAt": T, "content": "비밀", **more}


NOTES = [
    note(1, userId=ID, originSession=ID, clientCreatedAt=T, isPdfMemo=False, type="thought", __v=0),
    note(2, clientCreatedAt=None, originSession=None, tags=[{"_id": ID, "a": 1}, {"_id": ID, "b": 2}]),
    note(3, pageNumber=bson.Int64(12), selfRating=4.5, status="x"),
    note(4, clientCreatedAt=bson.DatetimeMS(10**15), mode=bson.Decimal128("1.10")),
    note(5, createdAt=bson.DatetimeMS(-1), isPdfMemo=True),
    *(
        {"_id": value}
        for value in [*SCORES[2:5], "text", bson.Binary(b"\x01\x02", 4), {"a": 1}, bson.MinKey()]
    ),
    *({"_id": n, "selfRating": value} for n, value in enumerate(SCORES)),
]
DUMP = [bson.encode(one) for one in NOTES]
OPTIONS = CodecOptions(tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_MS)


def canonical(data):
    return json_util.dumps(bson.decode(data, OPTIONS), json_options=json_util.CANONICAL_JSON_OPTIONS) + "\n"


def cut(data, block=1 << 20):
    """Return the documents found, where each stands, and the rejects' bytes."""
    content = Content((), iter([data[i : i + block] for i in range(0, len(data), block)]))
    cutter = bson_cutter.BsonCutter(content, Place(), block)
    found, places, lost = [], [], []
    for part in cutter.blocks():
        rest = part.data
        while rest:
            found.append(rest[: struct.unpack_from("<i", rest)[0]])
            rest = rest[len(found[-1]) :]
        places += zip(part.places.line_no.tolist(), part.places.byte_offset.tolist(), strict=True)
        lost += [(one.line_no, one.byte_offset, one.bytes) for one in part.skipped]
    return found, places, lost, cutter


@pytest.fixture
def landing(tmp_path, monkeypatch):
    return Landing(tmp_path, monkeypatch)


def told(rows):
    """Return what documents say, without where they stand."""
    own = {"file_id", "line_no", "byte_offset", "snapshot"}
    return sorted((repr({k: v for k, v in row.items() if k not in own}) for row in rows), key=str)


def test_every_document_is_what_its_canonical_json_is(landing):
    landing.write("notes-2025-06-20.bson", b"".join(DUMP))
    landing.write("notes-2025-06-21.json", "".join(map(canonical, DUMP)).encode())
    found = landing.ingest()
    wanted = dict.fromkeys(("lines", "records", "events"), len(DUMP)) | {
        "continuation": 0, "rejected": 0, "blank": 0,
    }  # fmt: skip
    assert counters(found["notes-2025-06-20.bson"]) == wanted == counters(found["notes-2025-06-21.json"])
    by_night = {}
    for row in landing.lake.table("documents"):
        by_night.setdefault(row["snapshot"], []).append(row)
    first, second = by_night.values()
    assert told(first) == told(second)
    assert "비밀" not in repr(landing.lake.data)
    by_line = {row["line_no"]: row for row in by_night[min(by_night)]}
    assert by_line[1]["client_state"] == "value"
    assert by_line[1]["client_created_at"] == T
    assert [by_line[n]["client_state"] for n in (2, 3)] == ["null", "absent"]


@settings(deadline=None)
@given(st.data(), st.integers(1, 700))
def test_a_document_whose_length_lies_costs_itself_alone(data, block):
    number = data.draw(st.integers(0, len(DUMP) - 1))
    claimed = data.draw(st.one_of(st.integers(0, 2000), st.integers(-(2**31), 2**31 - 1)))
    broken = struct.pack("<i", claimed) + DUMP[number][4:]
    parts = [*DUMP[:number], broken, *DUMP[number + 1 :]]
    found, places, lost, cutter = cut(b"".join(parts), block)
    starts = [sum(map(len, parts[:n])) for n in range(len(parts))]
    if claimed == len(broken):
        assert (found, lost) == (DUMP, [])
        return
    assert found == [one for n, one in enumerate(DUMP) if n != number]
    assert lost == [(number + 1, starts[number], len(broken))]
    assert places == [(n + 1, starts[n]) for n in range(len(parts)) if n != number]
    assert cutter.lines == len(DUMP)


def test_a_length_that_covers_two_documents_hides_none():
    first, second, third = DUMP[:3]
    lying = struct.pack("<i", len(first) + len(second)) + first[4:]
    found, _, lost, _ = cut(lying + second + third)
    assert found == [second, third]
    assert lost == [(1, 0, len(first))]


@pytest.mark.parametrize("at", [0, 1, 2])
def test_broken_content_is_rejected_alone(at):
    parts = [bson.encode(note(n)) for n in range(3)]
    parts[at] = parts[at].replace("비밀".encode(), b"\xff" * 6)
    found, _, lost, _ = cut(b"".join(parts))
    assert found == [one for n, one in enumerate(parts) if n != at]
    assert lost == [(at + 1, at * len(parts[0]), len(parts[at]))]


def test_a_whole_document_between_broken_ones_is_kept():
    broken = struct.pack("<i", 7) + DUMP[2][4:]
    found, _, lost, _ = cut(broken + DUMP[0] + broken + broken + DUMP[1])
    assert found == DUMP[:2]
    assert [(line_no, length) for line_no, _, length in lost] == [(1, len(broken)), (3, 2 * len(broken))]


def test_documents_inside_a_broken_one_are_none_of_the_collection():
    inner = [{"_id": n, "b": "x"} for n in range(3)]
    broken = bson.encode({"_id": 9, "bad": "텍스트", "inner": inner, "one": inner[0]})
    broken = broken.replace("텍스트".encode(), b"\xff" * 9)
    found, _, lost, _ = cut(DUMP[0] + broken + DUMP[1])
    assert found == DUMP[:2]
    assert lost == [(2, len(DUMP[0]), len(broken))]


@pytest.mark.parametrize("cut_off", [1, 3, 4, 5, 30])
def test_a_document_that_the_end_cut_off_is_rejected_and_may_go_on(cut_off):
    data = DUMP[0] + DUMP[1]
    found, _, lost, cutter = cut(data[: len(DUMP[0]) + cut_off])
    assert found == [DUMP[0]]
    assert lost == [(2, len(DUMP[0]), cut_off)]
    assert cutter.unfinished == Place(len(DUMP[0]), 2)


def test_nesting_without_end_is_rejected():
    data = b"\x05\x00\x00\x00\x00"
    for _ in range(5000):
        data = struct.pack("<i", len(data) + 8) + b"\x03a\x00" + data + b"\x00"
    assert bson_document.decoded(data) is None
    assert bson_document.whole(data, 0) is None


def test_lengths_at_the_bounds():
    assert bson_document.length_at(struct.pack("<i", 5) + b"\x00", 0) == 5
    assert bson_document.length_at(struct.pack("<i", 4) + b"\x01", 0) is None
    assert (
        bson_document.length_at(struct.pack("<i", bson_document.LONGEST) + b"\x07", 0)
        == bson_document.LONGEST
    )
    assert bson_document.length_at(struct.pack("<i", bson_document.LONGEST + 1) + b"\x07", 0) is None
    assert bson_document.length_at(struct.pack("<i", 50) + b"\x14", 0) is None


# What the same bytes give one bit after the other.
def slow_crc(data):
    register = (1 << 64) - 1
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ (0xC96C5795D7870F42 if register & 1 else 0)
    return register ^ ((1 << 64) - 1)


def test_the_check_value_of_crc_64_xz():
    # https://reveng.sourceforge.io/crc-catalogue/all.htm
    assert crc64.update(0, b"123456789") == 0x995DC9BBDF1939FA


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 200))
def test_a_crc_goes_on_where_it_stopped(data, at):
    assert crc64.update(crc64.update(0, data[:at]), data[at:]) == slow_crc(data) == crc64.update(0, data)


def test_many_bytes_at_a_time_give_what_few_do(monkeypatch):
    data = bytes(n * n % 251 for n in range(5000))
    monkeypatch.setattr(crc64, "_LANES", 8)
    monkeypatch.setattr(crc64, "_LANE", 16)
    crc64._zero_tables.cache_clear()
    assert crc64.update(0, data) == slow_crc(data)
    crc64._zero_tables.cache_clear()


def archive(collections, segments, crcs=None):
    """Return an archive; a segment is a namespace and its documents, None for the collection's end."""
    parts = [MAGIC, bson.encode({"concurrent_collections": 4, "version": "0.1"})]
    for db, name in collections:
        parts.append(bson.encode({"db": db, "collection": name, "metadata": "{}", "size": 1, "type": "c"}))
    parts.append(END)
    sums = dict.fromkeys(collections, b"")
    for namespace, documents in segments:
        crc = slow_crc(sums[namespace]) if documents is None else 0
        crc = (crcs or {}).get(namespace, crc) if documents is None else 0
        signed = crc - (1 << 64) if crc >> 63 else crc
        db, name = namespace
        head = {"db": db, "collection": name, "EOF": documents is None, "CRC": bson.Int64(signed)}
        parts += [bson.encode(head), *(documents or ()), END]
        sums[namespace] += b"".join(documents or ())
    return b"".join(parts)


A, B = ("h", "notes"), ("h", "users")
SEGMENTS = [(A, DUMP[:2]), (B, DUMP[5:6]), (A, DUMP[2:4]), (B, None), (A, DUMP[4:5]), (A, None)]


@pytest.mark.parametrize("name", ["dump.archive", "dump.archive.gz"])
@pytest.mark.parametrize("block", [64, 1 << 20])
def test_segments_of_an_archive_take_turns(landing, monkeypatch, name, block):
    monkeypatch.setattr("pipeline.ingest.cutter.BLOCK", block)
    data = archive([A, B], SEGMENTS)
    landing.write(name, gzip.compress(data) if name.endswith("gz") else data)
    landing.write("notes.json", "".join(map(canonical, DUMP[:5])).encode())
    landing.write("users.json", canonical(DUMP[5]).encode())
    found = landing.ingest()
    assert (found[name].status, found[name].lines, found[name].records) == ("ok", 6, 6)
    rows = landing.lake.table("documents")
    packed = {row["file_id"] for row in rows if row["line_no"] == 6}
    assert len(packed) == 1
    mine = [row for row in rows if row["file_id"] in packed]
    assert told(mine) == told([row for row in rows if row["file_id"] not in packed])
    collections = sorted(name.split("/")[1] for name in landing.lake.data if name.startswith("documents/"))
    assert set(collections) == {"notes", "users"}


def test_what_an_archive_lacks_is_told(landing):
    lying = archive([A, B], SEGMENTS, {A: 1})
    landing.write("lying.archive", lying)
    landing.write("cut.archive", archive([A, B], SEGMENTS[:-1]))
    landing.write("two.archive", archive([A, ("g", "notes")], [(A, DUMP[:1]), (A, None)]))
    found = landing.ingest()
    assert {name: (one.status, one.problem) for name, one in found.items()} == {
        "lying.archive": ("partial", "documents of notes are not as they were dumped"),
        "cut.archive": ("partial", "the dump of notes has no end"),
        "two.archive": ("partial", "the dump of g.notes has no end"),
    }
    assert {one.records for one in found.values()} == {6, 1}


def test_an_archive_that_grows_is_read_as_a_whole(landing):
    data = archive([A, B], SEGMENTS)
    for end in (len(data) // 3, 2 * len(data) // 3, len(data)):
        landing.write("dump.archive", data[:end])
        result = landing.ingest()["dump.archive"]
    assert (result.status, result.records, result.rejected) == ("ok", 6, 0)
    assert sorted(row["line_no"] for row in landing.lake.table("documents")) == [1, 2, 3, 4, 5, 6]
    assert landing.lake.table("rejects") == []


def test_a_bson_file_that_grows_is_read_on(landing):
    data = b"".join(DUMP)
    for end in (len(DUMP[0]) + 30, len(data) - 7, len(data)):
        landing.write("notes-2025-06-20.bson", data[:end])
        result = landing.ingest()["notes-2025-06-20.bson"]
    assert counters(result) == dict.fromkeys(("lines", "records", "events"), len(DUMP)) | {
        "continuation": 0, "rejected": 0, "blank": 0,
    }  # fmt: skip
    assert sorted(row["line_no"] for row in landing.lake.table("documents")) == [*range(1, len(DUMP) + 1)]


def test_a_crc_of_another_type_is_told_and_stops_nothing(landing):
    head = bson.encode({"db": "h", "collection": "notes", "EOF": True, "CRC": bson.Int64(0)})
    odd = bson.encode({"db": "h", "collection": "notes", "EOF": True, "CRC": "x"})
    whole = archive([A], [(A, None)])
    assert head in whole
    landing.write("dump.archive", whole.replace(head, odd))
    assert landing.ingest()["dump.archive"].problem == "documents of notes are not as they were dumped"


def test_a_malformed_document_in_an_archive_costs_itself_alone(landing):
    broken = struct.pack("<i", 7) + DUMP[2][4:]
    segments = [(A, [DUMP[0], broken, DUMP[1]]), (B, [broken]), (A, None), (B, None)]
    landing.write("dump.archive", archive([A, B], segments))
    found = landing.ingest()["dump.archive"]
    assert (found.records, found.rejected, found.lines) == (2, 2, 4)
    assert found.problem == "documents of notes are not as they were dumped"
    assert {row["text_bytes"] for row in landing.lake.table("rejects")} == {len(broken)}
    assert {row["reason"] for row in landing.lake.table("rejects")} == {"no BSON document"}


def test_bson_is_known_without_its_name_too(landing):
    landing.write("export", DUMP[0] + DUMP[2])
    landing.write("numbers.dat", bson.encode({"a": 1, "b": "x" * 50}))
    found = landing.ingest()
    assert (found["export"].format, found["export"].records) == ("mongodump", 2)
    assert found["numbers.dat"].status == "rejected"
    landing.write(
        "notes.metadata.json", b'{"indexes":[{"v":2,"key":{"_id":1},"name":"_id_"}],"type":"collection"}'
    )
    assert "describes a dump" in landing.ingest()["notes.metadata.json"].problem
    assert orjson.loads(landing.lake.table("documents")[1]["attrs"]) is not None
