"""`ingest`: files, folders or standard input into the lake, as one change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from pipeline.config import Settings
from pipeline.errors import UsageFault
from pipeline.ingest import ledger, scout
from pipeline.ingest.driver import Driver, Input, own_redaction
from pipeline.ingest.inputs.landing import Refused, find, shown
from pipeline.ingest.inputs.raw import STDIN
from pipeline.ingest.ledger import Run, SourceResult
from pipeline.ingest.progress import Progress
from pipeline.ingest.scout import Wishes
from pipeline.lake import Lake

__all__ = ["Progress", "SourceResult", "Wishes", "ingest"]


def ingest(
    paths: Sequence[str],
    settings: Settings,
    *,
    root: Path | None = None,
    wishes: Wishes | None = None,
    again: bool = False,
    jobs: int | None = None,
    isolated: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    now: datetime | None = None,
) -> list[SourceResult]:
    """Take files into the lake that the settings name; what is in it already is left alone.

    Args:
        paths: files, folders (taken in sorted order), and `-` for standard input.
        settings: the lake, the zone and the source rules.
        root: a folder that the results' paths are relative to; as given when None.
        wishes: what holds for all sources, stronger than settings and guesses.
        again: read what was read before anew, with the formats and settings of today, and replace its rows.
        jobs: blocks parsed at a time; all cores when None.
        isolated: parse in processes: what kills one costs its block alone.
        progress: told of each block.
        now: start of the run, aware; the present when None.

    Returns:
        What became of each input, in the order in which they were found.

    Raises:
        UsageFault: the settings or wishes name a format that does not exist; or a stream is to be read again.
        SettingsFault: a redaction rule of the settings is none, or does not do what its samples say.
        LakeLocked: another run holds the lake.
        LakeFault: the lake cannot be written; nothing of this run is in it then.
    """
    wishes = wishes or Wishes()
    for label in (wishes.format, *(rule.format for rule in settings.sources)):
        if label:
            scout.check_format(label)
    own_redaction(settings)
    if again and STDIN in paths:
        raise UsageFault("standard input cannot be read again", hint="name the file")
    own = (settings.paths.lake, settings.paths.state, settings.paths.reports)
    inputs = list(_inputs(paths, root, own))
    refused = [entry for entry in inputs if isinstance(entry, Refused)]
    if len(refused) == len(inputs):
        return [ledger.result(shown(entry.path), "failed", entry.problem, None) for entry in refused]
    started = now or datetime.now(UTC)
    with _memory_given_back(), Lake(settings.paths.lake).writer() as writer:
        run = Run(writer.run_id(started), started)
        driver = Driver(run, writer.snapshot, writer.change(run.run_id), settings, wishes, again=again)
        return driver.take(inputs, jobs, progress, isolated=isolated)


@contextmanager
def _memory_given_back() -> Iterator[None]:
    """Let Arrow return what it frees: its own pool keeps some 40 MB for blocks that are long written."""
    pool = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(pool)


def _inputs(paths: Sequence[str], root: Path | None, own: Sequence[Path]) -> Iterator[Input]:
    for path in paths:
        if path == STDIN:
            yield STDIN
        else:
            yield from find([path], str(root) if root else None, own)
