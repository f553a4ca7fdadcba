"""The folder of a child: gone when its process ends as it should, swept by the next when it was killed."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from pipeline.sandbox.spill import Spill

OPENED_AND_KILLED = """
import os, signal
from pipeline.sandbox.spill import Spill
spill = Spill()
(spill.path / "rows").write_bytes(b"x" * 5000)
print(spill.path, flush=True)
os.kill(os.getpid(), signal.SIGTERM)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Let temporary folders lie in one of the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def age(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_a_folder_is_gone_when_it_is_removed_and_tells_its_size_before(folder):
    spill = Spill()
    assert spill.size() == 0
    (spill.path / "rows").write_bytes(b"x" * 5000)
    assert spill.size() == 8192
    spill.remove()
    assert list(folder.iterdir()) == []


def test_the_folder_of_a_process_that_was_killed_is_swept_by_the_next(folder):
    killed = subprocess.run(
        [sys.executable, "-c", OPENED_AND_KILLED],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    assert killed.returncode == -signal.SIGTERM
    left = Path(killed.stdout.strip())
    assert [file.name for file in left.iterdir()] == ["rows"]
    age(left, 61)
    spill = Spill()
    assert list(folder.iterdir()) == [spill.path]
    spill.remove()


def test_what_a_process_holds_is_just_made_or_is_called_otherwise_stays(folder):
    held = Spill()
    age(held.path, 61)
    young, other = folder / "h33-sql-young", folder / "h33-other"
    young.mkdir()
    other.mkdir()
    age(other, 61)
    (folder / "h33-sql-file").write_text("no folder")
    (folder / "h33-sql-link").symlink_to(other)
    another = Spill()
    assert {held.path, young, other, another.path} <= set(folder.iterdir())
    assert (folder / "h33-sql-file").exists()
    held.remove()
    another.remove()
