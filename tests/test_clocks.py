"""Times that are laid out alike are read by arithmetic, and say what each says when it is read alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kernel_lab import read

from pipeline import formats
from pipeline.formats import heading, levels, times

_DATES = [
    "2025-06-20",
    "2024-02-29",
    "2025-02-29",
    "2025-13-01",
    "2025-00-10",
    "0001-01-01",
    "9999-12-31",
    "2025/06/20",
]
_CLOCKS = [
    "10:00:00",
    "00:00:00",
    "23:59:59",
    "24:00:00",
    "24:00:01",
    "23:59:60",
    "12:60:00",
    "02:30:00",
    "1x:00:00",
]
_FRACTIONS = ["", ".5", ",123", ".123456", ".123456789", ".12a"]
_ZONES = ["", "Z", "+09:00", "-0330", " KST", " UTC", "+09", " CET"]
_STAMPS = st.tuples(*map(st.sampled_from, (_DATES, "T ", _CLOCKS, _FRACTIONS, _ZONES))).map("".join)


def micros(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(_STAMPS, st.none(), st.sampled_from(["", "가나다라마바사", "2025-06-20T10:00:0가"])),
        max_size=8,
    ),
    st.sampled_from(["Asia/Seoul", "Europe/Berlin"]),
)
@example(["2025-03-30 02:30:00", "2025-10-26 02:30:00"], "Europe/Berlin")
@example(["2025-06-20T10:00:00", "2025-06-20T10:00:00Z", "2025-06-20T10:00:0"], "Asia/Seoul")
def test_a_column_of_times_reads_as_each_of_them_alone(stamps: list[str | None], zone: str) -> None:
    """The law: what stands beside a time changes nothing of it."""
    together = times.iso(pl.Series(stamps, dtype=pl.String), zone)
    alone = [times.iso(pl.Series([stamp], dtype=pl.String), zone).row(0) for stamp in stamps]
    assert together.rows() == alone


def test_times_like_the_first_are_read_to_the_microsecond() -> None:
    stamps = [
        "2025-06-20T10:00:00.431+09:00",
        "2024-03-01T00:00:00.000+09:00",
        "2025-12-31T23:59:59.999+09:00",
    ]
    found = times.iso(pl.Series(stamps), "UTC")
    assert found["ts"].to_list() == [
        micros(2025, 6, 20, 1, 0, 0, 431_000),
        micros(2024, 2, 29, 15),
        micros(2025, 12, 31, 14, 59, 59, 999_000),
    ]
    assert found["zoneless"].to_list() == [False] * 3


@pytest.mark.parametrize(
    "odd", ["2025-02-30T10:00:00+09:00", "2025-06-20T10:00:60+09:00", "2025-06-20 10:00:00+09:00"]
)
def test_a_time_that_is_not_like_the_others_is_read_as_it_is(odd: str) -> None:
    """No calendar has the first; the second is the next minute; the third has a space, and says the same."""
    wanted = {
        "2025-02-30": None,
        "2025-06-20T10:00:60": micros(2025, 6, 20, 1, 1),
        "2025-06-20 10": micros(2025, 6, 20, 1),
    }
    found = times.iso(pl.Series(["2025-06-20T10:00:01+09:00", odd]), "UTC")["ts"].to_list()
    assert found == [
        micros(2025, 6, 20, 1, 0, 1),
        next(ts for front, ts in wanted.items() if odd.startswith(front)),
    ]


@pytest.mark.parametrize("date", ["2025-06-20T", "2025-06-20 ", "2025/06/20 "])
def test_hour_24_and_second_60_are_the_next_midnight_and_minute_of_any_date(date: str) -> None:
    found = times.iso(pl.Series([f"{date}24:00:00.5Z", f"{date}23:59:60Z", f"{date}24:00:01Z"]), "UTC")["ts"]
    assert found.to_list() == [micros(2025, 6, 21, 0, 0, 0, 500_000), micros(2025, 6, 21), None]


_BLANKS = st.sampled_from([" ", "  ", ""])
_LEVELS = st.sampled_from(["INFO", "WARN", "ERROR", "info", "WARNING", ""])
_SAID = st.sampled_from(["", "said", "가", "2025-06-20T10:00:00Z INFO twice", "a\n    at f (x.js:1)"])
_HEADS = st.tuples(_STAMPS, _BLANKS, _LEVELS, _BLANKS, _SAID).map("".join)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(_HEADS, st.none()), min_size=1, max_size=8))
def test_heads_come_off_as_they_do_one_by_one(lines: list[str | None]) -> None:
    """The law: a record has the time, the level and the message that it has without the records beside it."""
    app_log = formats.get("app-log")

    def taken(texts: list[str | None]) -> list[tuple[object, ...]]:
        pieces = heading.read(
            app_log, pl.Series(texts, dtype=pl.String), np.arange(len(texts), dtype=np.uint32), "Asia/Seoul"
        )
        columns = ["ts", "zoneless", "severity", "message"]
        found = {
            row: values
            for piece in pieces
            for row, values in zip(piece.rows.tolist(), piece.columns.select(columns).rows(), strict=True)
        }
        return [found.get(row, ()) for row in range(len(texts))]

    assert taken(lines) == [entry for line in lines for entry in taken([line])]


_WORDS = st.sampled_from(["INFO", "WARN", "WARNING", "CRITICAL", "NOTICES", "ERROR", "INFO가", ""])
_SPACE = st.integers(0, 13).map(" ".__mul__)
_TEXT = st.sampled_from(["", "said", "INFO  said", "가  나"])
_BEHIND = st.tuples(_SPACE, _WORDS, _SPACE, _TEXT).map("".join)


@settings(max_examples=100, deadline=None)
@given(st.lists(_BEHIND, min_size=1, max_size=8), st.sampled_from([0, 1 << 10]))
def test_a_head_of_any_width_comes_off_whole(behind: list[str], distinct: int) -> None:
    """What stands behind equal times is what the format's pattern finds in the line, by another engine.

    Whether few of it are distinct or more.
    """
    app_log = formats.get("app-log")
    assert app_log.head is not None
    lines = ["2025-06-20T10:00:00.431+09:00" + text for text in behind]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heading, "_DISTINCT", distinct)
        pieces = heading.read(
            app_log, pl.Series(lines, dtype=pl.String), np.arange(len(lines), dtype=np.uint32), "UTC"
        )
    found = {
        row: values
        for piece in pieces
        for row, values in zip(
            piece.rows.tolist(), piece.columns.select("severity", "message").rows(), strict=True
        )
    }
    wanted = {
        row: (levels.NAMES[head["severity"].lower()], line[head.end() :])
        for row, line in enumerate(lines)
        if (head := re.match(app_log.head, line))
    }
    assert found == wanted


def test_a_time_that_no_calendar_has_stays_in_the_message() -> None:
    """Beside one that a calendar has; both are records of their own."""
    first, second = read(
        "2025-06-20T10:00:00.000+09:00 INFO  up\n2025-02-30T10:00:00.000+09:00 INFO  down\n",
        formats=("app-log",),
    ).events
    assert (first["ts"], first["message"]) == (micros(2025, 6, 20, 1), "up")
    assert (second["ts"], second["severity"]) == (None, "info")
    assert second["message"] == "2025-02-30T10:00:00.000+09:00 INFO  down"
