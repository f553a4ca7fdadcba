"""A disk that is full, fails or allows too little: one clear line, nothing torn, the next run finishes."""

from __future__ import annotations

import errno
import os
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

import lake_lab as lab
import pytest

from pipeline.errors import LakeFault
from pipeline.lake import Lake


@pytest.fixture(scope="module")
def two_changes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with two known changes."""
    root = tmp_path_factory.mktemp("two") / "lake"
    lab.steps_to(root, 2)
    return root


def test_a_failure_at_every_third_step_on_the_disk_is_told_and_the_next_run_finishes(
    two_changes: Path, tmp_path: Path
) -> None:
    failures = 0
    for at in count(0, 3):
        number = (errno.ENOSPC, errno.EIO)[at % 2]
        root = tmp_path / str(at)
        shutil.copytree(two_changes, root)
        numbers = count()

        def fail(_: str, at: int = at, numbers: count[int] = numbers, number: int = number) -> None:
            if next(numbers) == at:
                raise OSError(number, os.strerror(number))

        with pytest.MonkeyPatch.context() as patch:
            lab.watch(fail, patch.setattr)
            told = _told(root)
        assert told is None or os.strerror(number) in told, f"failed at step {at}"
        assert lab.held_steps(Lake(root).snapshot()) in (2, 3), f"failed at step {at}"
        lab.steps_to(root, 3)
        assert lab.held_steps(Lake(root).snapshot()) == 3, f"failed at step {at}"
        if next(numbers) <= at:
            assert told is None
            break
        failures += told is not None
    # Only what is left to tidy up at the very end may fail in silence: the next run tidies up.
    assert failures > 10
    assert at // 3 - failures < 4


def test_a_limit_on_file_sizes_stops_a_run_at_any_write_and_the_next_run_finishes(
    two_changes: Path, tmp_path: Path
) -> None:
    for limit in (0, 100, 500, 700, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 4_200, 100_000):
        root = tmp_path / str(limit)
        shutil.copytree(two_changes, root)
        ours, theirs = lab.PROCESSES.Pipe(duplex=False)
        process = lab.child(_step_under_limit, root, limit, theirs)
        told = ours.recv()
        process.join()
        assert told is None if limit == 100_000 else os.strerror(errno.EFBIG) in told, f"{limit} bytes"
        assert lab.held_steps(Lake(root).snapshot()) in (2, 3), f"{limit} bytes"
        lab.steps_to(root, 3)
        assert lab.held_steps(Lake(root).snapshot()) == 3, f"{limit} bytes"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own in memory, 64 kB large."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "h33-test", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk; the limit on file sizes is tested instead")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_stops_a_run_and_with_room_again_the_next_run_finishes(small_disk: Path) -> None:
    lake = Lake(small_disk / "lake")
    room = 64
    told = []
    while (fault := _told(lake.path, 6)) is not None:
        told.append(fault)
        lab.held_steps(lake.snapshot())
        # 4 kB at a time: each run is stopped a little later.
        room += 4
        subprocess.run(["mount", "-o", f"remount,size={room}k", str(small_disk)], check=True)
    assert len(told) > 10
    assert all(os.strerror(errno.ENOSPC) in fault and "make room" in fault for fault in told)
    assert lab.held_steps(lake.snapshot()) == 6


def test_a_full_disk_is_told_in_one_line_by_ingest_too(small_disk: Path, tmp_path: Path) -> None:
    """What Arrow still holds for half written files fails on nobody's behalf when they are let go."""
    noise = random.Random(1)
    lines = (f"2025-06-2{n % 3}T10:00:00Z INFO {noise.randbytes(20).hex()}\n" for n in range(60_000))
    (tmp_path / "app.log").write_text("".join(lines))
    subprocess.run(["mount", "-o", "remount,size=400k", str(small_disk)], check=True)
    command = [sys.executable, "-m", "pipeline", "--lake", str(small_disk / "lake"), "ingest"]
    done = subprocess.run([*command, str(tmp_path / "app.log")], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert os.strerror(errno.ENOSPC) in done.stderr


def _told(root: Path, last: int = 3) -> str | None:
    """Return what a run that goes on to the last known change says when it fails, None when it does not."""
    try:
        lab.steps_to(root, last)
    except LakeFault as fault:
        message = str(fault)
    else:
        return None
    assert "\n" not in message
    return message


def _step_under_limit(root: Path, limit: int, answer: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    answer.send(_told(root))
