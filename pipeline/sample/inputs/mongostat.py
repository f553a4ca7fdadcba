"""`mongostat --json 30` left running in the last evening: values as text, a time without a year or a zone.

https://www.mongodb.com/docs/database-tools/mongostat/
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from pipeline.sample.events import HOUR, KST, MINUTE, MONTHS, SECOND, Day, utc
from pipeline.sample.extended_json import compact
from pipeline.sample.files import RecordFile, Written
from pipeline.sample.world import World

FOLDER = "mongostat"
ZONE = "Asia/Seoul"
_HOST = "cluster0-shard-00-00:27017"
#: Numbers in a sample: 13 values of one number and three pairs.
_POINTS = 19
_START, _LENGTH, _STEP = 20 * HOUR + 30 * MINUTE, 90 * MINUTE, 30 * SECOND


class Writer:
    """The file of the last evening; it has no lines while MongoDB is away."""

    def __init__(self, root: Path, world: World) -> None:
        self._root = root
        self._world = world
        self._written: list[Written] = []

    def add(self, day: Day) -> None:
        """Write the evening, if it is this day's."""
        if day.date != self._world.plan.end:
            return
        random, outage = self._world.random("mongostat"), self._world.outage
        file = RecordFile(self._root, f"{FOLDER}/{day.date}.ndjson.gz", "mongostat")
        start = day.start + _START
        for at in range(start, start + _LENGTH, _STEP):
            if not (outage and outage.start <= at < outage.end):
                now = at + random.randint(1, 9) * 1000
                file.record(compact({_HOST: _sample(now, random)}), at=now)
        counts = file.close(host=_HOST, points_per_sample=_POINTS)
        counts.records = counts.events * _POINTS
        self._written.append(counts)

    def close(self) -> list[Written]:
        """Return what the file holds."""
        return self._written


def _sample(at: int, random: Random) -> dict[str, str]:
    stamp = utc(at).astimezone(KST)
    return {
        "host": _HOST,
        "insert": random.choice(("*0", "1", "2")),
        "query": str(random.randint(2, 30)),
        "update": random.choice(("*0", "1", "3")),
        "delete": "*0",
        "getmore": "0",
        "command": f"{random.randint(20, 60)}|0",
        "dirty": f"{random.uniform(0.1, 2.4):.1f}%",
        "used": f"{random.uniform(41, 44):.1f}%",
        "flushes": "0",
        "vsize": "2.91G",
        "res": f"{random.randint(308, 330)}M",
        "qrw": "0|0",
        "arw": f"{random.randint(0, 2)}|0",
        "net_in": f"{random.uniform(8, 40):.1f}k",
        "net_out": f"{random.uniform(60, 400):.1f}k",
        "conn": str(random.randint(12, 16)),
        "set": "atlas-x1y2z3-shard-0",
        "repl": "PRI",
        "time": f"{MONTHS[stamp.month - 1]} {stamp:%d %H:%M:%S}.{stamp.microsecond // 1000:03d}",
    }
