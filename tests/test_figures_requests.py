"""Counts of requests are kept by day, say what the lake says, and are thrown away with what they rest on."""

from datetime import UTC, date, datetime

import pytest
from lake_rows import make_lake
from summaries import settings

from pipeline import reports
from pipeline.config import Paths
from pipeline.figures.counting import Counting
from pipeline.figures.definitions import figures
from pipeline.figures.windows import back_from
from pipeline.lake import Lake

LAST = date(2025, 6, 20)
P50 = next(figure for figure in figures(settings()) if figure.name == "memo_read_p50")
SUSTAINED = next(figure for figure in figures(settings()) if figure.name == "response_time_sustained")


def reads(ts, ms, times=6):
    """Requests that read memos: a median takes six."""
    row = {"ts": ts, "http_method": "GET", "http_route": "/api/notes", "http_status": 200, "duration_ms": ms}
    return [row] * times


def kept_in(folder, **changes):
    paths = Paths(*(folder / name for name in ("landing", "lake", "state", "reports")))
    return settings(paths=paths, **changes)


def files(folder):
    return sorted(
        file.name[: len("request_days-2025-06-20")] for file in (folder / "state" / "requests").iterdir()
    )


def asked_of(monkeypatch):
    """Let the names of the queries that are asked from now on be collected, with their bounds."""
    asked = []
    real = reports.execute

    def seen(connection, query, params):
        asked.append((query.name, params.get("since"), params.get("until")))
        return real(connection, query, params)

    monkeypatch.setattr(reports, "execute", seen)
    return asked


@pytest.fixture
def lake(tmp_path):
    rows = reads("2025-06-19T03:00:00Z", 100) + reads("2025-06-20T03:00:00Z", 400, 8)
    return make_lake(tmp_path / "lake", events=rows)


def week(counting):
    return counting.over(P50, back_from(LAST, 7))


def test_a_week_reads_what_is_kept_and_counts_the_new_day_only(lake, tmp_path, monkeypatch):
    with Counting(lake.snapshot(), kept_in(tmp_path)) as counting:
        first = week(counting)
        assert (first.value, first.n) == (pytest.approx(400, rel=0.005), 14)
        counting.save()
    assert files(tmp_path) == ["request_days-2025-06-19", "request_days-2025-06-20"]
    late = make_lake(tmp_path / "lake", events=reads("2025-06-20T04:00:00Z", 50, 20))
    asked = asked_of(monkeypatch)
    with Counting(late.snapshot(), kept_in(tmp_path)) as counting:
        found = week(counting)
        counting.save()
    assert (found.value, found.n) == (pytest.approx(50, rel=0.005), 34)
    # What is new lies on one UTC date; the day before, which shares none with it, is not counted again.
    assert {(since, until) for name, since, until in asked if name == "request_days"} == {
        (datetime(2025, 6, 19, 15, tzinfo=UTC), datetime(2025, 6, 20, 15, tzinfo=UTC))
    }
    assert files(tmp_path) == ["request_days-2025-06-19", "request_days-2025-06-20"]


def test_kept_counts_that_are_damaged_are_counted_anew(lake, tmp_path):
    with Counting(lake.snapshot(), kept_in(tmp_path)) as counting:
        first = week(counting)
        counting.save()
    for damage in (b"", b"PAR1", b"\x00" * 100):
        for file in (tmp_path / "state" / "requests").iterdir():
            file.write_bytes(damage)
        for file in (tmp_path / "state" / "figures").iterdir():
            file.unlink()
        with Counting(lake.snapshot(), kept_in(tmp_path)) as counting:
            assert week(counting) == first


def test_nothing_is_kept_that_was_not_to_be_saved(lake, tmp_path):
    with Counting(lake.snapshot(), kept_in(tmp_path)) as counting:
        week(counting)
    assert not (tmp_path / "state").exists()


def test_days_hours_and_spans_are_counted_in_any_order(lake):
    with Counting(lake.snapshot(), settings()) as counting:
        days = counting.days(P50, back_from(LAST, 2))
        hours = counting.hours(P50, LAST)
        span = counting.span(P50, datetime(2025, 6, 19, 2, tzinfo=UTC), datetime(2025, 6, 19, 4, tzinfo=UTC))
        both = counting.over(P50, back_from(LAST, 2))
    assert [(day.day, m.n) for day, m in sorted(days.items())] == [(19, 6), (20, 8)]
    assert {hour.hour: m.n for hour, m in hours.items()} == {3: 8}
    assert (span.n, both.n) == (6, 14)


def test_midnight_inside_an_hour_parts_its_requests(tmp_path):
    # Midnight in Kolkata is 18:30 UTC: one hour of the rollups, two days.
    rows = [*reads("2025-06-19T18:29:59.999999Z", 100), *reads("2025-06-19T18:30:00Z", 400, 8)]
    snapshot = make_lake(tmp_path / "lake", events=rows).snapshot()
    for _ in range(2):
        with Counting(snapshot, kept_in(tmp_path, timezone="Asia/Kolkata")) as counting:
            days = counting.days(P50, back_from(LAST, 2))
            alone = [counting.over(P50, [LAST]), counting.over(SUSTAINED, [LAST])]
            both = counting.over(P50, back_from(LAST, 2))
            counting.save()
        assert [(day.day, m.n) for day, m in sorted(days.items())] == [(19, 6), (20, 8)]
        assert (alone[0].n, both.n, both.value) == (8, 14, pytest.approx(400, rel=0.005))


def test_other_days_of_one_connection_do_not_change_what_is_found(lake, tmp_path):
    with Counting(lake.snapshot(), settings()) as counting:
        one = counting.over(P50, [date(2025, 6, 19), LAST])
        more = counting.over(P50, back_from(LAST, 30))
    assert one == more
    assert Lake(tmp_path / "lake").snapshot().version == 1
