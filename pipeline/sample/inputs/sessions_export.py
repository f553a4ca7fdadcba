"""An export of the reading sessions by `mongoexport --jsonArray`: one array on one line, of any length."""

from __future__ import annotations

from pathlib import Path
from random import Random

from pipeline.sample.events import Check, Day, iso_z
from pipeline.sample.exports import instant, night
from pipeline.sample.extended_json import compact, oid, relaxed_date
from pipeline.sample.files import LineFile, Written
from pipeline.sample.world import World


class Writer:
    """The export of the last night; parts of a large world write one array together."""

    def __init__(self, root: Path, world: World) -> None:
        self._world = world
        self._taken = night(world.plan.end)
        self._path = f"mongo/sessions-{self._taken}.json"
        self._file = LineFile(root, self._path)
        self._random = world.random("sessions-export")
        self._known: set[str] = set()
        if world.part == 0:
            self._file.write_bytes([b"["])

    def add(self, day: Day) -> None:
        """Write the sessions that a day completed; one that was tried again stands once."""
        for call in day.prints:
            if isinstance(call.fact, Check) and call.fact.session_id not in self._known:
                comma = "," if self._known or self._world.part else ""
                self._known.add(call.fact.session_id)
                self._file.write_bytes([f"{comma}{_document(call.fact, self._random)}".encode()])

    def close(self) -> list[Written]:
        """Finish the file and return what it holds."""
        if self._world.part == len(self._world.plan.parts) - 1:
            self._file.write_bytes([b"]\n"])
        self._file.close()
        n, whole = len(self._known), int(self._world.part == 0)
        starts = min(n, whole)
        more = {"kind": "jsonarray_export", "collection": "sessions", "taken": iso_z(instant(self._taken))}
        return [Written(self._path, whole, records=n, events=starts, continuation=whole - starts, more=more)]


def _document(check: Check, random: Random) -> str:
    began_ms = int(check.session_id[:8], 16) * 1000 + random.randint(0, 999)
    fields = {
        "_id": oid(check.session_id),
        "userId": oid(check.user_id),
        "mode": random.choice(("TS", "TS", "ZENGO")),
        "status": "completed",
        "startPage": random.randint(1, 200),
        "durationSec": max(0, check.server_ms - began_ms) // 1000,
        "createdAt": relaxed_date(began_ms),
        "__v": 0,
    }
    return compact(fields)
