"""An export of the users by `mongoexport --jsonFormat=canonical`: values wrapped in their types."""

from __future__ import annotations

from pathlib import Path

from pipeline.sample.events import Day, iso_z
from pipeline.sample.exports import instant, night
from pipeline.sample.extended_json import canonical_date, canonical_int, compact, oid
from pipeline.sample.files import RecordFile, Written
from pipeline.sample.world import World

#: What every name and address of the users begins with, and every password hash; invented.
_NAME, _HASH = "dokja.saram-", "$2b$10$h33SampleSalt"


class Writer:
    """The export of the last night."""

    def __init__(self, root: Path, world: World) -> None:
        self._world = world
        self._taken = night(world.plan.end)
        self._file = RecordFile(root, f"mongo/users-{self._taken}.ndjson", "canonical_export")

    def add(self, day: Day) -> None:
        """Write nothing: users do not change from day to day."""

    def close(self) -> list[Written]:
        """Write the file and return what it holds."""
        random = self._world.random("users-export")
        for user in (*self._world.users, *self._world.faulty):
            name = f"{_NAME}{random.getrandbits(32):08x}"
            joined_ms = int(user.id[:8], 16) * 1000 + random.randint(0, 999)
            fields = {
                "_id": oid(user.id),
                "email": f"{name}@example.net",
                "password": f"{_HASH}{random.getrandbits(120):030x}",
                "nickname": name,
                "level": canonical_int(random.randint(1, 12)),
                "createdAt": canonical_date(joined_ms),
                "__v": canonical_int(0),
            }
            self._file.record(compact(fields))
        counts = self._file.close(collection="users", taken=iso_z(instant(self._taken)))
        n = counts.records
        counts.leaks = {
            "user_email": {"texts": [_NAME], "planted": 2 * n},
            "user_password_hash": {"texts": [_HASH], "planted": n},
        }
        return [counts]
