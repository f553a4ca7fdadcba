"""`h33 shell`: questions in SQL, one after the other, behind the same walls as `h33 sql`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from pipeline import sql
from pipeline.cli import desk, shell_input, shell_output, shell_words
from pipeline.cli.common import GlobalOptions, pass_options
from pipeline.errors import H33Error, UsageFault

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.sandbox.desk import Desk


@click.command()
@click.option("--at", metavar="SNAPSHOT|INSTANT", help="The lake as it was then; the newest by default.")
@pass_options
def command(options: GlobalOptions, at: str | None) -> None:
    """Ask the lake in SQL, question after question; each ends with a semicolon.

    Tab completes tables, columns and reports, the history is kept in the state folder, long answers are
    paged, and two columns whose second is a number are drawn too. `.help` lists the shell's own commands.
    The bounds are those of `h33 sql`; Ctrl-C ends a question.
    """
    with desk.opened(options, at) as (asked, snapshot):
        options.narrate(f"{options.lake.path}, snapshot {snapshot.version}; .help lists commands")
        shell = _Shell(options, asked)
        for text in shell_input.statements(options):
            if not shell.take(text):
                return


class _Shell:
    """Takes what is typed, one statement or command at a time."""

    def __init__(self, options: GlobalOptions, asked: Desk) -> None:
        self._options, self._asked = options, asked

    def take(self, text: str) -> bool:
        """Answer a statement or a command; return whether to go on."""
        if text in {".quit", ".exit"}:
            return False
        try:
            self._answer(text)
        except H33Error as fault:
            shell_output.complain(str(fault))
        except KeyboardInterrupt:
            shell_output.complain("interrupted")
        return True

    def _answer(self, text: str) -> None:
        if not text.startswith("."):
            self._show(self._asked.ask(text))
            return
        name, *words = text.split()
        match name:
            case ".help":
                shell_output.lines(self._help())
            case ".reports":
                shell_output.lines(self._reports())
            case ".report":
                self._report(words)
            case ".schema":
                from pipeline.cli import schema

                language = self._options.settings.language
                told = schema.rows(words[0] if words else None, language)
                called = schema.words(language)
                self._show(told.rename_columns([called.get(n, n) for n in told.column_names]).to_reader())
            case ".examples":
                self._examples(words)
            case _:
                choices = shell_words.command_names()
                close = get_close_matches(name, choices, n=1)
                guess = f"did you mean {close[0]}? " if close else ""
                raise UsageFault(f"no command {name!r}", hint=f"{guess}there are {', '.join(choices)}")

    def _show(self, rows: pa.RecordBatchReader) -> None:
        shell_output.show(rows, self._options.settings.timezone)

    def _help(self) -> Iterator[str]:
        at = 1 if self._options.settings.language == "ko" else 0
        margin = max(map(len, shell_words.COMMANDS))
        for usage, meaning in shell_words.COMMANDS.items():
            yield f"{usage:{margin}}  {meaning[at]}"

    def _reports(self) -> Iterator[str]:
        from pipeline.cli.report import known

        queries = list(known(self._options))
        margin = max(len(query.name) for query in queries)
        for query in queries:
            yield f"{query.name:{margin}}  {query.said('purpose', self._options.settings.language)}"

    def _report(self, words: list[str]) -> None:
        """Run a report behind the walls too: `.report latency_by_route since=2025-06-20`."""
        from pipeline import reports
        from pipeline.cli.report import find

        if not words:
            raise UsageFault("no report is named", hint=".reports lists them")
        query = find(self._options, words[0])
        texts = desk.values(words[1:])
        params: dict[str, Any] = reports.parameters(query, texts, self._options.settings, datetime.now(UTC))
        self._show(self._asked.ask(query.text, params))

    def _examples(self, words: list[str]) -> None:
        names = sql.names("questions")
        queries = [sql.load("questions", name) for name in names]
        if not words:
            language = self._options.settings.language
            purposes = (query.said("purpose", language) for query in queries)
            shell_output.lines(f"{number:2}  {purpose}" for number, purpose in enumerate(purposes, start=1))
            return
        if not words[0].isdigit() or not 1 <= int(words[0]) <= len(queries):
            raise UsageFault(f"no example {words[0]!r}", hint=f"there are 1 to {len(queries)}")
        query = queries[int(words[0]) - 1]
        shell_output.lines(sql.body(query).strip().splitlines())
        self._show(self._asked.ask(query.text))
