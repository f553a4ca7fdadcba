"""`h33 kpi`: the figures of a day, from the lake as it is."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from pipeline.cli.common import GlobalOptions, format_option, pass_options, put
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
@click.option(
    "--window",
    type=click.Choice(["day", "week", "month"]),
    default="day",
    show_default=True,
    help="That day, or the 7 or 30 days that end with it.",
)
@click.option(
    "--checklist",
    metavar="NAME",
    help="A check list of the plan as of that day instead, with its evidence; `all` for every one.",
)
@format_option("table", "json", "markdown")
@click.option("--exit-code", "judged", is_flag=True, help="Exit with 10 on WARN and 11 on FAIL.")
@input_option
@pass_options
def command(
    options: GlobalOptions,
    on: str | None,
    listed: bool,
    window: str,
    checklist: str | None,
    output: str,
    judged: bool,
    inputs: tuple[str, ...],
    more: tuple[str, ...],
) -> int:
    """Show figures with their verdicts; nothing is taken in and no page is written.

    `h33 kpi --input PATH…` judges files that are in no lake, and keeps nothing of them.
    """
    from pipeline import instants, kpi
    from pipeline.render.kpi_json import kpi_json
    from pipeline.render.kpi_rows import figure_rows, heads, item_records, item_rows, summary_rows
    from pipeline.render.markdown import kpi_markdown
    from pipeline.summary import Window

    settings, language = options.settings, options.settings.language
    if listed:
        emit(figure_rows(kpi.figures(settings)).to_reader(), output, None, settings.timezone, heads(language))
        return 0
    zone = instants.zone(settings.timezone)
    with asked(options, inputs, more) as lake:
        newest = lake.until and (lake.until - timedelta(microseconds=1)).astimezone(zone)
        if on is None:
            on = newest.date().isoformat() if newest else "yesterday"
        now = datetime.now(zone)
        day = instants.parse_day(on, zone, now)
        if checklist is not None:
            lists = kpi.check_lists(lake.snapshot, settings, day, checklist)
            rows = item_rows(lists, language) if output != "json" else item_records(lists)
            emit(rows.to_reader(), output, None, settings.timezone, heads(language))
            return int(worst([lake.code, kpi.worst_of(lists)]) if judged else lake.code)
        summary = kpi.summarise(lake.snapshot, settings, day, Window(window), now, keep=not inputs)
    if output == "json":
        put(kpi_json(summary).rstrip("\n"))
    elif output == "markdown":
        put(kpi_markdown(summary, language).rstrip("\n"))
    else:
        rows = summary_rows(summary, language)
        emit(rows.to_reader(), output, None, settings.timezone, heads(language))
    return int(worst([lake.code, kpi.exit_code(summary)]) if judged else lake.code)
