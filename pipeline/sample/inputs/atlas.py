"""Measurements of the primary from Atlas: a document of series a day; a point without a value is a gap.

https://www.mongodb.com/docs/atlas/reference/api-resources-spec/v2/ (measurements of one process)
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from pipeline.sample.events import HOUR, MINUTE, Day, rfc3339
from pipeline.sample.extended_json import compact
from pipeline.sample.files import Written, reach, save
from pipeline.sample.service import WEEKDAY
from pipeline.sample.world import World

_STEP = 5 * MINUTE
PROCESS = "cluster0-shard-00-00.ab1cd.mongodb.net:27017"

#: Series: unit, value at rest, what full use adds.
_SERIES = {
    "CONNECTIONS": ("SCALAR", 12.0, 4.0),
    "OPCOUNTER_QUERY": ("SCALAR_PER_SECOND", 0.4, 6.0),
    "QUERY_TARGETING_SCANNED_OBJECTS_PER_RETURNED": ("SCALAR", 40.0, 150.0),
    "PROCESS_CPU_USER": ("PERCENT", 1.5, 21.0),
}


class Writer:
    """A file for every day."""

    def __init__(self, root: Path, world: World) -> None:
        self._root = root
        self._world = world
        self._random = world.random("atlas")
        self._written: list[Written] = []

    def add(self, day: Day) -> None:
        """Write the day's measurements; while MongoDB is away nothing is measured."""
        instants = range(day.start, day.end, _STEP)
        outage = self._world.outage
        dark = {at for at in instants if outage and outage.start <= at < outage.end}
        measurements = [
            {
                "name": name,
                "units": unit,
                "dataPoints": [
                    {
                        "timestamp": rfc3339(at),
                        "value": None if at in dark else _value(at - day.start, rest, load, self._random),
                    }
                    for at in instants
                ],
            }
            for name, (unit, rest, load) in _SERIES.items()
        ]
        document = {
            "start": rfc3339(day.start),
            "end": rfc3339(day.end),
            "granularity": "PT5M",
            "processId": PROCESS,
            "measurements": measurements,
        }
        path = f"atlas/{day.date}.json.gz"
        save(self._root, path, [compact(document)])
        more = {
            "kind": "atlas_measurements",
            "points": {name: len(instants) for name in _SERIES},
            "gaps": {name: len(dark) for name in _SERIES},
            **reach(instants),
        }
        n = len(instants) * len(_SERIES)
        self._written.append(Written(path, lines=1, records=n, events=1, more=more))

    def close(self) -> list[Written]:
        """Return what the files hold."""
        return self._written


def _value(since_midnight: int, rest: float, load: float, random: Random) -> float:
    busy = WEEKDAY[since_midnight // HOUR] / max(WEEKDAY)
    return round((rest + load * busy) * random.uniform(0.92, 1.08), 3)
