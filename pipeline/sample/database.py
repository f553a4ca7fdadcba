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
        share: of a request's duration that it takes, from and to.
        fields: of its filter.
        plan: mongod's planSummary; empty where nothing is looked for.
        docs: examined, from and to; as many keys where an index is used.
        returned: documents returned, changed or inserted, from and to.
        sort: the field that is sorted by, newest first; empty where none is.
        sorts_in_memory: whether the plan has a sort stage.
        query_hash: mongod's hash of the query's form; empty where it has none.
    """

    collection: str
    op: str
    share: tuple[float, float]
    fields: tuple[str, ...] = ()
    plan: str = ""
    docs: tuple[int, int] = (0, 0)
    returned: tuple[int, int] = (1, 1)
    sort: str = ""
    sorts_in_memory: bool = False
    query_hash: str = ""


SHAPES = {
    "notes-list": Shape(
        "notes",
        "find",
        share=(0.6, 0.95),
        fields=("userId",),
        plan="IXSCAN { userId: 1, clientCreatedAt: -1 }",
        docs=(1_800, 9_200),
        returned=(30, 100),
        sort="createdAt",
        sorts_in_memory=True,
        query_hash="5C1E7A90",
    ),
    "notes-of-book": Shape(
        "notes",
        "find",
        share=(0.55, 0.9),
        fields=("userId", "bookId"),
        plan="IXSCAN { userId: 1, bookId: 1 }",
        docs=(200, 900),
        returned=(20, 60),
        sort="createdAt",
        sorts_in_memory=True,
        query_hash="B07D21F4",
    ),
    "books-list": Shape(
        "books",
        "find",
        share=(0.75, 0.95),
        fields=("userId",),
        plan="COLLSCAN",
        docs=(11_800, 12_400),
        returned=(2, 5),
        query_hash="1F00C3AB",
    ),
    "sessions-list": Shape(
        "sessions",
        "aggregate",
        share=(0.6, 0.9),
        fields=("userId",),
        plan="IXSCAN { userId: 1, createdAt: -1 }",
        docs=(50, 50),
        returned=(50, 50),
        sort="createdAt",
        query_hash="93D4E55C",
    ),
    "session-complete": Shape(
        "sessions", "update", share=(0.4, 0.7), fields=("_id",), plan="IDHACK", docs=(1, 1)
    ),
    "note-insert": Shape("notes", "insert", share=(0.5, 0.8)),
    "note-update": Shape(
        "notes",
        "update",
        share=(0.6, 0.9),
        fields=("_id", "userId"),
        plan="IXSCAN { _id: 1 }",
        docs=(1, 1),
        query_hash="E2A6B718",
    ),
    "nightly-statistics": Shape(
        "notes",
        "aggregate",
        share=(1, 1),
        fields=("createdAt",),
        plan="COLLSCAN",
        docs=(48_000, 52_000),
        returned=(240, 300),
        query_hash="0A77D9E3",
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
        keys=0 if shape.plan == "COLLSCAN" else docs,
        docs=docs,
        returned=returned,
        reply_bytes=60 + returned * random.randint(250, 700) if shape.op in {"find", "aggregate"} else 60,
        target=object_id(at // 1_000_000, random),
    )
