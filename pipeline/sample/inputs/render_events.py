"""Events of Render's API, an object a line: deploys, builds, instances that fell over or came up.

Runs of a cron job come every hour, so that the export is known to reach the end of the last day.

https://api-docs.render.com/reference/list-events
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pipeline.sample.deploys import deploys, platform_events
from pipeline.sample.events import Day, iso_z, rfc3339
from pipeline.sample.extended_json import compact
from pipeline.sample.files import RecordFile, Written
from pipeline.sample.world import World

PATH = "render-events/events.ndjson"


class Writer:
    """The file of all days and of the deploy before them."""

    def __init__(self, root: Path, world: World) -> None:
        self._file = RecordFile(root, PATH, "render_events")
        self._world = world

    def add(self, day: Day) -> None:
        """Write nothing: all events are written at the end."""

    def close(self) -> list[Written]:
        """Write the file and return what it holds."""
        plan, random = self._world.plan, self._world.random("platform")
        planned = deploys(plan, random)
        kinds: Counter[str] = Counter()
        for event in platform_events(plan, planned, random):
            kinds[event.type] += 1
            line = {
                "id": event.id,
                "serviceId": event.service_id,
                "timestamp": rfc3339(event.at),
                "type": event.type,
                "details": event.details,
            }
            self._file.record(compact(line), at=event.at)
        listed = [
            {
                "service_id": deploy.service_id,
                "deploy_id": deploy.id,
                "started": iso_z(deploy.started),
                "ended": iso_z(deploy.ended),
                "status": deploy.status,
            }
            for deploy in planned
        ]
        return [self._file.close(types=dict(sorted(kinds.items())), deploys=listed)]
