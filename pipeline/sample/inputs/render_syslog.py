"""Render's log stream of the jobs service, received by a syslog server: RFC 5424, a line a frame.

https://render.com/docs/log-streams, https://www.rfc-editor.org/rfc/rfc5424
"""

from __future__ import annotations

from itertools import accumulate, groupby
from pathlib import Path

from pipeline.sample.events import HOUR, Day, Print, rfc3339
from pipeline.sample.files import RecordFile, Written
from pipeline.sample.traffic import instants
from pipeline.sample.world import World

PATH = "syslog/habitus33-jobs.log"
SERVICE = "habitus33-jobs"
INSTANCES = ("srv-c9n2t8l0jv6k15-b3xhd", "srv-c9n2t8l0jv6k15-q7rmp")

_SAID = (
    ("[summary] wrote {n} summaries",),
    ("[streak] updated {n} readers in {ms} ms",),
    ("[queue] 대기 {n}건",),
    ("[summary] 모델 응답", "  tokens: {ms}", "  cost: {n}"),
    (
        "TypeError: Cannot read properties of undefined (reading 'streak')",
        "    at updateStreak (/opt/render/project/src/dist/jobs/streak.js:{n}:17)",
        "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
    ),
)
_SHARES = tuple(accumulate((34, 34, 20, 9, 3)))


class Writer:
    """The stream of all days; lines of one instance may fall between those of a call of the other."""

    def __init__(self, root: Path, world: World) -> None:
        self._file = RecordFile(root, PATH, "render_syslog")
        self._scale = world.plan.scale
        self._random = world.random("syslog")

    def add(self, day: Day) -> None:
        """Write the day's lines, an hour at a time."""
        said = (self._call(at) for at in instants(day, max(20, round(600 * self._scale)), self._random))
        for _, calls in groupby(said, lambda call: call.at // HOUR):
            hour = Day(day.date, prints=list(calls))
            hour.settle(self._random)
            self._write(hour.prints)

    def _call(self, at: int) -> Print:
        random = self._random
        n, ms = random.randint(2, 90), random.randint(4, 4_900)
        lines = (line.format(n=n, ms=ms) for line in random.choices(_SAID, cum_weights=_SHARES)[0])
        return Print(at, random.choice(INSTANCES), "info", tuple(lines))

    def _write(self, calls: list[Print]) -> None:
        frames = [
            (at, number, call.instance, line)
            for call in calls
            for number, (at, line) in enumerate(zip(call.times, call.lines, strict=True))
        ]
        for at, number, instance, line in sorted(frames):
            stamp = rfc3339(at, self._random.randint(0, 999))
            head = f"<14>1 {stamp} {SERVICE} {instance} 1 {instance} -"
            self._file.line(f"{head} {line}", starts=number == 0, at=at)

    def close(self) -> list[Written]:
        """Finish the file and return what it holds."""
        return [self._file.close()]
