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
    assert {entry.label for entry in _WITH_USUAL} == {"combined-log", "common-log", "time-processor-fallback"}


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
