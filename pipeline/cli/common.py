"""What the commands share: the settings in force, the lake, the common options."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline.cli.said import said, word
from pipeline.render.text import one_line, safe

if TYPE_CHECKING:
    from pipeline.config import Settings
    from pipeline.lake import Lake

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class GlobalOptions:
    """What stands before the command's name; `ctx.obj` of every command.

    The settings file is read when a command first asks for a setting: one that needs none never fails on it.
    """

    config: str | None
    overrides: Mapping[str, str | None]
    quiet: bool

    @cached_property
    def settings(self) -> Settings:
        """The settings in force."""
        from pipeline import config

        settings = config.load(Path(self.config) if self.config else None, self.overrides)
        self._tell_missed_nights(settings)
        return settings

    def _tell_missed_nights(self, settings: Settings) -> None:
        """Tell of nights without a run, where there was one ever, under --quiet too: cron tells nobody."""
        from pipeline.alerts.absence import missed

        found = missed(settings.paths.state, datetime.now(UTC))
        if found is None:
            return
        from pipeline import instants

        last = found.finished.astimezone(instants.zone(settings.timezone)).isoformat(" ", "minutes")
        name = "missed_night" if found.nights == 1 else "missed_nights"
        line = said(settings.language, name, nights=found.nights, last=last)
        print(one_line(f"h33: {line}"), file=sys.stderr, flush=True)

    @cached_property
    def lake(self) -> Lake:
        """The lake that the settings name; it may not exist yet."""
        from pipeline.lake import Lake

        return Lake(self.settings.paths.lake)

    def said(self, name: str, **values: object) -> str:
        """Return a sentence of `said` in the language of the settings."""
        return said(self.settings.language, name, **values)

    def word(self, name: str) -> str:
        """Return a word of ours, such as a state, in the language of the settings."""
        return word(self.settings.language, name)

    def narrate(self, message: str) -> None:
        """Tell the person at stderr what goes on, unless --quiet."""
        if not self.quiet:
            print(one_line(message), file=sys.stderr, flush=True)


pass_options = click.make_pass_decorator(GlobalOptions)


def put(text: str) -> None:
    """Print data: as it is into a pipe, harmless to a terminal."""
    print(safe(text) if sys.stdout.isatty() else text)


def format_option(*choices: str) -> Callable[[F], F]:
    """Return the `--format` option: by default the first choice on a terminal, the second in a pipe."""
    return click.option(
        "--format",
        "output",
        type=click.Choice(choices),
        default=lambda: choices[0] if sys.stdout.isatty() else choices[1],
        show_default=f"{choices[0]} on a terminal, {choices[1]} in a pipe",
        help="How rows are written.",
    )
