"""Files that grow, move and come twice: after every run the lake holds exactly what was there so far."""

import json
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_lab import Landing, counters

from pipeline.ingest.cutters import cutter

STAMP = b"2025-06-20T10:00:0%d.000+09:00 "
LINES = st.one_of(
    st.integers(0, 9).map(lambda n: STAMP % n + b"INFO [queue] depth=%d" % n),
    st.integers(0, 9).map(lambda n: STAMP % n + b"ERROR [tts] failed: Error: timeout"),
    st.integers(0, 9).map(lambda n: b"    at listOnTimeout (node:internal/timers:58%d:17)" % n),
    st.sampled_from([b"", b"  ", b"\r", b"plain words", b"Caused by: Error: timeout", b"\xfd\xfe\xff"]),
    st.sampled_from(["메모 생성".encode(), "메모".encode("cp949")]),
)
TEXTS = st.tuples(st.lists(LINES, min_size=1, max_size=25), st.booleans()).map(
    lambda drawn: b"\n".join(drawn[0]) + (b"\n" if drawn[1] else b"")
)


@pytest.fixture
def landing(tmp_path, monkeypatch):
    return Landing(tmp_path, monkeypatch)


def independent_lines(data):
    """Count lines as wc does, an unterminated last one too."""
    return data.count(b"\n") + (data != b"" and not data.endswith(b"\n"))


def lines_covered(lake):
    """Count how often each physical line is in a record or a reject."""
    covered = Counter()
    for row in lake.table("events") + lake.table("rejects"):
        spans = row.get("line_spans") or [{"line_no": row["line_no"], "line_count": row["line_count"]}]
        for span in spans:
            covered.update(range(span["line_no"], span["line_no"] + span["line_count"]))
    return covered


def check_conserved(result, lake, data):
    """Each physical line counts once, and each that is not blank stands in exactly one record or reject."""
    assert result.lines == independent_lines(data)
    assert result.lines == result.events + result.continuation + result.rejected + result.blank
    assert result.records == len(lake.table("events"))
    covered = lines_covered(lake)
    assert set(covered.values()) <= {1}
    blank = {n for n, line in enumerate(data.split(b"\n"), 1) if not line.strip()}
    texts = set(range(1, result.lines + 1)) - blank
    assert texts <= set(covered) <= set(range(1, result.lines + 1))
    assert result.blank == result.lines - len(covered)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=TEXTS, block=st.sampled_from([7, 40, 200, 1 << 20]))
def test_every_line_of_a_file_is_counted_once(tmp_path_factory, data, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutter, "BLOCK", block)
        landing = Landing(tmp_path_factory.mktemp("in"), patch)
        landing.write("app.log", data)
        check_conserved(landing.ingest()["app.log"], landing.lake, data)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=TEXTS, cuts=st.lists(st.integers(1, 600), max_size=4), block=st.sampled_from([400, 1 << 20]))
def test_a_file_taken_in_piece_by_piece_gives_what_it_gives_in_one_go(tmp_path_factory, data, cuts, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutter, "BLOCK", block)
        grown = Landing(tmp_path_factory.mktemp("grown"), patch)
        for end in [*sorted({cut for cut in cuts if cut < len(data)}), len(data)]:
            grown.write("app.log", data[:end])
            result = grown.ingest()["app.log"]
            whole = Landing(tmp_path_factory.mktemp("whole"), patch)
            whole.write("app.log", data[:end])
            at_once = whole.ingest()["app.log"]
            assert counters(result) == counters(at_once)
            assert (result.first_ts, result.last_ts, result.format) == (
                at_once.first_ts,
                at_once.last_ts,
                at_once.format,
            )
            assert grown.events() == whole.events()
            check_conserved(result, grown.lake, data[:end])


def test_a_part_of_a_line_does_not_end_the_record_that_the_line_goes_on_with(landing):
    landing.write("app.log", b"TypeError: x\n    at f (x.js:1:1)\nCau")
    landing.ingest()
    assert landing.texts() == ["Cau", "TypeError: x\n    at f (x.js:1:1)"]
    landing.write("app.log", b"TypeError: x\n    at f (x.js:1:1)\nCaused by: Error: y\n")
    landing.ingest()
    assert landing.texts() == ["TypeError: x\n    at f (x.js:1:1)\nCaused by: Error: y"]


@st.composite
def pages(draw):
    """Return pages, one a line, of two instances whose stacks interleave."""
    entries, waiting = [], {"a": [], "b": []}
    for number in range(draw(st.integers(1, 30))):
        instance = draw(st.sampled_from("ab"))
        kind = draw(st.integers(0, 9))
        if waiting[instance]:
            message = waiting[instance].pop(0)
        elif kind < 3:
            message = "[tts] failed: Error: boom"
            waiting[instance] = ["    at one (a.js:1:1)", "    at two (b.js:2:2)"][:kind]
        else:
            message = "" if kind == 9 else f"message {number}"
        entry = {"id": f"lg{number}", "labels": [{"name": "instance", "value": instance}], "message": message}
        entries.append(entry | {"timestamp": f"2025-06-20T01:{number:02}:00.5Z"})
    lines, start = [], 0
    while start < len(entries):
        end = start + draw(st.integers(1, 6))
        logs = ",".join(json.dumps(entry) for entry in entries[start:end])
        lines.append(f'{{"hasMore":true,"logs":[{logs}],"nextEndTime":"x"}}\n')
        start = end
    return "".join(lines).encode()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=pages(), cuts=st.lists(st.integers(1, 3000), max_size=3))
def test_pages_taken_in_piece_by_piece_give_what_they_give_in_one_go(tmp_path_factory, data, cuts):
    with pytest.MonkeyPatch.context() as patch:
        grown = Landing(tmp_path_factory.mktemp("grown"), patch)
        for end in [*sorted({cut for cut in cuts if cut < len(data)}), len(data)]:
            grown.write("pages.json", data[:end])
            result = grown.ingest()["pages.json"]
            whole = Landing(tmp_path_factory.mktemp("whole"), patch)
            whole.write("pages.json", data[:end])
            assert counters(result) == counters(whole.ingest()["pages.json"])
            assert grown.events() == whole.events()
        assert result.lines == data.count(b"\n")
