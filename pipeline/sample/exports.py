"""Which notes each night's export holds."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, timedelta
from typing import NamedTuple

from pipeline.sample.events import DAY, MINUTE, iso_z, midnight
from pipeline.sample.figures import Figures
from pipeline.sample.world import World

#: Notes that one export lacks, with the stories.
LACKING = 40


class Export(NamedTuple):
    """One night's export, taken at 00:10 KST of the date in its name: the oldest notes but a few.

    Attributes:
        taken: the date.
        held: how many notes there were by then.
        lacking: ids among them that it does not hold.
    """

    taken: date
    held: int
    lacking: tuple[str, ...]

    @property
    def path(self) -> str:
        """The file, relative to the landing folder."""
        return f"mongo/notes-{self.taken}.ndjson.gz"

    @property
    def instant(self) -> int:
        """When it was taken, µs."""
        return instant(self.taken)


def instant(taken: date) -> int:
    """Return when a night's exports are taken, µs: ten minutes after midnight, KST."""
    return midnight(taken) + 10 * MINUTE


def night(day: date) -> date:
    """Return the date that the export after a day is taken on."""
    return day + timedelta(days=1)


def export_of(world: World, taken: date) -> Export:
    """Return a night's export, once its own day was played, or the last day.

    With the stories the last but one lacks notes of the first part that the one before holds and the newest
    holds again; with two days it is the newest, with one day none is incomplete.
    """
    nights = [night(on) for on in world.plan.dates]
    incomplete = nights[-2] if len(nights) > 2 else nights[-1]
    held = _made_before(world, instant(taken))
    lost: tuple[str, ...] = ()
    if world.plan.stories and world.part == 0 and len(nights) > 1 and taken == incomplete:
        known = [note.id for note in world.notes[: _made_before(world, midnight(taken) - DAY)]]
        lost = tuple(sorted(world.random("lacking").sample(known, min(LACKING, len(known) // 4))))
    return Export(taken, held, lost)


def exports(world: World) -> list[Export]:
    """Return the exports of all nights, oldest first, once all days were played."""
    return [export_of(world, night(on)) for on in world.plan.dates]


def nights(world: World, held: list[Export]) -> list[Figures]:
    """Return what each export holds, adds to the one before and lacks of it, as the truth states it."""
    rows: list[Figures] = []
    before: set[str] = set()
    for one in held:
        now = {note.id for note in world.notes[: one.held]} - set(one.lacking)
        rows.append(
            {
                "path": one.path,
                "taken": iso_z(one.instant),
                "documents": len(now),
                "new": len(now - before),
                "vanished": sorted(before - now),
            }
        )
        before = now
    return rows


def _made_before(world: World, at: int) -> int:
    return bisect_left(world.notes, at // 1000, key=lambda note: note.created_ms)
