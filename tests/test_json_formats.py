"""JSON formats of one's own, and records however they stand in a file."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest
from formats_lab import refusal, written
from ingest_lab import Landing, counters
from kernel_lab import Read, lines, plan

from pipeline.formats import times
from pipeline.ingest.scout import Wishes

GOOD = '{"level":30,"time":1750381200599,"pid":1,"hostname":"x1","msg":"ok"}'

TOML = """
title = "Acme"
url = "https://acme.example"
[json]
claims = [{ acme = "number" }]
columns = { message = "say" }
[[sample]]
line = '{"acme":1,"say":"hi"}'
gives = { message = "hi" }
"""


def test_a_json_format_of_ones_own_is_found_in_a_folder_and_comes_before_the_catch_all(tmp_path):
    written(tmp_path, TOML)
    [mine, other] = Read(
        [lines('{"acme":1,"say":"hi"}\n{"msg":"hi"}')], plan(format_folders=(str(tmp_path),))
    ).events
    assert (mine["format"], mine["message"]) == ("acme", "hi")
    assert (other["format"], other["message"]) == ("json-log", "hi")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("claims =", "claim ="), "unknown key 'json.claim'"),
        (("claims = [{", "claims = [{}, {"), "a claim says of members"),
        (('"number" }]', '"integer" }]'), "a claim says of members"),
        (('claims = [{ acme = "number" }]', "claims = []"), "needs 'claims' and 'columns'"),
        (('columns = { message = "say" }', "columns = 3"), "wrong kind of value for 'json.columns'"),
        (('message = "say"', 'said = "say"'), "no column 'said'"),
        (("[json]", '[json]\nderive = "x"'), "no function 'x' to derive"),
        (("[json]", '[json]\ndedupe = "x"'), "unknown 'json.dedupe' 'x'"),
        (("[json]", '[json]\npieces = 9\ntext = "say"'), "needs 'text' and the column 'stream'"),
        (("{ message", '{ stream = "on", message'), "needs 'text' and the column 'stream'"),
        (("[json]", "head = 'x'\n[json]"), "'json' and 'head' exclude each other"),
    ],
)
def test_a_table_that_is_no_json_format_is_refused(tmp_path, change, said):
    assert said in refusal(tmp_path, TOML, change)


def test_times_of_access_logs_and_of_syslog_are_read():
    clf = pl.DataFrame({"t": ["22/Nov/2026:18:35:26 +0000", "-", None]}).select(times.iso_of_clf(pl.col("t")))
    assert clf["t"].to_list() == ["2026-11-22T18:35:26+0000", "-", None]
    near = datetime(2025, 1, 1, 0, 30, tzinfo=UTC)
    told = pl.Series(["Dec 31 23:59:59", "Jan  1 00:00:01", "Feb 29 10:00:00", "Xyz 1 00:00:00", None])
    read_times = times.syslog(told, near, "UTC").to_list()
    assert read_times == [
        datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2025, 1, 1, 0, 0, 1, tzinfo=UTC),
        datetime(2024, 2, 29, 10, 0, 0, tzinfo=UTC),
        None,
        None,
    ]


EVENT = '{"id":"evt-%d","serviceId":"srv-a","timestamp":"2025-06-20T01:00:00Z","type":"deploy_started"}'


@pytest.mark.parametrize(
    ("text", "formats", "counts"),
    [
        (f"{GOOD}\n{GOOD}\n", ["pino", "pino"], (2, 2, 0, 0)),
        (f'{{"level":30,"ti\n{GOOD}\n{GOOD}\n', ["generic", "pino", "pino"], (3, 3, 0, 0)),
        (f"[{GOOD},{GOOD}]", ["pino", "pino"], (1, 1, 0, 0)),
        (f"[\n  {GOOD},\n  {GOOD}\n]\n", ["pino", "pino"], (4, 2, 2, 0)),
        (json.dumps([json.loads(GOOD)] * 2, indent=2), ["pino", "pino"], (16, 2, 14, 0)),
        (json.dumps(json.loads(GOOD), indent=2) * 2, ["pino", "pino"], (13, 2, 11, 0)),
        (f"[{EVENT % 1},\n\n{EVENT % 2}]\n", ["render-event", "render-event"], (3, 2, 0, 1)),
        (
            f'[{{"event":{EVENT % 1},"cursor":"a"}},{{"event":{EVENT % 2},"cursor":"b"}}]',
            ["render-event", "render-event"],
            (1, 1, 0, 0),
        ),
        (f'{{"events":[{GOOD},{GOOD}],"next":"x"}}', ["pino", "pino"], (1, 1, 0, 0)),
        ('{"msg":"x","errors":[{"message":"inner"}]}\n', ["json-log"], (1, 1, 0, 0)),
        (f"[App] start\n{GOOD}\n", ["boot", "pino"], (2, 2, 0, 0)),
    ],
)
def test_records_are_found_however_they_stand_in_a_file(tmp_path, monkeypatch, text, formats, counts):
    landing = Landing(tmp_path, monkeypatch)
    landing.write("x.json", text.encode())
    [result] = landing.ingest().values()
    assert sorted(row["format"] for row in landing.lake.table("events")) == sorted(formats)
    told = counters(result)
    assert (told["lines"], told["events"], told["continuation"], told["blank"]) == counts
    assert told["rejected"] == 0


def test_a_format_that_is_asked_for_reads_what_it_knows_and_leaves_the_rest_to_the_others(
    tmp_path, monkeypatch
):
    landing = Landing(tmp_path, monkeypatch)
    landing.write("x.log", f"{GOOD}\nplain\n".encode())
    landing.ingest(wishes=Wishes(format="pino"))
    assert sorted(row["format"] for row in landing.lake.table("events")) == ["generic", "pino"]
