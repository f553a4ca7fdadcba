"""What MongoDB does for the requests: operations by shape, as costly as their indexes make them.

The app's new index on `clientCreatedAt` does not serve its lists, which sort by `createdAt`: these are sorted
in memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import NamedTuple

from pipeline.sample.events import HOUR, MINUTE, Day, Operation, Request
from pipeline.sample.people import object_id
from pipeline.sample.service import COMPLETE, CREATE, Route

DATABASE = "habitus33"
#: Operations that took longer are logged, ms: mongod's default.
SLOW_MS = 100


class Shape(NamedTuple):
    """One kind of operation.

    Attributes:
        op: find, aggregate, insert or update.
        fields: of the filter.
        sort: the field that is sorted by, newest first; none where empty.
        plan: mongod's planSummary.
        sorts_in_memory: whether the plan has a sort stage.
        keys, docs, returned: examined and returned, from and to.
        share: of a request's duration that the operation takes, from and to.
        query_hash: mongod's hash of the query's form.
    """

    collection: str
    op: str
    fields: tuple[str, ...]
    sort: str
    plan: str
    sorts_in_memory: bool
    keys: tuple[int, int]
    docs: tuple[int, int]
    returned: tuple[int, int]
    share: tuple[float, float]
    query_hash: str


SHAPES = {
    "notes-list": Shape(
        "notes",
        "find",
        ("userId",),
        "createdAt",
        "IXSCAN { userId: 1, clientCreatedAt: -1 }",
        True,
        (1_800, 9_200),
        (1_800, 9_200),
        (30, 100),
        (0.6, 0.95),
        "5C1E7A90",
    ),
    "notes-of-book": Shape(
        "notes",
        "find",
        ("userId", "bookId"),
        "createdAt",
        "IXSCAN { userId: 1, bookId: 1 }",
        True,
        (200, 900),
        (200, 900),
        (20, 60),
        (0.55, 0.9),
        "B07D21F4",
    ),
    "books-list": Shape(
        "books",
        "find",
        ("userId",),
        "",
        "COLLSCAN",
        False,
        (0, 0),
        (11_800, 12_400),
        (2, 5),
        (0.75, 0.95),
        "1F00C3AB",
    ),
    "sessions-list": Shape(
        "sessions",
        "aggregate",
        ("userId",),
        "createdAt",
        "IXSCAN { userId: 1, createdAt: -1 }",
        False,
        (50, 50),
        (50, 50),
        (50, 50),
        (0.6, 0.9),
        "93D4E55C",
    ),
    "session-complete": Shape(
        "sessions",
        "update",
        ("_id",),
        "",
        "IDHACK",
        False,
        (1, 1),
        (1, 1),
        (1, 1),
        (0.4, 0.7),
        "",
    ),
    "note-insert": Shape(
        "notes",
        "insert",
        (),
        "",
        "",
        False,
        (0, 0),
        (0, 0),
        (1, 1),
        (0.5, 0.8),
        "",
    ),
    "note-update": Shape(
        "notes",
        "update",
        ("_id", "userId"),
        "",
        "IXSCAN { _id: 1 }",
        False,
        (1, 1),
        (1, 1),
        (1, 1),
        (0.6, 0.9),
        "E2A6B718",
    ),
    "nightly-statistics": Shape(
        "notes",
        "aggregate",
        ("createdAt",),
        "",
        "COLLSCAN",
        False,
        (0, 0),
        (48_000, 52_000),
        (240, 300),
        (1, 1),
        "0A77D9E3",
    ),
}
_OF_ROUTE: dict[Route, str] = {
    ("GET", "/api/notes"): "notes-list",
    ("GET", "/api/notes/book/:id"): "notes-of-book",
    ("GET", "/api/books"): "books-list",
    ("GET", "/api/sessions"): "sessions-list",
    ("PUT", "/api/notes/:id"): "note-update",
    CREATE: "note-insert",
    COMPLETE: "session-complete",
}


def slow_operations(day: Day, random: Random, *, nightly: bool) -> list[Operation]:
    """Return a day's slow operations, each at a millisecond of its own.

    Args:
        day: whose requests were answered; one that failed waited for nothing that a log would show.
        random: their own stream of chance.
        nightly: whether the statistics of the night are among them.
    """
    found = [op for request in day.requests if (op := _of_request(request, random))]
    if nightly:
        at = day.start + 3 * HOUR + 10 * MINUTE + random.randrange(MINUTE)
        found.append(operation("nightly-statistics", at, random.randint(2_100, 3_400), random))
    return apart(found)


def apart(found: Iterable[Operation]) -> list[Operation]:
    """Return operations in the order of time, a millisecond apart at least: two are never the same line."""
    free = 0
    spread = []
    for one in sorted(found):
        at = max(one.at // 1000, free)
        free = at + 1
        spread.append(one._replace(at=at * 1000))
    return spread


def _of_request(request: Request, random: Random) -> Operation | None:
    name = _OF_ROUTE.get((request.method, request.route))
    if name is None or request.status >= 400:
        return None
    took = round(request.duration_ms * random.uniform(*SHAPES[name].share))
    return operation(name, request.at - 3_000, took, random) if took > SLOW_MS else None


def operation(name: str, at: int, took_ms: int, random: Random) -> Operation:
    """Return an operation of a shape that ended at an instant, µs."""
    shape = SHAPES[name]
    docs = random.randint(*shape.docs)
    returned = min(random.randint(*shape.returned), docs or 1)
    return Operation(
        at=at,
        shape=name,
        connection=random.randint(40, 99),
        took_ms=took_ms,
        working_ms=took_ms - random.randint(0, took_ms // 10),
        keys=docs if shape.keys == shape.docs else random.randint(*shape.keys),
        docs=docs,
        returned=returned,
        reply_bytes=60 + returned * random.randint(250, 700) if shape.op in {"find", "aggregate"} else 60,
        target=object_id(at // 1_000_000, random),
    )
