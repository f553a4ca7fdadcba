"""`h33 sql`: a question in SQL, over the same views that the reports read."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline.cli import desk
from pipeline.cli.common import GlobalOptions, pass_options
from pipeline.cli.emit import emit, rows_options
from pipeline.errors import InputFault


class _Asking(click.Command):
    """A command whose argument may begin with a remark in SQL, which looks like an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [f" {arg}" if arg.startswith("-- ") else arg for arg in args])


@click.command(cls=_Asking)
@click.argument("statement", metavar='"SELECT …" | FILE.sql | -')
@click.option("--param", "given", metavar="NAME=VALUE", multiple=True, help="The value of $NAME; repeatable.")
@click.option("--at", metavar="SNAPSHOT|INSTANT", help="The lake as it was then; the newest by default.")
@rows_options
@pass_options
def command(
    options: GlobalOptions,
    statement: str,
    given: tuple[str, ...],
    at: str | None,
    output: str,
    file: Path | None,
) -> None:
    """Ask the lake in SQL (DuckDB's), from the argument, a file that ends in .sql, or stdin (-).

    `h33 schema` tells the views and tables. A statement reads and nothing else: it runs in a process of its
    own that reaches no other file and no network, within the time, memory and disk of [sql] in the settings.

    A value of --param is taken as a literal in quotes: `ts >= $since` works, `$a + 1` needs `$a::INT`.
    """
    text, params = _read(statement), desk.values(given)
    with desk.opened(options, at) as (asked, _):
        emit(asked.ask(text, params), output, file, options.settings.timezone)


def _read(statement: str) -> str:
    """Return the statement that the argument is or names."""
    if statement == "-":
        return sys.stdin.read()
    if not statement.endswith(".sql"):
        return statement
    try:
        return Path(statement).read_text(encoding="utf-8")
    except OSError as error:
        raise InputFault(f"cannot be read: {error.strerror}", where=statement) from None
    except UnicodeDecodeError:
        raise InputFault("not UTF-8 text", where=statement) from None
