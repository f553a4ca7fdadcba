"""`h33 kpi`: the figures of a day, from the lake as it is."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from pipeline.cli.common import GlobalOptions, format_option, pass_options
from pipeline.cli.emit import emit
from pipeline.cli.inputs import asked, input_option
from pipeline.errors import worst


@click.command()
@click.option(
    "--date",
    "on",
    metavar="DATE",
    show_default="yesterday; of --input the day of the newest record",
    help="A date, or yesterday.",
)
@click.option(
    "--list", "listed", is_flag=True, help="Every figure with its limits, instead of a day's values."
)
@format_option("table", "json", "markdown")
@click.option("--exit-code", "judged", is_flag=True, help="Exit with 10 on WARN and 11 on FAIL.")
@input_option
@pass_options
def command(
    options: GlobalOptions,
    on: str | None,
    listed: bool,
    output: str,
    judged: bool,
    inputs: tuple[str, ...],
    more: tuple[str, ...],
) -> int:
    """Show a day's figures with their verdicts; nothing is taken in and nothing is written.

    `h33 kpi --input PATH…` judges files that are in no lake, and keeps nothing of them.
    """
    from pipeline import instants, kpi
    from pipeline.render.kpi_json import kpi_json
    from pipeline.render.kpi_rows import figure_rows, summary_rows
    from pipeline.render.markdown import kpi_markdown

    settings = options.settings
    if listed:
        emit(figure_rows(kpi.figures(settings)).to_reader(), output, None, settings.timezone)
        return 0
    zone = instants.zone(settings.timezone)
    with asked(options, inputs, more) as lake:
        newest = lake.until and (lake.until - timedelta(microseconds=1)).astimezone(zone)
        on = on or (newest.date().isoformat() if newest else "yesterday")
        day = instants.parse_day(on, zone, datetime.now(zone))
        summary = kpi.day_summary(lake.snapshot, settings, day)
    if output == "json":
        print(kpi_json(summary), end="")
    elif output == "markdown":
        print(kpi_markdown(summary, settings.language), end="")
    else:
        emit(summary_rows(summary, settings.language).to_reader(), output, None, settings.timezone)
    return int(worst([lake.code, kpi.exit_code(summary)]) if judged else lake.code)
