"""The nightly run: take in what is new, judge the day, publish its page. Run again, it replaces the page."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.alerts.night import Alarms, finish, raise_alarms
from pipeline.errors import H33Error
from pipeline.evidence import day_evidence
from pipeline.ingest.run import Progress, SourceResult, ingest
from pipeline.kpi import day_summary
from pipeline.lake import Lake, disk
from pipeline.render.html import kpi_html
from pipeline.render.kpi_json import kpi_json
from pipeline.render.markdown import kpi_markdown
from pipeline.summary import Evidence, Summary

if TYPE_CHECKING:
    from pipeline.config import Settings
    from pipeline.instants import Day
    from pipeline.lake import Snapshot


@dataclass(frozen=True)
class Night:
    """What a nightly run did: each input's outcome, the judged day, where its page is, its alarms."""

    inputs: list[SourceResult]
    summary: Summary
    page: Path
    alarms: Alarms


def night(settings: Settings, day: Day, progress: Callable[[Progress], None]) -> Night:
    """Take in what is new in the landing folder, judge the day, publish it, tell people what fires.

    Inputs that cannot be read are among the outcomes; they keep no other input and no page from being made.

    Args:
        settings: folders, zone, limits.
        day: which is judged, whatever days the new inputs hold.
        progress: told how far ingest is.

    Raises:
        LakeLocked: another run holds the lake.
        LakeFault: the lake cannot be written.
        H33Error: the page cannot be written, or the alarms' memory not be used.
    """
    landing = settings.paths.landing
    # Paths are told relative to the folder; a folder that is missing is told by its name.
    root = landing if landing.is_dir() else None
    inputs = ingest([str(landing)], settings, root=root, progress=progress)
    snapshot = Lake(settings.paths.lake).snapshot()
    summary, page = publish_day(snapshot, settings, day)
    now = datetime.now(UTC)
    alarms = raise_alarms(snapshot, summary, settings, str(page), now)
    finish(settings, summary, now)
    return Night(inputs, summary, page, alarms)


def publish_day(snapshot: Snapshot, settings: Settings, day: Day) -> tuple[Summary, Path]:
    """Judge a day from a snapshot and write its three files; return the summary and the page.

    Raises:
        H33Error: the files cannot be written.
    """
    summary = day_summary(snapshot, settings, day)
    evidence = day_evidence(snapshot, settings, day)
    folder = settings.paths.reports / day.date.isoformat()
    publish(folder, documents(summary, evidence, settings.language))
    return summary, folder / "kpi.html"


def documents(summary: Summary, evidence: Evidence, language: str) -> dict[str, str]:
    """Return the files of a day by name; the page last, so that where it is new all are."""
    return {
        "kpi.json": kpi_json(summary),
        "kpi.md": kpi_markdown(summary, language),
        "kpi.html": kpi_html(summary, evidence, language),
    }


def publish(folder: Path, files: dict[str, str]) -> None:
    """Write files into a folder, each whole or not at all; what an older run left there is replaced.

    Raises:
        H33Error: the disk is full, or the folder may not be written.
    """
    try:
        with disk.group_readable():
            disk.make_folders(folder)
            for name, text in files.items():
                temporary = folder / f".{name}.{os.getpid()}"
                try:
                    disk.replace_file(folder / name, text.encode(), temporary)
                finally:
                    temporary.unlink(missing_ok=True)
    except OSError as error:
        raise H33Error(
            f"the page cannot be written: {error.strerror}", where=str(error.filename or folder)
        ) from None
