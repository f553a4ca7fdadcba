"""compact, forget and --again, killed at every step: what readers see, and what the next run makes of it."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import lake_lab as lab
import pytest
from lake_rows_lab import rows

from pipeline import config
from pipeline.ingest.forget import Wanted, forget
from pipeline.ingest.run import ingest
from pipeline.lake import Lake, check
from pipeline.lake.compact import compact

NOW = datetime(2025, 7, 1, tzinfo=UTC)


def take(lake: Path, *, again: bool = False, zone: str = "Asia/Seoul") -> None:
    """Take in what lies beside the lake."""
    settings = config.load(None, {"lake": str(lake), "timezone": zone, "language": "en"})
    ingest([str(lake.parent / "landing")], settings, again=again, jobs=1, now=NOW)


def compacted(lake: Path) -> None:
    with Lake(lake).writer() as writer:
        compact(writer, NOW, timedelta(0))


def forgotten(lake: Path) -> None:
    with Lake(lake).writer() as writer:
        forget(writer, Wanted(path="*a.log"), NOW)


def taken_again(lake: Path) -> None:
    """Read all again by another zone, unless that was done."""
    take(lake, again=True, zone="UTC")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small logs that grew once, and the lake that took them in."""
    folder = tmp_path_factory.mktemp("operations")
    (folder / "landing").mkdir()
    for hour in (1, 2):
        for name in ("a", "b"):
            with (folder / "landing" / f"{name}.log").open("a") as log:
                log.write(f"2025-06-20 1{hour}:00:00 ERROR {name} went\n")
        take(folder / "lake")
    return folder


def cut_short(operation: Callable[[Path], None], lake: Path, at: int) -> None:
    """Do it, and kill -9 this process just before its at-th step on the disk (from 0)."""
    numbers = count()

    def maybe_die(_: str) -> None:
        if next(numbers) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    lab.watch(maybe_die)
    operation(lake)


def steps_of(operation: Callable[[Path], None], lake: Path) -> list[str]:
    """Do it, and return its steps on the disk."""
    steps: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        lab.watch(steps.append, patch.setattr)
        operation(lake)
    return steps


@pytest.mark.parametrize("operation", [compacted, forgotten, taken_again], ids=lambda f: f.__name__)
def test_killed_anywhere_it_is_seen_whole_or_not_at_all_and_finished_by_the_next_run(
    place: Path, operation: Callable[[Path], None]
) -> None:
    before = rows(place / "lake")
    undisturbed = shutil.copytree(place / "lake", place / f"{operation.__name__}-undisturbed")
    steps = steps_of(operation, undisturbed)
    after, files = rows(undisturbed), len(lab.data_files(undisturbed))
    assert (before == after) == (operation is compacted)
    # Before and after each table's commit, and some steps before, between and behind them.
    commits = [at for at, name in enumerate(steps) if name == "commit"]
    assert len(commits) >= 2
    kills = {*commits[::2], commits[-1], commits[-1] + 1, *range(1, len(steps), len(steps) // 5)}
    for at in sorted(kills):
        lake = shutil.copytree(place / "lake", place / f"{operation.__name__}-{at}")
        process = lab.child(cut_short, operation, lake, at)
        process.join()
        assert process.exitcode == -signal.SIGKILL
        told = f"killed before step {at}, {steps[at]}"
        assert rows(lake) in (before, after), told
        assert [str(problem) for problem in check(Lake(lake), deep=True) if problem.damage] == [], told
        operation(lake)
        assert rows(lake) == after, told
        assert operation is taken_again or len(lab.data_files(lake)) == files, told
