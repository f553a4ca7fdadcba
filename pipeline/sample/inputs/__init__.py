"""The inputs of a landing folder: a module for each, with a `Writer` that is told what happens day by day."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.sample.files import Writer
from pipeline.sample.inputs import (
    app_log,
    atlas,
    books_export,
    check_scripts,
    console,
    health_probes,
    mongod_log,
    mongostat,
    morgan,
    notes_export,
    pino,
    render_api,
    render_cli,
    render_events,
    render_metrics,
    render_syslog,
    render_text,
    sessions_export,
    system_profile,
    tickets,
    users_export,
    winston,
)
from pipeline.sample.world import World

_Maker = Callable[[Path, World], Writer]

#: By whom an input is written: those that hold what the readers do by every part of the world, a share each,
#: the others by the first part for all.
_EVERY_PART, _FIRST_PART = True, False
_INPUTS: tuple[tuple[_Maker, bool], ...] = (
    (render_api.Writer, _EVERY_PART),
    (console.Writer, _FIRST_PART),
    (app_log.Writer, _FIRST_PART),
    (notes_export.Writer, _EVERY_PART),
    (render_cli.Writer, _FIRST_PART),
    (render_text.Writer, _FIRST_PART),
    (render_syslog.Writer, _FIRST_PART),
    (render_events.Writer, _FIRST_PART),
    (render_metrics.Writer, _FIRST_PART),
    (mongod_log.Writer, _EVERY_PART),
    (system_profile.Writer, _FIRST_PART),
    (atlas.Writer, _FIRST_PART),
    (mongostat.Writer, _FIRST_PART),
    (sessions_export.Writer, _EVERY_PART),
    (users_export.Writer, _EVERY_PART),
    (books_export.Writer, _EVERY_PART),
    (health_probes.Writer, _FIRST_PART),
    (tickets.Writer, _FIRST_PART),
    (check_scripts.Writer, _FIRST_PART),
    (morgan.Writer, _FIRST_PART),
    (pino.Writer, _FIRST_PART),
    (winston.Writer, _FIRST_PART),
)


def writers(root: Path, world: World) -> list[Writer]:
    """Return the writers of a part of the world."""
    return [make(root, world) for make, every_part in _INPUTS if every_part or world.part == 0]
