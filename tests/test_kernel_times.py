"""The time of a line: what is read as one, whose zone it is in, and what no calendar has."""

from datetime import UTC, datetime

import pytest
from kernel_lab import at, read


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2025-06-20T10:00:00Z x", at(10)),
        ("2025-06-20T10:00:00.123456789+09:00 x", at(1, micro=123456)),
        ("2025-06-20 10:00:00,5+0900 x", at(1, micro=500000)),
        ("[2025-06-20T10:00:00-0330] x", at(13, 30)),
        ("2025-06-20 10:00:00.25 UTC x", at(10, micro=250000)),
        ("2025/06/20 10:00:00 KST x", at(1)),
        ("2025-06-20 10:00:00 +0900 x", at(1)),
        ("2025-06-20T23:59:60Z x", at(0, day=21)),
        ("2025-06-20T24:00:00Z x", at(0, day=21)),
        ("2024-02-29T12:00:00Z x", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        ("0001-01-02T00:00:00Z x", datetime(1, 1, 2, tzinfo=UTC)),
        ("9999-12-30T23:59:59.999999Z x", datetime(9999, 12, 30, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_a_leading_time_with_its_zone_is_the_events_time(text, when):
    [event] = read(text + "\n").events
    assert (event["ts"], event["ts_source"], event["ts_assumed"]) == (when, "line", None)
    assert (event["message"], event["date"]) == ("x", when.date())


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-29T10:00:00Z x",
        "2025-06-20T25:00:00Z x",
        "2025-13-01T00:00:00Z x",
        "0001-01-01T08:59:59+09:00 x",
        "0001-01-01T23:59:59.999999Z x",
        "9999-12-31T00:00:00Z x",
        "9999-12-31T24:00:00Z x",
        "9999-12-31T23:00:00-01:00 x",
    ],
)
def test_a_time_that_no_calendar_has_is_unknown_and_stays_readable(text):
    [event] = read(text + "\n").events
    assert (event["ts"], event["ts_source"], event["date"]) == (None, None, None)
    assert event["message"] == text


@pytest.mark.parametrize("offset", ["+24:00", "-24:00", "+09:60", "+25:00", "-99:99", "+2400"])
def test_an_offset_that_no_clock_has_makes_a_time_unknown(offset):
    like, last = "2025-06-20T10:00:00+09:00 INFO x\n", "2025-06-20T23:59:00+23:59 INFO z\n"
    found = read(f"{like}2025-06-20T10:00:00{offset} INFO y\n{last}", formats=("app-log",)).events
    assert [event["ts"] for event in found] == [at(1), None, at(0)]


def test_a_time_without_a_zone_is_in_the_settings_zone_and_says_so_where_that_is_assumed():
    text = "2025-06-20 10:00:00 x\n"
    [assumed] = read(text).events
    [known] = read(text, timezone="America/New_York", timezone_known=True).events
    assert (assumed["ts"], assumed["ts_assumed"]) == (at(1), ["zone"])
    assert (known["ts"], known["ts_assumed"]) == (at(14), None)


def test_at_a_clock_change_a_repeated_time_is_the_earlier_and_a_skipped_one_unknown():
    new_york = {"timezone": "America/New_York", "timezone_known": True}
    [twice] = read("2025-11-02 01:30:00 x\n", **new_york).events
    [never] = read("2025-03-09 02:30:00 x\n", **new_york).events
    assert twice["ts"] == datetime(2025, 11, 2, 5, 30, tzinfo=UTC)
    assert never["ts"] is None


def test_a_console_group_without_an_envelope_has_the_time_that_it_states():
    text = (
        "[TimeProcessor] 세션 완료 - 64f0aa10bb20cc30dd40ee95\n"
        "  [TimeProcessor] 클라이언트 시간 처리 시작: 2025-06-20T01:20:00.002Z\n"
        "  [TimeProcessor] 클라이언트 시간 데이터 없음 - 서버 시간 사용\n"
        "  사용된 시간: 서버 시간\n"
    )
    [event] = read(text).events
    assert (event["ts"], event["ts_source"]) == (at(1, 20, 0, 2000), "line")
