"""The front door: `h33`. The only room that prints or exits.

Each command is a module here whose click command is named `command`. It is imported when it is asked for, so
`h33 --version` pays for nothing.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Sequence

import click

from pipeline import engine
from pipeline.cli.common import GlobalOptions
from pipeline.errors import ExitCode, H33Error
from pipeline.render.text import one_line, safe
from pipeline.version import __version__

#: Each command and its one line in `h33 --help`; the module is named after the command.
COMMANDS = {
    "init": "write a commented settings file",
    "ingest": "take files into the lake",
    "daily": "the nightly run: ingest, rollups, the day's KPI summary",
    "report": "run one of the SQL reports",
    "kpi": "the figures of a day with their verdicts",
    "skew": "name the fault of each client clock",
    "gate": "may the deployment go on?",
    "alerts": "what fires and why, who was told; silence, test, send",
    "sql": "ask the lake in SQL",
    "shell": "ask in SQL, question after question",
    "schema": "what the tables, views and columns are",
    "status": "what the lake holds: sources, days, gaps, rejects",
    "check": "is the lake sound?",
    "forget": "take a path, a user or old records out of the lake",
    "compact": "merge small files, end the history that nobody needs",
    "formats": "the log formats and redaction rules",
    "sample": "write a landing folder as Habitus33's would look",
}

#: Files become 0640 and folders 0750.
_PRIVATE = 0o027


class _LazyGroup(click.Group):
    """Imports a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        engine.no_idle_threads()
        command = importlib.import_module(f"pipeline.cli.{cmd_name}").command
        if not isinstance(command, click.Command):
            raise TypeError(cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(name, COMMANDS, n=1)
            guess = f"did you mean {close[0]}? " if close else ""
            raise click.UsageError(f"no command {safe(name)!r}; {guess}there are {', '.join(COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Click would exit with 1 here.
            _leave_quietly()
            raise click.exceptions.Exit(0) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="h33", message="%(prog)s %(version)s")
@click.option(
    "--config", metavar="FILE", help="Settings file; else H33_CONFIG, else the nearest h33.toml upwards."
)
@click.option("--lake", metavar="DIR", help="The lake; else H33_LAKE, else the settings'.")
@click.option("--timezone", metavar="ZONE", help="Reporting zone; else H33_TIMEZONE, else the settings'.")
@click.option("--lang", metavar="en|ko", help="Language; else H33_LANG, the settings', the locale's.")
@click.option("--quiet", is_flag=True, help="No progress and no narration on stderr.")
@click.pass_context
def h33(
    ctx: click.Context,
    config: str | None,
    lake: str | None,
    timezone: str | None,
    lang: str | None,
    quiet: bool,
) -> None:
    """App logs and Mongo exports become a Parquet lake, SQL reports, KPI pages and deployment verdicts."""
    ctx.obj = GlobalOptions(config, {"lake": lake, "timezone": timezone, "language": lang}, quiet)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit with a code of `pipeline.errors.ExitCode`.

    What is written is private to user and group, whatever the umask was: a lake holds what people did.
    """
    before = os.umask(_PRIVATE)
    try:
        code = _run(args)
    finally:
        os.umask(before)
    sys.exit(code)


def _run(args: Sequence[str] | None) -> int:
    """Run the command line; failures are told in a line, and are the code returned."""
    try:
        code = h33.main(args=args, prog_name="h33", standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        _complain(_misused(error))
        code = error.exit_code
    except click.ClickException as error:
        _complain(error.format_message())
        code = error.exit_code
    except H33Error as error:
        _complain(str(error))
        code = int(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _complain("interrupted")
        code = 130
    except BrokenPipeError:
        _leave_quietly()
        code = 0
    except OSError as error:
        # What else is written tells of a full disk itself.
        if error.errno != errno.ENOSPC:
            raise
        _complain(f"the output cannot be written: {error.strerror}")
        _leave_quietly()
        code = int(ExitCode.FAILED)
    return code if isinstance(code, int) else 0


def _misused(error: click.UsageError) -> str:
    """Return what is wrong with the arguments; where an option stands where it does not belong, that."""
    where = error.ctx.command_path if error.ctx else "h33"
    everywhere = {name for option in h33.params for name in option.opts}
    if isinstance(error, click.NoSuchOption) and error.option_name in everywhere:
        name, command = error.option_name, where.removeprefix("h33 ")
        return f"{name} stands before the command: `h33 {name} … {command}`"
    message = error.format_message().rstrip(".")
    return f"{message}{'' if message.endswith('?') else ';'} see `{where} --help`"


def _leave_quietly() -> None:
    """Send the rest of our output nowhere: its reader left, as `head` does."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(message: str) -> None:
    print(f"h33: {one_line(message)}", file=sys.stderr)
