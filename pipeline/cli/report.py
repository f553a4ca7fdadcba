"""`h33 report`: each file of `queries/reports/` is a subcommand, and its header says the options."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from pipeline import sql
from pipeline.cli.common import GlobalOptions, pass_options
from pipeline.cli.emit import emit, rows_options
from pipeline.cli.inputs import Asked, asked, input_option


class _Reports(click.Group):
    """A group whose commands are the files of `queries/reports/`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sql.names("reports")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _command(sql.load("reports", cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        # Click would say only that there is no such command; the loader names the nearest.
        return args[0], self.get_command(ctx, args[0]), args[1:]


@click.group(cls=_Reports, invoke_without_command=True, subcommand_metavar="[NAME] [OPTIONS]")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Run one of the SQL reports over the lake; without NAME, list them with what they answer.

    `h33 report NAME --input PATH…` reads files that are in no lake, and keeps nothing of them.
    `h33 report NAME --help` tells a report's options and columns.
    """
    if ctx.invoked_subcommand is None:
        options = ctx.find_object(GlobalOptions)
        language = options.settings.language if options else "en"
        queries = [sql.load("reports", name) for name in sql.names("reports")]
        margin = max(len(query.name) for query in queries)
        for query in queries:
            print(f"{query.name:{margin}}  {query.said('purpose', language)}")


def _command(query: sql.Query) -> click.Command:
    """Return the command of one report: its options are its parameters, its help is its header."""

    @rows_options
    @input_option
    @pass_options
    def run(
        options: GlobalOptions,
        /,
        output: str,
        file: Path | None,
        inputs: tuple[str, ...],
        more: tuple[str, ...],
        **given: str | None,
    ) -> int:
        texts = {name: text for name, text in given.items() if text is not None}
        with asked(options, inputs, more) as lake:
            _run(query, options, lake, texts, output, file)
        return lake.code

    command = click.command(query.name, help=_help(query), short_help=query.purpose)(run)
    for param in reversed(query.params):
        meaning = f"{param.meaning[0].upper()}{param.meaning[1:]}."
        option = click.Option(
            [f"--{param.name}"], metavar=param.type, help=meaning, show_default=param.default
        )
        command.params.insert(0, option)
    return command


def _help(query: sql.Query) -> str:
    """Return a report's help: what it answers, and its columns with their meanings."""
    margin = max(len(column.name) for column in query.columns)
    # \b keeps click from joining the lines.
    columns = "\n".join(f"  {column.name:{margin}}  {column.meaning}" for column in query.columns)
    return f"{query.purpose}\n\n\b\nColumns:\n{columns}"


def _run(
    query: sql.Query,
    options: GlobalOptions,
    lake: Asked,
    texts: dict[str, str],
    output: str,
    file: Path | None,
) -> None:
    from pipeline import reports

    settings = options.settings
    if lake.since is not None and lake.until is not None:
        # All that the inputs hold, where nothing else is asked for.
        texts = {"since": lake.since.isoformat(), "until": lake.until.isoformat(), **texts}
    params = reports.parameters(query, texts, settings, datetime.now(UTC))
    if "deploy" in params and params["deploy"] is None:
        options.narrate("no memo is eligible: deploy.at is not set, nor --deploy given")
    with closing(reports.connect(lake.snapshot, settings.timezone)) as connection:
        rows = emit(reports.stream(connection, query.text, params), output, file, settings.timezone)
    if not rows:
        options.narrate("no rows: the lake holds nothing that this report counts there")
