"""The simulated world: what users, instances and the database do on every day, from one seed.

Every part of the world draws from its own stream of chance, named after it, so that a change in one part
leaves the others as they were. Nothing here knows a file format.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from random import Random

from pipeline.sample import app, memos, people
from pipeline.sample.events import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Check,
    Day,
    Failure,
    Note,
    Print,
    Request,
    days_between,
    midnight,
)
from pipeline.sample.people import User, object_id

SERVICE = "habitus33-api"
INSTANCES = ("srv-cq4k2p5ds78s73-7k2xp", "srv-cq4k2p5ds78s73-m9qvd", "srv-cq4k2p5ds78s73-t4hzw")
#: Replaces the last of the instances when the release reaches it.
CANARY = "srv-cq4k2p5ds78s73-r8c6n"
PASSWORDS = ("s3cr3t-Haru7", "Xk9%2Fv7%21qLm2")

COMPLETE = ("POST", "/api/sessions/:id/complete")
CREATE = ("POST", "/api/notes")
MEMO_CREATION = (CREATE, COMPLETE)
HEALTH = "/api/health"

#: Median duration (ms) and size (bytes) of an answer, and the share of the browsing (0 for the rest).
ROUTES = {
    ("GET", "/api/notes"): (62, 18_400, 24),
    ("GET", "/api/notes/:id"): (34, 1_250, 9),
    ("GET", "/api/notes/book/:id"): (71, 14_200, 10),
    ("PUT", "/api/notes/:id"): (58, 1_300, 3),
    ("POST", "/api/notes/:id/inline-threads"): (64, 640, 1.5),
    ("GET", "/api/books"): (48, 9_600, 22),
    ("GET", "/api/books/:id"): (29, 1_900, 11),
    ("GET", "/api/sessions"): (55, 12_800, 9),
    ("GET", "/api/sessions/:id"): (31, 1_400, 6),
    ("POST", "/api/auth/login"): (182, 720, 4.5),
    ("POST", "/api/sessions"): (74, 980, 0),
    CREATE: (92, 810, 0),
    COMPLETE: (148, 1_620, 0),
}
_SIGMA = 0.38
_BROWSING = [(key, share) for key, (_, _, share) in ROUTES.items() if share]

#: Answers of the 4xx kind: (status, share) by route; they leave no line in the app's output.
_REFUSALS = {
    ("POST", "/api/auth/login"): (401, 0.06),
    ("GET", "/api/notes/:id"): (404, 0.02),
    ("GET", "/api/books/:id"): (404, 0.01),
    ("POST", "/api/notes/:id/inline-threads"): (400, 0.02),
    CREATE: (404, 0.005),
    COMPLETE: (400, 0.008),
}
_CREATED = {("POST", "/api/sessions"), CREATE, ("POST", "/api/notes/:id/inline-threads")}

_FAILING = 0.0012
_FAILING_MEMO = 0.006

#: Use by hour of the KST day: weekdays with two commutes and a late evening, weekends broad.
_WEEKDAY = (9, 5, 3, 2, 2, 4, 14, 34, 36, 22, 18, 20, 32, 24, 18, 17, 19, 26, 36, 42, 52, 62, 56, 26)
_WEEKEND = (14, 8, 5, 3, 2, 3, 6, 13, 22, 33, 41, 42, 38, 40, 44, 45, 43, 39, 37, 40, 47, 52, 46, 27)
#: Reading clubs end at these hours of the day: many sessions complete in the same instant.
_CLUBS = (int(7.5 * HOUR), 22 * HOUR)


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
            notes.append(_note(user, made, session, "absent", None, random))
        for on in days_between(self.dates[0] - timedelta(days=2), self.dates[0] - timedelta(days=1)):
            for note in self._day(on).notes:
                live = note.created_ms * 1000 >= self.deployed
                notes.append(note if live else note._replace(client_state="absent", client_ms=None))
        return sorted(notes, key=lambda note: (note.created_ms, note.id))

    def _day(self, on: date) -> Day:
        random = self.random(f"day/{on}")
        day = Day(on)
        scene = Scene(self, day, random)
        scene.boots()
        scene.sessions()
        scene.memos()
        scene.browsing()
        scene.upkeep()
        day.settle(self.random(f"settle/{on}"))
        self.note_ids += [note.id for note in day.notes]
        return day


class Scene:
    """One day being played: each method adds the events of one kind of activity to the day."""

    def __init__(self, world: World, day: Day, random: Random) -> None:
        self.world = world
        self.day = day
        self.random = random
        self.weekend = day.date.weekday() >= 5
        self.hours = list(accumulate(_WEEKEND if self.weekend else _WEEKDAY))

    def boots(self) -> None:
        """Start every instance on the first day, and the released one on its day."""
        if self.day.start == self.world.first:
            for number, instance in enumerate(INSTANCES):
                self._boot(self.day.start + 10 * MINUTE + number * 40 * SECOND, instance, PASSWORDS[0])
        release = self.world.release
        if release and self.day.start <= release.at < self.day.end:
            self._boot(release.at - 30 * SECOND, release.instance, PASSWORDS[1])

    def sessions(self) -> None:
        """Let readers complete sessions, most of them with a memo."""
        for _ in range(self._how_many(290)):
            clubs = [self.day.start + club for club in _CLUBS]
            together = self.random.random() < 0.08
            at = self.random.choice(clubs) + self.random.randint(0, 30_000) if together else self._moment()
            self._session(at, self._reader())
        for user in self.world.faulty:
            for _ in range(self.random.randint(2, 3)):
                self._session(self._moment(), user)

    def memos(self) -> None:
        """Let readers write memos without a session."""
        for _ in range(self._how_many(105)):
            user, at = self._reader(), self._moment()
            self._with_retries(at, lambda at, user=user: self._memo(at, user))  # type: ignore[misc]

    def browsing(self) -> None:
        """Let readers look around."""
        routes = [key for key, _ in _BROWSING]
        shares = list(accumulate(share for _, share in _BROWSING))
        for key in self.random.choices(routes, cum_weights=shares, k=self._how_many(5_100)):
            user, at = self._reader(), self._moment()
            self._with_retries(at, lambda at, key=key, user=user: self._visit(at, key, user))  # type: ignore[misc]

    def upkeep(self) -> None:
        """Let the platform probe the service and the app tell its memory."""
        dense = min(self.world.scale, 1)
        for at in range(self.day.start + 7 * SECOND, self.day.end - MINUTE, round(2 * MINUTE / dense)):
            instance = self.random.choice(self.world.instances(at))
            took = self.random.randint(3, 24)
            self._log_request(at, instance, ("GET", HEALTH), HEALTH, 200, took, 540, None)
        for at in range(self.day.start + 31 * SECOND, self.day.end - MINUTE, round(15 * MINUTE / dense)):
            for instance in self.world.instances(at):
                self._print(at + self.random.randint(0, SECOND), instance, "info", app.memory(self.random))

    def _boot(self, at: int, instance: str, password: str) -> None:
        for number, line in enumerate(app.boot(password)):
            self._print(at + number * 180_000, instance, "info", line)

    def _session(self, at: int, user: User) -> None:
        began = at - self.random.randint(10 * MINUTE, 45 * MINUTE)
        session_id = object_id(began // SECOND, self.random)
        if began >= self.day.start:
            self._answer(began, ("POST", "/api/sessions"), "/api/sessions", user)
        self._with_retries(at, lambda at: self._complete(at, user, session_id))

    def _complete(self, at: int, user: User, session_id: str) -> int:
        """Complete a session: a time check always, a note only where the answer is 200 and a memo was given."""
        request = self._answer(at, COMPLETE, f"/api/sessions/{session_id}/complete", user)
        checked = at + self.random.randint(1_000, 6_000)
        server_ms = checked // 1000
        check, lines = _check(user, session_id, server_ms, self.random)
        self._print(checked, request.instance, "info", *lines, fact=check)
        if request.status == 200 and self.random.random() < 0.82:
            state = "null" if check.client_ms is None else "value"
            note = _note(user, server_ms, session_id, state, check.client_ms, self.random)
            self.day.notes.append(note)
            lines = app.note_created(server_ms, check.client_ms, note.content)
            self._print(request.at - 2_000, request.instance, "info", *lines)
        return request.status

    def _memo(self, at: int, user: User) -> int:
        request = self._answer(at, CREATE, "/api/notes", user)
        if request.status == 201:
            made = at // 1000 + 3
            self.day.notes.append(_note(user, made, None, "null", None, self.random))
        return request.status

    def _visit(self, at: int, key: tuple[str, str], user: User) -> int:
        method, route = key
        path = route
        note_id = ""
        if ":id" in route:
            pool = self.world.note_ids if "/notes/:id" in route and self.world.note_ids else user.books
            note_id = self.random.choice(pool)
            path = route.replace(":id", note_id)
        elif route == "/api/notes":
            path = self.random.choice(("/api/notes?limit=30", "/api/notes?limit=100", "/api/notes"))
        request = self._answer(at, key, path, user)
        if route.endswith("/inline-threads") and request.status == 201:
            thread_id = object_id(at // SECOND, self.random)
            lines = app.thread_created(note_id, thread_id, memos.thread(self.random))
            for number, line in enumerate(lines):
                self._print(at + 4_000 + number * 9_000, request.instance, "info", line)
        return request.status

    def _answer(self, at: int, key: tuple[str, str], path: str, user: User) -> Request:
        """Answer a request that arrived at an instant, log it, and print the failure behind a 500."""
        world, random = self.world, self.random
        instance = random.choice(world.instances(at))
        median, size, _ = ROUTES[key]
        slower, failing = 1.0, _FAILING_MEMO if key in MEMO_CREATION else _FAILING
        release = world.release
        if release and instance == release.instance and key in MEMO_CREATION:
            slower, failing = release.slower, failing * release.failing
        took = max(2, round(random.lognormvariate(0, _SIGMA) * median * slower))
        refused, share = _REFUSALS.get(key, (0, 0))
        chance = random.random()
        status = 201 if key in _CREATED else 200
        if world.outage and world.outage.start <= at < world.outage.end:
            status, took = 500, 10_000 + random.randint(3, 70)
            self._fail_without_database(at + took * 1000 - 900, instance, key)
        elif chance < failing:
            status = 500
            self._fail(at + took * 1000 - 900, instance, key)
        elif chance < failing + share:
            status = refused
        sent = round(size * random.uniform(0.6, 1.4)) if status < 400 else 45
        return self._log_request(at + took * 1000, instance, key, path, status, took, sent, user)

    def _fail(self, at: int, instance: str, key: tuple[str, str]) -> None:
        label, _ = app.CONTROLLERS[key]
        fault = self.random.choice(app.FAULTS)
        lines = app.failure(label, fault, self.random)
        self._print(at, instance, "error", *lines, fact=Failure(label, fault.name, fault.message))

    def _fail_without_database(self, at: int, instance: str, key: tuple[str, str]) -> None:
        label, operation = app.CONTROLLERS[key]
        kind = self.random.random()
        if kind < 0.86:
            fault, lines = app.buffering_timeout(label, operation)
        elif kind < 0.95:
            fault, lines = app.no_server(label)
        else:
            fault, lines = app.network_error(label)
        self._print(at, instance, "error", *lines, fact=Failure(label, fault.name, fault.message))

    def _with_retries(self, at: int, attempt: Callable[[int], int]) -> None:
        """Make an attempt; while the database is away, some readers try again."""
        outage = self.world.outage
        while attempt(at) == 500 and outage and self.random.random() < 0.4:
            at += 10 * SECOND + self.random.randint(2 * SECOND, 6 * SECOND)
            if not outage.start <= at < outage.end:
                return

    def _log_request(
        self,
        at: int,
        instance: str,
        key: tuple[str, str],
        path: str,
        status: int,
        took: int,
        size: int,
        user: User | None,
    ) -> Request:
        ip = user.ip if user else "203.0.113.10"
        agent = user.user_agent if user else "Go-http-client/2.0"
        request_id = f"{self.random.getrandbits(64):016x}"
        request = Request(at, instance, *key[:1], path, key[1], status, took, size, ip, agent, request_id)
        self.day.requests.append(request)
        return request

    def _print(
        self, at: int, instance: str, level: str, *lines: str, fact: Failure | Check | None = None
    ) -> None:
        self.day.prints.append(Print(at, instance, level, lines, fact))

    def _how_many(self, usual: int) -> int:
        busy = 1.12 if self.weekend else 1.0
        return round(usual * self.world.scale * busy * self.random.gauss(1, 0.02))

    def _reader(self) -> User:
        return self.random.choices(self.world.users, cum_weights=self.world.weights)[0]

    def _moment(self) -> int:
        """Return an instant of the day by the curve of use, not so late that its answer falls into the next."""
        hour = self.random.choices(range(24), cum_weights=self.hours)[0]
        return min(self.day.start + hour * HOUR + self.random.randrange(HOUR), self.day.end - 30 * SECOND)


def _check(user: User, session_id: str, server_ms: int, random: Random) -> tuple[Check, tuple[str, ...]]:
    """Return what the TimeProcessor finds, in the app's order of tests, and the block that it prints."""
    client_ms = user.clock.read(server_ms * 1000, random)
    chance = random.random()
    late = abs(client_ms - server_ms)
    reason, detail = None, ""
    if chance < 0.014:
        reason = "no_data"
    elif chance < 0.019:
        reason = "client_invalid"
        detail = random.choice(("시간 수집 오류", "Intl API를 사용할 수 없음", "알 수 없는 오류"))
    elif chance < 0.026:
        reason = "bad_timestamp"
        detail = random.choice(_malformed(client_ms))
    elif user.zone in people.REFUSED_ZONES:
        reason, detail = "bad_zone", f"{user.zone}, offset: {user.offset}"
    elif late > app.LIMIT_MS:
        reason, detail = "excessive_difference", app.to_fixed(late / 3_600_000, 1)
    elif chance < 0.0275:
        reason, detail = "exception", "Invalid time value"
    if reason:
        check = Check(session_id, user.id, reason, user.zone, server_ms, None)
        return check, app.check_refused(session_id, server_ms, reason, detail)
    check = Check(session_id, user.id, None, user.zone, server_ms, client_ms)
    return check, app.check_used(session_id, server_ms, client_ms, user.zone, user.offset)


def _malformed(client_ms: int) -> tuple[str, str]:
    """Return timestamps that the app does not take: an offset instead of Z, and one digit of milliseconds."""
    return app.iso_js(client_ms + 9 * 3_600_000)[:19] + "+09:00", app.iso_js(client_ms)[:21] + "Z"


def _note(
    user: User, made_ms: int, session_id: str | None, state: str, client_ms: int | None, random: Random
) -> Note:
    return Note(
        id=object_id(made_ms // 1000, random),
        user_id=user.id,
        book_id=random.choice(user.books),
        type=random.choice(memos.TYPES),
        content=memos.memo(random),
        tags=memos.tags(random),
        session_id=session_id,
        created_ms=made_ms,
        client_state=state,
        client_ms=client_ms,
        is_pdf=session_id is None and random.random() < 0.15,
    )
