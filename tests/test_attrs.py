"""Further fields as JSON objects: the objects that an encoder of values one by one would write."""

import re

import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import formats
from pipeline.formats import attrs, line, plain

NAMES = ["a", "b", "c"]
VALUES = st.one_of(
    st.none(), st.sampled_from(["", "1", "-0.5", "007", "true", "x y", 'q"', "\\", "한", "\n"])
)


def written(row, bare):
    """Return a row as the encoder writes it: numbers of bare fields as they stand."""
    fields = {
        name: orjson.Fragment(value) if name in bare and is_number(value) else value
        for name, value in row.items()
        if value is not None
    }
    return orjson.dumps(fields).decode() if fields else None


def is_number(value):
    return value in ("1", "-0.5", "true")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES, VALUES), max_size=5), st.sets(st.sampled_from(NAMES)))
def test_a_row_becomes_the_object_of_its_fields_in_their_order_without_nulls(rows, bare):
    frame = pl.DataFrame(rows, {f"attrs.{name}": pl.String for name in NAMES}, orient="row")
    folded = attrs.fold(frame, {f"attrs.{name}" for name in bare})
    assert folded.columns == ["attrs"]
    assert folded["attrs"].to_list() == [written(dict(zip(NAMES, row, strict=True)), bare) for row in rows]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(VALUES, st.sampled_from(["u1", None])), max_size=5))
def test_what_is_known_to_be_plain_is_not_looked_through_and_comes_out_the_same(rows):
    frame = pl.DataFrame(rows, {"attrs.a": pl.String, "attrs.b": pl.String}, orient="row")
    assert attrs.fold(frame, plain={"attrs.b"}).equals(attrs.fold(frame))


def test_of_a_name_that_both_objects_have_the_first_one_counts_in_the_order_of_those_without():
    first, second = pl.Series(['{"a":1,"b":"x"}', None]), pl.Series(['{"c":2,"a":3}', '{"d":4}'])
    told = ['{"a":1,"b":"x","c":2}', '{"d":4}']
    assert attrs.merge(first, second, distinct=False).to_list() == told
    assert attrs.merge(first, pl.Series(['{"c":2}', '{"d":4}'])).to_list() == told


def format_of(tmp_path, stated):
    path = tmp_path / "mine.toml"
    text = f"title = 'x'\nurl = 'https://example.org'\n{stated}\n[[sample]]\nline = 'a=1'\ngives = {{}}\n"
    path.write_text(text, encoding="utf-8")
    return line.read(path)


@pytest.mark.parametrize(
    "body",
    [
        "[0-9a-f]+",
        "client|server",
        "-?[0-9]+",
        "[A-Za-z_]+/[A-Za-z_]+",
        "[0-9]{1,3}",
        "[a-z+.-]*",
        "v[0-9]:x",
    ],
)
def test_a_field_is_plain_where_its_pattern_names_plain_characters_alone(body, tmp_path):
    assert "attrs.a" in plain.fields(format_of(tmp_path, f"pattern = '^a=(?P<attrs.a>{body})'"))
    assert "attrs.a" in plain.fields(
        format_of(tmp_path, f"literal = 'a'\n[fields]\n'attrs.a' = 'a=({body})'")
    )


@pytest.mark.parametrize(
    "body",
    ["[^ ]+", r"\S+", ".", "[A-z]", "[+-z]", '"', r"[\w]", "[ -~]", "(?:a)", r"\\", "[a-z]+|.", "[^a]", "a."],
)
def test_a_field_is_not_plain_where_its_pattern_may_let_others_in(body, tmp_path):
    assert "attrs.a" not in plain.fields(format_of(tmp_path, f"pattern = '^a=(?P<attrs.a>{body})'"))
    assert "attrs.a" not in plain.fields(
        format_of(tmp_path, f"literal = 'a'\n[fields]\n'attrs.a' = 'a=({body})'")
    )


@pytest.mark.parametrize(
    "stated",
    [
        "pattern = '^a=(?P<attrs.a>[0-9]+)'\nusual = '^a=(?P<attrs.a>.)$'",
        "pattern = '^a=(?P<attrs.a>[0-9]+)'\n[fields]\n'attrs.a' = 'b=(.)'",
        "pattern = '^a=(?P<attrs.a>[0-9]+)'\n[set]\n'attrs.a' = 'say \"x\"'",
        "pattern = '^a=(?P<attrs.a>[0-9]+)'\n[[when]]\nliteral = 'b'\ngives = { 'attrs.a' = '\\' }",
        "literal = 'a'\n[fields]\n'attrs.a' = '[(a)]=(.)'",
        "literal = 'a'\n[fields]\n'attrs.a' = '(?P<x>.)(a)'",
        "literal = 'a'\n[fields]\n'attrs.a' = '(?i)a=(.)'",
        "literal = 'a'\n[fields]\n'attrs.a' = '(?:a|b)=(.)'",
    ],
)
def test_a_field_that_anything_else_may_state_is_not_plain(stated, tmp_path):
    assert "attrs.a" not in plain.fields(format_of(tmp_path, stated))


PLAIN = [
    pytest.param(body, id=f"{entry.label} {name}")
    for entry in formats.ranked((), ())
    for pattern in (entry.head, entry.pattern, entry.usual)
    for name, body in re.findall(r"\(\?P<(attrs\.[\w.]+)>([^()]*)\)", pattern or "")
    if name in plain.fields(entry)
]


def test_of_a_time_processors_line_the_zone_and_the_browser_may_hold_anything():
    line_format = formats.get("time-processor-line", ())
    found = {name for name in plain.fields(line_format) if name.startswith(attrs.PREFIX)}
    assert found == {"attrs.memo_id", "attrs.outcome", "attrs.diff_ms"}


@pytest.mark.parametrize("body", PLAIN)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_no_value_of_a_plain_field_needs_an_escape(body, data):
    value = data.draw(st.from_regex(body, fullmatch=True))
    assert orjson.dumps(value).decode() == f'"{value}"'
