"""Numbers over days, hours, weeks and spans: one SQL text gives them all, and what was counted is kept."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lake_rows import make_lake
from summaries import settings

from pipeline import instants, reports
from pipeline.config import Paths
from pipeline.figures.counting import Counting, merged
from pipeline.figures.definitions import figures
from pipeline.figures.windows import back_from, summarise
from pipeline.ingest.run import ingest
from pipeline.lake import Lake
from pipeline.summary import Measure, Window

LAST = date(2025, 6, 20)


def named(name):
    return next(figure for figure in figures(settings()) if figure.name == name)


def request(ts, status=200, ms=None, route="/api/books"):
    return {"ts": ts, "http_method": "GET", "http_route": route, "http_status": status, "duration_ms": ms}


def kept_in(folder):
    return settings(paths=Paths(*(folder / name for name in ("landing", "lake", "state", "reports"))))


@pytest.fixture
def lake(tmp_path):
    """Four days: 1 of 2, 0 of 6 and 2 of 2 requests failed; on the third nothing is known."""
    rows = [
        *[request("2025-06-17T03:00:00Z", status) for status in (200, 500)],
        *[request("2025-06-18T03:00:00Z")] * 6,
        *[request("2025-06-20T03:00:00Z", 503), request("2025-06-20T04:00:00Z", 503)],
    ]
    return make_lake(tmp_path / "lake", events=rows)


def test_days_add_up_to_the_share_of_all_their_requests(lake):
    errors = named("api_error_rate")
    with Counting(lake.snapshot(), settings()) as counting:
        found = counting.days(errors, back_from(LAST, 4))
        assert {day.day: tuple(m[:2]) for day, m in found.items()} == {
            17: (0.5, 2),
            18: (0.0, 6),
            20: (1.0, 2),
        }
        assert counting.over(errors, back_from(LAST, 4))[:2] == (pytest.approx(0.3), 10)
        assert counting.over(errors, [date(2025, 6, 17), LAST])[:2] == (0.75, 4)
        assert counting.over(errors, [date(2025, 6, 19)]) is None
        assert counting.over(errors, []) is None


def test_a_span_between_instants_takes_parts_of_its_first_and_last_day(lake):
    errors = named("api_error_rate")
    since, until = datetime(2025, 6, 17, 3, tzinfo=UTC), datetime(2025, 6, 20, 4, tzinfo=UTC)
    with Counting(lake.snapshot(), settings()) as counting:
        # The last request stands exactly on the end, which is not counted.
        assert counting.span(errors, since, until)[:2] == (pytest.approx(2 / 9), 9)
        assert counting.span(errors, since + timedelta(microseconds=1), until)[:2] == (
            pytest.approx(1 / 7),
            7,
        )
        assert counting.span(errors, until, until + timedelta(minutes=1))[:2] == (1.0, 1)


def test_hours_of_a_day_are_counted_by_the_same_text(lake):
    with Counting(lake.snapshot(), settings()) as counting:
        hours = counting.hours(named("api_error_rate"), LAST)
        assert {hour.isoformat(): m.n for hour, m in hours.items()} == {
            "2025-06-20T03:00:00+00:00": 1,
            "2025-06-20T04:00:00+00:00": 1,
        }
        # What an hour stands for does not leak into the day's count.
        assert counting.days(named("api_refusal_rate"), [LAST])[LAST].n == 2


def test_a_percentile_of_chosen_days_is_that_of_all_their_requests_together(tmp_path):
    rows = [
        *[request("2025-06-18T03:00:00Z", ms=100)] * 68,
        *[request("2025-06-19T03:00:00Z", ms=9000)] * 90,
        *[request("2025-06-20T03:00:00Z", ms=400)] * 4,
    ]
    with Counting(make_lake(tmp_path / "lake", events=rows).snapshot(), settings()) as counting:
        p95 = named("response_time")
        # Rank 69 of 72: the first of the slow ones; the 90 of the day between take no part.
        chosen = counting.over(p95, [date(2025, 6, 18), LAST])
        assert (chosen.value, chosen.n) == (pytest.approx(400, rel=0.005), 72)
        assert counting.days(p95, [LAST])[LAST].value is None


def test_what_was_counted_is_kept_and_late_data_count_their_day_anew(tmp_path, monkeypatch):
    early = [request("2025-06-19T03:00:00Z", 500), request("2025-06-20T03:00:00Z")]
    ours, errors = kept_in(tmp_path), named("api_error_rate")
    days = back_from(LAST, 2)
    with Counting(make_lake(tmp_path / "lake", events=early).snapshot(), ours) as counting:
        counting.days(errors, days)
        counting.save()
    asked = []
    real = reports.execute

    def seen(connection, query, params):
        asked.append((params["since"].isoformat(), params["until"].isoformat()))
        return real(connection, query, params)

    monkeypatch.setattr(reports, "execute", seen)
    with Counting(Lake(tmp_path / "lake").snapshot(), ours) as counting:
        assert counting.days(errors, days)[LAST].n == 1
        assert asked == []
    late = [request("2025-06-20T05:00:00Z", 500)]
    with Counting(make_lake(tmp_path / "lake", events=late).snapshot(), ours) as counting:
        found = counting.days(errors, days)
        assert [tuple(found[day][:2]) for day in days] == [(1.0, 1), (0.5, 2)]
    # 20 June KST lies on two UTC dates, and so does 19 June; only the date with new files is asked.
    assert asked == [("2025-06-19T15:00:00+00:00", "2025-06-20T15:00:00+00:00")]


def test_a_deletion_that_is_known_late_counts_its_export_anew(tmp_path):
    """The export tells of the 20th, its memo was deleted on the 18th."""
    ours, vanished = kept_in(tmp_path), named("vanished_notes")
    base = {"collection": "notes", "created_at": "2025-06-01T00:00:00Z"}
    documents = [
        {**base, "doc_id": one, "snapshot": f"2025-06-{day}T00:00:00Z"}
        for day, ids in ((18, "abc"), (20, "ab"))
        for one in ids
    ]
    deletion = {**request("2025-06-18T03:00:00Z", 204), "http_method": "DELETE", "http_path": "/api/notes/c"}
    for rows, missing in (({"documents": documents}, 1), ({"events": [deletion]}, 0)):
        snapshot = make_lake(tmp_path / "lake", **rows).snapshot()
        with Counting(snapshot, ours) as counting:
            assert counting.days(vanished, [LAST])[LAST].value == missing
            counting.save()


def test_a_kept_number_of_other_settings_is_not_taken(tmp_path):
    lake = make_lake(tmp_path / "lake", events=[request("2025-06-20T03:00:00Z", ms=2500)])
    slow = named("slow_request_share")
    with Counting(lake.snapshot(), kept_in(tmp_path)) as counting:
        assert counting.days(slow, [LAST])[LAST].value == 1.0
        counting.save()
    higher = type(slow)(**{**vars(slow), "choices": {"limit_ms": 3000.0}})
    with Counting(lake.snapshot(), kept_in(tmp_path)) as counting:
        assert counting.days(higher, [LAST])[LAST].value == 0.0


def test_a_folder_of_kept_numbers_that_is_damaged_is_counted_anew(tmp_path):
    lake = make_lake(tmp_path / "lake", events=[request("2025-06-20T03:00:00Z")])
    folder = tmp_path / "state" / "figures"
    folder.mkdir(parents=True)
    for damage in ("", "[1]", '{"api_error_rate": 3}', "\x00"):
        (folder / "2025-06-20.json").write_text(damage, encoding="utf-8")
        with Counting(lake.snapshot(), kept_in(tmp_path)) as counting:
            assert counting.days(named("api_error_rate"), [LAST])[LAST].n == 1


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=1, max_size=9), st.integers(0, 9))
def test_merging_parts_of_parts_is_merging_all(counts, cut):
    shares = [Measure(min(k, n) / n, n) for k, n in counts]
    for merge in ("share", "sum", "max"):
        parts = [merged(part, merge) for part in (shares[:cut], shares[cut:]) if part]
        whole, again = merged(shares, merge), merged(parts, merge)
        assert whole.n == again.n
        assert whole.value == pytest.approx(again.value)


def test_a_month_that_was_counted_asks_the_lake_nothing(tmp_path, lake, monkeypatch):
    ours = kept_in(tmp_path)
    day = instants.day_of(LAST, instants.zone(ours.timezone))
    first = summarise(lake.snapshot(), ours, day, Window.MONTH, keep=True)

    def never(*_):
        raise AssertionError("asked")

    monkeypatch.setattr(reports, "execute", never)
    assert summarise(lake.snapshot(), ours, day, Window.MONTH) == first


def test_a_new_day_leaves_the_day_before_as_it_is_though_they_share_a_utc_date(tmp_path, monkeypatch):
    ours, errors = kept_in(tmp_path), named("api_error_rate")
    landing = tmp_path / "landing"
    landing.mkdir()

    def take(name, *instants_of):
        lines = [f"2025-06-{at}Z INFO GET /api/books 200 10.000 ms - 10\n" for at in instants_of]
        (landing / name).write_text("".join(lines), encoding="utf-8")
        ingest([str(landing)], ours)
        return Lake(ours.paths.lake).snapshot()

    def count(snapshot):
        asked = []
        real = reports.execute
        with monkeypatch.context() as patch, Counting(snapshot, ours) as counting:
            patch.setattr(
                reports, "execute", lambda *given: (asked.append(given[2]["since"]), real(*given))[1]
            )
            found = counting.days(errors, back_from(LAST, 2))
            counting.save()
        return {day.day: m.n for day, m in found.items()}, [at.day for at in asked]

    # 19 June in Seoul ends at 15:00 UTC, and so does its log; the next day's begins on the same UTC date.
    assert count(take("a.log", "18T15:00:00.000", "19T14:59:59.999")) == ({19: 2}, [18])
    assert count(take("b.log", "19T15:00:00.000", "20T01:00:00.000")) == ({19: 2, 20: 2}, [19])
    # What reaches back over midnight counts both days anew.
    assert count(take("c.log", "19T14:59:59.999", "19T15:00:00.000")) == ({19: 3, 20: 3}, [18])
