"""Repeats and rollups follow the events: only touched hours change, and adding days up is counting once."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from math import exp
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings, strategies
from lake_rows import make_lake, partitions

from pipeline import reports
from pipeline.ingest.derived import rollups
from pipeline.lake import Lake

HOUR = timedelta(hours=1)
MIDNIGHT = datetime(2025, 6, 20, tzinfo=UTC)


def request(ts, duration_ms=10.0, **more):
    base = {"http_method": "GET", "http_route": "/a", "http_status": 200}
    return {"ts": ts, "duration_ms": duration_ms, **base, **more}


def add(lake, events, hours, remove=(), run=0):
    """Commit events, and the rollups of some hours."""
    with lake.writer() as writer:
        change = writer.change(writer.run_id(datetime(2025, 7, 2, run, tzinfo=UTC)))
        for path in remove:
            change.remove("events", path)
        for partition, table in partitions("events", events):
            with change.file("events", partition) as out:
                out.write(table)
        rollups.refresh(change, hours)
        return change.commit([{"file_id": "g" * 16, "run_id": change.run_id, "path": "g"}])


def counted(snapshot):
    """Return the rollups' requests by UTC hour."""
    with closing(reports.connect(snapshot, "UTC")) as connection:
        rows = connection.sql(
            "SELECT epoch(hour)::BIGINT // 3600 AS hour, sum(n)::BIGINT FROM lake.rollups GROUP BY 1"
        ).fetchall()
    first = int(MIDNIGHT.timestamp()) // 3600
    return {hour - first: n for hour, n in rows}


def by_day(snapshot):
    """Return the daily rollups' requests by UTC date."""
    with closing(reports.connect(snapshot, "UTC")) as connection:
        rows = connection.sql("SELECT date::VARCHAR, sum(n)::BIGINT FROM lake.daily_rollups GROUP BY 1")
        return dict(rows.fetchall())


def content(snapshot, table="rollups"):
    return {
        file.partition["date"]: pq.read_table(file.path, partitioning=None).to_pylist()
        for file in snapshot.files(table)
    }


@pytest.fixture
def lake(tmp_path):
    """Two days: requests at 0 and 23 h of the first, at 0 h of the second."""
    events = [request(MIDNIGHT + hours * HOUR) for hours in (0, 23, 23, 24)]
    return make_lake(tmp_path / "lake", events=events)


def test_a_date_has_one_file_and_every_hour_its_rows(lake):
    assert counted(lake.snapshot()) == {0: 1, 23: 2, 24: 1}
    assert [file.partition["date"] for file in lake.snapshot().files("rollups")] == [
        "2025-06-20",
        "2025-06-21",
    ]


def test_only_touched_hours_are_counted_anew(lake):
    # The hour 23 gets an event too, but is not named as touched: its rows are taken over as they were.
    after = add(lake, [request(MIDNIGHT), request(MIDNIGHT + 23 * HOUR)], hours=[MIDNIGHT])
    assert counted(after) == {0: 2, 23: 2, 24: 1}


def test_the_hours_of_a_touched_day_are_added_up_anew_those_that_were_not_counted_anew_too(lake):
    assert by_day(lake.snapshot()) == {"2025-06-20": 3, "2025-06-21": 1}
    after = add(lake, [request(MIDNIGHT), request(MIDNIGHT + 23 * HOUR)], hours=[MIDNIGHT])
    assert by_day(after) == {"2025-06-20": 4, "2025-06-21": 1}


def test_files_of_untouched_dates_stay_the_same_files(lake):
    before = {file.name for file in lake.snapshot().files("rollups")}
    after = {file.name for file in add(lake, [request(MIDNIGHT)], hours=[MIDNIGHT]).files("rollups")}
    assert {name.split("/")[1] for name in before & after} == {"date=2025-06-21"}
    assert {name.split("/")[1] for name in after - before} == {"date=2025-06-20"}


def test_an_hour_that_lost_its_events_loses_its_rows_and_a_date_without_any_its_file(lake):
    gone = [file.path for file in lake.snapshot().files("events") if file.partition["date"] == "2025-06-21"]
    after = add(lake, [], hours=[MIDNIGHT + 24 * HOUR], remove=gone)
    assert counted(after) == {0: 1, 23: 2}
    for table in ("rollups", "daily_rollups"):
        assert [file.partition["date"] for file in after.files(table)] == ["2025-06-20"]


def test_no_touched_hours_stage_nothing(lake):
    with lake.writer() as writer:
        change = writer.change(writer.run_id(datetime(2025, 7, 2, tzinfo=UTC)))
        before = change.files("rollups")
        rollups.refresh(change, [])
        assert change.files("rollups") == before


def test_an_hour_is_touched_in_whatever_zone_it_is_named(lake):
    seoul = (MIDNIGHT + 24 * HOUR).astimezone(ZoneInfo("Asia/Seoul"))
    after = add(lake, [request(MIDNIGHT + 24 * HOUR)], hours=[seoul])
    assert counted(after) == {0: 1, 23: 2, 24: 2}


def test_a_render_line_that_arrives_later_takes_the_app_s_lines_of_its_hour_out(tmp_path):
    app = [
        request(MIDNIGHT + minutes * HOUR / 60, format="morgan-dev", service="api", instance="i")
        for minutes in (1, 61)
    ]
    lake = make_lake(tmp_path / "lake", events=app)
    render = [
        request(MIDNIGHT + HOUR / 2, format="render-request", service="api", instance="i", file_id="g" * 16)
    ]
    assert counted(add(lake, render, hours=[MIDNIGHT])) == {0: 1, 1: 1}


def test_a_render_line_that_names_no_method_takes_out_no_line_of_the_app_s(tmp_path):
    app = [request(MIDNIGHT, format="morgan-dev", service="api", instance="i")]
    lake = make_lake(tmp_path / "lake", events=app)
    named = {"format": "render-request", "service": "api", "instance": "i", "file_id": "g" * 16}
    render = [request(MIDNIGHT + HOUR / 2, **{**named, "http_method": None})]
    assert counted(add(lake, render, hours=[MIDNIGHT])) == {0: 1}


def test_a_copy_that_arrives_later_is_a_repeat_and_counts_nowhere(tmp_path):
    first = request(MIDNIGHT, dedupe_key="k")
    lake = make_lake(tmp_path / "lake", events=[first, request(MIDNIGHT, dedupe_key="other")])
    assert content(lake.snapshot(), "repeats") == {}
    copy = {**first, "file_id": "g" * 16}
    after = add(lake, [copy, {**copy, "byte_offset": 700, "line_no": 8}], hours=[MIDNIGHT])
    (rows,) = content(after, "repeats").values()
    assert [(row["file_id"], row["line_no"], row["byte_offset"]) for row in rows] == [
        ("g" * 16, 1, 0),
        ("g" * 16, 8, 700),
    ]
    assert counted(after) == {0: 2}
    with closing(reports.connect(after, "UTC")) as connection:
        assert connection.sql("SELECT count(*) FROM events").fetchall() == [(2,)]
        assert connection.sql("SELECT count(*) FROM lake.events").fetchall() == [(4,)]


def test_when_the_shown_copy_goes_the_other_is_shown(tmp_path):
    first = request(MIDNIGHT, dedupe_key="k")
    lake = make_lake(tmp_path / "lake", events=[first])
    (old,) = [file.path for file in lake.snapshot().files("events")]
    assert counted(add(lake, [{**first, "file_id": "g" * 16}], hours=[MIDNIGHT])) == {0: 1}
    after = add(lake, [], hours=[MIDNIGHT], remove=[old], run=1)
    assert content(after, "repeats") == {}
    assert counted(after) == {0: 1}


def test_busy_days_are_counted_in_parts_that_give_the_same(lake, monkeypatch):
    hours = [MIDNIGHT + n * HOUR for n in range(25)]
    whole = content(add(lake, [], hours=hours))
    monkeypatch.setattr(rollups, "_ROWS_AT_ONCE", 1)
    assert content(add(lake, [], hours=hours, run=1)) == whole
    assert [len(part) for part in rollups._parts(hours[:24], 5)] == [4] * 6


DURATIONS = strategies.one_of(
    strategies.none(),
    strategies.sampled_from([0.0, -1.0, float("nan"), float("inf")]),
    strategies.floats(-7, 12).map(exp),
)


@settings(max_examples=12, deadline=None)
@given(
    strategies.lists(
        strategies.tuples(strategies.integers(0, 71), strategies.sampled_from("abc"), DURATIONS), max_size=60
    ),
    strategies.randoms(use_true_random=False),
)
def test_rollups_of_days_that_came_in_any_order_add_up_to_one_pass_over_all(tmp_path_factory, drawn, random):
    events = [request(MIDNIGHT + hour * HOUR, took, http_route=f"/{route}") for hour, route, took in drawn]
    lake = Lake(tmp_path_factory.mktemp("merge") / "lake")
    pieces = [[], [], []]
    for event in events:
        random.choice(pieces).append(event)
    for run, piece in enumerate(pieces):
        snapshot = add(lake, piece, {event["ts"] for event in piece}, run=run)
    with closing(reports.connect(snapshot, "UTC")) as connection:
        merged, by_days = (
            connection.sql(
                f"SELECT http_route, kind, bucket, sum(n)::BIGINT FROM lake.{table} GROUP BY ALL ORDER BY ALL"
            ).fetchall()
            for table in ("rollups", "daily_rollups")
        )
        at_once = connection.sql(
            "SELECT http_route, bucket_kind(duration_ms), bucket(duration_ms), count(*) FROM lake.events "
            "GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    assert merged == at_once
    assert by_days == at_once
    assert sum(n for *_, n in merged) == len(events)


def test_percentiles_of_merged_rollups_are_within_half_a_percent_of_the_sorted_values(tmp_path):
    took = [exp(0.013 * (number * 7919 % 1000)) for number in range(1000)]
    events = [request(MIDNIGHT + number % 48 * HOUR, value) for number, value in enumerate(took)]
    lake = make_lake(tmp_path / "lake", events=events)
    span = {"since": MIDNIGHT, "until": MIDNIGHT + 48 * HOUR, "service": None}
    (row,) = reports.run(lake.snapshot(), "latency_by_route", span, "UTC").to_pylist()
    exact = sorted(took)
    assert row["n"] == 1000
    for name, rank in (("p50_ms", 500), ("p90_ms", 900), ("p99_ms", 990)):
        assert row[name] == pytest.approx(exact[rank - 1], rel=0.005)
