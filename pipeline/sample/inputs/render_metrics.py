"""CPU and memory of the API's instances, as Render's metrics API gives them: series of points, one array.

https://api-docs.render.com/reference/get-cpu
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from pipeline.sample.events import HOUR, MINUTE, Day, rfc3339
from pipeline.sample.extended_json import compact
from pipeline.sample.files import Written, reach, save
from pipeline.sample.service import RESOURCE, WEEKDAY
from pipeline.sample.world import World

_STEP = 5 * MINUTE
#: File and unit.
_METRICS = {"cpu": "cpu", "memory": "GB"}


class Writer:
    """A file for each of CPU and memory, of all days."""

    def __init__(self, root: Path, world: World) -> None:
        self._root = root
        self._world = world
        self._random = world.random("render-metrics")
        self._series: dict[tuple[str, str], list[tuple[int, str]]] = {}

    def add(self, day: Day) -> None:
        """Measure every instance that runs, every five minutes."""
        for at in range(day.start, day.end, _STEP):
            for instance in self._world.instances(at):
                busy = WEEKDAY[(at - day.start) // HOUR] / max(WEEKDAY)
                cpu, memory = self._measure(at, instance, busy, self._random)
                self._series.setdefault(("cpu", instance), []).append((at, f"{cpu:.4f}"))
                self._series.setdefault(("memory", instance), []).append((at, f"{memory:.3f}"))

    def _measure(self, at: int, instance: str, busy: float, random: Random) -> tuple[float, float]:
        """Return CPU (cores) and memory (GB): memory grows from every start, CPU follows the readers."""
        release = self._world.release
        started = release.at if release and instance == release.instance else self._world.plan.first
        slower = release.slower if release and instance == release.instance else 1.0
        cpu = (0.015 + 0.24 * busy * slower) * random.uniform(0.85, 1.2)
        memory = 0.196 + 0.01 * (at - started) / (24 * HOUR) + random.uniform(0, 0.012)
        return cpu, memory

    def close(self) -> list[Written]:
        """Write the files and return what they hold."""
        return [self._save(metric, unit) for metric, unit in _METRICS.items()]

    def _save(self, metric: str, unit: str) -> Written:
        path = f"render-metrics/{metric}.json.gz"
        series = {instance: points for (name, instance), points in self._series.items() if name == metric}
        texts = []
        for instance, points in series.items():
            named = {"resource": RESOURCE, "instance": instance}
            labels = compact([{"field": name, "value": value} for name, value in named.items()])
            values = ",".join(f'{{"timestamp":"{rfc3339(at)}","value":{value}}}' for at, value in points)
            texts.append(f'{{"labels":{labels},"unit":"{unit}","values":[{values}]}}')
        save(self._root, path, [f"[{','.join(texts)}]"])
        times = [at for points in series.values() for at, _ in points]
        return Written(
            path,
            lines=1,
            records=len(times),
            events=1,
            more={
                "kind": "render_metrics",
                "unit": unit,
                "points": {instance: len(points) for instance, points in series.items()},
                "highest": {
                    instance: max(float(value) for _, value in points) for instance, points in series.items()
                },
                **reach(times),
            },
        )
