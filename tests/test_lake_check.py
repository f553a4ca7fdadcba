"""What `check` finds in a lake, and that it finds nothing in a sound one."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path

import lake_lab as lab
import pytest
from deltalake import DeltaTable

from pipeline.errors import LakeDamaged, LakeFault
from pipeline.lake import DataFile, Lake, check


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with twelve known changes: files were replaced, a checkpoint was written."""
    root = tmp_path_factory.mktemp("sound") / "lake"
    lab.steps_to(root, 12)
    return root


@pytest.fixture
def lake(sound: Path, tmp_path: Path) -> Lake:
    """A copy of the sound lake, to be damaged."""
    return Lake(shutil.copytree(sound, tmp_path / "lake"))


def found(lake: Lake, *, deep: bool = False) -> list[str]:
    """Return the lines that a user would read, all of them of damage."""
    problems = check(lake, deep=deep)
    assert all(problem.damage for problem in problems)
    return [str(problem) for problem in problems]


def first_file(lake: Lake, table: str = "events") -> DataFile:
    """Return the first live data file of a table."""
    return lake.snapshot().files(table)[0]


def test_a_sound_lake_has_no_problem(sound: Path) -> None:
    assert check(Lake(sound), deep=True) == []


def test_where_no_lake_is_nothing_is_wrong(tmp_path: Path) -> None:
    assert check(Lake(tmp_path), deep=True) == []


def test_a_missing_data_file_is_named_with_its_rows(lake: Lake) -> None:
    file = first_file(lake)
    Path(file.path).unlink()
    assert found(lake) == [f"{file.name}: is missing, with {file.rows} rows"]


def test_a_file_of_another_size_is_named(lake: Lake) -> None:
    file = first_file(lake)
    with Path(file.path).open("ab") as out:
        out.write(b"x")
    assert found(lake) == [f"{file.name}: has {file.bytes + 1} bytes, was written with {file.bytes}"]


@pytest.mark.parametrize("where", [0.0, 0.5, 1.0], ids=["first byte", "middle", "last byte"])
def test_a_single_flipped_bit_is_found_by_the_deep_check_alone(lake: Lake, where: float) -> None:
    file = first_file(lake)
    content = bytearray(Path(file.path).read_bytes())
    content[round(where * (len(content) - 1))] ^= 1
    Path(file.path).write_bytes(content)
    assert found(lake) == []
    assert found(lake, deep=True) == [
        f"{file.name}: its content has changed: its SHA-256 is not the one in its name"
    ]


def test_files_that_no_log_names_are_found(lake: Lake) -> None:
    folder = Path(first_file(lake).path).parent
    (folder / "stray.parquet").write_bytes(b"")
    (lake.path / "files" / "notes.txt").write_text("")
    name = folder.relative_to(lake.path) / "stray.parquet"
    ending = "is in no table's log: h33 did not put it there, or its commit was lost"
    assert found(lake) == [f"{name}: {ending}", f"files/notes.txt: {ending}"]


def test_lines_that_are_not_accounted_for_are_told_with_their_source(lake: Lake) -> None:
    counters = {"events": 5, "continuation": 3, "rejected": 2, "blank": 1}
    with lake.writer() as writer:
        change = writer.change("20250622T000000.000000Z-00000000")
        sources = [
            lab.ledger_row(change, name, lines=n, **counters) for name, n in (("a.log", 11), ("b.log", 12))
        ]
        change.commit(sources)
    assert found(lake) == [
        "b.log: 12 lines, but events + continuation + rejected + blank = 11 "
        "in run 20250622T000000.000000Z-00000000"
    ]


def test_a_commit_of_another_program_is_found(lake: Lake) -> None:
    DeltaTable(str(lake.path / "metrics")).alter.set_table_properties({"delta.appendOnly": "false"})
    assert found(lake) == ["metrics: another program changed this table after version 0"]


def test_a_log_that_cannot_be_read_is_found(lake: Lake) -> None:
    (lake.path / "events" / "_delta_log" / f"{12:020d}.json").write_text("{\n")
    (problem,) = found(lake)
    assert problem.startswith("events/_delta_log: the log cannot be read: ")


def test_an_old_commit_that_cannot_be_read_is_found(lake: Lake) -> None:
    (lake.path / "events" / "_delta_log" / f"{3:020d}.json").write_text('{"add"\n')
    assert found(lake) == [f"events/_delta_log/{3:020d}.json: this commit cannot be read"]


def test_a_ledger_that_cannot_be_read_is_found_and_told_to_readers_in_one_line(lake: Lake) -> None:
    file = first_file(lake, "files")
    Path(file.path).write_bytes(b"?" * file.bytes)
    (problem,) = found(lake)
    assert problem.startswith(f"{file.name}: cannot be read: ")
    with pytest.raises(LakeDamaged, match="cannot be read"):
        lake.snapshot().ledger()


def test_a_newer_lake_is_refused_not_judged(lake: Lake) -> None:
    (lake.path / "_h33" / "format.json").write_text('{"format": 99, "written_by": "h33 9"}')
    with pytest.raises(LakeFault, match="format 99"):
        check(lake)


def test_what_a_killed_run_left_is_no_damage_and_gone_after_the_next_run(sound: Path, tmp_path: Path) -> None:
    told = set()
    for at in count(0, 12):
        lake = Lake(shutil.copytree(sound, tmp_path / str(at)))
        if not lab.run_cut_short(lake.path, 13, at):
            break
        problems = check(lake, deep=True)
        assert not any(problem.damage for problem in problems), f"killed before step {at}"
        told |= {problem.where for problem in problems}
        lab.steps_to(lake.path, 13)
        assert check(lake, deep=True) == [], f"killed before step {at}"
    assert told == {"_h33/intent.json", "_h33/staging"}


def test_a_check_beside_a_writer_finds_no_damage(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    writer = lab.child(lab.steps_to, tmp_path, 20)
    while writer.is_alive():
        assert not [str(problem) for problem in check(lake, deep=True) if problem.damage]
    assert writer.exitcode == 0


@pytest.mark.parametrize("lost", ["files/_delta_log/00000000000000000000.json", "files", "events/_delta_log"])
def test_a_lake_whose_log_is_lost_is_no_lake_to_begin_anew(lake: Lake, lost: str) -> None:
    """Nobody reads it as empty, and nobody writes another log beside the data of the first."""
    path = lake.path / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert found(lake)
    assert found(lake, deep=True)
    with pytest.raises((LakeDamaged, LakeFault)):
        lake.snapshot().files("events")
    with pytest.raises(LakeDamaged, match=r"missing|lost"), lake.writer():
        pass
