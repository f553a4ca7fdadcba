"""`h33 daily`: the nightly run."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from pipeline import instants
from pipeline.cli.common import GlobalOptions, pass_options
from pipeline.cli.progress import ProgressLine, tell_outcomes
from pipeline.errors import worst
from pipeline.render.text import one_line
from pipeline.summary import Verdict

if TYPE_CHECKING:
    from pipeline.alerts.night import Alarms
    from pipeline.daily import Night
    from pipeline.instants import Day


@click.command()
@click.option(
    "--date",
    "on",
    metavar="DATE",
    default="yesterday",
    show_default=True,
    help="The day to judge, whatever days the new inputs hold.",
)
@click.option(
    "--wait",
    "waits",
    is_flag=True,
    help="Begin when the grace after the day is over; else a page made before is provisional.",
)
@click.option("--exit-code", "judged", is_flag=True, help="Exit with 10 on WARN and 11 on FAIL.")
@pass_options
def command(options: GlobalOptions, on: str, waits: bool, judged: bool) -> int:
    """Take in what is new in the landing folder, judge a day, write its page, tell people what fires.

    Prints one line: the day, its verdict, how many figures got which, where the page is. Beside `kpi.html`
    lie `kpi.md` and `kpi.json`. To run it again is harmless.
    """
    from pipeline import engine

    engine.one_thread_each()
    engine.memory_shared()
    from pipeline import daily, kpi

    settings = options.settings
    zone = instants.zone(settings.timezone)
    day = instants.parse_day(on, zone, datetime.now(zone))
    if waits:
        _wait(options, day)
    with ProgressLine(options) as progress:
        night = daily.night(settings, day, progress)
    code = tell_outcomes(options, night.inputs)
    options.narrate(options.said("lake", lake=settings.paths.lake))
    _tell_alarms(options, night.alarms)
    print(one_line(_line(options, night)))
    return int(worst([code, kpi.exit_code(night.summary)]) if judged else code)


def _wait(options: GlobalOptions, day: Day) -> None:
    """Wait for the grace after the day, and say until when."""
    from pipeline import daily

    until = day.end + options.settings.judging.grace
    if day.end <= datetime.now(UTC) < until:
        at = until.astimezone(instants.zone(options.settings.timezone)).isoformat(" ", "minutes")
        options.narrate(options.said("waits", until=at))
    daily.wait_for_grace(options.settings, day, lambda: datetime.now(UTC), time.sleep)


def _tell_alarms(options: GlobalOptions, alarms: Alarms) -> None:
    """Tell on stderr what fires, which channels were not reached, and what was done about it."""
    if alarms.firing:
        options.narrate(options.said("firing", names=", ".join(alarms.firing)))
    for outcome in alarms.told:
        if outcome.problem:
            problem = options.word(outcome.problem)
            options.narrate(options.said("tries_again", channel=outcome.job.name, problem=problem))
    for taken in alarms.taken:
        code = taken.exit_code
        ended = options.said("exit_code", code=code) if code is not None else taken.output
        options.narrate(options.said("took", rule=taken.rule, measure=taken.measure, ended=ended))


def _line(options: GlobalOptions, night: Night) -> str:
    """Return the one line: 2025-06-20 WARN: 1 WARN, 12 PASS; /srv/h33/data/reports/2025-06-20/kpi.html."""
    summary = night.summary
    counts = [
        options.said("count", n=summary.counts[verdict], verdict=verdict)
        for verdict in reversed(Verdict)
        if summary.counts[verdict]
    ]
    told = ", ".join(counts)
    return options.said("day", day=summary.day.date, verdict=summary.verdict, counts=told, page=night.page)
