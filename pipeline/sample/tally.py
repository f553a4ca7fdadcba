"""What the truth needs of the events, counted as days go by; the sum of the parts is the whole."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from pipeline.sample.events import HOUR, Check, Day, Failure, Note, Operation, Print, Request, kst_date
from pipeline.sample.service import HEALTH, MEMO_CREATION, Route


@dataclass
class Served:
    """Requests of one kind: how many took how many milliseconds, and by hundreds digit of their status."""

    took: Counter[int] = field(default_factory=Counter)
    classes: Counter[int] = field(default_factory=Counter)

    def add(self, request: Request) -> None:
        """Count a request."""
        self.took[request.duration_ms] += 1
        self.classes[request.status // 100] += 1

    def merge(self, other: Served) -> None:
        """Count another's requests too."""
        self.took.update(other.took)
        self.classes.update(other.classes)

    @property
    def n(self) -> int:
        """How many there were."""
        return self.took.total()


@dataclass
class NoteTally:
    """Notes by the state of their client's time, and how far it lies from the server's."""

    states: Counter[str] = field(default_factory=Counter)
    eligible: Counter[str] = field(default_factory=Counter)
    deltas: array[int] = field(default_factory=lambda: array("q"))

    def add(self, note: Note, deployed: int) -> None:
        """Count a note."""
        self.states[note.client_state] += 1
        if is_eligible(note, deployed):
            self.eligible[note.client_state] += 1
        if note.client_ms is not None:
            self.deltas.append(note.client_ms - note.created_ms)

    def merge(self, other: NoteTally) -> None:
        """Count another's notes too."""
        self.states.update(other.states)
        self.eligible.update(other.eligible)
        self.deltas.extend(other.deltas)


def is_eligible(note: Note, deployed: int) -> bool:
    """Tell whether a note could carry the client's time: written in a session, by the time system."""
    return note.session_id is not None and note.created_ms * 1000 >= deployed


@dataclass
class ShapeTally:
    """Operations of one shape: how many, what they examined and returned in all, the longest, ms."""

    n: int = 0
    keys: int = 0
    docs: int = 0
    returned: int = 0
    longest_ms: int = 0

    def add(self, one: Operation) -> None:
        """Count an operation."""
        self.merge(ShapeTally(1, one.keys, one.docs, one.returned, one.took_ms))

    def merge(self, other: ShapeTally) -> None:
        """Count another's operations too."""
        self.n += other.n
        self.keys += other.keys
        self.docs += other.docs
        self.returned += other.returned
        self.longest_ms = max(self.longest_ms, other.longest_ms)


def shapes_of(operations: Iterable[Operation]) -> dict[str, ShapeTally]:
    """Return tallies of operations by the names of their shapes."""
    shapes: dict[str, ShapeTally] = {}
    for one in operations:
        shapes.setdefault(one.shape, ShapeTally()).add(one)
    return shapes


@dataclass
class DayTally:
    """One day's requests by route and by hour, failures, time checks, notes and slow operations."""

    routes: dict[Route, Served] = field(default_factory=dict)
    requests: Counter[int] = field(default_factory=Counter)
    api: Counter[int] = field(default_factory=Counter)
    failed: Counter[int] = field(default_factory=Counter)
    errors: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    lost_database: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    refused_zones: Counter[str] = field(default_factory=Counter)
    notes: NoteTally = field(default_factory=NoteTally)
    shapes: dict[str, ShapeTally] = field(default_factory=dict)

    def add(self, day: Day) -> None:
        """Count a day's requests and what was printed on it."""
        for request in day.requests:
            hour = request.at // HOUR * HOUR
            self.routes.setdefault((request.method, request.route), Served()).add(request)
            self.requests[hour] += 1
            self.api[hour] += request.route != HEALTH[1]
            self.failed[hour] += request.status >= 500
        for call in day.prints:
            if isinstance(call.fact, Failure):
                self._fail(call.at // HOUR * HOUR, call.fact)
            elif isinstance(call.fact, Check):
                self.outcomes[call.fact.reason or "client_time"] += 1
                self.refused_zones[call.fact.zone] += call.fact.reason == "bad_zone"
        self.shapes = shapes_of(day.operations)

    def _fail(self, hour: int, failure: Failure) -> None:
        self.errors[(hour, failure.label, failure.name)] += 1
        if "buffering timed out" in failure.message:
            self.lost_database["buffering_timeout"] += 1
        elif failure.name in {"MongooseServerSelectionError", "MongoNetworkError"}:
            self.lost_database[failure.name] += 1

    def merge(self, other: DayTally) -> None:
        """Count another's events too."""
        for route, served in other.routes.items():
            self.routes.setdefault(route, Served()).merge(served)
        for mine, theirs in (
            (self.requests, other.requests),
            (self.api, other.api),
            (self.failed, other.failed),
        ):
            mine.update(theirs)
        self.errors.update(other.errors)
        self.lost_database.update(other.lost_database)
        self.outcomes.update(other.outcomes)
        self.refused_zones.update(other.refused_zones)
        self.notes.merge(other.notes)
        for shape, tally in other.shapes.items():
            self.shapes.setdefault(shape, ShapeTally()).merge(tally)


@dataclass
class Tally:
    """Everything that the truth needs of one part of the world, or of several.

    Attributes:
        days: by KST day.
        notes: of the newest export.
        before, after: memo creation before the release and, by instance, since.
        instances: that print, in order of appearance.
        passwords: in printed connection strings, by how often they were.
        memo_prints: calls that show the text of a memo.
    """

    days: dict[date, DayTally] = field(default_factory=dict)
    notes: NoteTally = field(default_factory=NoteTally)
    before: Served = field(default_factory=Served)
    after: dict[str, Served] = field(default_factory=dict)
    instances: dict[str, None] = field(default_factory=dict)
    passwords: Counter[str] = field(default_factory=Counter)
    memo_prints: int = 0

    def add(self, day: Day, released: int | None) -> None:
        """Count a day's events.

        Args:
            day: whose notes are counted by `add_notes`, since an export may lack some.
            released: instant of the release, µs; None where there is none.
        """
        self.days.setdefault(day.date, DayTally()).add(day)
        self.instances |= dict.fromkeys(call.instance for call in day.prints)
        self._leaks(day.prints)
        if released is not None:
            for request in day.requests:
                if (request.method, request.route) in MEMO_CREATION:
                    after = self.after.setdefault(request.instance, Served())
                    (after if request.at >= released else self.before).add(request)

    def _leaks(self, prints: Iterable[Print]) -> None:
        for call in prints:
            first = call.lines[0]
            if first.startswith("MongoDB URI: "):
                self.passwords[first.split(":", 3)[3].split("@")[0]] += 1
            self.memo_prints += "content=" in first or first.startswith("[Note 생성]")

    def add_notes(self, notes: Iterable[Note], deployed: int) -> None:
        """Count the notes of the newest export."""
        for note in notes:
            self.notes.add(note, deployed)
            day = self.days.get(kst_date(note.created_ms * 1000))
            if day:
                day.notes.add(note, deployed)

    def merge(self, other: Tally) -> None:
        """Count another part's events too."""
        for on, tally in other.days.items():
            self.days.setdefault(on, DayTally()).merge(tally)
        self.notes.merge(other.notes)
        self.before.merge(other.before)
        for instance, served in other.after.items():
            self.after.setdefault(instance, Served()).merge(served)
        self.instances |= other.instances
        self.passwords.update(other.passwords)
        self.memo_prints += other.memo_prints
