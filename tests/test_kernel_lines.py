"""Lines in, records out: what a line's bytes may be, what belongs together, what each line is counted as."""

import hashlib

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kernel_lab import Read, at, lines, plan, read

from pipeline.enrich import groups

APP = ("app-log",)


def test_a_stack_belongs_to_the_line_above_it_and_the_next_head_closes_it():
    text = (
        "2025-06-20T10:00:00.431+09:00 ERROR 노트 생성 중 오류 발생: TypeError: x is null\n"
        "    at create (/app/note.js:1:2)\n"
        "    at run (/app/run.js:3:4)\n"
        "2025-06-20T10:00:01.000+09:00 INFO  done\n"
    )
    first, second = read(text, formats=APP).events
    assert (first["line_no"], first["line_count"], first["line_spans"]) == (1, 3, None)
    assert first["message"] == (
        "노트 생성 중 오류 발생: TypeError: x is null\n"
        "    at create (/app/note.js:1:2)\n"
        "    at run (/app/run.js:3:4)"
    )
    assert (first["ts"], first["ts_source"], first["ts_assumed"]) == (at(1, micro=431000), "line", None)
    assert (first["format"], first["severity"]) == ("app-log", "error")
    assert first["attrs"]["error_name"] == "TypeError"
    assert (second["message"], second["line_no"]) == ("done", 4)
    assert second["byte_offset"] == len("".join(text.splitlines(keepends=True)[:3]).encode())


def test_inside_an_app_log_access_lines_become_requests():
    text = (
        "2025-06-20T10:00:00.431+09:00 WARN  GET /api/notes/64f0aa10bb20cc30dd40ee99?x=1 404 12.5 ms - 45\n"
    )
    [event] = read(text, formats=APP).events
    assert event["format"] == "app-log"
    assert (event["http_method"], event["http_path"], event["http_route"]) == (
        "GET",
        "/api/notes/64f0aa10bb20cc30dd40ee99",
        "/api/notes/:id",
    )
    assert (event["http_status"], event["duration_ms"], event["response_bytes"]) == (404, 12.5, 45)


def test_a_path_ends_before_its_query_and_its_fragment_whatever_stands_beside_it():
    assert read("GET /a#b 200 1 ms - 5\n").column("http_path") == ["/a"]
    assert read("GET /a#b 200 1 ms - 5\nGET /c?d#e 200 1 ms - 5\n").column("http_path") == ["/a", "/c"]
    assert read("GET /%ea%b0%80/b 200 1 ms - 5\n").column("http_route") == ["/:value/b"]


def test_in_an_app_log_a_line_without_its_head_is_a_record_only_where_another_format_knows_it():
    text = (
        "2025-06-20T10:00:00Z INFO  three lines:\n"
        "second\n"
        "third\n"
        "GET /api/notes - - ms - -\n"
        "2025-06-20T10:00:01Z INFO  end\n"
    )
    events = read(text, formats=APP).events
    assert [(event["line_no"], event["line_count"], event["format"]) for event in events] == [
        (1, 3, "app-log"),
        (4, 1, "morgan-dev"),
        (5, 1, "app-log"),
    ]


def test_a_dump_ends_with_its_closing_bracket():
    text = (
        "세션 생성 중 오류 발생: MongoServerError: E11000 duplicate key\n"
        "    at save (/app/x.js:1:1) {\n"
        "  code: 11000,\n"
        "  keyValue: { userId: 1 }\n"
        "}\n"
        "[App] next\n"
    )
    first, second = read(text).events
    assert (first["line_count"], second["line_no"]) == (5, 6)


def test_blank_lines_between_records_are_blank_and_those_inside_belong_to_the_record():
    text = "\n[App] a\n  in a\n\n  still in a\n \n\t\n[App] b\n\n"
    found = read(text)
    assert [(event["line_no"], event["line_count"]) for event in found.events] == [(2, 4), (8, 1)]
    assert found.blank == [1, 6, 7, 9]
    assert found.events[0]["message"] == "[App] a\n  in a\n\n  still in a"


def test_a_first_line_that_is_no_text_takes_none_along_behind_its_byte_order_mark():
    found = read(b"\xef\xbb\xbf\xff\xfe\xfa\n[App] ready\n")
    assert found.column("message") == ["[App] ready"]
    assert [(lost["line_no"], lost["text"]) for lost in found.rejects] == [(1, None)]


def test_what_stands_before_the_first_start_is_a_record_marked_as_a_fragment():
    found = read("    at lost (/app/x.js:1:1)\n[App] a\n")
    assert [event["attrs"].get("fragment") for event in found.events] == [True, None]
    assert found.covered() == [1, 2]


def test_the_text_of_an_inline_memo_ends_with_its_three_dots_and_is_not_kept():
    text = (
        "[addInlineThread] 새 인라인메모 쓰레드 생성 시도: noteId=64f0aa10bb20cc30dd40ee51, content=첫 줄\n"
        "둘째 줄\n"
        "셋째...\n"
        "[App] next\n"
    )
    found = read(text)
    assert [event["line_count"] for event in found.events] == [3, 1]
    assert found.events[0]["message"].endswith("content=[redacted]")
    assert found.redactions == {"memo_line": 1}


def test_a_memo_that_is_cut_off_takes_no_line_that_is_too_far():
    text = "[addInlineThread] x: noteId=64, content=" + "가" * 40 + "\n" + "나" * 40 + "...\n[App] next\n"
    assert [event["line_count"] for event in read(text).events] == [1, 1, 1]


def test_a_line_that_nobody_knows_is_kept_as_it_is():
    [event] = read("무엇인지 모르는 줄 {1}\n").events
    assert (event["format"], event["message"]) == ("generic", "무엇인지 모르는 줄 {1}")
    known = {"format", "message", "mask_id", "file_id", "source", "line_no", "byte_offset", "line_count"}
    assert {name for name, value in event.items() if value not in (None, {})} == known


def test_only_a_newline_ends_a_line():
    odd = "a\x0bb\x0cc\x85d\u2028e\rf"
    found = read(f"{odd}\r\nnext\r\n")
    assert found.column("message") == [odd, "next"]
    assert found.column("byte_offset") == [0, len(odd.encode()) + 2]


def test_colours_and_a_byte_order_mark_are_taken_off():
    [event] = read("\ufeff\x1b[0mGET /r \x1b[36m302\x1b[0m 0.448 ms - 24\x1b[0m\n").events
    assert (event["message"], event["http_status"]) == ("GET /r 302 0.448 ms - 24", 302)


def test_a_line_behind_a_hole_of_nuls_is_read_and_a_line_of_nuls_is_rejected():
    data = b"\x00" * 5000 + b"2025-06-20T10:00:00Z INFO x\n" + b"\x00" * 7 + b"\nlast\n"
    found = read(data)
    assert found.column("message") == ["x", "last"]
    assert found.column("byte_offset") == [0, 5000 + 28 + 8]
    [lost] = found.rejects
    assert (lost["line_no"], lost["byte_offset"], lost["text_bytes"]) == (2, 5028, 7)
    assert lost["reason"] == "nothing but NUL bytes"


def test_an_empty_line_beside_a_hole_is_no_hole():
    found = read(b"Error: x\r\n\r\n    at f (/x.js:1:2)\r\n\x00\x00\r\nnext\r\n")
    assert found.column("message") == ["Error: x\n\n    at f (/x.js:1:2)", "next"]
    assert [lost["line_no"] for lost in found.rejects] == [4]


def test_korean_in_cp949_among_utf8_is_read_and_broken_utf8_rejected_by_its_hash():
    broken = "시간".encode()[:-1] + b"."
    data = "메모 저장\n".encode() + "메모 저장 똠\n".encode("cp949") + broken + b"\n" + b"\xff\xfe\n"
    found = read(data)
    assert found.column("message") == ["메모 저장", "메모 저장 똠"]
    assert [(lost["line_no"], lost["text"], lost["text_sha256"]) for lost in found.rejects] == [
        (3, None, hashlib.sha256(broken).hexdigest()),
        (4, None, hashlib.sha256(b"\xff\xfe").hexdigest()),
    ]
    assert {lost["reason"] for lost in found.rejects} == {"not UTF-8, and not CP949 either"}


def test_a_line_of_more_than_a_mebibyte_is_rejected_and_its_neighbours_are_not():
    found = read("a\n" + "x" * (1 << 20) + "\n" + "y" * ((1 << 20) + 1) + "\nb\n")
    assert [len(message) for message in found.column("message")] == [1, 1 << 20, 1]
    [lost] = found.rejects
    assert (lost["line_no"], lost["text"], lost["text_bytes"]) == (3, None, (1 << 20) + 1)


def test_a_record_is_cut_at_a_thousand_lines_and_goes_on_as_another():
    found = read("[App] a\n" + "  x\n" * 2499 + "[App] b\n")
    assert found.column("line_count") == [1000, 1000, 500, 1]
    assert found.column("line_no") == [1, 1001, 2001, 2501]
    assert [event["attrs"].get("fragment") for event in found.events] == [None, True, True, None]


def test_a_record_is_cut_before_it_passes_a_mebibyte():
    line = "  " + "x" * 299_997
    found = read("[App] a\n" + f"{line}\n" * 5 + "[App] b\n")
    assert found.column("line_count") == [4, 2, 1]


def test_an_empty_block_gives_nothing():
    found = read("")
    assert (found.events, found.rejects, found.blank) == ([], [], [])


def test_service_and_instance_come_from_the_settings():
    [event] = read("x\n", service="api", instance="legacy-1").events
    assert (event["service"], event["instance"]) == ("api", "legacy-1")


LINE = st.sampled_from(
    [
        "",
        "  ",
        "[App] start",
        "    at f (/x.js:1:2)",
        "}",
        "2025-06-20T10:00:00.431+09:00 INFO  GET /api/notes 200 12.5 ms - 45",
        "2025-06-20T10:00:00Z ERROR x: TypeError: y",
        "words of no format",
        "[TimeProcessor] 세션 완료 - 64f0aa10bb20cc30dd40ee95",
        "  [TimeProcessor] 클라이언트 시간 처리 성공",
        "[addInlineThread] x: noteId=64, content=가",
        "나...",
        "\x00\x00",
    ]
)


@settings(max_examples=50, deadline=None)
@example(["", "나..."], {1}, False)
@example(["[addInlineThread] x: noteId=64, content=가", "둘째", "나..."], {1, 2}, False)
@example(["[addInlineThread] x: noteId=64, content=가", f"[App] {'a' * 60}", "나..."], {1}, False)
@example(["[addInlineThread] x: noteId=64, content=가", "둘째", f"[App] {'a' * 60}", "셋째"], {2}, False)
@given(st.lists(LINE, min_size=1, max_size=30), st.sets(st.integers(1, 29)), st.booleans())
def test_every_line_is_in_one_place_and_cuts_change_nothing(found, cuts, headed):
    """Records, rejects and blank lines share out the lines; where blocks are cut does not matter.

    The end of a memo that a source may begin with is looked for in the first block alone: that is longer.
    """
    source = plan(formats=APP if headed else ())
    data = [f"{text}\n".encode() for text in found]
    whole = Read([lines(b"".join(data))], source)
    tail = groups.tail_of_memo(pl.Series(found, dtype=pl.String))
    places = sorted(cut for cut in cuts if tail <= cut < len(data))
    blocks, begin, offset = [], 0, 0
    for end in [*places, len(data)]:
        part = b"".join(data[begin:end])
        blocks.append(lines(part, begin + 1, offset))
        begin, offset = end, offset + len(part)
    cut = Read(blocks, source)
    assert sorted(whole.covered() + whole.blank + [row["line_no"] for row in whole.rejects]) == list(
        range(1, len(data) + 1)
    )
    assert (cut.events, cut.blank, cut.redactions) == (whole.events, whole.blank, whole.redactions)
    assert sorted(row["line_no"] for row in cut.rejects) == sorted(row["line_no"] for row in whole.rejects)
