"""`h33 ingest`: files, folders or standard input into the lake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.common import GlobalOptions, pass_options
from pipeline.cli.emit import emit, rows_options
from pipeline.cli.progress import ProgressLine, tell_outcomes

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.ingest.run import SourceResult


@click.command()
@click.argument("paths", metavar="PATH…", nargs=-1, required=True)
@click.option(
    "--input-format", metavar="LABEL", help="The inputs' format, instead of a guess; see `h33 formats`."
)
@click.option(
    "--snapshot", metavar="INSTANT", help="When exports were taken; else a date in the name, else mtime."
)
@click.option("--again", is_flag=True, help="Read what was read before anew, and replace its rows.")
@click.option("--jobs", type=click.IntRange(min=1), help="Blocks parsed at a time; all cores by default.")
@click.option(
    "--isolated",
    is_flag=True,
    help="Parse in processes: what kills one costs its block alone. Takes more memory.",
)
@rows_options
@pass_options
def command(
    options: GlobalOptions,
    paths: tuple[str, ...],
    input_format: str | None,
    snapshot: str | None,
    again: bool,
    jobs: int | None,
    isolated: bool,
    output: str,
    file: Path | None,
) -> int:
    """Take files into the lake: logs and Mongo exports, plain or compressed (gzip, zstd, bzip2, xz).

    Folders are taken whole, the files in a zip or tar archive are inputs of their own, `-` is standard input.
    What was taken in before, under whatever name, is known by its content: only what is new is read. --again
    reads all of it, by the formats and settings of today. Lines that nothing understands are kept as rejects.
    Prints a row per input; what could not be read is told on stderr.
    """
    from pipeline import engine, instants

    engine.one_thread_each()
    engine.memory_shared()
    from pipeline.ingest.run import Wishes, ingest

    settings = options.settings
    zone = instants.zone(settings.timezone)
    taken = instants.parse(snapshot, zone, datetime.now(zone)) if snapshot else None
    with ProgressLine(options) as progress:
        results = ingest(
            paths,
            settings,
            wishes=Wishes(format=input_format, snapshot=taken),
            again=again,
            jobs=jobs,
            isolated=isolated,
            progress=progress,
        )
    code = tell_outcomes(options, results)
    emit(_rows(results).to_reader(), output, file, settings.timezone)
    return int(code)


def _rows(results: Sequence[SourceResult]) -> pa.Table:
    """Return the results as rows; the problems are told on stderr."""
    import pyarrow as pa

    counters = ("lines", "records", "events", "continuation", "rejected", "blank")
    fields = {
        "path": pa.string(),
        "format": pa.string(),
        **dict.fromkeys(counters, pa.int64()),
        "first_ts": pa.timestamp("us", tz="UTC"),
        "last_ts": pa.timestamp("us", tz="UTC"),
        "status": pa.string(),
    }
    columns = {name: [getattr(result, name) for result in results] for name in fields}
    return pa.table(columns, schema=pa.schema(list(fields.items())))
