"""The simulated world: what users, instances and the database do on every day, from one seed.

Every part of the world draws from its own stream of chance, named after it, so that a change in one part
leaves the others as they were. Nothing here knows a file format.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from pipeline.sample import people
from pipeline.sample.database import slow_operations
from pipeline.sample.events import HOUR, MINUTE, SECOND, Day, Note, days_between, midnight
from pipeline.sample.people import object_id
from pipeline.sample.plan import Plan
from pipeline.sample.scene import Scene, new_note
from pipeline.sample.service import CANARY, INSTANCES

#: Readers at scale 1, the most that a part has.
READERS = 300


@dataclass(frozen=True)
class Release:
    """A release that reached one instance only: its memo creation got slower and fails more often."""

    at: int
    name: str = "v2.1.0-memo-tags"
    instance: str = CANARY
    replaces: str = INSTANCES[-1]
    slower: float = 1.3
    failing: float = 2.0

    @classmethod
    def of(cls, plan: Plan) -> Release:
        """Return the release of a plan with stories: on its fifth day at 14:00 KST."""
        return cls(midnight(plan.dates[min(5, plan.days) - 1]) + 14 * HOUR)


@dataclass(frozen=True)
class Outage:
    """MongoDB does not answer from start to end."""

    start: int
    end: int

    @classmethod
    def of(cls, plan: Plan) -> Outage:
        """Return the outage of a plan with stories: on its last day, seven minutes from 21:04 KST."""
        dark = midnight(plan.end) + 21 * HOUR + 4 * MINUTE
        return cls(dark, dark + 7 * MINUTE)


class World:
    """Everything that happens to one part of the readers, as pure consequences of the plan.

    The first part holds what does not grow with the readers too: the users with wrong clocks, starts of
    instances, the platform's probes.
    """

    def __init__(self, plan: Plan, part: int = 0) -> None:
        self.plan = plan
        self.part = part
        self.scale = plan.parts[part]
        self.release = Release.of(plan) if plan.stories else None
        self.outage = Outage.of(plan) if plan.stories else None
        n = max(24, round(READERS * self.scale))
        self.users = people.population(n, part * READERS, plan.first, self.random("people"))
        self.weights = list(accumulate(user.weight for user in self.users))
        strange = plan.stories and part == 0
        chance = self.random("faults")
        self.faulty = people.faulty(self.scale, plan.first, plan.last, chance) if strange else []
        self.note_ids: list[str] = []
        #: The notes from before the logs begin, oldest first.
        self.history = self._history()
        #: All notes until the day that was played last, oldest first, without their texts.
        self.notes = [note.without_text() for note in self.history]

    def random(self, name: str) -> Random:
        """Return the stream of chance of one part of the world."""
        return Random(f"{self.plan.seed}/{self.part}/{name}" if self.part else f"{self.plan.seed}/{name}")

    def instances(self, at: int) -> tuple[str, ...]:
        """Return the instances that answer at an instant."""
        if self.release and at >= self.release.at:
            return (*INSTANCES[:-1], self.release.instance)
        return INSTANCES

    def play(self) -> Iterator[Day]:
        """Yield the days, one after the other: a day knows only those before it."""
        for on in self.plan.dates:
            day = self._day(on)
            self.notes += [note.without_text() for note in day.notes]
            yield day

    def _history(self) -> list[Note]:
        """Return the notes from before the logs begin: without the client's time until the time system."""
        random = self.random("history")
        deployed, first = self.plan.deployed, self.plan.dates[0]
        notes = []
        for _ in range(round(700 * self.scale)):
            user = random.choice(self.users)
            seconds = random.randint(deployed // SECOND - 60 * 86_400, deployed // SECOND - 1)
            session = object_id(seconds - 1500, random) if random.random() < 0.6 else None
            made = seconds * 1000 + random.randint(0, 999)
            notes.append(new_note(user, made, session, "absent", None, random))
        for on in days_between(first - timedelta(days=2), first - timedelta(days=1)):
            for note in self._day(on, logged=False).notes:
                live = note.created_ms * 1000 >= deployed
                notes.append(note if live else note._replace(client_state="absent", client_ms=None))
        return sorted(notes, key=lambda note: (note.created_ms, note.id))

    def _day(self, on: date, *, logged: bool = True) -> Day:
        """Play a day; of one whose logs nobody keeps, only what leaves notes."""
        random = self.random(f"day/{on}")
        day = Day(on)
        scene = Scene(self, day, random)
        scene.sessions()
        scene.memos()
        if logged and self.part == 0:
            scene.boots()
        if logged:
            scene.browsing()
        if logged and self.part == 0:
            scene.upkeep()
        day.settle(self.random(f"settle/{on}"))
        if logged:
            chance = self.random(f"database/{on}")
            day.operations = slow_operations(day, chance, nightly=self.part == 0)
        self.note_ids += [note.id for note in day.notes]
        return day
