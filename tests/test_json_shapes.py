"""What a pattern reads of JSON records is what the parser reads of them."""

from __future__ import annotations

import json

import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_lab import plan

from pipeline import formats
from pipeline.formats import json_match, json_shapes
from pipeline.ingest import kernel
from pipeline.ingest.model import Block

_NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(-1000, 1000, places=3).map(float),
)
_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
_SCALARS = st.one_of(_NUMBERS, _TEXT, st.booleans(), st.none())
_NAMES = st.sampled_from(
    ["level", "time", "pid", "hostname", "msg", "reqId", "userId", "password", "x", "err", "req", "res"]
)
_OBJECTS = st.dictionaries(
    _NAMES, st.one_of(_SCALARS, st.dictionaries(_NAMES, _SCALARS, max_size=3)), max_size=6
)


def _read(lines: list[str]) -> list[tuple[object, ...]]:
    """Return what all formats make of lines, a row each, in the lines' order."""
    asked = json_match.Formats(formats.ranked((), ()))
    rows: list[tuple[object, ...]] = []
    for piece in json_match.read(asked, pl.Series(lines, dtype=pl.String), "UTC"):
        columns = sorted(piece.columns.columns)
        for number, row in zip(piece.rows.tolist(), piece.columns.iter_rows(named=True), strict=True):
            stated = [(name, row[name]) for name in columns if row[name] is not None]
            rows.append((number, piece.label, [_compared(*member) for member in stated]))
    return sorted(rows, key=lambda row: str(row[0]).zfill(9))


def _compared(name: str, value: object) -> tuple[str, object]:
    return name, orjson.loads(value) if name == "attrs" and isinstance(value, str) else value


@settings(max_examples=60, deadline=None)
@given(base=_OBJECTS, others=st.lists(_OBJECTS, max_size=3), compact=st.booleans(), number=_NUMBERS)
def test_patterns_read_what_the_parser_reads(
    base: dict[str, object], others: list[dict[str, object]], compact: bool, number: float
) -> None:
    """The law of it all: with patterns or without, records come out alike, field by field."""
    usual = {"level": 30, "time": 1752505200000, "pid": 1, "hostname": "h", "msg": "m", **base}
    objects = [usual, {**usual, "x": number}, *others]
    separators = (",", ":") if compact else (", ", ": ")
    lines = [json.dumps(entry, separators=separators, ensure_ascii=False) for entry in objects]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_shapes, "_FEWEST", 10**9)
        parsed_alone = _read(lines)
        patch.setattr(json_shapes, "_FEWEST", 1)
        assert _read(lines) == parsed_alone


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
def test_no_pattern_matches_what_is_otherwise(text: str) -> None:
    """Escapes, broken JSON, other orders and other types are left to the parser."""
    shape = json_shapes.shape_of('{"level":30,"msg":"hello"}')
    assert shape is not None
    assert not pl.Series([text]).str.contains(shape.pattern).any()


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
    """A pattern for a block's lines hides none that is broken, and secrets go as they do elsewhere."""
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
