"""What readers see: whole snapshots, old and new, and clear words where there is no lake to read."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import lake_lab as lab
import pytest
from deltalake import DeltaTable

import pipeline
from pipeline.errors import ExitCode, LakeFault, UsageFault
from pipeline.lake import Lake
from pipeline.schema import EVENTS, LAKE_FORMAT, TABLES


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with 21 known changes: two checkpoints and one commit after them."""
    root = tmp_path_factory.mktemp("lake") / "lake"
    lab.steps_to(root, 21)
    return Lake(root)


def test_where_no_lake_is_there_are_no_rows(tmp_path: Path) -> None:
    for root in (tmp_path, tmp_path / "new" / "lake"):
        snapshot = Lake(root).snapshot()
        assert snapshot.version is None
        assert lab.held_steps(snapshot) == 0
    assert not (tmp_path / "new").exists()


def test_a_lake_without_a_change_has_no_rows(tmp_path: Path) -> None:
    with Lake(tmp_path).writer() as writer:
        assert writer.snapshot.version == 0
    assert lab.held_steps(Lake(tmp_path).snapshot()) == 0


def test_every_change_makes_one_snapshot_that_stays(lake: Lake) -> None:
    assert [lab.held_steps(lake.snapshot(n)) for n in range(22)] == list(range(22))
    assert lake.snapshot().version == 21
    others = {table.name: 0 for table in TABLES if table.name != "files"}
    assert lake.snapshot().versions == {**others, "events": 21, "rejects": 21}


def test_an_instant_means_the_newest_snapshot_committed_at_or_before_it(lake: Lake) -> None:
    committed = _commit_instants(lake)
    tick = timedelta(milliseconds=1)
    for version in (1, 10, 21):
        assert lake.snapshot(committed[version]).version == version
        assert lake.snapshot(committed[version] - tick).version == version - 1
    assert lake.snapshot(committed[21] + timedelta(days=1)).version == 21
    seoul = committed[7].astimezone(tz=None)
    assert lake.snapshot(seoul).version == 7


def test_before_its_first_moment_a_lake_has_no_rows(lake: Lake) -> None:
    snapshot = lake.snapshot(_commit_instants(lake)[0] - timedelta(milliseconds=1))
    assert (snapshot.version, snapshot.files("events")) == (None, [])


@pytest.mark.parametrize("version", [-1, 22])
def test_a_version_that_is_not_there_is_named_with_those_that_are(lake: Lake, version: int) -> None:
    with pytest.raises(UsageFault, match=f"no snapshot {version}; there are 0 to 21"):
        lake.snapshot(version)


def test_no_version_is_there_without_a_lake(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="no snapshot 0: there is no lake yet"):
        Lake(tmp_path).snapshot(0)


def test_an_unknown_table_is_told_with_those_that_there_are(lake: Lake) -> None:
    with pytest.raises(UsageFault, match="no table 'event'; there are events, documents"):
        lake.snapshot().files("event")


def test_the_ledger_gives_the_newest_row_of_each_source_or_all_rows(tmp_path: Path) -> None:
    with Lake(tmp_path).writer() as writer:
        for lines in (10, 20):
            change = writer.change(writer.run_id(lab.START))
            change.commit([lab.ledger_row(change, "a", lines=lines), lab.ledger_row(change, f"b{lines}")])
    snapshot = Lake(tmp_path).snapshot()
    newest = snapshot.ledger().select(["file_id", "lines"]).to_pylist()
    assert sorted((row["file_id"], row["lines"]) for row in newest) == [("a", 20), ("b10", 0), ("b20", 0)]
    every = snapshot.ledger(all_runs=True)
    assert [
        (i, n) for i, n in zip(*every.select(["file_id", "lines"]).columns, strict=True) if i.as_py() == "a"
    ]
    assert sorted(every["lines"].to_pylist()) == [0, 0, 10, 20]


def test_the_newest_row_is_that_of_the_newest_run_wherever_it_stands(tmp_path: Path) -> None:
    with Lake(tmp_path).writer() as writer:
        change = writer.change("20250623T000000.000000Z-c")
        runs = ("20250622T000000.000000Z-b", "20250621T000000.000000Z-a")
        change.commit([lab.ledger_row(change, "a", run_id=run, lines=int(run[6:8])) for run in runs])
    snapshot = Lake(tmp_path).snapshot()
    assert snapshot.ledger()["lines"].to_pylist() == [22]
    assert snapshot.ledger(all_runs=True)["lines"].to_pylist() == [21, 22]


def test_run_ids_sort_by_commit_even_when_the_clock_was_set_back(tmp_path: Path) -> None:
    with Lake(tmp_path).writer() as writer:
        first = writer.change(writer.run_id(lab.START))
        first.commit([lab.ledger_row(first, "a", lines=1)])
        second = writer.change(writer.run_id(lab.START - timedelta(days=365)))
        second.commit([lab.ledger_row(second, "a", lines=2)])
    assert first.run_id.startswith("20250621T000000.000000Z-")
    assert second.run_id.startswith("20250621T000000.000001Z-")
    assert Lake(tmp_path).snapshot().ledger()["lines"].to_pylist() == [2]


def test_readers_beside_a_writer_see_whole_changes_in_their_order(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    writer = lab.child(lab.steps_to, tmp_path, 30)
    seen = [0]
    while seen[-1] < 30:
        assert writer.is_alive() or writer.exitcode == 0
        seen.append(lab.held_steps(lake.snapshot()))
    writer.join()
    assert seen == sorted(seen)
    assert len(set(seen)) > 3


def test_a_snapshot_stays_what_it_was_while_changes_go_on(tmp_path: Path) -> None:
    lab.steps_to(tmp_path, 3)
    snapshot = Lake(tmp_path).snapshot()
    lab.steps_to(tmp_path, 6)
    assert lab.held_steps(snapshot) == 3


def test_a_file_that_no_log_names_is_not_read(tmp_path: Path) -> None:
    """Copies of a data file in its own folder, in another day's, and in the table's."""
    lab.steps_to(tmp_path, 3)
    file = Path(Lake(tmp_path).snapshot().files("events")[0].path)
    for folder in (file.parent, tmp_path / "events" / "date=2030-01-01", tmp_path / "events"):
        folder.mkdir(exist_ok=True)
        shutil.copy(file, folder / "copy.parquet")
    assert lab.held_steps(Lake(tmp_path).snapshot()) == 3
    # One, two and three of the steps' days, and the one without a time.
    with pipeline.open(tmp_path) as opened:
        assert opened.sql("SELECT count(*) FROM lake.events").fetchall() == [(7,)]


def test_a_newer_lake_is_refused_in_one_line_by_readers_and_writers(tmp_path: Path) -> None:
    lab.steps_to(tmp_path, 1)
    note = {"format": LAKE_FORMAT + 1, "written_by": "h33 9.0.0"}
    (tmp_path / "_h33" / "format.json").write_text(json.dumps(note))
    before = lab.data_files(tmp_path)
    for attempt in (Lake(tmp_path).snapshot, Lake(tmp_path).writer().__enter__):
        with pytest.raises(LakeFault) as refused:
            attempt()
        assert refused.value.exit_code is ExitCode.FAILED
        assert str(refused.value) == (
            f"{tmp_path}: h33 9.0.0 wrote this lake in format {LAKE_FORMAT + 1}, "
            f"this h33 reads up to {LAKE_FORMAT}; "
            "upgrade h33, or name another lake with --lake"
        )
    assert lab.data_files(tmp_path) == before


def test_a_table_of_a_newer_protocol_is_refused(tmp_path: Path) -> None:
    lab.steps_to(tmp_path, 1)
    DeltaTable(str(tmp_path / "events")).alter.set_table_properties({"delta.enableChangeDataFeed": "true"})
    with (
        Lake(tmp_path).writer() as writer,
        pytest.raises(LakeFault, match="another program changed this table"),
    ):
        lab.step(writer, 1)
    assert lab.held_steps(Lake(tmp_path).snapshot()) == 1


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": "x"}', "null"])
def test_a_note_of_the_format_that_cannot_be_read_is_told(tmp_path: Path, content: str) -> None:
    lab.steps_to(tmp_path, 1)
    (tmp_path / "_h33" / "format.json").write_text(content)
    with pytest.raises(LakeFault, match=r"format\.json: this note of the lake's format cannot be read"):
        Lake(tmp_path).snapshot()


def test_a_lake_that_lost_what_is_not_a_table_is_read_and_written_on(tmp_path: Path) -> None:
    lab.steps_to(tmp_path, 1)
    shutil.rmtree(tmp_path / "_h33")
    assert lab.held_steps(Lake(tmp_path).snapshot()) == 1
    lab.steps_to(tmp_path, 2)
    assert lab.held_steps(Lake(tmp_path).snapshot()) == 2


def test_a_folder_of_something_else_is_not_taken_for_a_lake(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    for attempt in (Lake(tmp_path).snapshot, Lake(tmp_path).writer().__enter__):
        with pytest.raises(
            LakeFault, match="holds something else, not a lake; name an empty or a new folder"
        ):
            attempt()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_is_not_a_lake(tmp_path: Path) -> None:
    path = tmp_path / "lake"
    path.write_text("")
    for attempt in (Lake(path).snapshot, Lake(path).writer().__enter__):
        with pytest.raises(LakeFault, match="the lake must be a folder, this is a file"):
            attempt()


def test_a_folder_below_a_file_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LakeFault, match="file/lake: the lake must be a folder, this is a file"):
        Lake(tmp_path / "file" / "lake").snapshot()


def test_a_log_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    lab.steps_to(tmp_path, 1)
    log = tmp_path / "events" / "_delta_log"
    (log / f"{1:020d}.json").write_text("{not json\n")
    with pytest.raises(LakeFault) as told:
        Lake(tmp_path).snapshot().files("events")
    assert str(told.value).startswith(f"{log}: the log cannot be read: ")
    assert "\n" not in str(told.value)


def test_other_programs_read_the_same_rows(lake: Lake) -> None:
    table = DeltaTable(str(lake.path / "events"))
    rows = table.to_pyarrow_table().select(["date", "message"]).to_pylist()
    assert sorted(row["message"] for row in rows) == lab.expected(21)["events"]
    assert {str(row["date"]) for row in rows} == {"None", lab.day(18), lab.day(19), lab.day(20)}


def test_every_table_keeps_to_the_protocol_that_all_engines_read(lake: Lake) -> None:
    for table in lake.path.glob("[a-z]*"):
        protocol = DeltaTable(str(table)).protocol()
        assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)
        assert not protocol.reader_features
        assert not protocol.writer_features


def test_an_opened_table_has_the_schema_of_the_reference(lake: Lake) -> None:
    names = [field.name for field in DeltaTable(str(lake.path / "events")).schema().fields]
    assert names == [column.name for column in EVENTS.columns]


def _commit_instants(lake: Lake) -> list[datetime]:
    """Read when each version of the ledger was committed from the library's own history."""
    history = DeltaTable(str(lake.path / "files")).history()
    return [datetime.fromtimestamp(entry["timestamp"] / 1000, UTC) for entry in reversed(history)]
