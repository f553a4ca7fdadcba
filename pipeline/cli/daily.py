"""`h33 daily`: the nightly run."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from pipeline.cli.common import GlobalOptions, pass_options
from pipeline.cli.progress import ProgressLine, tell_outcomes
from pipeline.errors import worst
from pipeline.render.text import one_line
from pipeline.summary import Verdict

if TYPE_CHECKING:
    from pipeline.alerts.night import Alarms
    from pipeline.daily import Night


@click.command()
@click.option(
    "--date",
    "on",
    metavar="DATE",
    default="yesterday",
    show_default=True,
    help="The day to judge, whatever days the new inputs hold.",
)
@click.option("--exit-code", "judged", is_flag=True, help="Exit with 10 on WARN and 11 on FAIL.")
@pass_options
def command(options: GlobalOptions, on: str, judged: bool) -> int:
    """Take in what is new in the landing folder, judge a day, write its page, tell people what fires.

    Prints one line: the day, its verdict, how many figures got which, where the page is. Beside `kpi.html`
    lie `kpi.md` and `kpi.json`. To run it again is harmless.
    """
    from pipeline import daily, instants, kpi

    settings = options.settings
    zone = instants.zone(settings.timezone)
    day = instants.parse_day(on, zone, datetime.now(zone))
    with ProgressLine(options) as progress:
        night = daily.night(settings, day, progress)
    code = tell_outcomes(options, night.inputs)
    options.narrate(one_line(f"lake: {settings.paths.lake}"))
    _tell_alarms(options, night.alarms)
    print(one_line(_line(night)))
    return int(worst([code, kpi.exit_code(night.summary)]) if judged else code)


def _tell_alarms(options: GlobalOptions, alarms: Alarms) -> None:
    """Tell on stderr what fires, which channels were not reached, and what was done about it."""
    if alarms.firing:
        options.narrate(f"firing: {', '.join(alarms.firing)}; see `h33 alerts`")
    for outcome in alarms.told:
        if outcome.problem:
            options.narrate(f"{outcome.job.name}: {outcome.problem}; the next run tries again")
    for taken in alarms.taken:
        ended = f"exit code {taken.exit_code}" if taken.exit_code is not None else taken.output
        options.narrate(f"{taken.rule}: took {taken.measure}: {ended}")


def _line(night: Night) -> str:
    """Return the one line: 2025-06-20 WARN: 1 WARN, 12 PASS; /srv/h33/data/reports/2025-06-20/kpi.html."""
    summary = night.summary
    gravest_first = reversed(Verdict)
    told = ", ".join(f"{summary.counts[v]} {v}" for v in gravest_first if summary.counts[v])
    return f"{summary.day.date} {summary.verdict}: {told}; {night.page}"
