"""A format's quick pattern reads what its full pattern reads, and leaves it what it cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import formats
from pipeline.errors import SettingsFault
from pipeline.formats import line, match

_WITH_USUAL = [entry for entry in formats.ranked((), ()) if entry.usual]
_QUOTED = st.sampled_from(
    ["-", "", "--", "-x", "x", "a b", 'a \\"b\\"', "\\\\", "https://h/?a=b", "가", "a\nb"]
)
_REQUEST = st.sampled_from(
    [
        "GET /",
        "GET / HTTP/1.1",
        'GET /a\\"b HTTP/1.1',
        "GET /a b",
        "\\x16\\x03",
        "",
        "get /",
        'GET /" HTTP/1.1',
    ]
)
_WORD = st.sampled_from(["-", "-kim", "kim", "k-m", "::1", "가"])
_NUMBER = st.sampled_from(["-", "200", "0", "20", "2000", "x"])
_END = st.sampled_from(["", " more", "\n  at f (x.js:1)", " "])


def test_some_formats_have_a_quick_pattern() -> None:
    """Else the law below says nothing."""
    labels = {"combined-log", "common-log", "time-processor-failure", "time-processor-fallback"}
    assert {entry.label for entry in _WITH_USUAL} == labels


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_WORD, _WORD, _REQUEST, _NUMBER, _NUMBER, _QUOTED, _QUOTED, _END), min_size=1))
def test_records_come_out_the_same_with_and_without_it(found: list[tuple[str, ...]]) -> None:
    """The law: taking a format's quick pattern away changes no column of any record."""
    lines = []
    for address, user, request, status, size, referrer, agent, end in found:
        common = f'{address} - {user} [22/Nov/2026:18:35:26 +0000] "{request}" {status} {size}'
        lines += [common + end, f'{common} "{referrer}" "{agent}"{end}']
        fallback = "[TimeProcessor] 클라이언트 시간 검증 실패"
        lines += [
            f"{fallback}, 서버 시간으로 대체: diff={size}ms user={user}{end}",
            f"{fallback}, 서버 시간으로 대체: user={user}, diff={size}ms{end}",
            f"{fallback}{end} user={agent}",
        ]
    text, rows = pl.Series(lines), np.arange(len(lines), dtype=np.uint32)
    for entry in _WITH_USUAL:
        quick = match.read_body(replace(entry, masks={}), text, rows)
        slow = match.read_body(replace(entry, usual=None, masks={}), text, rows)
        assert quick.rows.tolist() == slow.rows.tolist()
        assert sorted(quick.columns.columns) == sorted(slow.columns.columns)
        assert quick.columns.select(slow.columns.columns).equals(slow.columns)


_FAILURE = st.tuples(
    st.just("[TimeProcessor] ERROR 시간 처리 오류"),
    st.sampled_from([": ", ":", " (again): ", " memo=0c 시간 처리 오류: "]),
    st.sampled_from(["Invalid Date '", "Invalid Date", ""]),
    st.sampled_from(["493156411813", "", "memo=a1", "a b", "가\n"]),
    st.sampled_from(["' at memo=", "' at memo=x memo=", " at memo", ""]),
    st.sampled_from(["a5aa3c", "0", "x", ""]),
    st.sampled_from(
        ["", ", again", "\n    at f (memo=b1)", "\n    at f (x)\n  at g user=u1", "\n", "\ncode: 7"]
    ),
).map("".join)


@settings(max_examples=300, deadline=None)
@given(st.lists(_FAILURE, min_size=1, max_size=5))
def test_what_groups_say_of_a_failure_is_what_a_search_for_each_field_finds(found: list[str]) -> None:
    """The law: neither pattern of the format says anything else than its fields do."""
    entry = next(entry for entry in _WITH_USUAL if entry.label == "time-processor-failure")
    searched = replace(
        entry, usual=None, masks={}, pattern=r"^\[(?P<logger>TimeProcessor)\] ERROR 시간 처리 오류"
    )
    text, rows = pl.Series(found), np.arange(len(found), dtype=np.uint32)
    fields = match.read_body(searched, text, rows).columns
    assert fields.height == len(found)
    for ways in (entry, replace(entry, usual=None, masks={})):
        columns = match.read_body(ways, text, rows).columns
        assert columns.select(fields.columns).equals(fields)
        # The members of a record's further fields stand in one order.
        assert [name for name in columns.columns if name.startswith("attrs.")] == [
            name for name in fields.columns if name.startswith("attrs.")
        ]


def test_most_records_need_nothing_but_it() -> None:
    """What it is for: it alone reads an ordinary line whole."""
    combined = next(entry for entry in _WITH_USUAL if entry.label == "combined-log")
    usual = '10.0.0.7 - - [22/Nov/2026:18:35:26 +0000] "GET /a HTTP/1.1" 200 5 "https://h/" "Mozilla/5.0"'
    assert pl.Series([usual]).str.contains(combined.usual or "").item()


def test_its_groups_must_be_those_of_the_pattern(tmp_path) -> None:
    """A format whose quick pattern lacks a column is refused."""
    path = tmp_path / "own.toml"
    path.write_text(
        'title = "t"\nurl = "u"\npattern = "^(?P<user_id>a)(?P<logger>b)"\nusual = "^(?P<user_id>a)b$"\n'
        '[[sample]]\nline = "ab"\ngives = { user_id = "a" }\n'
    )
    with pytest.raises(SettingsFault, match="different groups"):
        line.read(path)
