"""A report of a day opens the files of that day, whatever else the lake holds."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lake_rows import make_lake

from pipeline import reports, sql

FORMATS = ("mongod-slow", "health-probe", "ticket", "render-event", "time-processor", "check-output")
SPAN = {"since": datetime(2025, 6, 18, 1, 30, tzinfo=UTC), "until": datetime(2025, 6, 18, 9, tzinfo=UTC)}
#: What has a span. Coverage looks at the week before, too, but never at what comes after.
REPORTS = [
    name
    for name in sql.names("reports")
    if any(param.name == "since" for param in sql.load("reports", name).params)
]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    """A lake of two days whose second cannot be read."""
    at = [f"2025-06-{day}T03:30:00Z" for day in (18, 20)]
    request = {"format": "render-request", "http_method": "GET", "http_status": 200, "dedupe_key": "k"}
    rows = [{"ts": ts, "severity": "error", **request} for ts in at]
    rows += [{"ts": ts, "format": label, "attrs": '{"op":"find"}'} for ts in at for label in FORMATS]
    points = [{"ts": ts, "name": "render.cpu", "value": 1, "labels": "{}"} for ts in at]
    lake = make_lake(tmp_path_factory.mktemp("reach") / "lake", events=rows, metrics=points)
    taken = lake.snapshot()
    for table in ("events", "rollups", "repeats", "metrics"):
        for file in taken.files(table):
            if file.partition["date"] == "2025-06-20":
                Path(file.path).write_bytes(b"not Parquet")
    return taken


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_opens_no_file_of_a_later_day(name, snapshot):
    given = {"slo": 0.99, **SPAN}
    params = {param.name: given.get(param.name) for param in sql.load("reports", name).params}
    reports.run(snapshot, name, params, "Asia/Seoul")
