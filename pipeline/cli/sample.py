"""`h33 sample`: a landing folder to try things on, with the truth about it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from pipeline.cli.common import GlobalOptions, pass_options
from pipeline.errors import H33Error


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--days", type=click.IntRange(1, 366), default=8, show_default=True, help="Days of logs, in KST."
)
@click.option(
    "--end",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2025-06-27",
    show_default=True,
    help="The last of them.",
)
@click.option("--seed", type=int, default=33, show_default=True, help="Of all chance: same seed, same bytes.")
@click.option(
    "--scale",
    type=click.FloatRange(0.01, 1000),
    default=1.0,
    show_default=True,
    help="Of users and traffic: eight days at 1 are 90,000 lines, at 150 ten million (3 GB, minutes).",
)
@click.option("--no-stories", is_flag=True, help="An ordinary week: no release, no outage, right clocks.")
@click.option("--quiet", is_flag=True, help="No narration.")
@pass_options
def command(
    options: GlobalOptions,
    folder: Path,
    days: int,
    end: datetime,
    seed: int,
    scale: float,
    no_stories: bool,
    quiet: bool,
) -> None:
    """Write a landing folder as Habitus33's would look into DIR, with truth.json about it.

    Every input that h33 reads, from one simulated world: logs of Render, of its services and of MongoDB,
    exports, probes, tickets, deploys, measurements, captured checks. `h33.toml` is made for them, and
    `last-day` names the day to run `h33 daily` for.
    """
    from pipeline.sample import generate

    try:
        sample = generate(
            folder, days, date(end.year, end.month, end.day), seed, stories=not no_stories, scale=scale
        )
    except OSError as error:
        raise H33Error(f"cannot be written: {error.strerror}", where=str(error.filename or folder)) from None
    if not quiet:
        files = sample.truth["files"]
        lines = sum(counts["lines"] for counts in files.values())
        options.narrate(
            f"{len(files)} files, {lines} lines, {sample.truth['arguments']['first_day']} to {end:%Y-%m-%d}"
        )
        options.narrate(f"next: h33 --config {folder / 'h33.toml'} daily --date {sample.last_day}")
