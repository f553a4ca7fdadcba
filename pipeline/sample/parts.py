"""The parts of a world: each played and written by itself, then put together.

A large sample is many small ones: whatever its scale, a worker holds one day of one part. Parts after the
first write into hidden folders, and their files are hung onto the first one's: a gzip file may have several
members.
"""

from __future__ import annotations

import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from pipeline.sample.exports import exports, nights
from pipeline.sample.figures import Figures, clock_figures
from pipeline.sample.files import Written
from pipeline.sample.inputs import writers
from pipeline.sample.plan import Plan
from pipeline.sample.tally import Tally
from pipeline.sample.world import World


@dataclass
class Share:
    """What a part leaves behind: its files' counters and its share of the truth.

    Attributes:
        written: by path.
        tally: of its events.
        nights: what each export holds, adds and lacks, as the truth states it.
        clocks: of the users with wrong ones.
    """

    written: dict[str, Written]
    tally: Tally
    nights: list[Figures]
    clocks: list[Figures]

    def merge(self, other: Share) -> None:
        """Take in a later part's share; notes are lacking and clocks are wrong in the first part only."""
        for path, written in other.written.items():
            self.written[path].merge(written)
        self.tally.merge(other.tally)
        for mine, theirs in zip(self.nights, other.nights, strict=True):
            mine["documents"] += theirs["documents"]
            mine["new"] += theirs["new"]


def play(folder: Path, plan: Plan) -> Share:
    """Play all parts and write their files, on all cores where there are several; return what they leave.

    Raises:
        OSError: a file cannot be written.
    """
    first, *others = range(len(plan.parts))
    if not others:
        return play_part(folder, plan, first)
    places = [folder / f".part-{part}" for part in others]
    try:
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            pending = pool.submit(play_part, folder, plan, first)
            shares = pool.map(play_part, places, [plan] * len(others), others)
            whole = pending.result()
            for place, share in zip(places, shares, strict=True):
                whole.merge(share)
                _hang_on(folder, place, share)
    finally:
        for place in places:
            shutil.rmtree(place, ignore_errors=True)
    return whole


def play_part(folder: Path, plan: Plan, part: int) -> Share:
    """Play one part and write its share of the files below a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    world = World(plan, part)
    tally = Tally()
    files = writers(folder, world)
    for day in world.play():
        tally.add(day, world.release.at if world.release else None)
        for file in files:
            file.add(day)
    written = {counts.path: counts for file in files for counts in file.close()}
    held = exports(world)
    lacking = set(held[-1].lacking)
    newest = [note for note in world.notes[: held[-1].held] if note.id not in lacking]
    tally.add_notes(newest, plan.deployed)
    clocks = clock_figures(world.faulty, newest, plan.deployed)
    return Share(written, tally, nights(world, held), clocks)


def _hang_on(folder: Path, place: Path, share: Share) -> None:
    """Move a part's files to the ends of the first part's."""
    for path in share.written:
        with (folder / path).open("ab") as whole, (place / path).open("rb") as piece:
            shutil.copyfileobj(piece, whole)
    shutil.rmtree(place)
