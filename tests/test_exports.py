"""Exports by their instant: what each adds and lacks, in whatever order they come."""

import itertools
import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from pipeline import config, reports
from pipeline.ingest.run import Wishes, ingest
from pipeline.lake import Lake

NIGHTS = {"2025-06-20": (1, 2, 3), "2025-06-21": (2, 3, 4), "2025-06-22": (1, 3, 4), "2025-06-23": (4,)}


@pytest.fixture
def landing(tmp_path):
    """Return a function that takes files into a lake."""
    folder = tmp_path / "in"
    folder.mkdir()

    def take(lake, files, snapshot=None):
        for name, ids in files.items():
            (folder / name).write_text("".join(json.dumps({"_id": n, "__v": n}) + "\n" for n in ids))
        settings = config.load(overrides={"lake": str(tmp_path / lake), "timezone": "UTC"})
        paths = [str(folder / name) for name in files]
        return ingest(paths, settings, wishes=Wishes(snapshot=snapshot), jobs=1)

    return take


def shown(lake):
    """Return what the reports say of a lake's exports, and the memos with their newest instants."""
    snapshot = Lake(lake).snapshot()
    bounds = {"since": datetime(2020, 1, 1, tzinfo=UTC), "until": datetime(2030, 1, 1, tzinfo=UTC)}
    told = [
        reports.run(snapshot, name, bounds, "UTC").drop(drop).to_pylist()
        for name, drop in (("exports", ["sources"]), ("vanished_documents", []))
    ]
    notes = reports.connect(snapshot, "UTC").sql("SELECT doc_id, snapshot, attrs FROM notes ORDER BY ALL")
    return [*told, notes.to_arrow_table().to_pylist()]


def night(day):
    return datetime(2025, 6, day, tzinfo=UTC)


def test_in_whatever_order_exports_come_the_same_is_told(landing, tmp_path):
    files = {f"notes-{day}.json": ids for day, ids in NIGHTS.items()}
    landing("whole", files)
    exports, vanished, notes = wanted = shown(tmp_path / "whole")
    assert [(e["extent"], e["documents"], e["added"], e["vanished"], e["returned"]) for e in exports] == [
        ("whole", 3, None, None, None),
        ("whole", 3, 1, 1, 1),
        ("whole", 3, 1, 1, 0),
        # One of three is less than half.
        ("filtered", 1, None, None, None),
    ]
    assert [tuple(row.values())[1:] for row in vanished] == [
        ("1", night(20), night(21), night(22)),
        ("2", night(21), night(22), None),
    ]
    newest = [(row["doc_id"], row["snapshot"].day) for row in notes]
    assert newest == [("1", 22), ("2", 21), ("3", 22), ("4", 23)]
    for number, order in enumerate(list(itertools.permutations(files))[5::9]):
        for name in order:
            landing(f"lake{number}", {name: files[name]})
        assert shown(tmp_path / f"lake{number}") == wanted
        again = landing(f"lake{number}", files)
        assert {result.status for result in again} == {"unchanged"}
        assert shown(tmp_path / f"lake{number}") == wanted


def test_equal_bytes_of_two_nights_are_two_exports(landing, tmp_path):
    landing("lake", {"notes-2025-06-20.json": (1, 2), "notes-2025-06-21.json": (1, 2)})
    exports, vanished, _ = shown(tmp_path / "lake")
    assert [(e["snapshot"], e["documents"], e["vanished"]) for e in exports] == [
        (night(20), 2, None),
        (night(21), 2, 0),
    ]
    assert vanished == []


def test_one_file_as_of_two_instants_is_two_exports(landing, tmp_path):
    for day, status in ((20, "ok"), (21, "ok"), (20, "unchanged"), (21, "unchanged")):
        [result] = landing("lake", {"notes.json": (1, 2)}, snapshot=night(day))
        assert result.status == status
    assert [e["snapshot"] for e in shown(tmp_path / "lake")[0]] == [night(20), night(21)]


def test_an_undated_file_that_is_replaced_every_night_is_an_export_each_night(landing, tmp_path):
    for day in (20, 21):
        landing("warm-up", {"notes.json": (1, 2)})
        os.utime(tmp_path / "in" / "notes.json", (night(day).timestamp(),) * 2)
        settings = config.load(overrides={"lake": str(tmp_path / "lake"), "timezone": "UTC"})
        ingest([str(tmp_path / "in")], settings, jobs=1)
    assert [e["snapshot"] for e in shown(tmp_path / "lake")[0]] == [night(20), night(21)]


def test_an_undated_file_that_is_read_while_it_is_written_is_one_export_of_its_first_instant(tmp_path):
    settings = config.load(overrides={"lake": str(tmp_path / "lake"), "timezone": "UTC"})
    file = tmp_path / "notes.json"
    data = "".join(json.dumps({"_id": n, "__v": n}) + "\n" for n in range(1, 10)).encode()
    second, end = night(20).timestamp(), timedelta(hours=6).total_seconds()
    # Within the first key, within a document, between two; the whole six hours after the first instant.
    states = ((8, 0), (50, 1), (105, 5), (len(data), 1 + end))
    assert data[:105].endswith(b"}\n")
    for length, later in states:
        file.write_bytes(data[:length])
        os.utime(file, (second + later,) * 2)
        [result] = ingest([str(file)], settings, jobs=1)
    assert (result.status, result.records, result.rejected) == ("ok", 9, 0)
    [export] = shown(tmp_path / "lake")[0]
    assert (export["snapshot"], export["documents"]) == (night(20) + timedelta(seconds=1), 9)
    counted = "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM events)"
    lake = reports.connect(Lake(tmp_path / "lake").snapshot(), "UTC")
    assert lake.sql(counted).fetchall() == [(9, 0)]
    # Touched, it holds nothing new; of more than six hours later it is another export.
    os.utime(file, (second + 2,) * 2)
    assert [result.status for result in ingest([str(file)], settings, jobs=1)] == ["unchanged"]
    file.write_bytes(data + b'{"_id": 10, "__v": 10}\n')
    os.utime(file, (second + 2 + end,) * 2)
    ingest([str(file)], settings, jobs=1)
    assert [e["documents"] for e in shown(tmp_path / "lake")[0]] == [9, 10]


def test_files_of_one_instant_are_one_export(landing, tmp_path):
    landing("lake", {"a-notes-2025-06-20.json": (1, 2), "b-notes-2025-06-20.json": (2, 3)})
    [export] = shown(tmp_path / "lake")[0]
    assert (export["documents"], export["extent"]) == (3, "whole")
