"""Measurements of Render, Atlas and mongostat: a row for every point, its name, unit and labels as agreed."""

import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from ingest_lab import Landing, counters
from kernel_lab import plan, values

from pipeline import formats
from pipeline.formats.structured.mongostat import with_year
from pipeline.ingest.cutters.json_scan import completed
from pipeline.ingest.records import kernel

NEAR = datetime(2025, 6, 21, tzinfo=UTC)
SERIES = {
    "labels": [{"field": "resource", "value": "srv-abc"}, {"field": "instance", "value": "srv-abc-x1"}],
    "unit": "GB",
    "values": [
        {"timestamp": "2025-06-20T01:00:00Z", "value": 0.212},
        {"timestamp": "2025-06-20T01:05:00Z", "value": None},
    ],
}
ATLAS = {
    "start": "2025-06-20T01:00:00Z",
    "granularity": "PT1M",
    "processId": "a:27017",
    "measurements": [
        {
            "name": "CONNECTIONS",
            "units": "SCALAR",
            "dataPoints": [
                {"timestamp": "2025-06-20T01:00:00Z", "value": 12},
                {"timestamp": "2025-06-20T01:01:00Z", "value": None},
            ],
        }
    ],
}
SAMPLE = {
    "a:27017": {
        "host": "a:27017",
        "insert": "*0",
        "command": "41|3",
        "dirty": "0.1%",
        "vsize": "2.91G",
        "res": "312M",
        "qrw": "5|6",
        "arw": "1|0",
        "net_in": "14.2k",
        "net_out": "0b",
        "conn": "12",
        "set": "atlas-x",
        "repl": "PRI",
        "time": "Jun 20 10:00:01.004",
    }
}


def read(label, *found, **stated):
    source = plan(layout="json", kind="metrics", formats=(label,), near=NEAR, **stated)
    parsed = kernel.parse(values(found), source)
    return pl.from_arrow(parsed.table).to_dicts(), pl.from_arrow(parsed.rejects).to_dicts()


def test_points_of_render_and_their_gaps():
    rows, rejects = read("render_metrics", SERIES)
    assert rejects == []
    assert [(row["name"], row["unit"], row["value"], row["ts"]) for row in rows] == [
        ("render.memory", "GB", 0.212, datetime(2025, 6, 20, 1, tzinfo=UTC)),
        ("render.memory", "GB", None, datetime(2025, 6, 20, 1, 5, tzinfo=UTC)),
    ]
    assert {row["labels"] for row in rows} == {'{"instance":"srv-abc-x1","resource":"srv-abc"}'}
    assert rows[0]["date"] == rows[0]["ts"].date()


@pytest.mark.parametrize(
    ("unit", "name"), [("cpu", "render.cpu"), ("GB", "render.memory"), ("MBps", "render.mbps")]
)
def test_render_names_what_it_measures_by_its_unit_alone(unit, name):
    rows, _ = read("render_metrics", SERIES | {"unit": unit})
    assert {(row["name"], row["unit"]) for row in rows} == {(name, unit)}


def test_points_of_atlas():
    rows, rejects = read("atlas", ATLAS)
    assert rejects == []
    assert [(row["name"], row["unit"], row["value"]) for row in rows] == [
        ("atlas.connections", "scalar", 12.0),
        ("atlas.connections", "scalar", None),
    ]
    assert {row["labels"] for row in rows} == {'{"granularity":"PT1M","process":"a:27017"}'}


def test_values_that_mongostat_writes_as_text():
    rows, rejects = read("mongostat", SAMPLE)
    assert rejects == []
    found = {row["name"].removeprefix("mongostat."): (row["value"], row["unit"]) for row in rows}
    assert found == {
        "insert": (0.0, "1"),
        "command": (41.0, "1"),
        "command_repl": (3.0, "1"),
        "dirty": (0.001, "1"),
        "vsize": (round(2.91 * 1024**3, 3), "bytes"),
        "res": (312 * 1024.0**2, "bytes"),
        "qr": (5.0, "1"),
        "qw": (6.0, "1"),
        "ar": (1.0, "1"),
        "aw": (0.0, "1"),
        "net_in": (14200.0, "bytes"),
        "net_out": (0.0, "bytes"),
        "conn": (12.0, "1"),
    }
    # Ten in Seoul, the year of what it lies near.
    assert {row["ts"] for row in rows} == {datetime(2025, 6, 20, 1, 0, 1, 4000, tzinfo=UTC)}
    assert {row["labels"] for row in rows} == {'{"host":"a:27017"}'}


@pytest.mark.parametrize(
    ("text", "near", "wanted"),
    [
        ("Dec 31 23:59:59", datetime(2026, 1, 1), "2025-12-31T23:59:59"),
        ("Jan  1 00:00:00.25", datetime(2025, 12, 31), "2026-01-01T00:00:00.25"),
        ("Feb 29 12:00:00", datetime(2025, 3, 1), "2024-02-29T12:00:00"),
        ("Feb 30 12:00:00", datetime(2025, 3, 1), "Feb 30 12:00:00"),
        ("soon", datetime(2025, 3, 1), "soon"),
    ],
)
def test_a_time_without_a_year_lies_nearest_to_its_source(text, near, wanted):
    assert with_year(text, near) == wanted


def test_a_point_that_cannot_be_read_is_rejected_alone():
    bad = [
        {"timestamp": "yesterday", "value": 1},
        {"timestamp": "2025-06-20T01:00:00Z", "value": "much"},
        {"timestamp": "2025-06-20T01:00:00Z", "value": True},
        "point",
    ]
    rows, rejects = read("render_metrics", SERIES | {"values": [*bad, SERIES["values"][0]]}, b"{", SAMPLE)
    assert [row["value"] for row in rows] == [0.212]
    assert [(row["line_no"], row["reason"]) for row in rejects] == [
        (2, "invalid JSON: unexpected end of data"),
        (3, "no record of render_metrics"),
        (1, "a point whose time cannot be read"),
        (1, "a point whose value is no number"),
        (1, "a point whose value is no number"),
        (1, "a point whose time cannot be read"),
    ]


@pytest.mark.parametrize(
    ("label", "value"), [("render_metrics", SERIES), ("atlas", ATLAS), ("mongostat", SAMPLE)]
)
def test_each_is_known_by_its_members_and_by_one_format_only(label, value):
    assert [name for name in formats.wrappers() if formats.wrapper(name).claims(value)] == [label]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (b'{"a": "}]", "b": [1, {"c": "\\"}"}, {"d": ', b'{"a": "}]", "b": [1, {"c": "\\"}"}]}'),
        (b'{"a": {}} {"b"', b'{"a": {}}'),
        (b'{"a": "cut', b""),
        (b"}", b""),
    ],
)
def test_a_value_that_is_cut_off_is_closed_behind_what_is_whole(text, whole):
    assert completed(text) == whole


def test_a_series_longer_than_what_is_looked_at_is_told_too(tmp_path, monkeypatch):
    start = datetime(2025, 6, 1, tzinfo=UTC)
    points = [
        {"timestamp": f"{start + timedelta(minutes=n):%Y-%m-%dT%H:%M:%SZ}", "value": n} for n in range(9000)
    ]
    landing = Landing(tmp_path, monkeypatch)
    landing.write("cpu.json", json.dumps([SERIES | {"unit": "cpu", "values": points}]).encode())
    landing.write("atlas.json", json.dumps(ATLAS, indent=1).encode())
    landing.write("stat-2024-12-31.ndjson", (json.dumps(SAMPLE) + "\n").encode() * 2)
    found = landing.ingest()
    assert found["cpu.json"].format == "render_metrics"
    assert counters(found["cpu.json"]) == {
        "lines": 1, "records": 9000, "events": 1, "continuation": 0, "rejected": 0, "blank": 0,
    }  # fmt: skip
    assert (found["atlas.json"].format, found["atlas.json"].records) == ("atlas", 2)
    # 171 days lie between the end of 2024 and 20 June 2025, 194 between 20 June 2024 and it.
    assert found["stat-2024-12-31.ndjson"].first_ts == datetime(2025, 6, 20, 1, 0, 1, 4000, tzinfo=UTC)
    assert sum(row["value"] for row in landing.lake.table("metrics") if row["name"] == "render.cpu") == sum(
        range(9000)
    )
    assert {result.status for result in landing.ingest().values()} == {"unchanged"}
