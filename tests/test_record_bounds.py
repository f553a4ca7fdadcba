"""Blocks of lines are cut where a record begins for certain, so that no record crosses their bounds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_lab import Read, lines, plan

from pipeline.ingest.cutters import cutter, record_bounds
from pipeline.ingest.inputs.source import Content
from pipeline.ingest.model import Block
from pipeline.ingest.records import kernel
from pipeline.ingest.stitch import Stitcher

APP = {"formats": ("app-log",)}
HEAD = b"2025-07-15T00:00:00.000+09:00 ERROR failed\n"
FRAME = b"    at work (/app/work.js:1:2)\n"
LONG = b"GET /api/notes 200 12.345 ms - 310 and more than fifty-three\n"
MEMO = b'[addInlineThread] user=1 content="first line\n'


@pytest.mark.parametrize(
    ("data", "stated", "expected"),
    [
        (HEAD + FRAME + HEAD + FRAME, APP, len(HEAD + FRAME)),
        (HEAD + FRAME, APP, 0),
        (FRAME + FRAME, APP, 0),
        (FRAME + HEAD, APP, len(FRAME)),
        # A line without the head may go on with the record above it.
        (HEAD + HEAD + LONG, APP, len(HEAD)),
        (LONG + LONG + FRAME, {}, len(LONG)),
        # As short as the rest of a memo may be: 50 characters and three dots.
        (LONG + b"x" * 53 + b"\n", {}, 0),
        (LONG + b"x" * 54 + b"\n", {}, len(LONG)),
        (LONG + b"Caused by: " + b"x" * 54 + b"\n", {}, 0),
        (LONG + b"} " + b"x" * 54 + b"\n", {}, 0),
        # The kernel takes colours and holes out first: what is behind them may be indented.
        (LONG + b"\x1b[31m    at " + b"x" * 54 + b"\n", {}, 0),
        (LONG + b"\x00\x00" + b"x" * 54 + b"\n", {}, 0),
        (LONG + b"\xb0\xa1" * 54 + b"\n", {}, 0),
        # Streams of several instances stand one in the other.
        (HEAD + HEAD, {"envelope": "cri", **APP}, 0),
        (HEAD + HEAD, {"formats": ("check-output",)}, 0),
    ],
)
def test_the_last_line_is_found_on_which_a_record_begins_whatever_stands_before_it(data, stated, expected):
    assert record_bounds.last_start(data, len(data), plan(**stated)) == expected


def test_only_the_end_of_a_block_is_looked_through():
    stack = FRAME * 64
    near = HEAD + HEAD + FRAME * 62
    for data, start in ((near + HEAD + FRAME, len(near)), (HEAD + HEAD + stack, 0)):
        assert record_bounds.last_start(data, len(data), plan(**APP)) == start
        # What stands behind the last newline is not looked at.
        assert record_bounds.last_start(data + HEAD[:-1], len(data), plan(**APP)) == start
    # The line that the last 64 KiB begin in goes on there as a record would begin.
    inside = b"2025-07-15T00:00:00".ljust((1 << 16) - 1) + b"\n"
    assert record_bounds.last_start(HEAD + b"is " + inside, len(HEAD) + 3 + (1 << 16), plan(**APP)) == 0
    # What stands before the last 64 KiB is not looked at, and the line that they begin in is no whole one.
    wide = b"2025-07-15 00:00:00 " + b"x" * 65_535
    assert record_bounds.last_start(HEAD + wide + b"\n", len(HEAD + wide) + 1, plan(**APP)) == 0


def test_behind_a_block_that_ends_with_its_records_nothing_stays_open():
    source = plan(**APP)
    stitcher = Stitcher(source)
    first = kernel.parse(Block(FRAME + HEAD + FRAME, 1, 0, ends=True), source)
    closed = stitcher.add(first, heard_since=0, begun_since=0)
    assert stitcher.open_from is None
    assert sorted(closed.table["line_no"].to_pylist()) == [1, 2]
    last = kernel.parse(Block(HEAD + FRAME, 4, len(FRAME + HEAD + FRAME), begins=True), source)
    assert stitcher.add(last, heard_since=0, begun_since=0).table.num_rows == 0
    assert stitcher.open_from == (len(FRAME + HEAD + FRAME), 4)


def in_syslog(host, said):
    return f"<14>1 2025-06-20T01:00:00Z {host} api 8 - - {said}\n".encode()


def test_what_stands_below_an_envelope_is_in_its_block():
    stack = in_syslog("a", "TypeError: x") + FRAME + FRAME
    data = in_syslog("b", "ready") + stack
    assert record_bounds.last_wrapped(data, len(data), plan(envelope="syslog")) == len(data) - len(stack)
    for stated in (plan(envelope="cri"), plan(envelope="docker"), plan()):
        assert record_bounds.last_wrapped(data, len(data), stated) == 0


@pytest.mark.parametrize("block", range(300, 420, 8))
def test_a_stack_below_its_envelope_is_one_record_wherever_blocks_are_cut(block):
    printed = [
        in_syslog("ab"[number % 2], f"ready {number}")
        + (in_syslog("ab"[number % 2], "TypeError: x") + FRAME + FRAME) * (number % 3 == 0)
        for number in range(12)
    ]
    content = Content((), iter([b"".join(printed)[at : at + block] for at in range(0, 2000, block)]))
    source = plan(envelope="syslog")
    found = Read(cutter.LineCutter(content, cutter.Place(), block, plan=source).blocks(), source)
    assert sorted(found.column("line_count")) == [1] * 12 + [3] * 4
    assert found.column("instance") == [
        host for number in range(12) for host in "ab"[number % 2] * (1 + (number % 3 == 0))
    ]


LINES = st.lists(
    st.sampled_from([HEAD, FRAME, LONG, MEMO, b"and its rest...\n", b"short\n", b"\n", b"}\n"]),
    min_size=1,
    max_size=30,
)


@settings(deadline=None, max_examples=40)
@given(LINES, st.lists(st.integers(0, 30), max_size=5), st.sampled_from([APP, {}]))
def test_records_are_the_same_however_a_source_is_cut(found, cuts, stated):
    # What stands before a source's first record is hidden if its first block shows that the app prints memos.
    found.insert(0, HEAD)
    source = plan(**stated)
    whole = Read([lines(b"".join(found))], source)
    blocks, begins, rest, line_no, offset = [], False, b"", 1, 0
    places = sorted({min(cut, len(found)) for cut in cuts} | {len(found)})
    for start, end in zip([0, *places], places, strict=False):
        data = rest + b"".join(found[start:end])
        cut = record_bounds.last_start(data, len(data), source) if end < len(found) else 0
        taken = data[:cut] if cut else data
        blocks.append(Block(taken, line_no, offset, begins=begins, ends=bool(cut)))
        begins, rest = bool(cut), data[len(taken) :]
        line_no, offset = line_no + taken.count(b"\n"), offset + len(taken)
    apart = Read([block for block in blocks if block.data], source)
    assert apart.events == whole.events
    assert apart.blank == whole.blank
