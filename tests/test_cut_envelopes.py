"""Where a log in envelopes is cut changes no record: not of instances that interleave, nor of memos."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kernel_lab import Read, entry, lines, plan, render, values

MEMO = "[addInlineThread] x: noteId=64, content=가"
LONG = f"[App] {'a' * 60}"
#: Bytes before the lines: the end of a memo begun before a source is looked for in its first block alone.
BEFORE = 1 << 20
INSTANCES = ("a", "b")


def text_copy(number, _, said):
    return f"2025-06-20 06:30:{number:02}  {said}"


def render_stream(number, instance, said):
    return f"<14>1 2025-06-20T01:00:{number:02}.5Z api srv-{instance} 1 srv-{instance} - {said}"


def syslog(number, instance, said):
    return f"<14>1 2025-06-20T01:00:{number:02}Z vm-{instance} node 8 - - {said}"


def syslog_without_year(number, instance, said):
    return f"<13>Jun 20 10:00:{number:02} vm-{instance} node[8]: {said}"


def cri(number, instance, said):
    return f"2025-06-20T01:00:{number:02}.123456789Z {'stdout' if instance == 'a' else 'stderr'} F {said}"


def docker(number, instance, said):
    stream = "stdout" if instance == "a" else "stderr"
    return json.dumps({"log": f"{said}\n", "stream": stream, "time": f"2025-06-20T01:00:{number:02}.1Z"})


def journald(number, instance, said):
    at = str(1_750_381_200_000_000 + number * 1_000_000)
    return json.dumps({"__REALTIME_TIMESTAMP": at, "_HOSTNAME": f"vm-{instance}", "MESSAGE": said})


ENVELOPES = {
    "render-text": text_copy,
    "render-syslog": render_stream,
    "syslog": syslog,
    "syslog-bsd": syslog_without_year,
    "cri": cri,
    "docker": docker,
    "journald": journald,
}

SAID = st.sampled_from(
    [
        "[App] start",
        "    at f (/x.js:1:2)",
        "}",
        "",
        MEMO,
        "둘째",
        "나...",
        LONG,
        "[TimeProcessor] 세션 완료 - 64f0aa10bb20cc30dd40ee95",
        "  [TimeProcessor] 클라이언트 시간 처리 성공",
    ]
)
PRINTED = st.lists(st.tuples(st.sampled_from(INSTANCES), SAID), min_size=1, max_size=14)
CUTS = st.sets(st.integers(1, 13), max_size=3)


def of_a(*said):
    """Return what the first instance alone prints."""
    return [("a", line) for line in said]


#: A memo without its end; what follows is closed in the block behind it, but for that block's last record.
CUT_OFF = of_a(MEMO, LONG, "둘째")
#: The same with the rest of the memo at the beginning of that block, which may be one for all it knows.
CUT_INSIDE = of_a(MEMO, "둘째", "나...", LONG, "셋째", "나...")


def pieces(count, cuts):
    """Return the bounds of the parts that so many lines fall into."""
    places = [0, *sorted(cut for cut in cuts if cut < count), count]
    return pairwise(places)


def line_blocks(data, cuts):
    """Return lines as blocks that begin where the cuts are."""
    return [
        lines(b"".join(data[begin:end]), begin + 1, BEFORE + len(b"".join(data[:begin])))
        for begin, end in pieces(len(data), cuts)
    ]


def entry_blocks(entries, cuts):
    """Return entries as blocks that begin where the cuts are, each entry on a line of its own."""
    whole = values(entries)
    found = []
    for begin, end in pieces(len(entries), cuts):
        block = values(entries[begin:end], list(range(begin + 1, end + 1)))
        offsets = BEFORE + whole.places.byte_offset[begin:end]
        block.places.byte_offset[:] = offsets
        found.append(replace(block, line_no=begin + 1, byte_offset=int(offsets[0])))
    return found


def assert_same(cut, whole, count):
    assert (cut.events, cut.blank, cut.redactions) == (whole.events, whole.blank, whole.redactions)
    assert sorted(whole.covered() + whole.blank) == list(range(1, count + 1))


@pytest.mark.parametrize("envelope", ENVELOPES)
@settings(max_examples=4, deadline=None)
@example(CUT_OFF, {1})
@example(CUT_INSIDE, {1, 2})
@example(CUT_INSIDE, {2, 4})
@given(PRINTED, CUTS)
def test_cuts_change_no_record_of_lines_in_an_envelope(envelope, printed, cuts):
    data = [
        f"{ENVELOPES[envelope](number, instance, line)}\n".encode()
        for number, (instance, line) in enumerate(printed)
    ]
    source = plan(envelope=envelope)
    assert_same(Read(line_blocks(data, cuts), source), Read(line_blocks(data, ()), source), len(data))


@settings(max_examples=12, deadline=None)
@example(CUT_OFF, {1}, False)
@example(CUT_OFF, {2}, True)
@example(CUT_INSIDE, {2, 4}, False)
@given(PRINTED, CUTS, st.booleans())
def test_cuts_change_no_record_of_pages(printed, cuts, newest_first):
    entries = [
        entry(line, f"01:00:{number:02}", instance=instance)
        for number, (instance, line) in enumerate(printed)
    ]
    if newest_first:
        entries.reverse()
    whole = Read(entry_blocks(entries, ()), render())
    assert_same(Read(entry_blocks(entries, cuts), render()), whole, len(entries))
