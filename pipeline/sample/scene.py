"""One day of the world being played: readers, their memos, the platform's upkeep."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING

from pipeline.sample import app, memos
from pipeline.sample.events import HOUR, MINUTE, SECOND, Check, Day, Failure, Note, Print, Request
from pipeline.sample.people import User, object_id
from pipeline.sample.service import (
    CLUBS,
    COMPLETE,
    CREATE,
    CREATING,
    FAILING,
    FAILING_MEMO_CREATION,
    HEALTH,
    INSTANCES,
    MEMO_CREATION,
    PASSWORDS,
    REFUSALS,
    ROUTES,
    SPREAD,
    START,
    THREAD,
    WEEKDAY,
    WEEKEND,
    Route,
)
from pipeline.sample.time_check import time_check

if TYPE_CHECKING:
    from pipeline.sample.world import World

_BROWSED = [route for route, (_, _, share) in ROUTES.items() if share]
_SHARES = list(accumulate(ROUTES[route][2] for route in _BROWSED))


class Scene:
    """One day being played: each method adds the events of one kind of activity to the day."""

    def __init__(self, world: World, day: Day, random: Random) -> None:
        self.world = world
        self.day = day
        self.random = random
        self.weekend = day.date.weekday() >= 5
        self.hours = list(accumulate(WEEKEND if self.weekend else WEEKDAY))

    def boots(self) -> None:
        """Start every instance on the first day, and the released one on its day."""
        if self.day.start == self.world.plan.first:
            for number, instance in enumerate(INSTANCES):
                self._boot(self.day.start + 10 * MINUTE + number * 40 * SECOND, instance, PASSWORDS[0])
        release = self.world.release
        if release and self.day.start <= release.at < self.day.end:
            self._boot(release.at - 30 * SECOND, release.instance, PASSWORDS[1])

    def sessions(self) -> None:
        """Let readers complete sessions, most of them with a memo."""
        for _ in range(self._how_many(290)):
            clubs = [self.day.start + club for club in CLUBS]
            together = self.random.random() < 0.12
            at = self.random.choice(clubs) + self.random.randint(0, 15_000) if together else self._moment()
            self._session(at, self._reader())
        for user in self.world.faulty:
            for _ in range(self.random.randint(2, 3)):
                self._session(self._moment(), user)

    def memos(self) -> None:
        """Let readers write memos without a session."""
        for _ in range(self._how_many(105)):
            user, at = self._reader(), self._moment()
            self._with_retries(at, partial(self._memo, user=user))

    def browsing(self) -> None:
        """Let readers look around."""
        for route in self.random.choices(_BROWSED, cum_weights=_SHARES, k=self._how_many(5_100)):
            user, at = self._reader(), self._moment()
            self._with_retries(at, partial(self._visit, route=route, user=user))

    def upkeep(self) -> None:
        """Let the platform probe the service and the app tell its memory."""
        dense = min(self.world.scale, 1)
        for at in range(self.day.start + 7 * SECOND, self.day.end - MINUTE, round(2 * MINUTE / dense)):
            instance = self.random.choice(self.world.instances(at))
            took = self.random.randint(3, 24)
            self._log_request(at, instance, HEALTH, HEALTH[1], 200, took, 540, None)
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
            self._answer(began, START, START[1], user)
        self._with_retries(at, partial(self._complete, user=user, session_id=session_id))

    def _complete(self, at: int, user: User, session_id: str) -> Request:
        """Complete a session: always a time check, a note only where a memo was given and all went well."""
        request = self._answer(at, COMPLETE, f"/api/sessions/{session_id}/complete", user)
        checked = at + self.random.randint(1_000, 6_000)
        server_ms = checked // 1000
        check, lines = time_check(user, session_id, server_ms, self.random)
        self._print(checked, request.instance, "info", *lines, fact=check)
        if request.status == 200 and self.random.random() < 0.82:
            state = "null" if check.client_ms is None else "value"
            note = new_note(user, server_ms, session_id, state, check.client_ms, self.random)
            self.day.notes.append(note)
            lines = app.note_created(server_ms, check.client_ms, note.content)
            self._print(request.at - 2_000, request.instance, "info", *lines)
        return request

    def _memo(self, at: int, user: User) -> Request:
        request = self._answer(at, CREATE, CREATE[1], user)
        if request.status == 201:
            made = at // 1000 + 3
            self.day.notes.append(new_note(user, made, None, "null", None, self.random))
        return request

    def _visit(self, at: int, route: Route, user: User) -> Request:
        path, target = self._path(route, user)
        request = self._answer(at, route, path, user)
        if route == THREAD and request.status == 201:
            thread_id = object_id(at // SECOND, self.random)
            said = app.thread_created(target, thread_id, memos.thread(self.random))
            for number, lines in enumerate(said):
                self._print(at + 4_000 + number * 9_000, request.instance, "info", *lines)
        return request

    def _path(self, route: Route, user: User) -> tuple[str, str]:
        """Return a path of the route as a reader asks for it, and the id in it."""
        _, template = route
        if ":id" not in template:
            query = self.random.choice(("?limit=30", "?limit=100", "")) if template == "/api/notes" else ""
            return template + query, ""
        pool = self.world.note_ids if "/notes/:id" in template and self.world.note_ids else user.books
        target = self.random.choice(pool)
        return template.replace(":id", target), target

    def _answer(self, at: int, route: Route, path: str, user: User) -> Request:
        """Answer a request that arrived at an instant, log it, and print the failure behind a 500."""
        world, random = self.world, self.random
        instance = random.choice(world.instances(at))
        median, size, _ = ROUTES[route]
        slower, failing = 1.0, FAILING_MEMO_CREATION if route in MEMO_CREATION else FAILING
        release = world.release
        if release and instance == release.instance and route in MEMO_CREATION:
            slower, failing = release.slower, failing * release.failing
        took = max(2, round(random.lognormvariate(0, SPREAD) * median * slower))
        refused, share = REFUSALS.get(route, (0, 0))
        chance = random.random()
        status = 201 if route in CREATING else 200
        if world.outage and world.outage.start <= at < world.outage.end:
            status, took = 500, 10_000 + random.randint(3, 70)
            self._fail_without_database(at + took * 1000 - 900, instance, route)
        elif chance < failing:
            status = 500
            self._fail(at + took * 1000 - 900, instance, route)
        elif chance < failing + share:
            status = refused
        sent = round(size * random.uniform(0.6, 1.4)) if status < 400 else 45
        return self._log_request(at + took * 1000, instance, route, path, status, took, sent, user)

    def _fail(self, at: int, instance: str, route: Route) -> None:
        label, _ = app.CONTROLLERS[route]
        fault = self.random.choice(app.FAULTS)
        lines = app.failure(label, fault, self.random)
        self._print(at, instance, "error", *lines, fact=Failure(label, fault.name, fault.message))

    def _fail_without_database(self, at: int, instance: str, route: Route) -> None:
        label, operation = app.CONTROLLERS[route]
        kind = self.random.random()
        if kind < 0.86:
            fault, lines = app.buffering_timeout(label, operation)
        elif kind < 0.95:
            fault, lines = app.no_server(label)
        else:
            fault, lines = app.network_error(label)
        self._print(at, instance, "error", *lines, fact=Failure(label, fault.name, fault.message))

    def _with_retries(self, at: int, attempt: Callable[[int], Request]) -> None:
        """Make an attempt; while the database is away, some readers try again."""
        outage = self.world.outage
        while attempt(at).status == 500 and outage and self.random.random() < 0.15:
            at += 10 * SECOND + self.random.randint(2 * SECOND, 6 * SECOND)
            if not outage.start <= at < outage.end:
                return

    def _log_request(
        self,
        at: int,
        instance: str,
        route: Route,
        path: str,
        status: int,
        took: int,
        size: int,
        user: User | None,
    ) -> Request:
        ip = user.ip if user else "203.0.113.10"
        agent = user.user_agent if user else "Go-http-client/2.0"
        request_id = f"{self.random.getrandbits(64):016x}"
        method, template = route
        request = Request(at, instance, method, path, template, status, took, size, ip, agent, request_id)
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
        """Return an instant of the day by the curve of use, early enough to be answered within it."""
        hour = self.random.choices(range(24), cum_weights=self.hours)[0]
        return min(self.day.start + hour * HOUR + self.random.randrange(HOUR), self.day.end - 30 * SECOND)


def new_note(
    user: User, made_ms: int, session_id: str | None, state: str, client_ms: int | None, random: Random
) -> Note:
    """Return a note that a user wrote, with an invented text."""
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
