"""What collectors put around lines: time, host and service come off, the lines inside go on."""

import random
from datetime import UTC, datetime

import polars as pl
import pytest
from ingest_lab import grown
from kernel_lab import Read, at, lines, plan, read

from pipeline import formats
from pipeline.ingest.records import memo_tails

NEAR = datetime(2025, 6, 21, tzinfo=UTC)


def frame(second, instance, text):
    """Return a frame of Render's stream."""
    return f"<14>1 2025-06-20T01:00:{second:02}.5Z api srv-{instance} 1 srv-{instance} - {text}\n"


COPY = (
    "2025-06-20 06:30:00  세션 생성 중 오류 발생: TypeError: x is null\n"
    "2025-06-20 06:30:00      at create (/app/x.js:1:1)\n"
    "\n"
    "2025-06-20 06:30:01  POST /api/notes 201 12.5 ms - 45\n"
    '2025-06-20 06:30:02  {"level":30,"time":1750381202599,"msg":"hi"}\n'
)


def test_a_text_copy_is_in_the_viewer_s_zone_and_its_stacks_are_joined():
    found = read(COPY, envelope="render-text", timezone="Asia/Kolkata", timezone_known=True)
    first, second, third = found.events
    assert (first["ts"], first["ts_source"], first["ts_assumed"]) == (at(1), "envelope", None)
    assert first["message"] == "세션 생성 중 오류 발생: TypeError: x is null\n    at create (/app/x.js:1:1)"
    assert (first["line_count"], first["format"], first["severity"]) == (2, "controller-error", "error")
    assert (second["http_method"], second["http_status"], second["ts"]) == ("POST", 201, at(1, 0, 1))
    assert (third["format"], third["ts"], third["ts_source"]) == ("pino", at(1, 0, 2, 599_000), "line")
    assert found.blank == [3]


def test_a_zone_that_nobody_set_is_told_as_assumed():
    assert read(COPY, envelope="render-text").column("ts_assumed") == [["zone"], ["zone"], None]


def test_lines_of_instances_that_interleave_are_joined_per_instance():
    text = (
        frame(0, "a", "[x] group")
        + frame(1, "b", "TypeError: y")
        + frame(2, "a", "  in a")
        + frame(3, "b", "    at y (y.js:1:1)")
        + frame(4, "a", "  end")
    )
    first, second = read(text, envelope="render-syslog").events
    assert (first["instance"], first["message"]) == ("srv-a", "[x] group\n  in a\n  end")
    assert [tuple(span.values()) for span in first["line_spans"]] == [(1, 1), (3, 1), (5, 1)]
    assert (second["instance"], second["line_no"], second["line_count"]) == ("srv-b", 2, 2)
    assert (second["service"], second["ts"]) == ("api", at(1, 0, 1, 500_000))


def test_a_line_without_its_envelope_goes_on_with_the_instance_before_it():
    text = frame(0, "a", "TypeError: x") + "    at x (x.js:1:1)\n" + frame(1, "b", "other")
    first, second = read(text, envelope="render-syslog").events
    assert (first["message"], first["line_count"]) == ("TypeError: x\n    at x (x.js:1:1)", 2)
    assert second["instance"] == "srv-b"


def test_blocks_of_a_stream_are_joined_as_if_they_were_one():
    text = "".join(frame(n, "ab"[n % 2], "start" if n < 2 else f"  {n}") for n in range(10))
    whole = Read([lines(text)], plan(envelope="render-syslog")).events
    cut = text.index("\n", len(text) // 2) + 1
    parts = [lines(text[:cut]), lines(text[cut:], text[:cut].count("\n") + 1, len(text[:cut].encode()))]
    assert Read(parts, plan(envelope="render-syslog")).events == whole
    assert len(whole) == 2


def test_a_growing_stream_gives_what_it_gives_in_one_go_wherever_it_was_cut(tmp_path, monkeypatch):
    text = "".join(
        frame(n, instance, said)
        for n, (instance, said) in enumerate(
            (
                ("a", "one, too long for the rest of a memo that began before the source"),
                ("b", "two, too long for the rest of a memo that began before the source"),
                ("a", "[x] group"),
                ("b", "[y] group"),
                ("a", "  in a"),
                ("b", "  in b"),
                ("a", "  a end"),
                ("a", "three"),
                ("b", "  b end"),
            )
        )
    ).encode()
    ends = [place + 1 for place, byte in enumerate(text) if byte == ord("\n")]
    chance = random.Random(7)
    cuts_to_try = [[end] for end in ends] + [sorted(chance.sample(range(1, len(text)), 2)) for _ in range(6)]
    results = [
        grown(tmp_path / str(number), monkeypatch, "stream.log", text, cuts)
        for number, cuts in enumerate([[], *cuts_to_try])
    ]
    assert len(results[0]) == 5
    assert all(found == results[0] for found in results)


def test_times_of_syslog_without_a_year_get_the_nearest_and_say_so():
    [event] = read("<13>Jun 20 10:00:01 vm-1 node[8]: hi\n", envelope="syslog-bsd", near=NEAR).events
    assert (event["ts"], event["ts_assumed"]) == (at(1, 0, 1), ["zone", "year"])
    assert (event["instance"], event["service"], event["message"]) == ("vm-1", "node", "hi")


def test_an_envelope_is_told_where_most_of_the_lines_are_in_it():
    stamped = frame(0, "a", "x").strip()
    assert formats.guess_envelope([stamped, stamped, "plain", ""]) == "render-syslog"
    assert formats.guess_envelope([stamped, "plain"]) is None
    assert formats.guess_envelope([]) is None


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("syslog", "<14>1 2025-06-20T01:00:00Z vm-1 cron - - - x"),
        ("syslog", "<14>1 2025-06-20T01:00:00Z vm-1 srv - - - x"),
        ("render-syslog", "<14>1 2025-06-20T01:00:00Z job crn-abc 1 crn-abc - x"),
        ("render-syslog", "87 <14>1 2025-06-20T01:00:00Z api srv-abc 1 srv-abc - x"),
    ],
)
def test_the_two_readings_of_rfc_5424_do_not_overlap(name, line):
    assert formats.guess_envelope([line]) == name


def test_the_end_of_a_memo_that_began_before_the_source_is_hidden():
    found = read("오늘 읽은 문장이\n오래 남는다...\n[App] x\n").events
    assert [(event["message"], event["line_count"]) for event in found] == [
        ("  [redacted]\n  [redacted]", 2),
        ("[App] x", 1),
    ]
    assert found[0]["attrs"] == {"fragment": True}


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (["Starting...", "Connected"], []),
        (["the last words...", "[addInlineThread] x"], [0]),
        (["[App] 시작 중...", "Connected"], []),
        (["가" * 47 + "..."], [0]),
        (["가" * 51 + "..."], []),
        (["가" * 30, "나" * 20 + "..."], []),
        (["GET /가 302 0.448 ms - 24", "나..."], []),
        (["가나다", "끝이 없다"], []),
    ],
)
def test_only_short_first_lines_that_no_format_knows_may_end_a_memo(text, rows):
    starts = [True] + [False] * (len(text) - 1)
    assert memo_tails.find(pl.Series(text), pl.Series(starts).to_numpy(), plan()) == rows


def test_a_capture_of_several_scripts_names_the_one_that_a_check_is_of():
    text = "\n> app@2.0.0 check-timezone\n✅ TZ\n> app@2.0.0 validate-atlas\n❌ 인덱스\n결과\n"
    found = read(text, formats=("check-output",), path="-").events
    told = [(event["attrs"]["script"], event["attrs"].get("passed")) for event in found]
    assert told == [
        ("check-timezone", None),
        ("check-timezone", True),
        ("validate-atlas", None),
        ("validate-atlas", False),
        ("validate-atlas", None),
    ]


def test_a_capture_without_npm_s_words_is_named_by_its_file():
    [event] = read("✅ TZ\n", formats=("check-output",), path="checks/after.check-timezone.txt").events
    assert event["attrs"] == {"script": "check-timezone", "check": "TZ", "passed": True}
