"""`h33 report`: each file of `queries/reports/`, and of the user's folder, is a subcommand by its header."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from pipeline import own_reports, sql
from pipeline.cli import desk
from pipeline.cli.common import GlobalOptions, pass_options
from pipeline.cli.emit import emit, rows_options
from pipeline.errors import UsageFault


class _Reports(click.Group):
    """A group whose commands are SQL files."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*sql.names("reports"), *_own_names(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _command(_load(ctx, cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        # Click would say only that there is no such command; the loader names the nearest.
        return args[0], self.get_command(ctx, args[0]), args[1:]


def _folder(ctx: click.Context) -> Path | None:
    """Return the folder of the user's own reports."""
    options = ctx.find_object(GlobalOptions)
    return options.settings.paths.queries if options else None


def _own_names(ctx: click.Context) -> list[str]:
    folder = _folder(ctx)
    return own_reports.names(folder) if folder else []


def _own(ctx: click.Context, options: GlobalOptions) -> Iterator[sql.Query]:
    """Yield the user's reports, and tell what is wrong with those that are none."""
    folder = _folder(ctx)
    if folder is None:
        return
    for name in own_reports.names(folder):
        try:
            yield own_reports.load(folder, name)
        except UsageFault as fault:
            options.narrate(str(fault))


def _load(ctx: click.Context, name: str) -> sql.Query:
    """Return a report, ours or theirs.

    Raises:
        UsageFault: no such report; the message names the nearest of both.
    """
    ours = sql.names("reports")
    if name in ours:
        return sql.load("reports", name)
    folder, theirs = _folder(ctx), _own_names(ctx)
    if folder and name in theirs:
        return own_reports.load(folder, name)
    known = [*ours, *theirs]
    close = get_close_matches(name, known, n=1)
    guess = f"did you mean {close[0]}? " if close else ""
    raise UsageFault(f"no report {name!r}", hint=f"{guess}there are {', '.join(known)}")


@click.group(cls=_Reports, invoke_without_command=True, subcommand_metavar="[NAME] [OPTIONS]")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Run one of the SQL reports over the lake; without NAME, list them with what they answer.

    `h33 report NAME --help` tells a report's options and columns. SQL files of your own in the folder
    paths.queries, with the header of ours, are reports too.
    """
    if ctx.invoked_subcommand is None:
        options = ctx.find_object(GlobalOptions) or GlobalOptions(None, {}, quiet=False)
        queries = [sql.load("reports", name) for name in sql.names("reports")]
        queries += _own(ctx, options)
        margin = max(len(query.name) for query in queries)
        for query in queries:
            print(f"{query.name:{margin}}  {query.said('purpose', options.settings.language)}")


def _command(query: sql.Query) -> click.Command:
    """Return the command of one report: its options are its parameters, its help is its header."""

    @click.option(
        "--explain", is_flag=True, help="Show the SQL, the snapshot and the files read; run nothing."
    )
    @rows_options
    @pass_options
    def run(
        options: GlobalOptions, /, output: str, file: Path | None, explain: bool, **given: str | None
    ) -> None:
        from pipeline import reports

        texts = {name: text for name, text in given.items() if text is not None}
        params = reports.parameters(query, texts, options.settings, datetime.now(UTC))
        if explain:
            _explain(query, options, params)
        else:
            _run(query, options, params, output, file)

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
    query: sql.Query, options: GlobalOptions, params: dict[str, Any], output: str, file: Path | None
) -> None:
    from pipeline import reports

    settings = options.settings
    if "deploy" in params and params["deploy"] is None:
        options.narrate("no memo is eligible: deploy.at is not set, nor --deploy given")
    if query.kind == own_reports.KIND:
        # SQL that is not ours runs behind walls.
        with desk.opened(options) as (asked, _):
            rows = emit(asked.ask(query.text, params), output, file, settings.timezone)
    else:
        with closing(reports.connect(options.lake.snapshot(), settings.timezone)) as connection:
            rows = emit(reports.stream(connection, query.text, params), output, file, settings.timezone)
    if not rows:
        options.narrate("no rows: the lake holds nothing that this report counts there")


def _explain(query: sql.Query, options: GlobalOptions, params: dict[str, Any]) -> None:
    """Print what a report would do: its SQL, with the rest around it as comments."""
    from pipeline.explain import files_read

    snapshot = options.lake.snapshot()
    opened = files_read(snapshot, query.text, params, options.settings.timezone)
    committed = snapshot.committed
    when = f", committed {committed.isoformat(' ', 'seconds')}" if committed else ""
    print(f"-- {query.name} over {options.lake.path}, snapshot {snapshot.version}{when}")
    for name, value in params.items():
        print(f"-- ${name} = {value}")
    print(sql.body(query).rstrip())
    print(f"-- {len(opened)} files read, {sum(file.bytes for file in opened):,} bytes")
    for file in opened:
        print(f"-- {file.name}")
