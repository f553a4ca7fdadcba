"""What people may type for an instant, a day or a span, and what it means in the reporting zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import instants
from pipeline.errors import UsageFault

SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2025, 6, 20, 0, 30, tzinfo=SEOUL)  # still the 19th in UTC


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-06-20", "2025-06-19T15:00:00"),
        ("2025-06-20T10:00", "2025-06-20T01:00:00"),
        ("2025-06-20 10:00:00.5", "2025-06-20T01:00:00.500000"),
        ("2025-06-20T10:00+09:00", "2025-06-20T01:00:00"),
        ("2025-06-20T10:00Z", "2025-06-20T10:00:00"),
        ("today", "2025-06-19T15:00:00"),
        ("Yesterday", "2025-06-18T15:00:00"),
        ("now", "2025-06-19T15:30:00"),
        ("24h", "2025-06-18T15:30:00"),
        ("90s", "2025-06-19T15:28:30"),
        ("2w", "2025-06-05T15:30:00"),
    ],
)
def test_an_instant_is_read_in_the_reporting_zone(text, utc):
    assert instants.parse(text, SEOUL, NOW) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "tomorrowish", "2025-06-31", "2025-13-01", "24", "h", "9999999h", "١h", "0001-01-01T00:00+09:00"],
)
def test_anything_else_is_refused_in_one_line_that_names_the_choices(text):
    with pytest.raises(UsageFault) as fault:
        instants.parse(text, SEOUL, NOW)
    assert "\n" not in str(fault.value)
    assert "yesterday" in str(fault.value)


@pytest.mark.parametrize("text", ["now", "24h", "2025-06-20T10:00", "9999-12-31"])
def test_a_day_is_a_date_or_a_day_word_only(text):
    with pytest.raises(UsageFault):
        instants.parse_day(text, SEOUL, NOW)


def test_a_day_with_a_clock_change_has_23_or_25_hours():
    berlin = ZoneInfo("Europe/Berlin")
    spring, autumn = (instants.day_of(date(2025, *d), berlin) for d in ((3, 30), (10, 26)))
    assert spring.end - spring.start == timedelta(hours=23)
    assert autumn.end - autumn.start == timedelta(hours=25)


@given(st.dates(date(1970, 1, 2), date(2100, 1, 1)))
def test_days_follow_each_other_without_gap_or_overlap(day):
    tz = ZoneInfo("America/Sao_Paulo")
    assert instants.day_of(day, tz).end == instants.day_of(day + timedelta(days=1), tz).start


@pytest.mark.parametrize("name", ["Asia/Seul", "", "../etc/passwd", "KST+9", "\x00"])
def test_an_unknown_zone_is_told_plainly(name):
    with pytest.raises(UsageFault, match="no time zone"):
        instants.zone(name)
