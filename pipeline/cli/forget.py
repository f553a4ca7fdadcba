"""`h33 forget`: a path, a user, or all before a date out of the lake."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from pipeline.cli.common import GlobalOptions, pass_options
from pipeline.cli.emit import emit, rows_options
from pipeline.errors import ExitCode, UsageFault

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from pipeline.ingest.forget import Share


@click.command()
@click.option("--path", metavar="GLOB", help="The sources whose path, as `h33 status` shows it, matches.")
@click.option("--user", metavar="ID", help="This user's records; a long id is looked for in texts too.")
@click.option("--before", metavar="DATE", help="The records before this date or instant.")
@click.option("--dry-run", is_flag=True, help="Tell what would be removed; remove nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@rows_options
@pass_options
def command(
    options: GlobalOptions,
    path: str | None,
    user: str | None,
    before: str | None,
    dry_run: bool,
    yes: bool,
    output: str,
    file: Path | None,
) -> int:
    """Remove records everywhere in the lake, in compacted files too, and tell how many of which source.

    Counts by the hour follow. Every older snapshot ends, since it holds the records still, and its data files
    are deleted: a query that runs meanwhile may have to be asked again. What was read stays known: the same
    files are not taken in anew, unless with `h33 ingest --again`. Pages that were written stay as they are.
    """
    from pipeline import instants
    from pipeline.figures.store import drop_kept
    from pipeline.ingest.forget import Wanted, find, forget

    if sum(given is not None for given in (path, user, before)) != 1:
        raise UsageFault("say what to forget: one of --path, --user and --before")
    zone, now = instants.zone(options.settings.timezone), datetime.now(UTC)
    wanted = Wanted(path, user, instants.parse(before, zone, now) if before is not None else None)
    found = find(options.lake.snapshot(), wanted)
    records = sum(share.records for share in found)
    if records and not dry_run:
        if not (yes or _agreed(options.said("ask", records=records))):
            options.narrate(options.said("kept"))
            return ExitCode.FAILED
        with options.lake.writer() as writer:
            found = forget(writer, wanted, now)
        records = sum(share.records for share in found)
    if not dry_run:
        # Also where nothing is found: a run that was killed may have come to the lake only.
        drop_kept(options.settings.paths.state)
    emit(_rows(found).to_reader(), output, file, options.settings.timezone)
    if dry_run or not records:
        options.narrate(options.said("would_go" if records else "nothing_to_forget", records=records))
    else:
        version = options.lake.snapshot().version
        options.narrate(options.said("gone", records=records, version=version))
    return ExitCode.DONE


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageFault("nobody to ask here", hint="--yes removes, --dry-run tells what would be removed")
    return click.confirm(question, err=True)


def _rows(shares: Sequence[Share]) -> pa.Table:
    """Return what was found as rows."""
    import pyarrow as pa

    schema = pa.schema([("path", pa.string()), ("table", pa.string()), ("records", pa.int64())])
    return pa.Table.from_pylist([vars(share) for share in shares], schema=schema)
