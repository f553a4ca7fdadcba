"""The console of an older instance, written to a plain file: no envelope, no time, morgan's `dev` lines.

morgan's dev format colours by status, into files too, and prints dashes for a request that was given up:
https://github.com/expressjs/morgan/blob/master/index.js
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

from pipeline.sample import app, memos
from pipeline.sample.events import SECOND
from pipeline.sample.files import Written, save
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


def write(root: Path, world: World) -> list[Written]:
    """Write the file: starts with connection strings, requests, failures with stacks, inline threads."""
    random = world.random("console")
    records: list[tuple[str, ...]] = []
    statuses: Counter[str] = Counter()
    threads = 0
    for number in range(max(60, round(110 * len(world.dates) * world.scale))):
        if number % 300 == 0:
            records += [(line,) for line in _boot()]
        chance = random.random()
        object_number = object_id(world.first // SECOND + number, random)
        if chance < 0.012:
            records.append(_aborted(object_number))
            statuses["aborted"] += 1
        elif chance < 0.03:
            label, _ = app.CONTROLLERS[("GET", "/api/notes")]
            records.append(app.failure(label, random.choice(app.FAULTS), random))
            records.append(_line("GET", "/api/notes?limit=30", 500, random.lognormvariate(4, 0.4), "45"))
            statuses["500"] += 1
        elif chance < 0.04:
            thread_id = object_id(world.first // SECOND + number, random)
            text = memos.thread(random)
            records += app.thread_created(object_number, thread_id, text)
            threads += 1
        else:
            record, status = _request(object_number, random)
            records.append(record)
            statuses[status] += 1
    lines = [line for record in records for line in record]
    save(root, PATH, lines)
    blank = sum(not line for line in lines)
    counts = Written(
        path=PATH,
        lines=len(lines),
        records=len(records) - blank,
        events=len(records) - blank,
        continuation=len(lines) - len(records),
        blank=blank,
        more={
            "kind": "console",
            "requests": sum(statuses.values()),
            "statuses": dict(sorted(statuses.items())),
            "boots": sum("MongoDB URI" in line for line in lines),
            "threads": threads,
        },
    )
    return [counts]


def _boot() -> tuple[str, ...]:
    """Return a start; the app prints an empty line before its notes on the time zone."""
    head, tail = app.boot(PASSWORD)[:4], app.boot(PASSWORD)[4:]
    return (*head, "", *tail)


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
