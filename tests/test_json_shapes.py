"""What is read of JSON records by the place of their quotes is what the parser reads of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_lab import plan, render

from pipeline import formats
from pipeline.formats import attrs, json_match, json_shapes, match
from pipeline.formats.structured import render_api
from pipeline.ingest.model import Block
from pipeline.ingest.records import kernel, rows

_T = TypeVar("_T")

_NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(-1000, 1000, places=3).map(float),
)
_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
_SCALARS = st.one_of(_NUMBERS, _TEXT, st.booleans(), st.none())
_NAMES = st.sampled_from(
    [
        "level",
        "time",
        "pid",
        "hostname",
        "msg",
        "reqId",
        "userId",
        "password",
        "x",
        "err",
        "req",
        "res",
        "event",
        "id",
    ]
)
_OBJECTS = st.dictionaries(
    _NAMES, st.one_of(_SCALARS, st.dictionaries(_NAMES, _SCALARS, max_size=3)), max_size=6
)


def _read(lines: list[str]) -> list[tuple[object, ...]]:
    """Return what all formats make of lines, a row each, in the lines' order."""
    asked = json_match.Formats(formats.ranked((), ()))
    found: list[tuple[object, ...]] = []
    for piece in json_match.read(asked, pl.Series(lines, dtype=pl.String), "UTC"):
        columns = sorted(piece.columns.columns)
        for number, row in zip(piece.rows.tolist(), piece.columns.iter_rows(named=True), strict=True):
            stated = [(name, row[name]) for name in columns if row[name] is not None]
            found.append((number, piece.label, [_compared(*member) for member in stated]))
    return sorted(found, key=lambda row: str(row[0]).zfill(9))


def _compared(name: str, value: object) -> tuple[str, object]:
    return name, orjson.loads(value) if name == "attrs" and isinstance(value, str) else value


#: What breaks a line of JSON, or makes it another one.
_SCRAPS = st.sampled_from(
    ['"', "\\", ",", ":", "{", "}", "[", " ", "0", "-", "true", '"x"', '","y":"', "\t", "é", ""]
)
_SECRETS = st.sampled_from(
    [
        "kim@example.com",
        "010-1234-5678",
        "900101-1234567",
        "token: abcdef0123456789abcdef",
        "ok",
        "메모",
        "123",
    ]
)


@settings(max_examples=60, deadline=None)
@given(base=_OBJECTS, others=st.lists(_OBJECTS, max_size=3), compact=st.booleans(), number=_NUMBERS)
def test_shapes_read_what_the_parser_reads(
    base: dict[str, object], others: list[dict[str, object]], compact: bool, number: float
) -> None:
    """The law of it all: by shapes or without, records come out alike, field by field."""
    usual = {"level": 30, "time": 1752505200000, "pid": 1, "hostname": "h", "msg": "m", **base}
    objects = [usual, {**usual, "x": number}, *others]
    separators = (",", ":") if compact else (", ", ": ")
    lines = [json.dumps(entry, separators=separators, ensure_ascii=False) for entry in objects]
    by_parser, by_shape = _both(lambda: _read(lines))
    assert by_shape == by_parser


@settings(max_examples=80, deadline=None)
@given(
    base=_OBJECTS,
    cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), _SCRAPS), min_size=1, max_size=6),
)
def test_a_line_that_is_nearly_of_a_shape_is_read_as_the_parser_reads_it(
    base: dict[str, object], cuts: list[tuple[float, int, str]]
) -> None:
    """Bytes that are put in, taken out or changed anywhere make no line be read that the parser refuses."""
    whole = json.dumps({"level": 30, "time": 1752505200000, "msg": "m", **base}, separators=(",", ":"))
    lines = [whole]
    for at, length, scrap in cuts:
        start = int(at * len(whole))
        lines.append(whole[:start] + scrap + whole[start + length :])
    by_parser, by_shape = _both(lambda: _read(lines))
    assert by_shape == by_parser


@settings(max_examples=15, deadline=None)
@given(said=st.lists(st.tuples(_SECRETS, _SECRETS, _SECRETS), min_size=1, max_size=4), name=_NAMES)
def test_secrets_go_from_records_of_shapes_as_from_others(
    said: list[tuple[str, str, str]], name: str
) -> None:
    """That one look at a line clears all that it says changes no column and no count of what was redacted."""
    lines = [
        json.dumps({"level": 30, "time": 1752505200000, "user_id": a, name: b, "msg": c}, ensure_ascii=False)
        for a, b, c in said
    ]
    block = Block("".join(f"{line}\n" for line in lines).encode(), 1, 0)
    by_parser, by_shape = _both(lambda: kernel.parse(block, plan(layout="json", formats=("pino",))))
    assert by_shape.table.equals(by_parser.table)
    assert by_shape.redactions == by_parser.redactions


_LABELS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["type", "instance", "level", "path", "host", "x"])},
        optional={
            "value": st.sampled_from(["request", "app", "build", "srv-1", "/a", "200", 5, True, None, [1]])
        },
    ),
    max_size=4,
)
_ENTRIES = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["lg1", "lg2", 7, True, None, {"a": 1}]),
        "labels": _LABELS
        | _LABELS.map(lambda labels: {label["name"]: label.get("value") for label in labels})
        | st.sampled_from([None, "x", ["x"], [{"value": "v"}], [{"name": 3, "value": "v"}]]),
        "message": st.sampled_from(["[App] start", "한 줄", 'say "hi"', "tab\there", "", None, 5, {"a": 1}]),
        "timestamp": st.sampled_from(["2025-06-20T01:00:00Z", "2025-06-20T01:00:01.5Z", "x", 5, None]),
    }
)


@settings(max_examples=100, deadline=None)
@given(entries=st.lists(_ENTRIES, min_size=1, max_size=4), alike=st.integers(0, 3))
def test_entries_of_one_shape_are_what_each_is_alone(entries: list[dict[str, object]], alike: int) -> None:
    """Whatever stands where in Render's entries, a column at a time they come out as one by one."""
    entries += [{**entries[0], "message": f"line {number}"} for number in range(alike)]
    block = Block(b"".join(orjson.dumps(entry) + b"\n" for entry in entries), 1, 0)
    by_parser, by_shape = _both(lambda: rows.from_entries(block, render(), render_api))
    assert by_shape.frame.equals(by_parser.frame)
    assert by_shape.rejects == by_parser.rejects


def test_records_of_one_shape_are_of_the_format_that_their_number_says() -> None:
    """Of mongod's lines only a message's number tells a slow operation; 51803.0 is that number, too."""
    said = (
        '{"t":{"$date":"2025-06-20T01:00:01.001+00:00"},"s":"I","c":"X","id":%s,"ctx":"conn1","msg":"Slow",'
        '"attr":{"type":"command","ns":"h.notes","durationMillis":5}}'
    )
    lines = [said % number for number in (22943, 51803, 7, "51803.0", 51803)]
    by_parser, by_shape = _both(lambda: _read(lines))
    assert by_shape == by_parser
    assert [label for _, label, _ in by_shape] == [
        "mongod",
        "mongod-slow",
        "mongod",
        "mongod-slow",
        "mongod-slow",
    ]


def _both(read: Callable[[], _T]) -> tuple[_T, _T]:
    """Return what is read by the parser alone, and by shapes however few records have them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_shapes, "_FEWEST", 10**9)
        by_parser = read()
        patch.setattr(json_shapes, "_FEWEST", 1)
        return by_parser, read()


@pytest.mark.parametrize(
    "text",
    [
        '{"level":30,"msg":"say \\"hi\\""}',
        '{"level":030,"msg":"m"}',
        '{"level":30,"msg":"m",}',
        '{"level":30,"msg":"m"} ',
        '{"level":30,"level":40,"msg":"m"}',
        '{"level":.5,"msg":"m"}',
        '{"level":30,"msg":"tab\there"}',
        '{"level":30,"msg":"m"}}',
        '{"msg":"m","level":30}',
        '{"level":"30","msg":"m"}',
    ],
)
def test_what_is_otherwise_is_of_no_shape(text: str) -> None:
    """Escapes, broken JSON, other orders and other types are left to the parser."""
    lines = ['{"level":30,"msg":"hello"}'] * 100
    [alike] = json_shapes.read(pl.Series([*lines[:50], text, *lines[50:]]))
    assert alike.rows.tolist() == [*range(50), *range(51, 101)]


@pytest.mark.parametrize(
    ("written", "usual"),
    [
        ("0", True),
        ("-7", True),
        ("999999999999999999", True),
        ("1000000000000000000", False),
        ("12.5", True),
        ("12.50", False),
        ("12.0", True),
        ("0.0001", True),
        ("0.00001", False),
        ("999999999.999999", True),
        ("1999999999.999999", False),
        ("-0", False),
        ("-0.5", True),
    ],
)
def test_usual_numbers_are_written_back_as_they_stood(written: str, usual: bool) -> None:
    """Only numbers that a parser gives back digit by digit are taken as they stand."""
    assert pl.Series([written]).str.contains(json_shapes.USUAL_NUMBER).item() is usual
    if usual:
        assert orjson.dumps(orjson.loads(written)).decode() == written


def test_a_broken_line_among_many_alike_is_rejected_alone() -> None:
    """A shape of a block's lines hides none that is broken, and secrets go as they do elsewhere."""
    good = [
        f'{{"level":30,"time":{1752505200000 + n},"msg":"step {n}","password":"p{n}"}}' for n in range(300)
    ]
    lines = [*good[:150], '{"level":30,"time":17525', *good[150:]]
    block = Block(("\n".join(lines) + "\n").encode(), 1, 0)
    result = kernel.parse(block, plan(layout="json", formats=("pino",)))
    assert result.table.num_rows == 300
    assert result.rejects.num_rows == 1
    assert result.rejects["line_no"].to_pylist() == [151]
    assert result.table["attrs"].to_pylist() == ['{"password":"[redacted]"}'] * 300
    assert result.redactions == {"secret_field": 300}
    assert result.table["ts"][299].value == (1752505200000 + 299) * 1000


@given(
    fields=st.dictionaries(
        st.sampled_from(["a", "b.c", "d e", "é"]),
        st.one_of(
            st.lists(st.text("ab {}:,é", max_size=5), min_size=3, max_size=3),
            st.text("ab {}:,é", max_size=5).map(lambda value: [value]),
            st.lists(st.integers().map(str), min_size=3, max_size=3),
        ),
        min_size=1,
    )
)
def test_objects_that_are_joined_are_those_that_are_folded(fields: dict[str, list[str]]) -> None:
    """Where nothing must be looked at, the objects are written as they are where all is."""
    bare = {name for name, values in fields.items() if all(value.lstrip("-").isdigit() for value in values)}
    columns = {name: pl.Series(values, dtype=pl.String) for name, values in fields.items()}
    height = max(map(len, columns.values()))
    joined = attrs.joined(columns, bare)
    whole = pl.DataFrame(
        {
            attrs.PREFIX + name: values if len(values) == height else values.new_from_index(0, height)
            for name, values in columns.items()
        }
    )
    assert joined.to_list() == attrs.fold(whole, {attrs.PREFIX + name for name in bare})["attrs"].to_list()


@pytest.mark.parametrize("at", [0, 63, 64, 299])
def test_a_format_is_concerned_wherever_a_text_has_a_literal_of_its(at: int) -> None:
    """The first texts and the others are looked at otherwise, with the same result."""
    lines = ["nothing"] * 300
    lines[at] = "::1 - GET / HTTP/1.1 200 5 - 1.5 ms"
    every = np.arange(300, dtype=np.uint32)
    entries = [entry for entry in formats.ranked((), ()) if entry.literal]
    found = match.concerned(entries, pl.Series(lines), every)
    assert [entry.label for entry in found] == ["morgan-short", "morgan-tiny"]
    assert match.concerned(entries, pl.Series(lines), np.setdiff1d(every, [at])) == []
