"""The simulated world: what users, instances and the database do on every day, from one seed.

Every part of the world draws from its own stream of chance, named after it, so that a change in one part
leaves the others as they were. Nothing here knows a file format.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from random import Random

from pipeline.sample import people
from pipeline.sample.events import DAY, HOUR, MINUTE, SECOND, Day, Note, days_between, midnight
from pipeline.sample.people import object_id
from pipeline.sample.scene import Scene, new_note
from pipeline.sample.service import CANARY, INSTANCES


@dataclass(frozen=True)
class Release:
    """A release that reached one instance only: its memo creation got slower and fails more often."""

    at: int
    name: str = "v2.1.0-memo-tags"
    instance: str = CANARY
    replaces: str = INSTANCES[-1]
    slower: float = 1.3
    failing: float = 2.0


@dataclass(frozen=True)
class Outage:
    """MongoDB does not answer from start to end."""

    start: int
    end: int


class World:
    """Everything that happens, as pure consequences of its arguments.

    Args:
        days: length of the simulation, KST days.
        end: its last day.
        seed: of all chance.
        stories: whether the release, the outage, the wrong clocks and the incomplete export take place.
        scale: of users and traffic; 1 is a small service with about 6,700 requests a day.
    """

    def __init__(self, days: int, end: date, seed: int, *, stories: bool, scale: float) -> None:
        self.dates = list(days_between(end - timedelta(days=days - 1), end))
        self.seed = seed
        self.scale = scale
        self.first = midnight(self.dates[0])
        #: The time system went live two days before the logs begin, at 10:00 KST.
        self.deployed = self.first - 2 * DAY + 10 * HOUR
        release_day = self.dates[min(5, days) - 1]
        self.release = Release(midnight(release_day) + 14 * HOUR) if stories else None
        dark = midnight(end) + 21 * HOUR + 4 * MINUTE
        self.outage = Outage(dark, dark + 7 * MINUTE) if stories else None
        self.users = people.population(max(24, round(300 * scale)), self.first, self.random("people"))
        self.weights = list(accumulate(user.weight for user in self.users))
        last = midnight(end) + DAY
        self.faulty = people.faulty(scale, self.first, last, self.random("faults")) if stories else []
        self.note_ids: list[str] = []
        self.history = self._history()
        self.days = [self._day(on) for on in self.dates]

    def random(self, name: str) -> Random:
        """Return the stream of chance of one part of the world."""
        return Random(f"{self.seed}/{name}")

    def instances(self, at: int) -> tuple[str, ...]:
        """Return the instances that answer at an instant."""
        if self.release and at >= self.release.at:
            return (*INSTANCES[:-1], self.release.instance)
        return INSTANCES

    @cached_property
    def notes(self) -> list[Note]:
        """All notes, oldest first."""
        return self.history + [note for day in self.days for note in day.notes]

    def _history(self) -> list[Note]:
        """Return the notes from before the logs begin: without the client's time until the time system."""
        random = self.random("history")
        notes = []
        for _ in range(round(700 * self.scale)):
            user = random.choice(self.users)
            seconds = random.randint(self.deployed // SECOND - 60 * 86_400, self.deployed // SECOND - 1)
            session = object_id(seconds - 1500, random) if random.random() < 0.6 else None
            made = seconds * 1000 + random.randint(0, 999)
            notes.append(new_note(user, made, session, "absent", None, random))
        for on in days_between(self.dates[0] - timedelta(days=2), self.dates[0] - timedelta(days=1)):
            for note in self._day(on, logged=False).notes:
                live = note.created_ms * 1000 >= self.deployed
                notes.append(note if live else note._replace(client_state="absent", client_ms=None))
        return sorted(notes, key=lambda note: (note.created_ms, note.id))

    def _day(self, on: date, *, logged: bool = True) -> Day:
        """Play a day; of one whose logs nobody keeps, only what leaves notes."""
        random = self.random(f"day/{on}")
        day = Day(on)
        scene = Scene(self, day, random)
        scene.sessions()
        scene.memos()
        if logged:
            scene.boots()
            scene.browsing()
            scene.upkeep()
        day.settle(self.random(f"settle/{on}"))
        self.note_ids += [note.id for note in day.notes]
        return day
