"""Containers are checked to their last byte; what is whole is given before damage is told."""

import gzip
import tracemalloc
import zlib

import pytest

from pipeline.errors import InputFault
from pipeline.ingest import containers
from pipeline.ingest.containers import gunzip, peel
from pipeline.ingest.source import Content

TEXT = b"".join(b"line %d of a log\n" % n for n in range(20_000))


def unpacked(data, size=1000):
    """Return the content, and the fault that ended it."""
    found = bytearray()
    try:
        for chunk in gunzip(iter([data[i : i + size] for i in range(0, len(data), size)])):
            found += chunk
    except InputFault as fault:
        return bytes(found), fault.what
    return bytes(found), None


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
def test_members_one_behind_the_other_and_zeros_behind_them_are_one_content(size):
    data = gzip.compress(TEXT[:100]) + gzip.compress(b"") + gzip.compress(TEXT[100:2000]) + b"\x00" * 700
    assert unpacked(data, size) == (TEXT[:2000], None)


def test_a_stream_cut_anywhere_gives_a_beginning_of_its_content_and_a_fault():
    data = gzip.compress(TEXT)
    longest = 0
    for end in range(2, len(data), 997):
        content, fault = unpacked(data[:end])
        assert fault == "gzip cut short"
        assert TEXT.startswith(content)
        assert len(content) >= longest
        longest = len(content)
    assert unpacked(data[:-1]) == (TEXT, "gzip cut short")


@pytest.mark.parametrize("behind", [4, 8])
def test_a_wrong_checksum_or_length_is_told_behind_the_content(behind):
    data = bytearray(gzip.compress(TEXT))
    data[-behind] ^= 1
    content, fault = unpacked(bytes(data))
    assert content == TEXT
    assert fault == f"gzip damaged: incorrect {'data' if behind == 8 else 'length'} check"


def test_damage_in_the_middle_costs_nothing_that_stands_before_it():
    data = bytearray(gzip.compress(TEXT))
    middle = len(data) // 2
    data[middle : middle + 40] = b"\xff" * 40
    content, fault = unpacked(bytes(data))
    assert fault is not None
    before = zlib.decompressobj(31).decompress(bytes(data[:middle]))
    assert len(before) > 100_000
    assert content.startswith(before)


def test_something_else_behind_a_stream_is_told():
    assert unpacked(gzip.compress(TEXT) + b"not gzip") == (TEXT, "gzip followed by something else")


def test_a_stream_within_a_stream_is_taken_off_too_and_labels_stand_outermost_first():
    labels, chunks = peel(iter([gzip.compress(gzip.compress(TEXT))]))
    assert (labels, b"".join(chunks)) == (("gzip", "gzip"), TEXT)
    labels, chunks = peel(iter([TEXT]))
    assert (labels, b"".join(chunks)) == ((), TEXT)


def test_a_bomb_is_told_in_flat_memory(monkeypatch):
    monkeypatch.setattr(containers, "BOMB_BYTES", 100 << 20)
    packer = zlib.compressobj(9, wbits=31)
    data = b"".join([packer.compress(bytes(1 << 20)) for _ in range(300)] + [packer.flush()])
    tracemalloc.start()
    with pytest.raises(InputFault, match="400 times its size"):
        for _ in gunzip(iter([data])):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * containers.CHUNK


def test_the_content_tells_the_problem_and_keeps_what_came_before_it():
    labels, chunks = peel(iter([gzip.compress(TEXT)[:-3]]))
    content = Content(labels, chunks)
    assert content.take(len(TEXT) + 1) == TEXT
    assert (content.at_end(), content.problem) == (True, "gzip cut short")
