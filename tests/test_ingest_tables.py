"""Measurements, tables and exports, taken in: what the generator and the tools state of them comes out."""

import json
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from ingest_lab import Landing, counters

from pipeline import config
from pipeline.sample import generate

KINDS = {
    "render_metrics": "render_metrics",
    "atlas_measurements": "atlas",
    "mongostat": "mongostat",
    "tickets": "ticket",
    "notes_export": "mongoexport",
    "jsonarray_export": "mongoexport",
    "canonical_export": "mongoexport",
    "csv_export": "mongoexport",
}
SEOUL = ZoneInfo("Asia/Seoul")
CAPTURES = Path(__file__).parents[2] / "shared" / "samples"


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    """Return the truth about a generated folder, the results, and the lake's tables."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        folder = tmp_path_factory.mktemp("tables")
        truth = generate(folder, days=2, scale=0.05).truth
        landing = Landing(folder, monkeypatch)
        results = landing.ingest(settings=config.load(folder / "h33.toml"))
        yield truth, results, {name: landing.lake.table(name) for name in ("events", "metrics", "documents")}


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_has_the_counters_and_the_format_of_the_truth(taken, kind):
    truth, results, _ = taken
    files = {path: file for path, file in truth["files"].items() if file["kind"] == kind}
    assert files
    for path, file in files.items():
        found = counters(results[path])
        assert found == {name: file[name] for name in found}, path
        assert (results[path].format, results[path].status) == (KINDS[kind], "ok")


def test_points_gaps_and_peaks_of_every_series(taken):
    truth, _, tables = taken
    files = truth["files"]
    labels = [json.loads(row["labels"]) for row in tables["metrics"]]
    points, peaks, gaps = Counter(), {}, Counter()
    for row, label in zip(tables["metrics"], labels, strict=True):
        key = row["name"], label.get("instance") or label.get("process") or label["host"]
        points[key] += 1
        gaps[key] += row["value"] is None
        peaks[key] = max(peaks.get(key, 0), row["value"] or 0)
    for file in files.values():
        if file["kind"] == "render_metrics":
            name = {"cpu": "render.cpu", "GB": "render.memory"}[file["unit"]]
            assert {i: n for (of, i), n in points.items() if of == name} == file["points"]
            assert {i: peak for (of, i), peak in peaks.items() if of == name} == file["highest"]
        if file["kind"] == "mongostat":
            of_host = {key: n for key, n in points.items() if key[1] == file["host"]}
            assert len(of_host) == file["points_per_sample"]
            assert set(of_host.values()) == {file["events"]}
    atlas = [file for file in files.values() if file["kind"] == "atlas_measurements"]
    for counted, wanted in ((points, "points"), (gaps, "gaps")):
        told = sum((Counter(file[wanted]) for file in atlas), Counter())
        found = {name: n for (name, _), n in counted.items() if name.startswith("atlas.") and n}
        assert found == {f"atlas.{name.lower()}": n for name, n in told.items() if n}


def test_tickets_of_every_day_by_topic(taken):
    truth, _, tables = taken
    found: dict[str, Counter] = {}
    for event in tables["events"]:
        if event["format"] == "ticket":
            day = str(event["ts"].astimezone(SEOUL).date())
            found.setdefault(day, Counter())[json.loads(event["attrs"])["topic"]] += 1
    assert found
    days = truth["days"]
    told = {day: topics for day, topics in found.items() if day in days}
    assert told == {day: Counter(facts["tickets"]["by_topic"]) for day, facts in days.items()}
    assert all(day < min(days) for day in found.keys() - told.keys()), "tickets begin before the logs"


@pytest.mark.skipif(not CAPTURES.is_dir(), reason="no folder of captured files beside the checkout")
def test_captured_exports_hold_the_same_notes_whatever_their_encoding(tmp_path, monkeypatch):
    landing = Landing(tmp_path, monkeypatch)
    names = (
        "notes.relaxed.ndjson",
        "notes.canonical.ndjson",
        "notes.jsonArray.json",
        "notes.csv",
        "notes.bson",
    )
    # A day of its own each: copies of one instant would be one export.
    for day, name in enumerate((*names, "notes.bson.gz", "dump.archive", "dump.archive.gz"), 1):
        landing.write(f"2025-06-{day:02}/{name}", (CAPTURES / name).read_bytes())
    results = landing.ingest()
    assert {result.records for result in results.values() if result.status == "ok"} == {5}
    found = {}
    for row in landing.lake.table("documents"):
        found.setdefault(row["snapshot"], []).append(row)
    # The archives hold no name of a day themselves, and are no copies of each other: their instants differ.
    assert len(found) == 8
    wanted = None
    for rows in found.values():
        states = [row["client_state"] for row in sorted(rows, key=lambda row: row["doc_id"])]
        assert states in (
            ["value", "null", "absent", "value", "value"],
            ["value", "empty", "empty", "value", "value"],
        )
        told = sorted((row["doc_id"], row["created_at"], row["client_created_at"]) for row in rows)
        wanted = wanted or told
        assert told == wanted


@pytest.mark.skipif(not CAPTURES.is_dir(), reason="no folder of captured files beside the checkout")
def test_captured_measurements_give_their_points(tmp_path, monkeypatch):
    landing = Landing(tmp_path, monkeypatch)
    for name in ("render.metrics.json", "atlas.measurements.json", "mongostat.ndjson"):
        landing.write(f"2025-06-20/{name}", (CAPTURES / name).read_bytes())
    found = {name: result.records for name, result in landing.ingest().items()}
    assert found == {
        "2025-06-20/render.metrics.json": 1,
        "2025-06-20/atlas.measurements.json": 2,
        "2025-06-20/mongostat.ndjson": 19,
    }
    values = {row["name"]: row["value"] for row in landing.lake.table("metrics")}
    assert (values["render.memory"], values["mongostat.command"], values["mongostat.dirty"]) == (
        0.212,
        41,
        0.001,
    )
