"""`import pipeline`: the lake as a DuckDB connection, as Arrow tables, as lazy frames; the notebook runs."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from lake_rows import make_lake

import pipeline
from pipeline import config
from pipeline.errors import LakeFault, UsageFault
from pipeline.ingest.run import ingest

ROOT = Path(__file__).parent.parent
ROWS = [
    {"ts": "2025-06-19T14:59:59.999999Z", "message": "before"},
    {"ts": "2025-06-19T15:00:00Z", "message": "midnight in Seoul"},
    {"ts": "2025-06-20T14:59:59.999999Z", "message": "last", "dedupe_key": "a"},
    {"ts": "2025-06-20T14:59:59.999999Z", "message": "last", "dedupe_key": "a"},
    {"ts": "2025-06-20T15:00:00Z", "message": "after", "http_method": "GET", "duration_ms": 5},
    {"message": "some day"},
]


@pytest.fixture
def lake(tmp_path):
    make_lake(tmp_path / "lake", events=ROWS)
    with pipeline.open(tmp_path / "lake", timezone="Asia/Seoul") as opened:
        yield opened


def test_the_connection_has_the_views_and_nothing_of_it_writes(lake):
    assert lake.sql("SELECT count(*) FROM events").fetchall() == [(5,)]
    assert lake.sql("SELECT message FROM events WHERE ts > $at", {"at": "2025-06-20T15:00Z"}).fetchall() == []
    for statement in ("DELETE FROM events", "INSERT INTO lake.events SELECT * FROM lake.events"):
        with pytest.raises(duckdb.Error):
            lake.connection.execute(statement)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2025-06-20", "2025-06-21"),
        (date(2025, 6, 20), date(2025, 6, 21)),
        (datetime(2025, 6, 19, 15, tzinfo=UTC), datetime(2025, 6, 20, 15, tzinfo=UTC)),
    ],
)
def test_events_are_those_of_the_interval_each_once(since, until, lake):
    frame = lake.events(since, until)
    assert isinstance(frame, pl.LazyFrame)
    assert sorted(frame.collect()["message"]) == ["last", "midnight in Seoul"]


def test_without_bounds_records_without_a_time_are_there_too(lake):
    assert sorted(lake.events().collect()["message"]) == sorted({row["message"] for row in ROWS})
    assert lake.events(until="2025-06-20").collect()["message"].to_list() == ["before"]


def test_only_the_files_of_the_days_asked_for_are_opened(lake):
    for file in lake.snapshot.files("events"):
        if file.partition["date"] != "2025-06-20":
            Path(file.path).unlink()
    assert lake.events("2025-06-20T10:00", "2025-06-20T11:00").collect().height == 0


def test_a_report_takes_texts_dates_and_instants_and_gives_arrow(lake):
    for since, until in (("2025-06-21", "2025-06-22"), (date(2025, 6, 21), date(2025, 6, 22))):
        [row] = lake.report("latency_by_route", since=since, until=until).to_pylist()
        assert (row["http_method"], row["n"]) == ("GET", 1)


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("latency_by_rout", {}, "no report 'latency_by_rout'; did you mean latency_by_route?"),
        ("latency_by_route", {"sinc": "today"}, "latency_by_route has no 'sinc'; did you mean since?"),
        ("latency_by_route", {"since": "soon"}, "--since: not an instant: 'soon'"),
    ],
)
def test_a_wrong_name_or_value_names_the_nearest(name, given, message, lake):
    with pytest.raises(UsageFault, match=re.escape(message)):
        lake.report(name, **given)


def test_an_older_snapshot_is_opened_by_its_number_and_a_folder_that_is_no_lake_is_told(lake, tmp_path):
    with pipeline.open(tmp_path / "lake", at=0) as before:
        assert before.events().collect().height == 0
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises((LakeFault, UsageFault)):
        pipeline.open(tmp_path / "other", at=3)


def test_the_notebook_runs_and_finds_what_the_sample_holds(tmp_path, monkeypatch):
    sample = ROOT / "data" / "samples"
    ingest([str(sample)], config.load(sample / "h33.toml", {"lake": str(tmp_path / "data" / "lake")}))
    monkeypatch.chdir(tmp_path)
    notebook = json.loads((ROOT / "docs" / "notebook.ipynb").read_text(encoding="utf-8"))
    names = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # noqa: S102 - the notebook is ours
    truth = json.loads((sample / "truth.json").read_text())["days"]
    counted = {str(r["day"]): (r["requests"], r["failed"]) for r in names["by_day"].to_dicts()}
    assert counted == {
        day: (truth[day]["requests"]["api"], truth[day]["requests"]["status_5xx"]) for day in counted
    }
    assert len(counted) == 2
    assert names["failed"].height == 2
    assert names["slowest"].height == 3
    assert names["errors"]["len"].sum() > 0
    assert names["first"] == 1
