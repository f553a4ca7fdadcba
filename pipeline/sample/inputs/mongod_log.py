"""mongod's own log of the primary, as Atlas hands it out: gzipped downloads that overlap.

Atlas cuts the log into chunks of about five minutes and gives whole ones: a day's download ends with the
first chunk of the next, and the chunks of an incident stand in the day's download too.
https://www.mongodb.com/docs/manual/reference/log-messages/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from pipeline.sample import memos
from pipeline.sample.database import DATABASE, SHAPES, Shape
from pipeline.sample.events import DAY, HOUR, MINUTE, SECOND, Day, Operation, iso_js, utc
from pipeline.sample.extended_json import compact, oid
from pipeline.sample.files import Written, reach, save
from pipeline.sample.world import World

#: Length of a chunk, and how much of it the next one repeats in the downloads of an incident.
CHUNK, OVERLAP = 5 * MINUTE, 30 * SECOND
#: Chunks of the incident: from 20:55 KST of the last day, before the outage, to 21:20, after it.
_INCIDENT, _CHUNKS = 20 * HOUR + 55 * MINUTE, 5
#: Connections that the app holds.
_POOL = 12
SLOW_QUERY, ACCEPTED, ENDED = 51803, 22943, 22944


class Line(NamedTuple):
    """One log line: its instant (µs), the id of its message, its JSON."""

    at: int
    message_id: int
    text: str


class Writer:
    """A download for every day, and one for every chunk of the incident."""

    def __init__(self, root: Path, world: World) -> None:
        self._root = root
        self._world = world
        self._random = world.random("mongod")
        self._connections = iter(range(100, 1 << 31))
        self._open: list[int] = [next(self._connections) for _ in range(_POOL)]
        self._memos = 0
        self._before: tuple[Day, list[Line]] | None = None
        self._written: list[Written] = []

    def add(self, day: Day) -> None:
        """Write the download of the day before, whose last chunk this day begins with."""
        lines = [slow_query(one, self._random) for one in day.operations]
        self._memos += memos_shown(day.operations)
        if self._world.part == 0:
            lines += self._upkeep(day)
        lines.sort()
        self._download([line for line in lines if line.at < day.start + CHUNK])
        self._before = day, lines

    def close(self) -> list[Written]:
        """Write the last day's downloads and return what all hold."""
        if self._before:
            day, lines = self._before
            self._download([])
            for number in range(_CHUNKS):
                start = day.start + _INCIDENT + number * CHUNK
                part = [line for line in lines if start <= line.at < start + CHUNK + OVERLAP]
                kst = utc(start + 9 * HOUR)
                self._save(f"mongod/{kst:%Y-%m-%dT%H%M}.log.gz", part, copies=len(part))
            self._written[0].leaks = {"memo_text": {"texts": [], "planted": self._memos}}
        return self._written

    def _download(self, following: list[Line]) -> None:
        """Write the download of the day before; its own first chunk stood in the one before it too."""
        if self._before:
            day, lines = self._before
            repeated = sum(line.at < day.start + CHUNK for line in lines)
            copies = repeated if day.start > self._world.plan.first else 0
            self._save(f"mongod/{day.date}.log.gz", lines + following, copies=copies)

    def _save(self, path: str, lines: list[Line], copies: int) -> None:
        save(self._root, path, [line.text for line in lines])
        n = len(lines)
        ids = Counter(line.message_id for line in lines)
        more = {
            "kind": "mongod_log",
            "copies": copies,
            "slow_operations": ids[SLOW_QUERY],
            "connections_accepted": ids[ACCEPTED],
            "connections_ended": ids[ENDED],
            **reach([line.at for line in lines]),
        }
        self._written.append(Written(path, lines=n, records=n, events=n, more=more))

    def _upkeep(self, day: Day) -> list[Line]:
        """Return the lines of checkpoints and connections; the outage closes all and opens new ones."""
        random = self._random
        lines = [
            _checkpoint(at, random) for at in range(day.start + 41 * SECOND, day.end - MINUTE, 4 * MINUTE)
        ]
        outage = self._world.outage
        for at in range(day.start + 17 * MINUTE, day.end, HOUR):
            if not (outage and outage.start <= at < outage.end):
                lines += self._renew(at, 1)
        if outage and day.start <= outage.start < day.end:
            lines.append(_state(outage.start, "SECONDARY", "PRIMARY"))
            lines += self._end(outage.start + SECOND, len(self._open))
            lines.append(_state(outage.end - SECOND, "PRIMARY", "SECONDARY"))
            lines += self._accept(outage.end, _POOL)
            lines += [_heartbeat(at) for at in range(outage.start + 3 * SECOND, outage.end, 10 * SECOND)]
        return lines

    def _renew(self, at: int, n: int) -> list[Line]:
        return self._end(at, n) + self._accept(at + SECOND, n)

    def _end(self, at: int, n: int) -> list[Line]:
        ended, self._open = self._open[:n], self._open[n:]
        held = len(self._open) + n
        return [
            _connection(at + number * 7_000, ENDED, "ended", one, held - number - 1, self._random)
            for number, one in enumerate(ended)
        ]

    def _accept(self, at: int, n: int) -> list[Line]:
        lines = []
        for number in range(n):
            one = next(self._connections)
            self._open.append(one)
            held = len(self._open)
            lines.append(_connection(at + number * 40_000, ACCEPTED, "accepted", one, held, self._random))
        return lines


def _connection(at: int, message_id: int, what: str, one: int, held: int, random: Random) -> Line:
    remote = f"10.1.2.{random.randint(3, 5)}:{random.randint(32_768, 60_999)}"
    attr = {"remote": remote, "connectionId": one, "connectionCount": held}
    where = "listener" if message_id == ACCEPTED else f"conn{one}"
    return _line(at, "NETWORK", message_id, where, "-", f"Connection {what}", attr)


def _checkpoint(at: int, random: Random) -> Line:
    low, high = random.randint(1, 900), random.randint(901, 999)
    said = f"saving checkpoint snapshot min: {low}, snapshot max: {high}"
    message = {"ts_sec": at // SECOND, "session_name": "WT_SESSION.checkpoint", "msg": said}
    return _line(at, "WTCHKPT", 22430, "Checkpointer", "-", "WiredTiger message", {"message": message})


def _state(at: int, new: str, old: str) -> Line:
    attr = {"newState": new, "oldState": old}
    return _line(at, "REPL", 21358, "ReplCoord-0", "S", "Replica set state transition", attr)


def _heartbeat(at: int) -> Line:
    attr = {"target": "cluster0-shard-00-01.ab1cd.mongodb.net:27017", "maxHeartbeatRetries": 2}
    return _line(at, "REPL_HB", 23974, "ReplCoord-1", "S", "Heartbeat failed after max retries", attr)


def slow_query(one: Operation, random: Random) -> Line:
    """Return the line of a slow operation; an update shows what it sets, a memo's text included."""
    shape = SHAPES[one.shape]
    attr: dict[str, Any] = {
        "type": "update" if shape.op == "update" else "command",
        "ns": f"{DATABASE}.{shape.collection}",
        "appName": "h33",
        "command": command(shape, one, random, DATABASE),
    }
    if shape.plan:
        attr |= {"planSummary": shape.plan, "keysExamined": one.keys, "docsExamined": one.docs}
    if shape.sorts_in_memory:
        attr["hasSortStage"] = True
    attr |= counted(shape, one)
    if shape.query_hash:
        attr["queryHash"] = shape.query_hash
    attr |= {
        "reslen": one.reply_bytes,
        "remote": f"10.1.2.{one.connection % 3 + 3}:{40_000 + one.connection}",
        "protocol": "op_msg",
        "durationMillis": one.took_ms,
        "workingMillis": one.working_ms,
    }
    component = "WRITE" if shape.op == "update" else "COMMAND"
    return _line(one.at, component, SLOW_QUERY, f"conn{one.connection}", "S", "Slow query", attr)


def memos_shown(operations: Iterable[Operation]) -> int:
    """Return how many of some operations show the text of a memo."""
    return sum(SHAPES[one.shape][:2] == ("notes", "update") for one in operations)


def counted(shape: Shape, one: Operation) -> dict[str, int]:
    """Return how many documents an operation returned, changed or inserted, in MongoDB's words."""
    match shape.op:
        case "update":
            return {"nMatched": one.returned, "nModified": one.returned}
        case "insert":
            return {"ninserted": one.returned}
        case _:
            return {"nreturned": one.returned}


def command(shape: Shape, one: Operation, random: Random, database: str) -> dict[str, Any]:
    """Return the command of an operation, as log and profile show it."""
    chosen: dict[str, Any] = {field: oid(f"{random.getrandbits(96):024x}") for field in shape.fields}
    if "_id" in chosen:
        chosen["_id"] = oid(one.target)
    if "createdAt" in chosen:
        chosen["createdAt"] = {"$gte": {"$date": iso_js((one.at - 30 * DAY) // 1000)}}
    order = {"sort": {shape.sort: -1}} if shape.sort else {}
    match shape.op:
        case "find":
            form = {"find": shape.collection, "filter": chosen, **order, "limit": 30}
        case "aggregate":
            stages = [{"$match": chosen}, *({"$sort": by} for by in order.values()), {"$limit": 300}]
            form = {"aggregate": shape.collection, "pipeline": stages, "cursor": {}}
        case "insert":
            form = {"insert": shape.collection, "ordered": True}
        case _:
            changed = {"content": memos.memo(random)} if shape.collection == "notes" else {"status": "done"}
            return {"q": chosen, "u": {"$set": changed}, "multi": False, "upsert": False}
    return {**form, "$db": database}


def _line(at: int, component: str, number: int, ctx: str, svc: str, said: str, attr: dict[str, Any]) -> Line:
    """Return a line with mongod's padding behind severity, component and id."""
    stamp = iso_js(at // 1000)[:-1] + "+00:00"
    head = f'{{"t":{{"$date":"{stamp}"}},"s":"I",  "c":{_padded(component)}'
    text = f'{head}"id":{f"{number},":<9}"ctx":"{ctx}","svc":"{svc}","msg":"{said}","attr":{compact(attr)}}}'
    return Line(at // 1000 * 1000, number, text)


def _padded(component: str) -> str:
    quoted = f'"{component}",'
    return f"{quoted:<12}"
