"""A sample larger than 1 is played in parts: its files and its truth are those of one world."""

from __future__ import annotations

import gzip
import json
import weakref
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import sample_reading as read

from pipeline.sample import Sample, generate
from pipeline.sample.inputs import writers
from pipeline.sample.plan import Plan
from pipeline.sample.world import World

END = date(2025, 6, 27)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return generate(tmp_path_factory.mktemp("large"), days=2, scale=2.04)


@pytest.mark.parametrize(
    ("scale", "parts"),
    [(0.01, (0.01,)), (0.3, (0.3,)), (1, (1,)), (1.005, (1,)), (1.01, (1, 0.01)), (3.5, (1, 1, 1, 0.5))],
)
def test_parts_are_whole_but_the_last_and_none_is_too_small(scale: float, parts: tuple[float, ...]) -> None:
    assert Plan(1, END, 33, scale=scale).parts == parts


def test_the_first_part_is_the_sample_of_scale_1(large: Sample, tmp_path: Path) -> None:
    small = generate(tmp_path, days=2)
    for path, file in small.truth["files"].items():
        if file["kind"] in {"render_api", "notes_export", "canonical_export", "csv_export", "mongod_log"}:
            whole = read.text(large.folder / path)
            assert whole.startswith(read.text(tmp_path / path)), path
            assert file["records"] < large.truth["files"][path]["records"] or "T" in path
    assert small.truth["stories"]["clocks"] == large.truth["stories"]["clocks"]
    assert small.truth["instances"] == large.truth["instances"]


def test_counters_of_files_add_up_over_the_parts(large: Sample) -> None:
    for path, file in large.truth["files"].items():
        assert file["lines"] == len(read.lines(large.folder / path)), path
        parts = ("events", "continuation", "rejected", "blank")
        assert file["lines"] == sum(file[part] for part in parts), path
    assert not list(large.folder.glob(".*"))


def test_requests_notes_and_percentiles_are_those_of_all_parts(large: Sample) -> None:
    for day, path in read.render_files(large.folder):
        truth = large.truth["days"][day]
        asked = read.requests(path)
        assert truth["requests"]["total"] == len(asked) > 12_000
        assert Counter((r.method, r.route) for r in asked) == {
            (row["method"], row["route"]): row["n"] for row in truth["routes"]
        }
        took = [
            r.took_ms
            for r in asked
            if r.method == "POST" and r.route in {"/api/notes", "/api/sessions/:id/complete"}
        ]
        for percent in (50, 90, 99):
            assert truth["memo_create"][f"p{percent}_ms"] == read.nearest_rank(took, percent)
        file = large.truth["files"][f"render/{path.name}"]
        assert file["records"] == len(asked) + len(read.calls(path))
    newest = read.documents(large.folder / large.truth["exports"][-1]["path"])
    assert large.truth["exports"][-1]["documents"] == len(newest) == large.truth["notes"]["all"]
    assert large.truth["notes"]["absent"] == sum("clientCreatedAt" not in note for note in newest)
    deltas = [
        read.milliseconds(n["clientCreatedAt"]) - read.milliseconds(n["createdAt"])
        for n in newest
        if n.get("clientCreatedAt")
    ]
    assert large.truth["notes"]["delta"]["ms"] == sorted(deltas)


def test_exports_add_what_all_parts_wrote_and_lack_what_the_first_lost(large: Sample) -> None:
    ids = [
        {n["_id"]["$oid"] for n in read.documents(large.folder / e["path"])} for e in large.truth["exports"]
    ]
    assert [len(export) for export in ids] == [e["documents"] for e in large.truth["exports"]]
    assert len(ids[1] - ids[0]) == large.truth["exports"][1]["new"]
    assert sorted(ids[0] - ids[1]) == large.truth["exports"][1]["vanished"]
    assert len(ids[0] - ids[1]) == 40


def test_arrays_and_tables_of_several_parts_are_whole(large: Sample) -> None:
    sessions = json.loads(read.text(large.folder / "mongo/sessions-2025-06-28.json"))
    assert len({one["_id"]["$oid"] for one in sessions}) == len(sessions)
    assert len(sessions) == large.truth["files"]["mongo/sessions-2025-06-28.json"]["records"]
    books = read.rows(large.folder / "mongo/books-2025-06-28.csv")
    assert len({row["_id"] for row in books}) == len(books)
    assert len(books) == large.truth["files"]["mongo/books-2025-06-28.csv"]["records"]
    users = read.lines(large.folder / "mongo/users-2025-06-28.ndjson")
    # 300 readers a part, the least number in the last, and those with wrong clocks.
    assert len(users) == 300 + 300 + 24 + len(large.truth["stories"]["clocks"])


def test_slow_operations_of_all_parts_are_in_the_log_and_in_the_truth(large: Sample) -> None:
    days = Counter[str]()
    paths = [path for path in large.truth["files"] if path.startswith("mongod/")]
    for line in {line for path in paths for line in read.lines(large.folder / path)}:
        logged = json.loads(line)
        if logged["id"] == 51803:
            days[read.seoul_day(logged["t"]["$date"].replace("+00:00", "Z"))] += 1
    assert days == {day: figures["slow_operations"]["n"] for day, figures in large.truth["days"].items()}


def test_several_workers_give_the_same_bytes_again(tmp_path: Path) -> None:
    made = [generate(tmp_path / name, days=1, scale=1.02).truth for name in ("one", "two")]
    assert made[0] == made[1]
    for path in made[0]["files"]:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), path


def test_compressed_files_hold_a_member_a_part(large: Sample) -> None:
    packed = (large.folder / "mongo/notes-2025-06-28.ndjson.gz").read_bytes()
    assert packed.count(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff") == 3
    assert gzip.decompress(packed).endswith(b"\n")


def test_a_day_is_forgotten_once_the_next_but_one_is_played(tmp_path: Path) -> None:
    world = World(Plan(5, END, 33, scale=0.05))
    files = writers(tmp_path, world)
    days = []
    for day in world.play():
        for file in files:
            file.add(day)
        days.append(weakref.ref(day))
        alive = [reference for reference in days[:-1] if reference() is not None]
        assert len(alive) <= 1
    for file in files:
        file.close()


def test_a_part_that_cannot_be_written_leaves_no_hidden_folder(tmp_path: Path) -> None:
    (tmp_path / "mongo").write_text("in the way")
    with pytest.raises(OSError, match="mongo"):
        generate(tmp_path, days=1, scale=1.01)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
