"""`h33 check`: is the lake sound?"""

from __future__ import annotations

import click

from pipeline.cli.common import GlobalOptions, pass_options
from pipeline.errors import LakeDamaged
from pipeline.render.text import one_line


@click.command()
@click.option("--deep", is_flag=True, help="Read every data file too, and compare its SHA-256.")
@pass_options
def command(options: GlobalOptions, deep: bool) -> None:
    """Compare the lake's files with its logs, and the ledger's counters with each other.

    One line for each problem. What a run left that was cut short is told too, but is no damage: the next run
    puts it right. Exits with 5 where something is damaged.
    """
    from pipeline.lake import check

    if options.lake.snapshot().version is None:
        options.narrate("there is no lake yet: `h33 ingest PATH` makes one")
        return
    problems = check(options.lake, deep=deep)
    for problem in problems:
        print(one_line(str(problem)))
    damaged = sum(problem.damage for problem in problems)
    if damaged:
        raise LakeDamaged(
            f"{damaged} problems" if damaged > 1 else "1 problem",
            where=str(options.lake.path),
            hint="restore what is named from a backup",
        )
    options.narrate("the lake is sound" if deep else "the lake is sound; --deep reads the data files too")
