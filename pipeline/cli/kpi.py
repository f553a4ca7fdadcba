"""`h33 kpi`: the figures of a day, from the lake as it is."""

from __future__ import annotations

from datetime import datetime

import click

from pipeline.cli.common import GlobalOptions, format_option, pass_options
from pipeline.cli.emit import emit


@click.command()
@click.option(
    "--date", "on", metavar="DATE", default="yesterday", show_default=True, help="A date, or yesterday."
)
@click.option(
    "--list", "listed", is_flag=True, help="Every figure with its limits, instead of a day's values."
)
@format_option("table", "json", "markdown")
@click.option("--exit-code", "judged", is_flag=True, help="Exit with 10 on WARN and 11 on FAIL.")
@pass_options
def command(options: GlobalOptions, on: str, listed: bool, output: str, judged: bool) -> int:
    """Show a day's figures with their verdicts; nothing is taken in and nothing is written."""
    from pipeline import instants, kpi
    from pipeline.render.kpi_json import kpi_json
    from pipeline.render.kpi_rows import figure_rows, summary_rows
    from pipeline.render.markdown import kpi_markdown

    settings = options.settings
    if listed:
        emit(figure_rows(kpi.figures(settings)).to_reader(), output, None, settings.timezone)
        return 0
    zone = instants.zone(settings.timezone)
    day = instants.parse_day(on, zone, datetime.now(zone))
    summary = kpi.day_summary(options.lake.snapshot(), settings, day)
    if output == "json":
        print(kpi_json(summary), end="")
    elif output == "markdown":
        print(kpi_markdown(summary, settings.language), end="")
    else:
        emit(summary_rows(summary, settings.language).to_reader(), output, None, settings.timezone)
    return int(kpi.exit_code(summary)) if judged else 0
