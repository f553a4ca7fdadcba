"""Lines are cut at newlines only, whatever else is in them, and counted once."""

import hashlib

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import schema
from pipeline.formats import text_views
from pipeline.ingest.cutters import cutter
from pipeline.ingest.cutters.cutter import LineCutter, Place, ValueLineCutter, with_last
from pipeline.ingest.inputs.source import Content
from pipeline.ingest.tally import Tally


def cut(data, block, kind=LineCutter, chunk=13):
    content = Content((), iter([data[i : i + chunk] for i in range(0, len(data), chunk)]))
    found = kind(content, Place(), block)
    return list(with_last(found.blocks())), found


@settings(max_examples=100, deadline=None)
@given(
    lines=st.lists(st.sampled_from([b"", b"a", b"\r", b"\x00", "\u2028".encode(), b"\x85\x0b", b"x" * 30])),
    end=st.booleans(),
    block=st.sampled_from([1, 10, 1000]),
)
def test_blocks_of_lines_are_the_bytes_in_order_each_cut_behind_a_newline(lines, end, block):
    data = b"\n".join(lines) + (b"\n" if end else b"")
    blocks, found = cut(data, block)
    assert b"".join(b.data for b in blocks) == data
    assert [b.last for b in blocks] == [False] * (len(blocks) - 1) + [True]
    for each in blocks:
        assert data[each.byte_offset : each.byte_offset + len(each.data)] == each.data
        assert each.line_no == data.count(b"\n", 0, each.byte_offset) + 1
        assert each.byte_offset == 0 or data[each.byte_offset - 1] == ord("\n")
    assert found.lines == data.count(b"\n") + (data != b"" and not data.endswith(b"\n"))
    unfinished = data.rfind(b"\n") + 1
    place = found.unfinished or found.end
    assert place.offset == unfinished
    assert place.line_no == data.count(b"\n") + 1


@pytest.mark.parametrize("block", [20, 1000])
def test_a_line_too_long_is_known_by_its_hash_and_its_neighbours_are_whole(monkeypatch, block):
    monkeypatch.setattr(LineCutter, "limit", 50)
    long, longer = b"x" * 51, b"y" * 400
    data = b"before\n" + long + b"\nbetween\n" + longer + b"\nafter\n"
    blocks, found = cut(data, block)
    assert [b.data for b in blocks if b.data] == [b"before\n", b"between\n", b"after\n"]
    skipped = [entry for b in blocks for entry in b.skipped]
    assert [(e.line_no, e.line_count, e.byte_offset, e.bytes) for e in skipped] == [
        (2, 1, 7, 52),
        (4, 1, 67, 401),
    ]
    assert skipped[1].sha256 == hashlib.sha256(longer + b"\n").hexdigest()
    assert found.lines == 5


@pytest.mark.parametrize("block", [30, 1000])
def test_behind_a_hole_of_nul_bytes_the_line_is_kept_whole(monkeypatch, block):
    monkeypatch.setattr(LineCutter, "limit", 50)
    data = b"before\n" + b"\x00" * 200 + b"first behind\nsecond\n"
    blocks, found = cut(data, block)
    texts = b"".join(b.data.lstrip(b"\x00") for b in blocks)
    assert texts == b"before\nfirst behind\nsecond\n"
    assert [b.line_no for b in blocks if b"first" in b.data] == [2]
    assert not [entry for b in blocks for entry in b.skipped]
    assert (found.lines, found.end) == (3, Place(227, 4))


def test_a_line_as_long_as_may_be_is_kept(monkeypatch):
    monkeypatch.setattr(LineCutter, "limit", 50)
    data = b"x" * 49 + b"\n" + b"y" * 50
    assert [b.data for b in cut(data, 1000)[0]] == [b"x" * 49 + b"\n", b"y" * 50]


def test_an_endless_line_passes_in_flat_memory(monkeypatch):
    monkeypatch.setattr(LineCutter, "limit", 1000)
    taken = []
    monkeypatch.setattr(
        Content, "take", lambda self, size, take=Content.take: taken.append(size) or take(self, size)
    )
    blocks, found = cut(b"x" * 100_000, 500, chunk=500)
    assert [entry.bytes for b in blocks for entry in b.skipped] == [100_000]
    assert (found.lines, found.unfinished) == (1, Place(0, 1))
    assert max(taken) == 500


def test_values_that_stand_one_per_line_are_found_without_the_blank_lines_between_them():
    data = b'{"a":1}\n\n \r\n{"b":2}\r\n{"c":3}'
    blocks, found = cut(data, 1000, ValueLineCutter)
    assert [b.data for b in blocks] == [b'{"a":1}\n{"b":2}\r', b'{"c":3}']
    assert [b.torn for b in blocks] == [False, True]
    assert blocks[0].places.line_no.tolist() == [1, 4]
    assert blocks[0].places.byte_offset.tolist() == [0, 12]
    assert blocks[0].blank.tolist() == [2, 3]
    assert (found.end, found.lines) == (Place(21, 5), 5)


@pytest.mark.parametrize(
    ("data", "limit", "at"),
    [
        (b"aaaa", 4, None),
        (b"aaaaa", 4, 0),
        (b"aaa\nbbbbb\n", 4, 4),
        (b"aaa\nbbb\n", 4, None),
        (b"a\n" * 50, 4, None),
    ],
)
def test_the_first_line_over_a_limit_is_found(data, limit, at):
    assert cutter._long_line(data, limit) == at


def counted(tally, lines):
    names = ("lines", "records", "events", "continuation", "rejected", "blank")
    return tuple(tally.columns(lines)[name] for name in names)


def records(*lines):
    rows = [{"line_no": line, "format": "app-log"} for line in lines]
    return pa.Table.from_pylist(rows, schema=schema.EVENTS.arrow)


def rejects(*spans):
    rows = [{"line_no": line, "line_count": count} for line, count in spans]
    return pa.Table.from_pylist(rows, schema=schema.REJECTS.arrow)


NO_LINES = np.zeros(0, np.int64)


def test_a_line_is_what_is_strongest_on_it():
    """Line 1: two records; 2: a reject and a record; 3-4: a reject; 5: blank; 6: neither."""
    tally = Tally()
    tally.add(records(1, 2, 1), rejects((2, 1), (3, 2)), np.array([4, 5]), {}, "x")
    tally.settle()
    assert counted(tally, 6) == (6, 3, 2, 1, 2, 1)


def test_a_record_told_late_counts_on_a_line_that_waits():
    tally = Tally()
    tally.add(records(2), rejects((1, 1)), NO_LINES, {}, "x")
    tally.settle(before=1)
    tally.add(records(1, 3), rejects(), NO_LINES, {}, "x")
    tally.settle(before=3)
    tally.add(records(3), rejects(), NO_LINES, {}, "x")
    tally.settle()
    assert counted(tally, 4) == (4, 4, 3, 1, 0, 0)


def test_a_tally_goes_on_from_what_was_written_down_of_it():
    first, whole = Tally(), Tally()
    for tally in (first, whole):
        tally.add(records(1, 2), rejects((3, 2)), np.array([5]), {"email": 2}, "x")
        tally.settle(before=3)
    again = Tally.load(first.dump())
    for tally in (again, whole):
        tally.add(records(4, 6), rejects(), NO_LINES, {"email": 1}, "x")
        tally.settle()
    assert again.columns(7) == whole.columns(7)
    assert again.redactions == {"email": 3}
    assert counted(again, 7) == (7, 4, 4, 1, 1, 1)


def test_the_format_is_that_of_most_records_and_the_first_by_name_among_equals():
    tally = Tally()
    assert tally.format is None
    rows = [{"line_no": n, "format": label} for n, label in enumerate(["b", "a", "c", "a", "b"])]
    tally.add(pa.Table.from_pylist(rows, schema=schema.EVENTS.arrow), rejects(), NO_LINES, {}, "x")
    assert tally.format == "a"


@given(st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=20)))
def test_lines_that_point_into_a_block_are_equal_to_lines_of_their_own(lines):
    lines += ["", "twelve bytes", "thirteen byte", "메모를 저장했습니다", "메모를 저장했습니다"]
    data = "\n".join(lines).encode()
    text = text_views.texts(data, *text_views.bounds(data))
    own = pl.Series("text", lines, dtype=pl.String)
    assert text.to_list() == lines
    assert (text == own).all()
    assert text.n_unique() == len(set(lines))


@given(st.binary(max_size=40), st.lists(st.integers(0, 45), max_size=5), st.binary(max_size=20))
def test_bytes_are_read_and_found_wherever_they_stand(data, places, literal):
    at = np.array([place for place in places if place <= len(data)], dtype=np.int64)
    padded = data + bytes(20)
    assert text_views.words(data, at).tolist() == [
        int.from_bytes(padded[place : place + 8], "little") for place in at.tolist()
    ]
    inside = at[at + len(literal) <= len(data)]
    assert text_views.stands(literal, data, inside).tolist() == [
        data[place:].startswith(literal) for place in inside.tolist()
    ]


@given(st.lists(st.none() | st.text(max_size=20)), st.integers(1, 30), st.integers(0, 3))
def test_the_first_bytes_of_texts_are_theirs_wherever_these_lie(texts, width, cut):
    """In a block or apart, long or in their views, null, and in a part of a column."""
    texts += ["thirteen byte", None, "메모를 저장했습니다"]
    data = "\0".join(text or "" for text in texts).encode()
    ends = np.cumsum([len((text or "").encode()) + 1 for text in texts]) - 1
    starts = np.append(0, ends[:-1] + 1)
    told = pl.Series([text is not None for text in texts])
    within = text_views.texts(data, starts, ends).set(~told, None)
    own = pl.Series(texts, dtype=pl.String)
    for column in (within, own, pl.concat([own, within])):
        some = column.slice(cut)
        found = text_views.first_bytes(some, width)
        assert found.shape == (len(some), width)
        wanted = [(text or "").encode()[:width].ljust(width, b"\0") for text in some.to_list()]
        assert [bytes(row) for row in found] == wanted


_CHARACTERS = ["a", "é", "한", "\U0001f600", "\ud7ff", "\U0010ffff"]
_NO_CHARACTERS = [b"\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xed\x95", b"\xff", b"\n"]


@given(
    st.lists(
        st.sampled_from([*(one.encode() for one in _CHARACTERS), *_NO_CHARACTERS]) | st.binary(max_size=3)
    )
)
def test_bytes_are_text_where_the_language_itself_decodes_them(parts):
    data = b"".join(parts)
    try:
        data.decode()
    except UnicodeDecodeError:
        assert not text_views.is_utf8(data)
    else:
        assert text_views.is_utf8(data)
