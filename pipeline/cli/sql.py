"""`h33 sql`: a question in SQL, over the same views that the reports read."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click

from pipeline.cli.common import GlobalOptions, pass_options
from pipeline.cli.emit import emit, rows_options
from pipeline.errors import InputFault


@click.command()
@click.argument("statement", metavar='"SELECT …" | FILE.sql | -')
@rows_options
@pass_options
def command(options: GlobalOptions, statement: str, output: str, file: Path | None) -> None:
    """Ask the lake in SQL (DuckDB's), from the argument, a file that ends in .sql, or stdin (-).

    Read-only: the tables are there as lake.NAME, the views events, requests, notes, time_checks and errors
    without a prefix; no file, network or setting is within reach. DESCRIBE events tells its columns.
    """
    from pipeline import reports

    timezone = options.settings.timezone
    with closing(reports.connect(options.lake.snapshot(), timezone, trusted=False)) as connection:
        emit(reports.ask(connection, _read(statement)), output, file, timezone)


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
