"""`h33 check`: is the lake sound?"""

from __future__ import annotations

import click

from pipeline.cli.common import GlobalOptions, pass_options
from pipeline.errors import ExitCode, LakeDamaged
from pipeline.render.text import one_line


@click.command()
@click.option("--deep", is_flag=True, help="Read every file and log too: its SHA-256, its rows.")
@click.option("--repair", "repaired", is_flag=True, help="Rebuild what the lake holds, then check it deep.")
@pass_options
def command(options: GlobalOptions, deep: bool, repaired: bool) -> int:
    """Compare the lake's files with its logs, and the ledger's counters with each other.

    One line for each problem. What a run left that was cut short is told too, but is no damage: the next run
    puts it right. Exits with 5 where something is damaged.

    --repair puts flipped bits of logs back, or rebuilds logs, ledger, counts and masks from the data files.
    It takes damaged files out, and reads their sources again where they still lie; what it cannot read it
    sets aside in the lake's folder `_h33/aside`. It tells what cannot be had back, and exits with 3 then.
    """
    from pipeline.lake import check

    gone = _repair(options) if repaired else 0
    problems = check(options.lake, deep=deep or repaired)
    if not problems and options.lake.snapshot().version is None:
        options.narrate(options.said("no_lake"))
        return ExitCode.DONE
    for problem in problems:
        print(one_line(str(problem)))
    damaged = sum(problem.damage for problem in problems)
    if damaged:
        raise LakeDamaged(
            f"{damaged} problems" if damaged > 1 else "1 problem",
            where=str(options.lake.path),
            hint="restore what is named from a backup" if repaired else "`h33 check --repair` rebuilds it",
        )
    options.narrate(options.said("deeply_sound" if deep or repaired else "sound"))
    return ExitCode.INPUT if gone else ExitCode.DONE


def _repair(options: GlobalOptions) -> int:
    """Repair the lake and tell what was done; return how many sources stay without their lost records."""
    from datetime import UTC, datetime

    from pipeline.ingest.repair import repair

    if not options.lake.path.exists():
        return 0
    done = repair(options.settings, datetime.now(UTC))
    for line in done.told:
        print(one_line(line))
    return done.gone
