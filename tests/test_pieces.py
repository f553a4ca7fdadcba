"""Lines that a container runtime cut into pieces are read as they were printed."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_lab import grown
from kernel_lab import Read, lines, plan, read, read_in_blocks

from pipeline.ingest.records import pieces

CRI = {"envelope": "cri"}


def piece(said, tag="F", stream="stdout", second=0):
    return f"2025-06-20T01:00:{second:02}.5Z {stream} {tag} {said}\n"


def test_a_line_in_pieces_is_one_record_with_the_time_of_its_first():
    whole = json.dumps({"level": 50, "time": 1750381200599, "pid": 1, "hostname": "x1", "msg": "가" * 30})
    text = piece(whole[:20], "P") + piece(whole[20:41], "P", second=1) + piece(whole[41:], second=2)
    found = read(text + piece("[App] next", second=3), **CRI)
    first, second = found.events
    assert (first["format"], first["message"], first["severity"]) == ("pino", "가" * 30, "error")
    assert (first["line_no"], first["line_count"], first["line_spans"]) == (1, 3, None)
    assert (second["message"], second["line_no"], second["line_count"]) == ("[App] next", 4, 1)
    [told] = read(piece("wor", "P", second=7) + piece("ds", second=8), **CRI).events
    assert (told["message"], told["ts"].second) == ("words", 7)


def test_pieces_of_two_streams_by_turns_are_put_together_apart():
    text = (
        piece("[App] o", "P")
        + piece("Error: e", "P", "stderr")
        + piece("u", "P")
        + piece("rr", "F", "stderr")
        + piece("    at f (/x.js:1:2)", "F", "stderr")
        + piece("t", "F")
        + piece("    below", "F")
    )
    first, second = read(text, **CRI).events
    assert (first["message"], first["line_count"]) == ("[App] out", 3)
    assert [span["line_no"] for span in first["line_spans"]] == [1, 3, 6]
    # A container prints one thing at a time: what is indented goes on with the line that began last.
    assert second["message"] == "Error: err\n    at f (/x.js:1:2)\n    below"
    assert [tuple(span.values()) for span in second["line_spans"]] == [(2, 1), (4, 2), (7, 1)]


def test_a_colour_that_stands_in_two_pieces_hides_no_secret():
    text = piece("password\x1b[3", "P") + piece("1m=hunter2 user=u1", "F")
    assert read(text, **CRI).column("message") == ["password=[redacted] user=u1"]


@pytest.mark.parametrize("first", range(31, 34))
@pytest.mark.parametrize("second", range(60, 64))
def test_a_cut_goes_through_characters(first, second):
    said = ("메모 저장: 가나다라 " * 5 + "𝄞 끝").encode()
    tags = [(said[:first], b"P"), (said[first:second], b"P"), (said[second:-6], b"P"), (said[-6:], b"F")]
    lines = [b"2025-06-20T01:00:00.5Z stdout %s %s\n" % (tag, part) for part, tag in tags]
    other = piece("둘째", stream="stderr").encode()
    found = read(lines[0] + other + b"".join(lines[1:]), **CRI)
    assert sorted(found.column("message")) == sorted([said.decode(), "둘째"])
    assert found.rejects == []
    assert sorted(found.covered()) == [1, 2, 3, 4, 5]
    assert sorted(found.column("byte_offset")) == [0, len(lines[0])]


def test_pieces_that_are_no_utf_8_for_another_reason_stay_as_they_are():
    korean = [piece("메모 저", "P").encode("cp949"), piece("장 성공").encode("cp949")]
    assert read(b"".join(korean), **CRI).column("message") == ["메모 저장 성공"]
    never = [piece("", "P").encode().removesuffix(b"\n") + "가".encode()[:2] + b"\n", piece("b").encode()]
    [lost] = read(never[0], **CRI).rejects
    assert (lost["line_no"], lost["reason"]) == (1, "not UTF-8, and not CP949 either")
    found = read(b"".join(never), **CRI)
    assert found.column("message") == ["b"]
    assert [(lost["line_no"], lost["text"]) for lost in found.rejects] == [(1, None)]


def test_tags_may_be_more_than_one_and_a_last_piece_may_be_empty():
    text = piece("one", "P:x") + piece("", "F") + piece("two", "F:x:y")
    assert read(text, **CRI).column("message") == ["one", "two"]


def test_a_line_that_never_ends_is_one_and_takes_no_other_along():
    assert read(piece("a", "P") + piece("b", "P"), **CRI).column("message") == ["ab"]


def test_a_line_of_too_many_pieces_goes_on_as_another(monkeypatch):
    monkeypatch.setattr(pieces, "_MOST", 400)
    far = piece("[App] far", "P", "stderr") + piece("[App] x") * 20 + piece("[App] off", "F", "stderr")
    assert read(far, **CRI).column("message") == ["[App] far", *["[App] x"] * 20, "[App] off"]
    long = "".join(piece("y" * 90, "P") for _ in range(9)) + piece("end")
    found = read(long, **CRI)
    assert [len(message) for message in found.column("message")] == [360, 360, 93]
    assert sorted(found.covered()) == list(range(1, 11))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (piece("a") + piece("b"), 2),
        (piece("a") + piece("b", "P"), 1),
        (piece("a", "P") + piece("b", "F", "stderr"), 0),
        (piece("a", "P") + piece("b", "P", "stderr") + piece("c"), 0),
        (piece("a", "P") + piece("b", "P", "stderr") + piece("c") + piece("d", "F", "stderr"), 4),
        (piece("a", "P") + "no envelope\n" + piece("b"), 3),
    ],
)
def test_a_block_ends_where_no_line_is_in_pieces(text, place):
    ends = [0, *(at + 1 for at, byte in enumerate(text.encode()) if byte == ord("\n"))]
    assert pieces.last_whole(text.encode() + b"2025-06-20T01", plan(**CRI)) == ends[place]
    assert pieces.last_whole(text.encode(), plan()) == len(text)


def test_a_block_does_not_wait_for_pieces_that_stand_too_far_apart(monkeypatch):
    monkeypatch.setattr(pieces, "_MOST", 200)
    text = piece("a", "P", "stderr") + piece("b") * 20
    assert pieces.last_whole(text.encode(), plan(**CRI)) == len(text)
    text = piece("a", "P") * 20
    assert pieces.last_whole(text.encode(), plan(**CRI)) == len(text)


SAID = st.sampled_from(
    ["[App] start", "    at f (/x.js:1:2)", "}", "", "나...", f"[App] {'a' * 60}", "가나다"]
)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), SAID, st.integers(1, 4)), max_size=12),
    st.randoms(use_true_random=False),
    st.integers(1, 400),
)
def test_pieces_and_blocks_change_no_message(printed, random, block_bytes):
    """Each line whole, or in pieces with those of the other stream between them, however blocks are cut."""
    said = [("stdout", f"[App] {'x' * 60}", 1), *printed]
    whole = "".join(piece(text, "F", stream) for stream, text, _ in said)
    waiting, text = [], ""
    for stream, line, count in said:
        bounds = sorted(random.randrange(len(line) + 1) for _ in range(count - 1 if line else 0))
        parts = [line[a:b] for a, b in zip([0, *bounds], [*bounds, len(line)], strict=True)]
        # A line begins when the one before it on its stream has ended; the other's pieces fall between.
        while any(on == stream for on, _ in waiting):
            text += waiting.pop(0)[1]
        text += piece(parts[0], "F" if len(parts) == 1 else "P", stream)
        waiting += [(stream, piece(part, "P", stream)) for part in parts[1:-1]]
        waiting += [(stream, piece(part, "F", stream)) for part in parts[1:][-1:]]
    text += "".join(one for _, one in waiting)
    source = plan(**CRI)
    data = text.encode()
    found = read_in_blocks(data, source, block_bytes)
    assert found.column("message") == Read([lines(whole)], source).column("message")
    assert sorted(found.covered()) == list(range(1, text.count("\n") + 1))


def test_a_growing_file_gives_what_it_gives_in_one_go_wherever_it_was_cut(tmp_path, monkeypatch):
    text = (
        piece(f"[App] {'x' * 60}")
        + piece("[App] o", "P")
        + piece("Error: e", "P", "stderr")
        + piece("ut", "F")
        + piece("rr", "F", "stderr")
        + piece("    at f (/x.js:1:2)", "F", "stderr")
        + piece("[App] last")
    ).encode()
    ends = [at + 1 for at, byte in enumerate(text) if byte == ord("\n")]
    cuts_to_try = [[], *([end] for end in ends[:-1]), [ends[1] + 20, ends[3] - 1]]
    results = [
        grown(tmp_path / str(number), monkeypatch, "pod.log", text, cuts)
        for number, cuts in enumerate(cuts_to_try)
    ]
    assert [event[-1] for event in results[0]] == [
        f"[App] {'x' * 60}",
        "[App] out",
        "Error: err\n    at f (/x.js:1:2)",
        "[App] last",
    ]
    assert all(found == results[0] for found in results)
