"""mongodump's archives: collections whose documents take turns, each with a sum at its end."""

import gzip
import os
import struct

import bson
import pytest
from bson_lab import DUMP, canonical, slow_crc, told
from ingest_lab import Landing

from pipeline.ingest.cutters.archive_cutter import END, MAGIC


@pytest.fixture
def landing(tmp_path, monkeypatch):
    return Landing(tmp_path, monkeypatch)


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
    monkeypatch.setattr("pipeline.ingest.cutters.cutter.BLOCK", block)
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
    # Of three nights: of one, the second would be a copy of the first that is still being made.
    lying = archive([A, B], SEGMENTS, {A: 1})
    landing.write("lying-2025-06-20.archive", lying)
    landing.write("cut-2025-06-21.archive", archive([A, B], SEGMENTS[:-1]))
    landing.write("two-2025-06-22.archive", archive([A, ("g", "notes")], [(A, DUMP[:1]), (A, None)]))
    found = landing.ingest()
    assert {name: (one.status, one.problem) for name, one in found.items()} == {
        "lying-2025-06-20.archive": ("partial", "documents of notes are not as they were dumped"),
        "cut-2025-06-21.archive": ("partial", "the dump of notes has no end"),
        "two-2025-06-22.archive": ("partial", "the dump of g.notes has no end"),
    }
    assert {one.records for one in found.values()} == {6, 1}


def test_an_archive_that_grows_is_read_as_a_whole(landing):
    data = archive([A, B], SEGMENTS)
    for hour, end in enumerate((len(data) // 3, 2 * len(data) // 3, len(data))):
        os.utime(landing.write("notes.archive", data[:end]), (3600 * hour,) * 2)
        result = landing.ingest()["notes.archive"]
    assert (result.status, result.records, result.rejected) == ("ok", 6, 0)
    assert sorted(row["line_no"] for row in landing.lake.table("documents")) == [1, 2, 3, 4, 5, 6]
    assert landing.lake.table("rejects") == []


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
