"""A real nightly ingest, killed: readers see the night before or all of this one; the next finishes it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from random import Random

import lake_lab as lab
from lake_rows_lab import rows

from pipeline import config
from pipeline.ingest import run
from pipeline.lake import Lake, check

SAMPLES = Path(__file__).parent.parent / "data" / "samples"


def ingest(landing: Path, lake: Path) -> None:
    """Take what is new in the landing folder into the lake."""
    settings = config.load(None, {"lake": str(lake), "timezone": "Asia/Seoul", "language": "en"})
    run.ingest([str(landing)], settings)


def test_an_ingest_killed_again_and_again_gives_in_the_end_what_an_undisturbed_one_gives(
    tmp_path: Path,
) -> None:
    """In this night a page comes and a log grows from the middle of a line: its last record is replaced."""
    landing = shutil.copytree(SAMPLES, tmp_path / "landing")
    log = landing / "var" / "log" / "app.log"
    whole = log.read_bytes()
    log.write_bytes(whole[: len(whole) // 2])
    page = landing / "render" / "2025-06-27.json"
    page.rename(tmp_path / page.name)
    ingest(landing, tmp_path / "undisturbed")
    lake = shutil.copytree(tmp_path / "undisturbed", tmp_path / "killed")
    before = rows(lake)
    log.write_bytes(whole)
    (tmp_path / page.name).rename(page)
    started = time.monotonic()
    ingest(landing, tmp_path / "undisturbed")
    duration = time.monotonic() - started
    after = rows(tmp_path / "undisturbed")
    assert before != after

    random = Random(33)
    for kill in range(6):
        process = lab.child(ingest, landing, lake)
        process.join(random.uniform(0.3, 1 + 1.5 * duration))
        process.kill()
        process.join()
        assert rows(lake) in (before, after), f"kill {kill}"
        assert not [str(problem) for problem in check(Lake(lake), deep=True) if problem.damage]
    ingest(landing, lake)
    assert rows(lake) == after
    files = lab.data_files(lake)
    ingest(landing, lake)
    assert lab.data_files(lake) == files
