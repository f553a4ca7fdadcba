"""`check --repair`: whatever was lost of a lake, what can be had back is back, and the rest is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable, write_deltalake
from lake_rows_lab import Rows, rows

from pipeline import config
from pipeline.cli import main
from pipeline.config import Settings
from pipeline.ingest.repair import repair
from pipeline.ingest.run import ingest
from pipeline.lake import Lake, check
from pipeline.lake.compact import compact
from pipeline.schema import BY_NAME

SAMPLES = Path(__file__).parent.parent / "data" / "samples"
NOW = datetime(2025, 7, 1, tzinfo=UTC)


def settings(lake: Path, landing: Path) -> Settings:
    loaded = config.load(None, {"lake": str(lake), "timezone": "Asia/Seoul", "language": "en"})
    return replace(loaded, paths=replace(loaded.paths, landing=landing))


def take(landing: Path, lake: Path) -> set[str]:
    """Take a folder in; return the states there were."""
    results = ingest([str(landing)], settings(lake, landing), root=landing, now=NOW)
    return {result.status for result in results}


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pages that overlap, a console and an export, taken in and merged."""
    folder = tmp_path_factory.mktemp("repair")
    landing = folder / "landing"
    for name in ("render/2025-06-26.json.gz", "render/2025-06-27.json", "console/legacy-1.log"):
        (landing / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(SAMPLES / name, landing / name)
    (landing / "mongo").mkdir()
    shutil.copy2(SAMPLES / "mongo/notes-2025-06-27.ndjson.gz", landing / "mongo")
    take(landing, folder / "lake")
    with Lake(folder / "lake").writer() as writer:
        compact(writer, NOW, timedelta(0))
    return folder


@pytest.fixture
def lake(taken: Path, tmp_path: Path) -> Path:
    return shutil.copytree(taken / "lake", tmp_path / "lake")


@pytest.fixture(scope="module")
def whole(taken: Path) -> Rows:
    return rows(taken / "lake")


def flip(path: str) -> None:
    """Flip one bit in the middle of a file."""
    content = bytearray(Path(path).read_bytes())
    content[len(content) // 2] ^= 1
    Path(path).write_bytes(content)


def flip_first(table: str) -> Callable[[Path], None]:
    def damage(lake: Path) -> None:
        flip(Lake(lake).snapshot().files(table)[0].path)

    damage.__name__ = f"a bit of {table}"
    return damage


def lose_first(table: str) -> Callable[[Path], None]:
    def damage(lake: Path) -> None:
        Path(Lake(lake).snapshot().files(table)[0].path).unlink()

    damage.__name__ = f"a file of {table}"
    return damage


def lose(name: str) -> Callable[[Path], None]:
    def damage(lake: Path) -> None:
        shutil.rmtree(lake / name)

    damage.__name__ = name
    return damage


def garble(name: str) -> Callable[[Path], None]:
    def damage(lake: Path) -> None:
        (lake / "_h33" / name).write_bytes(b"?")

    damage.__name__ = name
    return damage


def first_commit_of_the_ledger(lake: Path) -> None:
    (lake / "files/_delta_log/00000000000000000000.json").unlink()


def rewritten_by_another_program(lake: Path) -> None:
    """A line more for each source than it has."""
    table = DeltaTable(str(lake / "files"))
    rows = table.to_pyarrow_table()
    at = rows.schema.get_field_index("lines")
    write_deltalake(table, rows.set_column(at, rows.field(at), pc.add(rows["lines"], 1)), mode="overwrite")


DAMAGES = [
    first_commit_of_the_ledger,
    rewritten_by_another_program,
    *map(flip_first, ("events", "documents", "versions", "files", "rollups", "daily_rollups", "templates")),
    *map(lose_first, ("events", "repeats")),
    *map(lose, ("rollups", "events/_delta_log", "files/_delta_log", "_h33")),
    *map(garble, ("intent.json", "history.json", "format.json")),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_what_still_lies_in_the_landing_folder_is_all_back(
    taken: Path, lake: Path, whole: Rows, damage: Callable[[Path], None]
) -> None:
    damage(lake)
    done = repair(settings(lake, taken / "landing"), NOW)
    assert done.gone == 0
    assert [str(problem) for problem in check(Lake(lake), deep=True)] == []
    now = rows(lake)
    for table in BY_NAME:
        assert now[table] == whole[table], table
    assert take(taken / "landing", lake) == {"unchanged"}


def test_what_does_not_lie_there_any_more_is_told_and_the_rest_is_kept(
    taken: Path, tmp_path: Path, whole: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    """The landing folder is gone, and with it the export; the events' files are sound."""
    landing, lake = shutil.copytree(taken / "landing", tmp_path / "landing"), tmp_path / "lake"
    take(landing, lake)
    shutil.rmtree(landing)
    flip_first("documents")(lake)
    records = sum(whole["documents"].values())

    def h33(*args: str) -> tuple[int, list[str]]:
        with pytest.raises(SystemExit) as left:
            main(["--lake", str(lake), "--timezone", "Asia/Seoul", "--lang", "en", "check", *args])
        return int(str(left.value.code)), capsys.readouterr().out.splitlines()

    assert h33("--deep")[0] == 5
    code, told = h33("--repair")
    assert code == 3
    assert told[0].startswith("documents/collection=notes/")
    assert told[0].endswith(f": damaged, {records} rows taken out")
    assert told[1:] == [
        f"mongo/notes-2025-06-27.ndjson.gz: {records} records lost; the file is not there any more"
    ]
    assert h33("--deep") == (0, [])
    assert rows(lake)["events"] == whole["events"]
    (row,) = (r for r in Lake(lake).snapshot().ledger().to_pylist() if r["path"].startswith("mongo"))
    assert (row["status"], row["forgotten"], row["records"]) == ("partial", records, records)


def test_a_sound_lake_is_left_as_it_is(lake: Path) -> None:
    version = Lake(lake).snapshot().version
    assert repair(settings(lake, lake.parent / "landing"), NOW).told == ()
    assert Lake(lake).snapshot().version == version


def test_files_that_no_log_names_are_set_aside_whoever_put_them_there(lake: Path) -> None:
    names = ["events/date=2025-06-26/copy.parquet", "files/note.txt"]
    for name in names:
        (lake / name).write_bytes(b"x")
    version = Lake(lake).snapshot().version
    told = repair(settings(lake, lake.parent / "landing"), NOW).told
    assert sorted(told) == [f"{name}: set aside, since no log names it" for name in names]
    assert [(lake / "_h33" / "aside" / name).read_bytes() for name in names] == [b"x", b"x"]
    assert (check(Lake(lake), deep=True), Lake(lake).snapshot().version) == ([], version)


def test_a_run_upon_what_another_program_wrote_goes_on_and_is_repaired_later(
    taken: Path, lake: Path, whole: Rows
) -> None:
    rewritten_by_another_program(lake)
    assert take(taken / "landing", lake) == {"unchanged"}
    with Lake(lake).writer() as writer:
        assert writer.run_id(NOW) > "20250701"
    assert any("lines, but" in problem.what for problem in check(Lake(lake)))
    repair(settings(lake, taken / "landing"), NOW)
    assert rows(lake)["events"] == whole["events"]
