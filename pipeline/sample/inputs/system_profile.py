"""An export of `system.profile` of the staging database: slow operations in the profiler's own words.

Where the log says durationMillis, reslen and t, the profiler says millis, responseLength and ts.
https://www.mongodb.com/docs/manual/reference/database-profiler/
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.sample.database import SHAPES, apart, operation
from pipeline.sample.events import HOUR, Day, Operation
from pipeline.sample.extended_json import compact, relaxed_date
from pipeline.sample.figures import shape_figures
from pipeline.sample.files import RecordFile, Written
from pipeline.sample.inputs.mongod_log import command, counted, memos_shown
from pipeline.sample.tally import shapes_of
from pipeline.sample.world import World

DATABASE = "habitus33_staging"
_A_DAY = 160
#: How the profiler calls what the log calls a command.
_OPS = {"find": "query", "aggregate": "command", "insert": "insert", "update": "update"}


class Writer:
    """The profile of the last working day, from 09:00 to 19:00 KST."""

    def __init__(self, root: Path, world: World) -> None:
        self._root = root
        self._world = world
        self._written: list[Written] = []

    def add(self, day: Day) -> None:
        """Write the operations, if they are this day's."""
        if day.date != self._world.plan.end:
            return
        random = self._world.random("profile")
        names = random.choices(list(SHAPES), k=max(24, round(_A_DAY * self._world.scale)))
        profiled = apart(
            operation(
                name,
                day.start + 9 * HOUR + random.randrange(10 * HOUR),
                random.randint(101, 700),
                random,
            )
            for name in names
        )
        file = RecordFile(self._root, f"profile/system.profile-{day.date}.ndjson", "system_profile")
        for one in profiled:
            form = command(SHAPES[one.shape], one, random, DATABASE)
            file.record(compact(_document(one, form)), at=one.at)
        counts = file.close()
        figures = shape_figures(shapes_of(profiled), DATABASE)
        counts.days = {str(day.date): {"profiled_operations": figures}}
        counts.leaks = {"memo_text": {"texts": [], "planted": memos_shown(profiled)}}
        self._written.append(counts)

    def close(self) -> list[Written]:
        """Return what the file holds."""
        return self._written


def _document(one: Operation, form: dict[str, Any]) -> dict[str, Any]:
    shape = SHAPES[one.shape]
    document: dict[str, Any] = {"op": _OPS[shape.op], "ns": f"{DATABASE}.{shape.collection}", "command": form}
    if shape.plan:
        document |= {"keysExamined": one.keys, "docsExamined": one.docs}
    if shape.sorts_in_memory:
        document["hasSortStage"] = True
    document |= counted(shape, one)
    if shape.query_hash:
        document["queryHash"] = shape.query_hash
    document |= {"responseLength": one.reply_bytes, "millis": one.took_ms}
    if shape.plan:
        document["planSummary"] = shape.plan
    ended: dict[str, Any] = {"ts": relaxed_date(one.at // 1000), "client": f"10.1.3.{one.connection % 3 + 3}"}
    return {**document, **ended, "appName": "h33", "allUsers": [], "user": "staging@admin"}
