"""JSON is cut where its values begin and end, however it is laid out and wherever blocks end."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest.cutters import json_cutter
from pipeline.ingest.cutters.cutter import Place, with_last
from pipeline.ingest.cutters.cutting import cut
from pipeline.ingest.inputs.source import Content
from pipeline.ingest.model import SourcePlan

TEXT = st.one_of(
    st.sampled_from(["}{][", "\\", '\\"', '",{"', "\u2028", "메모", "logs", ""]), st.text(max_size=6)
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.lists(st.fixed_dictionaries({"a": VALUES}, optional={"z": VALUES}), max_size=6)
BLOCKS = st.sampled_from([1, 5, 30, 200, 1 << 20])


class Cut:
    """Everything that a cutter makes of some bytes."""

    def __init__(self, data, path, block, *, one_per_line=False, start=None, chunk=11):
        plan = SourcePlan("f", "p", "json", "events", "UTC", record_path=path, one_per_line=one_per_line)
        start = start or Place()
        rest = data[start.offset :]
        content = Content((), iter([rest[i : i + chunk] for i in range(0, len(rest), chunk)]))
        cutter = cut(content, plan, start, block)
        self.blocks = list(with_last(cutter.blocks()))
        self.end, self.lines = cutter.end, cutter.lines
        self.values = [value for block in self.blocks for value in values_of(block)]
        self.settled = [value for block in self.blocks if not block.torn for value in values_of(block)]
        self.blank = [n for block in self.blocks if block.blank is not None for n in block.blank.tolist()]
        self.skipped = [entry for block in self.blocks for entry in block.skipped]


def values_of(block):
    """Return (bytes, first line, lines, offset) of each value."""
    lines = block.data.split(b"\n")
    lines = lines[:-1] if not lines[-1] else lines
    if block.places is None:
        assert not lines
        return []
    places = (block.places.line_no, block.places.line_count, block.places.byte_offset)
    return list(zip(lines, *(array.tolist() for array in places), strict=True))


@st.composite
def documents(draw):
    """Return records, their JSON text, its record path, and whether a top-level value ends with its line."""
    records = draw(RECORDS)
    layout = draw(st.sampled_from(["values", "array", "pages", "lines", "page lines"]))
    indent = draw(st.sampled_from([None, 1, 4])) if layout in ("values", "array", "pages") else None

    def text(value):
        return json.dumps(value, indent=indent, ensure_ascii=draw(st.booleans()))

    def page(part):
        return {"labels": [{"logs": [1]}], "hasMore": True, "logs": part, "next": {"u": [{}]}}

    half = draw(st.integers(0, len(records)))
    between = draw(st.sampled_from(["", "\n", " \n\n"]))
    if layout == "values":
        return records, between.join(map(text, records)), "", False
    if layout == "array":
        return records, text(records) + between, "[]", False
    if layout == "pages":
        return records, between.join(text(page(p)) for p in (records[:half], records[half:])), "logs[]", False
    if layout == "lines":
        return (
            records,
            "".join(text(r) + "\n" + draw(st.sampled_from(["", " \n"])) for r in records),
            "",
            True,
        )
    return records, "".join(text(page(p)) + "\n" for p in (records[:half], records[half:])), "logs[]", True


@settings(max_examples=100, deadline=None)
@given(drawn=documents(), block=BLOCKS)
def test_what_is_cut_is_what_a_parser_of_the_whole_finds(drawn, block):
    records, text, path, one_per_line = drawn
    data = text.encode()
    found = Cut(data, path, block, one_per_line=one_per_line)
    assert [json.loads(value) for value, *_ in found.values] == records
    for value, line_no, line_count, offset in found.values:
        assert data[offset : offset + len(value)].replace(b"\n", b" ") == value
        assert line_no == data.count(b"\n", 0, offset) + 1
        assert line_count == data.count(b"\n", offset, offset + len(value)) + 1
    lines = data.split(b"\n")
    lines = lines[:-1] if not lines[-1] else lines
    assert found.lines == len(lines)
    in_values = {n for _, first, count, _ in found.values for n in range(first, first + count)}
    spaces = {n for n, line in enumerate(lines, 1) if not line.strip(b" \t\r\x0b\x0c")}
    assert set(found.blank) == spaces - in_values
    assert len(found.blank) == len(set(found.blank))


@settings(max_examples=100, deadline=None)
@given(drawn=documents(), block=BLOCKS, share=st.floats(0, 1))
def test_cutting_goes_on_where_it_stopped(drawn, block, share):
    _, text, path, one_per_line = drawn
    data = text.encode()
    end = int(share * len(data))
    first = Cut(data[:end], path, block, one_per_line=one_per_line)
    second = Cut(data, path, block, one_per_line=one_per_line, start=first.end)
    whole = Cut(data, path, block, one_per_line=one_per_line)
    assert first.settled + second.values == whole.values
    assert second.lines == whole.lines
    assert first.end.offset <= end


@pytest.mark.parametrize("block", [1, 7, 1000])
@pytest.mark.parametrize(
    ("data", "path", "one_per_line", "values"),
    [
        # a broken page costs what stands behind its last whole entry, and no other page
        (b'{"logs":[{"a":1},{"b":\n{"logs":[{"c":1}]}\n', "logs[]", True, ['{"a":1}', '{"b":', '{"c":1}']),
        (b'{"logs":[{"a":1}],"next":"2\n{"logs":[{"c":1}]}\n', "logs[]", True, ['{"a":1}', '{"c":1}']),
        # a page without entries, and an answer that is no page
        (b'{"logs":[]}\n{"message":"slow down"}\n', "logs[]", True, ['{"message":"slow down"}']),
        # a value that is not closed ends where the next begins as it did
        (b'{\n "a": {\n}\n{\n "b": 1\n}\n', "", False, ['{  "a": { }', '{  "b": 1 }']),
        (b'[\n  {"a": "x},\n  {"b": 1}\n]', "[]", False, ['{"a": "x}', '{"b": 1}']),
        # a bracket too many, and words between values
        (b'{"a":1}}{"b":1}', "", False, ['{"a":1}', "}", '{"b":1}']),
        (b'{"a":1} nonsense\n{"b":1}', "", False, ['{"a":1}', "nonsense", '{"b":1}']),
        (b'[{"a":1},7,{"b":1}]', "[]", False, ['{"a":1}', "7", '{"b":1}']),
        # a byte order mark is no value
        (b'\xef\xbb\xbf{"a":1}', "", False, ['{"a":1}']),
    ],
)
def test_what_is_broken_costs_itself_alone(data, path, one_per_line, values, block):
    found = Cut(data, path, block, one_per_line=one_per_line)
    assert [value.decode() for value, *_ in found.values] == values


@pytest.mark.parametrize("end", ["\n", "\n\n", "\n \n"])
def test_what_is_broken_to_its_end_has_the_lines_that_it_has_and_blank_ones_behind_it(end):
    text = '{"logs":[{"a":1},{"b":"c"d"}],"y":[1]}'
    found = Cut((text + end).encode(), "logs[]", 1000)
    assert found.lines == end.count("\n")
    assert found.blank == list(range(2, found.lines + 1))
    assert found.end == Place(len(text), 1, inside=True)


def test_a_value_that_the_end_cuts_off_is_torn_and_the_place_stays_before_it():
    found = Cut(b'[{"a":1},{"b":', "[]", 1000)
    assert [(value, block.torn) for block in found.blocks for value, *_ in values_of(block)] == [
        (b'{"a":1}', False),
        (b'{"b":', True),
    ]
    assert found.end == Place(9, 1, inside=True)


def test_a_line_without_its_newline_is_torn_even_when_its_value_is_whole():
    found = Cut(b'{"a":1}\n{"b":2}', "", 1000, one_per_line=True)
    assert found.settled == [(b'{"a":1}', 1, 1, 0)]
    assert found.values[1:] == [(b'{"b":2}', 2, 1, 8)]
    assert (found.lines, found.end.offset) == (2, 8)


def test_a_value_longer_than_the_limit_is_known_by_its_hash(monkeypatch):
    monkeypatch.setattr(json_cutter, "MAX_VALUE", 50)
    long = b'{"a":"' + b"x" * 60 + b'"}'
    found = Cut(b"[" + long + b',{"b":1}]', "[]", 1000)
    assert [value for value, *_ in found.values] == [b'{"b":1}']
    assert [(entry.bytes, entry.byte_offset, entry.line_no) for entry in found.skipped] == [(68, 1, 1)]


def test_a_file_of_faults_is_cut_at_its_lines_in_the_end(monkeypatch):
    monkeypatch.setattr(json_cutter, "MAX_FAULTS", 10)
    found = Cut(b"}\n" * 50 + b'{"a":1}\n', "", 1000)
    assert found.lines == 51
    assert [value for value, *_ in found.values][-1] == b'{"a":1}'
    assert {n for _, n, _, _ in found.values} == set(range(1, 52))


def test_an_array_of_any_length_passes_in_pieces_of_about_a_block():
    data = b"[" + b",".join(b'{"a":%d}' % n for n in range(5000)) + b"]"
    found = Cut(data, "[]", 1000, chunk=512)
    assert len(found.values) == 5000
    assert max(len(block.data) for block in found.blocks) < 2000


def test_strings_may_hold_any_run_of_backslashes_before_a_quote():
    texts = ["\\" * n + '"' * m for n in range(6) for m in range(3)]
    data = "".join(json.dumps({"a": text}) for text in texts).encode()
    assert re.search(rb'\\{10,}"', data)
    found = Cut(data, "", 1 << 20)
    assert [json.loads(value)["a"] for value, *_ in found.values] == texts
