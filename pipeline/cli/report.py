"""`h33 report`: each file of `queries/reports/`, and of the user's folder, is a subcommand by its header."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline import own_reports, sql
from pipeline.cli import desk
from pipeline.cli.common import GlobalOptions, pass_options
from pipeline.cli.emit import emit, rows_options
from pipeline.cli.inputs import Asked, asked, input_option
from pipeline.errors import QueryFault, UsageFault
from pipeline.render import column_words

if TYPE_CHECKING:
    from pipeline.sandbox.desk import Desk


def known(options: GlobalOptions) -> Iterator[sql.Query]:
    """Yield our reports, then the user's, and tell what is wrong with those that are none."""
    for name in sql.names("reports"):
        yield sql.load("reports", name)
    for name in own_reports.names(options.settings.paths.queries):
        try:
            yield _own(options, name)
        except UsageFault as fault:
            options.narrate(str(fault))


def _own(options: GlobalOptions, name: str) -> sql.Query:
    """Return a report of the user's whose defaults are values of their types too."""
    from pipeline import reports

    query = own_reports.load(options.settings.paths.queries, name)
    for param in query.params:
        try:
            reports.parameters(replace(query, params=(param,)), {}, options.settings, datetime.now(UTC))
        except UsageFault as fault:
            raise own_reports.wrong_default(options.settings.paths.queries, query, param, fault) from None
    return query


def find(options: GlobalOptions, name: str) -> sql.Query:
    """Return a report, ours or theirs.

    Raises:
        UsageFault: no such report; the message names the nearest of both.
    """
    ours = sql.names("reports")
    if name in ours:
        return sql.load("reports", name)
    theirs = own_reports.names(options.settings.paths.queries)
    if name in theirs:
        return _own(options, name)
    every = [*ours, *theirs]
    close = get_close_matches(name, every, n=1)
    guess = f"did you mean {close[0]}? " if close else ""
    raise UsageFault(f"no report {name!r}", hint=f"{guess}there are {', '.join(every)}")


_SAID = {
    "en": {
        "no_release": "no memo is eligible: deploy.at is not set, nor --deploy given",
        "no_rows": "no rows: the lake holds nothing that this report counts there",
    },
    "ko": {
        "no_release": "대상 메모가 없습니다: deploy.at이 설정되지 않았고 --deploy도 없습니다",
        "no_rows": "행이 없습니다: 이 보고서가 셀 것이 레이크에 없습니다",
    },
}


class _Reports(click.Group):
    """A group whose commands are SQL files."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [query.name for query in known(_options(ctx))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _command(find(_options(ctx), cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        # Click would say only that there is no such command; the loader names the nearest.
        return args[0], self.get_command(ctx, args[0]), args[1:]


def _options(ctx: click.Context) -> GlobalOptions:
    """Return the options before the command's name; the defaults where there are none."""
    return ctx.find_object(GlobalOptions) or GlobalOptions(None, {}, quiet=True)


@click.group(cls=_Reports, invoke_without_command=True, subcommand_metavar="[NAME] [OPTIONS]")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Run one of the SQL reports over the lake; without NAME, list them with what they answer.

    `h33 report NAME --input PATH…` reads files that are in no lake, and keeps nothing of them.
    `h33 report NAME --help` tells a report's options and columns. SQL files of your own in the folder
    paths.queries, with the header of ours, are reports too.
    """
    if ctx.invoked_subcommand is None:
        options = _options(ctx)
        queries = list(known(options))
        margin = max(len(query.name) for query in queries)
        for query in queries:
            print(f"{query.name:{margin}}  {query.said('purpose', options.settings.language)}")


def _command(query: sql.Query) -> click.Command:
    """Return the command of one report: its options are its parameters, its help is its header."""

    @click.option(
        "--explain", is_flag=True, help="Show the SQL, the snapshot and the files read; run nothing."
    )
    @rows_options
    @input_option
    @pass_options
    def run(
        options: GlobalOptions,
        /,
        output: str,
        file: Path | None,
        explain: bool,
        inputs: tuple[str, ...],
        more: tuple[str, ...],
        **given: str | None,
    ) -> int:
        texts = {name: text for name, text in given.items() if text is not None}
        with asked(options, inputs, more) as lake:
            params = _params(query, options, lake, texts)
            if explain:
                _explain(query, options, lake, params)
            else:
                _run(query, options, lake, params, output, file)
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
    about = "\n\n".join(text for text in (query.purpose, query.said("note")) if text)
    return f"{about}\n\n\b\nColumns:\n{columns}"


def _params(query: sql.Query, options: GlobalOptions, lake: Asked, texts: dict[str, str]) -> dict[str, Any]:
    """Return the report's parameters; its span is all that the inputs hold, unless another is asked for."""
    from pipeline import reports

    if lake.since is not None and lake.until is not None:
        texts = {"since": lake.since.isoformat(), "until": lake.until.isoformat(), **texts}
    return reports.parameters(query, texts, options.settings, datetime.now(UTC))


def _run(
    query: sql.Query,
    options: GlobalOptions,
    lake: Asked,
    params: dict[str, Any],
    output: str,
    file: Path | None,
) -> None:
    from pipeline import reports

    settings = options.settings
    if "deploy" in params and params["deploy"] is None:
        options.narrate(_SAID[settings.language]["no_release"])
    if query.kind == own_reports.KIND:
        rows = _run_own(query, options, lake, params, output, file)
    else:
        words = column_words.of(query, settings.language)
        with closing(reports.connect(lake.snapshot, settings.timezone)) as connection:
            reader = reports.stream(connection, query.text, params)
            rows = emit(reader, output, file, settings.timezone, words)
    if not rows:
        options.narrate(_SAID[settings.language]["no_rows"])
    if note := query.said("note", settings.language):
        options.narrate(note)


def _run_own(
    query: sql.Query,
    options: GlobalOptions,
    lake: Asked,
    params: dict[str, Any],
    output: str,
    file: Path | None,
) -> int:
    """Run SQL that is not ours, behind walls, once it is known to give what its header states."""
    path = own_reports.path_of(options.settings.paths.queries, query.name)
    with desk.opened(options, lake=lake) as (walled, _):
        if found := _described(walled, query, params):
            own_reports.compare(path, query, found)
        try:
            return emit(walled.ask(query.text, params), output, file, options.settings.timezone)
        except QueryFault as fault:
            raise own_reports.told_with_place(path, fault) from None


def _described(walled: Desk, query: sql.Query, params: dict[str, Any]) -> dict[str, str]:
    """Return the type of each column that a query gives; none where it fails: to run it tells that better."""
    try:
        told = walled.ask(f"DESCRIBE {query.text}", params).read_all()
    except QueryFault:
        return {}
    return dict(zip(told["column_name"].to_pylist(), told["column_type"].to_pylist(), strict=True))


def _explain(query: sql.Query, options: GlobalOptions, lake: Asked, params: dict[str, Any]) -> None:
    """Print what a report would do: its SQL, with the rest around it as comments."""
    from pipeline.explain import files_read

    snapshot = lake.snapshot
    opened = files_read(snapshot, query.text, params, options.settings.timezone)
    committed = snapshot.committed
    when = f", committed {committed.isoformat(' ', 'seconds')}" if committed else ""
    print(f"-- {query.name} over {lake.root}, snapshot {snapshot.version}{when}")
    for name, value in params.items():
        print(f"-- ${name} = {value}")
    print(sql.body(query).rstrip())
    print(f"-- {len(opened)} files read, {sum(file.bytes for file in opened):,} bytes")
    for file in opened:
        print(f"-- {file.name}")
