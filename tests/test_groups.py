"""Which lines go on with the record above them."""

import numpy as np
import polars as pl
import pytest

from pipeline.enrich import groups, routes


def starts(*lines, more=False, first=()):
    flags = np.zeros(len(lines), dtype=bool)
    flags[[0, *first]] = True
    return groups.starts(pl.Series(lines), flags, more=more).tolist()


@pytest.mark.parametrize(
    "line",
    [
        "  [TimeProcessor] 서버",
        "    at f (x.js:1:2)",
        "\tat f",
        "}",
        "]",
        "})",
        "],",
        "};",
        "",
        " ",
        "Caused by: x",
    ],
)
def test_these_go_on_with_the_line_above(line):
    assert starts("[App] a", line) == [True, False]


@pytest.mark.parametrize("line", ["x", "[App] b", "{", "(a", "시간", "=====", "🌏 Server", "\u2028x"[1:]])
def test_these_begin_a_record(line):
    assert starts("[App] a", line) == [True, True]


def test_objects_begin_records_alone_and_among_other_lines():
    assert starts('{"a":1}', "{", '{"b":"..."}') == [True, True, True]
    assert starts('{"a":1}', "    at f (x.js:1:2)", '{"b":1}') == [True, False, True]


MEMO = "[addInlineThread] 새 쓰레드: noteId=64, content="


def test_a_memo_text_of_several_lines_goes_on_to_its_three_dots():
    assert starts(MEMO + "가", "나", "", "다...", "[App] b") == [True, False, False, False, True]


def test_a_memo_that_ends_on_its_line_takes_no_other():
    assert starts(MEMO + "가...", "나...") == [True, True]


def test_a_memo_has_fifty_units_of_text_line_ends_counted():
    """The app prints substring(0, 50): 24 + newline + 25 are fifty UTF-16 units; one more is not its text."""
    assert starts(MEMO + "가" * 24, "나" * 25 + "...") == [True, False]
    assert starts(MEMO + "가" * 24, "나" * 26 + "...") == [True, True]
    assert starts(MEMO + "🎉" * 12, "🎉" * 12 + "a...") == [True, False]


def test_an_unfinished_memo_waits_only_while_more_may_come():
    assert starts(MEMO + "가", "나", more=True) == [True, False]
    assert starts(MEMO + "가", "나", more=False) == [True, True]


def test_a_memo_stays_in_its_stream():
    assert starts(MEMO + "가", "나...", first=[1]) == [True, True]


def test_lines_that_may_end_a_memo_begun_before_are_known():
    assert groups.maybe_memo(pl.Series(["나", "다...", "[App] x"])) == 2
    assert groups.maybe_memo(pl.Series(["나" * 50 + "..."])) == 0
    assert groups.maybe_memo(pl.Series(["[App] a line that is longer than the fifty units", "x..."])) == 0


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/api/sessions/64f0aa10bb20cc30dd40ee99/complete", "/api/sessions/:id/complete"),
        ("/api/sessions/64f0/complete", "/api/sessions/:id/complete"),
        ("/api/notes/1/2/3", "/api/notes/:id/:id/:id"),
        ("/api/users/8f14e45f-ceea-467a-9b1c-0123456789ab", "/api/users/:id"),
        ("/api/notes/tag/%EB%AA%B0%EC%9E%85", "/api/notes/tag/:value"),
        ("/api/notes/", "/api/notes/"),
        ("/api/notes/7/", "/api/notes/:id/"),
        ("/", "/"),
        ("/api/v2fa", "/api/v2fa"),
        ("/api/2fa/3d-models", "/api/2fa/3d-models"),
        ("/s/4xYzq", "/s/:id"),
        ("/s/4a1", "/s/:id"),
        ("/covers/7.webp", "/covers/:id"),
        ("/api/v2/notes", "/api/v2/notes"),
        ("/api/facade", "/api/facade"),
        ("/api/days/2024-06-20", "/api/days/:id"),
        (None, None),
    ],
)
def test_ids_in_a_path_are_not_part_of_its_route(path, route):
    assert routes.of(pl.Series([path], dtype=pl.String)).to_list() == [route]
