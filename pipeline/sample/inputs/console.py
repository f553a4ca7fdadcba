"""The console of an older instance, written to a plain file: no envelope, no time, morgan's `dev` lines.

morgan's dev format colours by status, into files too, and prints dashes for a request that was given up:
https://github.com/expressjs/morgan/blob/master/index.js
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

from pipeline.sample import app, memos
from pipeline.sample.events import SECOND, Day
from pipeline.sample.files import RecordFile, Written
from pipeline.sample.people import object_id
from pipeline.sample.world import World

PATH = "console/legacy-1.log"
#: In the connection string; invented.
PASSWORD = "0ld-P4ssw0rd-legacy"  # noqa: S105

#: Method, path (%s: an id), median duration in ms, status.
_CALLS = (
    ("GET", "/api/notes?limit=30", 66.0, 200),
    ("GET", "/api/notes/%s", 35.0, 200),
    ("GET", "/api/books", 51.0, 200),
    ("GET", "/api/books", 12.0, 304),
    ("POST", "/api/notes", 97.0, 201),
    ("POST", "/api/sessions/%s/complete", 151.0, 200),
    ("GET", "/api/notes/%s", 21.0, 404),
    ("DELETE", "/api/notes/%s", 44.0, 204),
)
_SHARES = (30, 14, 24, 6, 8, 12, 2, 4)
_COLOURS = {5: 31, 4: 33, 3: 36, 2: 32}


class Writer:
    """The file: starts with connection strings, requests, failures with stacks, inline threads."""

    def __init__(self, root: Path, world: World) -> None:
        self._file = RecordFile(root, PATH, "console")
        self._plan = world.plan
        self._random = world.random("console")
        self._n = self._boots = self._threads = 0
        self._statuses: Counter[str] = Counter()

    def add(self, day: Day) -> None:
        """Write the day's share of the calls."""
        days = len(self._plan.dates)
        total = max(60, round(110 * days * self._plan.scale))
        until = total * (self._plan.dates.index(day.date) + 1) // days
        for number in range(self._n, until):
            if number % 300 == 0:
                self._boot()
            for record in self._call(number):
                self._file.record(*record)
        self._n = until

    def _boot(self) -> None:
        """Write a start; the app prints an empty line before its notes on the time zone."""
        self._boots += 1
        for number, line in enumerate(app.boot(PASSWORD)):
            if number == 4:
                self._file.blank()
            self._file.record(line)

    def _call(self, number: int) -> list[tuple[str, ...]]:
        """Return the records that one call leaves."""
        random = self._random
        seconds = self._plan.first // SECOND + number
        chance = random.random()
        object_number = object_id(seconds, random)
        if chance < 0.012:
            self._statuses["aborted"] += 1
            return [_aborted(object_number)]
        if chance < 0.03:
            self._statuses["500"] += 1
            label, _ = app.CONTROLLERS[("GET", "/api/notes")]
            failure = app.failure(label, random.choice(app.FAULTS), random)
            return [failure, _line("GET", "/api/notes?limit=30", 500, random.lognormvariate(4, 0.4), "45")]
        if chance < 0.04:
            self._threads += 1
            thread_id = object_id(seconds, random)
            return list(app.thread_created(object_number, thread_id, memos.thread(random)))
        record, status = _request(object_number, random)
        self._statuses[status] += 1
        return [record]

    def close(self) -> list[Written]:
        """Finish the file and return what it holds."""
        statuses = dict(sorted(self._statuses.items()))
        counts = self._file.close(
            requests=self._statuses.total(), statuses=statuses, boots=self._boots, threads=self._threads
        )
        return [counts]


def _request(object_number: str, random: Random) -> tuple[tuple[str, ...], str]:
    method, path, median, status = random.choices(_CALLS, _SHARES)[0]
    size = "-" if status in (204, 304) else str(random.randint(200, 19_000))
    took = random.lognormvariate(0, 0.4) * median
    return _line(method, path.replace("%s", object_number), status, took, size), str(status)


def _line(method: str, path: str, status: int, took_ms: float, size: str) -> tuple[str, ...]:
    colour = _COLOURS[status // 100]
    return (f"\x1b[0m{method} {path} \x1b[{colour}m{status}\x1b[0m {took_ms:.3f} ms - {size}\x1b[0m",)


def _aborted(object_number: str) -> tuple[str, ...]:
    return (f"\x1b[0mGET /api/notes/{object_number} \x1b[0m-\x1b[0m - ms - -\x1b[0m",)
