"""A run of ingest in a real lake: data files, ledger, templates and rollups change together."""

import hashlib
import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline import config, reports
from pipeline.cli import main
from pipeline.config import SourceRule
from pipeline.ingest.run import ingest
from pipeline.lake import Lake

NOW = datetime(2025, 6, 22, 1, tzinfo=UTC)


class Place:
    """A landing folder and a lake beside it."""

    def __init__(self, folder):
        self.landing = folder / "landing"
        self.landing.mkdir()
        self.lake = folder / "lake"
        self.settings = config.load(
            None, {"lake": str(self.lake), "timezone": "Asia/Seoul", "language": "en"}
        )

    def ingest(self, **files):
        for name, data in files.items():
            (self.landing / f"{name}.log").write_bytes(data)
        results = ingest([str(self.landing)], self.settings, root=self.landing, now=NOW)
        return {Path(result.path).stem: result for result in results}

    def ask(self, query):
        with closing(reports.connect(Lake(self.lake).snapshot(), "UTC")) as connection:
            rows = connection.sql(query).to_arrow_table().to_pylist()
        return [tuple(row.values()) for row in rows]


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def line(at, words):
    return f"2025-06-{at}+00:00 INFO {words}\n".encode()


def request(at, path, status, ms):
    entry = {
        "id": f"{at}{path}",
        "labels": [
            {"name": "type", "value": "request"},
            {"name": "instance", "value": "a"},
            {"name": "method", "value": "GET"},
            {"name": "path", "value": path},
            {"name": "statusCode", "value": str(status)},
        ],
        "message": f'clientIP="203.0.113.9" requestID="r" responseTimeMS={ms} responseBytes=8 userAgent="x"',
        "timestamp": f"2025-06-{at}Z",
    }
    return json.dumps({"hasMore": False, "logs": [entry]}).encode() + b"\n"


def test_the_ledger_the_tables_and_the_result_agree(place):
    data = (
        line("20T23:59:59.999", "one")
        + line("21T00:00:00.000", "two")
        + b"    at x (y.js:1:1)\n\xff\xfe\xfd\n\n"
    )
    result = place.ingest(app=data)["app"]
    assert (result.lines, result.records, result.events, result.continuation) == (5, 2, 2, 1)
    assert (result.rejected, result.blank) == (1, 1)
    assert place.ask("SELECT count(*), sum(line_count) FROM lake.events") == [(2, 3)]
    assert place.ask("SELECT line_no, line_count, run_date FROM lake.rejects") == [(4, 1, date(2025, 6, 22))]
    row = Lake(place.lake).snapshot().ledger().to_pylist()[0]
    assert {
        name: row[name] for name in ("lines", "records", "events", "continuation", "rejected", "blank")
    } == {
        "lines": 5,
        "records": 2,
        "events": 2,
        "continuation": 1,
        "rejected": 1,
        "blank": 1,
    }
    assert row["content"] == hashlib.sha256(data).hexdigest()
    assert row["fingerprint"] == hashlib.sha256(data[: row["position"]]).hexdigest()
    assert (row["path"], row["format"], row["bytes"]) == ("app.log", "app-log", len(data))
    files = [file.name for t in ("events", "rejects") for file in Lake(place.lake).snapshot().files(t)]
    assert sorted(row["data_files"]) == sorted(files)


def test_each_event_lies_in_the_partition_of_its_utc_date_and_one_without_time_in_that_of_null(place):
    place.ingest(
        app=line("20T23:59:59.999", "one") + line("21T00:00:00.000", "two"), bare=b"Connected to MongoDB\n"
    )
    files = Lake(place.lake).snapshot().files("events")
    found = {}
    for file in files:
        messages = pq.read_table(file.path, columns=["message"], partitioning=None)["message"].to_pylist()
        found.setdefault(file.partition["date"], []).extend(messages)
    assert found == {"2025-06-20": ["one"], "2025-06-21": ["two"], None: ["Connected to MongoDB"]}


def test_a_template_is_written_once_whoever_meets_its_mask_again(place):
    place.ingest(app=line("20T10:00:00", "queued 5 jobs") + line("20T11:00:00", "queued 7 jobs"))
    first = place.ask("SELECT mask_id, template_id, first_ts FROM lake.templates")
    assert len(first) == 1
    assert first[0][0] == first[0][1]
    assert first[0][2] == datetime(2025, 6, 20, 10, tzinfo=UTC)
    place.ingest(other=line("20T12:00:00", "queued 9 jobs") + line("20T12:30:00", "something else"))
    found = place.ask("SELECT mask_id FROM lake.templates")
    assert len(found) == len(set(found)) == 2
    assert not place.ask("SELECT mask_id FROM lake.events ANTI JOIN lake.templates USING (mask_id)")


def test_rollups_follow_the_hours_of_what_came_and_of_what_was_replaced(place):
    """The last entry is provisional: the second run replaces it, and its hour is counted anew."""
    first = request("20T10:00:00", "/api/notes", 200, 5)
    last = request("20T11:00:00", "/api/notes", 500, 7)
    place.ingest(render=first + last)
    counted = "SELECT hour, status_class, sum(n) FROM lake.rollups GROUP BY ALL ORDER BY ALL"
    ten, eleven = datetime(2025, 6, 20, 10, tzinfo=UTC), datetime(2025, 6, 20, 11, tzinfo=UTC)
    assert place.ask(counted) == [(ten, 2, 1), (eleven, 5, 1)]
    place.ingest(render=first + last + request("20T11:30:00", "/api/notes", 200, 9))
    assert place.ask(counted) == [(ten, 2, 1), (eleven, 2, 1), (eleven, 5, 1)]
    assert place.ask("SELECT count(*) FROM lake.events") == [(3,)]


def test_hours_that_a_source_leaves_when_it_is_read_anew_are_counted_anew(place):
    """A small file that grows is planned anew: its times without a zone are of another one by now."""
    log = b"2025-06-20T10:00:00 INFO GET /api/notes 200 12.3 ms - 5\n"
    place.ingest(app=log)
    hours = "SELECT DISTINCT hour FROM lake.rollups"
    assert place.ask(hours) == [(datetime(2025, 6, 20, 1, tzinfo=UTC),)]
    place.settings = replace(place.settings, sources=(SourceRule("*", timezone="UTC"),))
    place.ingest(app=log * 2)
    assert place.ask(hours) == [(datetime(2025, 6, 20, 10, tzinfo=UTC),)]
    assert place.ask("SELECT count(*) FROM lake.events") == [(2,)]


def test_an_instant_that_moves_with_its_record_leaves_no_rollup_behind(place):
    """The torn page is a reject, and none once it is whole."""
    page = request("20T10:00:00", "/api/notes", 200, 5)
    place.ingest(render=page)
    place.ingest(render=page + request("20T12:00:00", "/api/books", 200, 5)[:-9])
    place.ingest(render=page + request("20T12:00:00", "/api/books", 200, 5))
    hours = place.ask("SELECT DISTINCT hour FROM lake.rollups ORDER BY ALL")
    assert hours == [(datetime(2025, 6, 20, 10, tzinfo=UTC),), (datetime(2025, 6, 20, 12, tzinfo=UTC),)]
    assert place.ask("SELECT count(*) FROM lake.rejects") == [(0,)]


def test_a_run_without_news_makes_no_commit(place):
    place.ingest(app=line("20T10:00:00", "one"))
    version = Lake(place.lake).snapshot().version
    assert place.ingest()["app"].status == "unchanged"
    assert Lake(place.lake).snapshot().version == version


def test_another_run_that_holds_the_lake_is_told_and_exits_4(place, capsys):
    (place.landing / "app.log").write_bytes(line("20T10:00:00", "one"))
    with Lake(place.lake).writer(), pytest.raises(SystemExit) as done:
        main(["--lake", str(place.lake), "ingest", str(place.landing)])
    assert done.value.code == 4
    assert capsys.readouterr().err.count("\n") == 1


def test_what_is_damaged_is_partial_on_every_run_and_complete_when_it_comes_whole(place):
    import gzip

    data = b"".join(line(f"20T10:00:{n:02}", f"job {n} of a night") for n in range(40))
    whole = gzip.compress(data)
    torn = place.ingest(packed=whole[:-30])["packed"]
    assert (torn.status, torn.problem) == ("partial", "gzip cut short")
    assert 0 < torn.records < 40
    version = Lake(place.lake).snapshot().version
    assert place.ingest()["packed"] == torn
    assert Lake(place.lake).snapshot().version == version
    complete = place.ingest(packed=whole)["packed"]
    assert (complete.status, complete.records, complete.problem) == ("ok", 40, None)
    assert place.ask("SELECT count(*), count(DISTINCT message) FROM lake.events") == [(40, 40)]
