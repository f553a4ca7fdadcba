"""One writer at a time, and a lock that ends with its holder."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

import lake_lab as lab
import pytest

from pipeline.errors import ExitCode, LakeLocked
from pipeline.lake import Lake


def test_of_two_runs_one_works_and_the_other_leaves_within_five_seconds(tmp_path: Path) -> None:
    ours, theirs = lab.PROCESSES.Pipe()
    first = lab.child(_hold_then_step, tmp_path, theirs)
    assert ours.recv() == "holding"
    started = time.monotonic()
    with pytest.raises(LakeLocked) as left, Lake(tmp_path).writer():
        pass
    assert time.monotonic() - started < 5
    assert left.value.exit_code is ExitCode.LOCKED
    assert str(left.value) == (
        f"{tmp_path}: another run holds the lake (process {first.pid}); run again when it is done"
    )
    ours.send("go on")
    first.join()
    assert lab.held_steps(Lake(tmp_path).snapshot()) == 1


def test_the_lock_of_a_killed_run_blocks_nobody(tmp_path: Path) -> None:
    ours, theirs = lab.PROCESSES.Pipe()
    holder = lab.child(_hold_then_step, tmp_path, theirs)
    assert ours.recv() == "holding"
    holder.kill()
    holder.join()
    lab.steps_to(tmp_path, 1)
    assert lab.held_steps(Lake(tmp_path).snapshot()) == 1


def test_the_lock_of_a_killed_run_blocks_nobody_while_a_worker_that_it_forked_lives_on(
    tmp_path: Path,
) -> None:
    ours, theirs = lab.PROCESSES.Pipe()
    holder = lab.child(_hold_and_fork, tmp_path, theirs)
    worker = ours.recv()
    holder.kill()
    holder.join()
    try:
        os.kill(worker, 0)  # it is there
        lab.steps_to(tmp_path, 1)
    finally:
        os.kill(worker, signal.SIGKILL)
    assert lab.held_steps(Lake(tmp_path).snapshot()) == 1


def test_a_second_writer_in_the_same_process_is_refused_too(tmp_path: Path) -> None:
    with Lake(tmp_path).writer(), pytest.raises(LakeLocked), Lake(tmp_path).writer():
        pass


def test_a_writer_that_failed_lets_go(tmp_path: Path) -> None:
    def fail() -> None:
        with Lake(tmp_path).writer():
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    lab.steps_to(tmp_path, 1)


def _hold_then_step(root: Path, pipe: Connection) -> None:
    with Lake(root).writer() as writer:
        pipe.send("holding")
        pipe.recv()
        lab.step(writer, 0)


def _hold_and_fork(root: Path, pipe: Connection) -> None:
    with Lake(root).writer():
        # The worker itself says that it runs: by then it let go.
        if os.fork() == 0:
            pipe.send(os.getpid())
        signal.pause()
