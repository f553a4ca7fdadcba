"""`compact`: fewer files, the same rows, and an end to what no snapshot within the retention needs."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import lake_lab as lab
import pytest
from lake_rows_lab import rows

from pipeline import config
from pipeline.cli import main
from pipeline.errors import LakeDamaged, UsageFault
from pipeline.ingest.run import ingest
from pipeline.lake import Lake, check
from pipeline.lake.compact import Compacted, compact
from pipeline.schema import TABLES

WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with five known changes."""
    root = tmp_path_factory.mktemp("five") / "lake"
    lab.steps_to(root, 5)
    return root


@pytest.fixture
def lake(five: Path, tmp_path: Path) -> Lake:
    return Lake(shutil.copytree(five, tmp_path / "lake"))


def run(lake: Lake, retention: timedelta, now: datetime | None = None) -> Compacted:
    """Compact, and check that the lake is sound and holds what it held."""
    steps = lab.held_steps(lake.snapshot())
    with lake.writer() as writer:
        done = compact(writer, now or datetime.now(UTC), retention)
    assert lab.held_steps(lake.snapshot()) == steps
    assert check(lake, deep=True) == []
    return done


def committed(lake: Lake, version: int) -> datetime:
    at = lake.snapshot(version).committed
    assert at is not None
    return at


def test_files_are_merged_by_partition_and_every_snapshot_of_the_retention_stays(lake: Lake) -> None:
    before = lake.snapshot()
    done = run(lake, WEEK)
    # The events have a file a day, the rejects one in all: the five of the ledger are left to merge.
    assert (done.merged, done.into, done.dropped) == (5, 1, 0)
    assert [lab.held_steps(lake.snapshot(version)) for version in range(7)] == [0, 1, 2, 3, 4, 5, 5]
    assert lab.held_steps(before) == 5


def test_snapshots_that_ended_before_the_retention_go_with_the_files_that_only_they_need(lake: Lake) -> None:
    """The one that was the newest when the retention began is needed still."""
    start = committed(lake, 4)
    done = run(lake, WEEK, start + WEEK)
    assert done.oldest == start
    assert [lab.held_steps(lake.snapshot(version)) for version in (4, 5, 6)] == [4, 5, 5]
    with pytest.raises(UsageFault, match="no snapshot 3") as told:
        lake.snapshot(3)
    assert "there are 4 to 6" in str(told.value)
    with pytest.raises(UsageFault):
        lake.snapshot(start - timedelta(milliseconds=1))
    kept = [lake.snapshot(version) for version in (4, 5, 6)]
    needed = {file.name for held in kept for table in TABLES for file in held.files(table.name)}
    assert set(lab.data_files(lake.path)) == needed


def test_without_retention_the_newest_snapshot_is_all_that_is_left_and_a_second_run_does_nothing(
    lake: Lake,
) -> None:
    run(lake, timedelta(0))
    held = {f.name for table in ("events", "rejects", "files") for f in lake.snapshot().files(table)}
    assert set(lab.data_files(lake.path)) == held
    version = lake.snapshot().version
    assert run(lake, timedelta(0)).dropped == 0
    assert lake.snapshot().version == version
    lab.steps_to(lake.path, 6)
    assert lab.held_steps(lake.snapshot()) == 6


def test_the_logs_are_summed_up_and_open_from_the_sum(lake: Lake) -> None:
    run(lake, WEEK)
    assert (lake.path / "files" / "_delta_log" / f"{6:020d}.checkpoint.parquet").exists()
    lab.steps_to(lake.path, 7)
    assert lab.held_steps(lake.snapshot()) == 7


def log(hour: int, name: str) -> str:
    return f"2025-06-20T{hour:02}:00:00Z ERROR {name} at {hour}\n"


def take(landing: Path, lake: Path) -> None:
    settings = config.load(None, {"lake": str(lake), "timezone": "Asia/Seoul", "language": "en"})
    ingest([str(landing)], settings, root=landing)


def test_sources_grow_on_after_their_last_records_were_merged(tmp_path: Path) -> None:
    """A provisional record that shares its file with those of others is replaced alone."""
    landing, lake, plain = tmp_path / "landing", tmp_path / "lake", tmp_path / "plain"
    landing.mkdir()
    for hour in range(4):
        for name in ("a", "b", "c") if hour < 2 else ("a",):
            with (landing / f"{name}.log").open("a") as out:
                out.write(log(hour, name))
        take(landing, lake)
        take(landing, plain)
        with Lake(lake).writer() as writer:
            compact(writer, datetime.now(UTC), WEEK)
        assert rows(lake) == rows(plain)
        assert check(Lake(lake), deep=True) == []
    # One file of what is settled and one of what may change.
    assert len(Lake(lake).snapshot().files("events")) == 2


def test_a_damaged_file_is_not_merged_into_a_sound_one(lake: Lake) -> None:
    victim = Path(lake.snapshot().files("files")[0].path)
    lab.steps_to(lake.path, 6)
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    with lake.writer() as writer, pytest.raises(LakeDamaged):
        compact(writer, datetime.now(UTC), WEEK)


def test_the_command_tells_what_it_did(
    lake: Lake, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def h33(*args: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            main(["--lake", str(lake.path), "--timezone", "UTC", "--lang", "en", "compact", *args])
        return int(str(left.value.code)), capsys.readouterr().out

    code, out = h33()
    assert (code, out.splitlines()[:2]) == (0, ["5 files merged into 1", "0 files dropped, 0.0 MB"])
    assert h33("--retention", "0d")[0] == 0
    assert h33("--retention", "soon")[0] == 2
    monkeypatch.setattr(lake, "path", lake.path / "none")
    assert h33() == (0, "")
