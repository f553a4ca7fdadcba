"""A run killed anywhere, or cut off from its power: what readers see, and what the next run makes of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random

import lake_lab as lab
import pytest

from pipeline.lake import Lake
from pipeline.lake.layout import Layout


@pytest.fixture(scope="module")
def eight_changes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake whose next change, the ninth, makes every table's log write a checkpoint."""
    root = tmp_path_factory.mktemp("eight") / "lake"
    lab.steps_to(root, 8)
    return root


@pytest.fixture(scope="module")
def half_done(eight_changes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake whose ninth change was killed between the commits of two tables."""
    folder = tmp_path_factory.mktemp("half")
    shutil.copytree(eight_changes, folder / "undisturbed")
    steps: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        lab.watch(steps.append, patch.setattr)
        lab.steps_to(folder / "undisturbed", 9)
    second_commit = steps.index("commit", steps.index("commit") + 1)
    shutil.copytree(eight_changes, folder / "lake")
    assert lab.run_cut_short(folder / "lake", 9, second_commit)
    return folder / "lake"


def kill_at_every_step(copy: Callable[[Path], object], last: int, folder: Path) -> int:
    """Kill a run that goes on to the last known change at each step; return how many steps there were.

    After each kill readers see some number of whole changes, and the next run finishes the rest.
    """
    for at in count():
        root = folder / str(at)
        copy(root)
        killed = lab.run_cut_short(root, last, at)
        assert lab.held_steps(Lake(root).snapshot()) in (last - 1, last), f"killed before step {at}"
        lab.steps_to(root, last)
        assert lab.held_steps(Lake(root).snapshot()) == last, f"killed before step {at}"
        if not killed:
            return at
    raise AssertionError


def test_a_change_killed_at_any_step_is_seen_whole_or_not_at_all_and_the_next_run_finishes(
    eight_changes: Path, tmp_path: Path
) -> None:
    steps = kill_at_every_step(lambda root: shutil.copytree(eight_changes, root), 9, tmp_path)
    # 4 data files: fsync, new folders, rename; the intent; 3 commits with their logs; tidying up.
    assert steps > 40


def test_the_making_of_a_lake_killed_at_any_step_is_finished_by_the_next_run(tmp_path: Path) -> None:
    # Per table: its commit and four fsyncs.
    assert kill_at_every_step(Path.mkdir, 0, tmp_path) > 7 * 5


def test_finishing_a_killed_change_can_be_killed_at_any_step_too(half_done: Path, tmp_path: Path) -> None:
    assert lab.held_steps(Lake(half_done).snapshot()) == 8
    assert kill_at_every_step(lambda root: shutil.copytree(half_done, root), 9, tmp_path) > 15


def test_after_100_kills_at_random_moments_every_change_is_there_once(tmp_path: Path) -> None:
    random = Random(33)
    lake = Lake(tmp_path / "lake")
    seen = 0
    for number in range(100):
        process = lab.child(lab.steps_until_killed, lake.path)
        process.join(random.uniform(0.01, 0.12))
        process.kill()
        process.join()
        now = lab.held_steps(lake.snapshot())
        assert now >= seen, f"kill {number}"
        seen = now
    lab.steps_to(lake.path, seen + 2)
    assert lab.held_steps(lake.snapshot()) == seen + 2


@pytest.mark.parametrize("left", [0, 100], ids=["nothing of it", "its first 100 bytes"])
def test_a_commit_that_a_power_cut_left_in_name_only_is_made_again(
    half_done: Path, tmp_path: Path, left: int
) -> None:
    root = tmp_path / "lake"
    shutil.copytree(half_done, root)
    place = Layout(root)
    for path in (place.commit("events", 9), place.checkpoint("events", 9)):
        path.write_bytes(path.read_bytes()[:left])
    lab.steps_to(root, 9)
    assert lab.held_steps(Lake(root).snapshot()) == 9


def test_a_table_that_a_power_cut_left_in_name_only_is_made_again(tmp_path: Path) -> None:
    lab.steps_to(tmp_path, 0)
    Layout(tmp_path).commit("files", 0).write_bytes(b"")
    lab.steps_to(tmp_path, 1)
    assert lab.held_steps(Lake(tmp_path).snapshot()) == 1
