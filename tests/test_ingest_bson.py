"""mongodump's BSON: what the same documents give as Extended JSON, and faults stay alone."""

import struct

import bson
import orjson
import pytest
from bson_lab import DUMP, T, canonical, note, told
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_lab import Landing, counters

from pipeline.formats import bson_document
from pipeline.ingest.cutters import bson_cutter
from pipeline.ingest.cutters.cutter import Place
from pipeline.ingest.inputs.source import Content


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


def test_a_bson_file_that_grows_is_read_on(landing):
    data = b"".join(DUMP)
    for end in (len(DUMP[0]) + 30, len(data) - 7, len(data)):
        landing.write("notes-2025-06-20.bson", data[:end])
        result = landing.ingest()["notes-2025-06-20.bson"]
    assert counters(result) == dict.fromkeys(("lines", "records", "events"), len(DUMP)) | {
        "continuation": 0, "rejected": 0, "blank": 0,
    }  # fmt: skip
    assert sorted(row["line_no"] for row in landing.lake.table("documents")) == [*range(1, len(DUMP) + 1)]


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
