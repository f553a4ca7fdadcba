"""`--input PATH…`: a question about files that are in no lake.

They are taken into one of their own, in a temporary folder that goes with the command, however that ends.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline.cli.progress import ProgressLine, tell_outcomes
from pipeline.errors import ExitCode, UsageFault

if TYPE_CHECKING:
    from pipeline.cli.common import GlobalOptions
    from pipeline.lake import Snapshot

F = TypeVar("F", bound=Callable[..., Any])

#: Waits until whoever holds the other end of its input is gone, then removes the folder.
_JANITOR = 'read -r end; rm -rf -- "$1"'


@dataclass(frozen=True)
class Asked:
    """What a question is put to.

    Attributes:
        root: folder of the settings' lake, or of one of the inputs alone.
        snapshot: what it holds.
        code: INPUT where an input could not be read whole.
        since, until: first instant of the inputs' records and the one after their last; None for the lake of
            the settings, and where no record has a time.
    """

    root: Path
    snapshot: Snapshot
    code: ExitCode = ExitCode.DONE
    since: datetime | None = None
    until: datetime | None = None


def input_option(command: F) -> F:
    """Add `--input PATH…` to a command: the parameters `inputs` and `more`, for `asked`."""
    option = click.option(
        "--input",
        "inputs",
        metavar="PATH…",
        multiple=True,
        help="Ask these files and folders instead of the lake; nothing of them is kept.",
    )
    # A shell writes out `--input logs/*.log`: the first name belongs to the option, the rest stand alone.
    return option(click.argument("more", nargs=-1, metavar="")(command))


@contextmanager
def asked(options: GlobalOptions, inputs: Sequence[str], more: Sequence[str] = ()) -> Iterator[Asked]:
    """Yield what a question is put to: the lake, or the inputs where any are named.

    Args:
        options: the command's.
        inputs: files, folders and `-`.
        more: what stands alone behind them.

    Raises:
        UsageFault: something stands alone where no inputs are named.
    """
    if more and not inputs:
        raise UsageFault(f"nothing is known of {more[0]!r}", hint="--input PATH… asks files")
    if not inputs:
        yield Asked(options.lake.path, options.lake.snapshot())
        return
    with vanishing_folder() as folder:
        yield _taken_in(options, [*inputs, *more], folder / "lake")


def _taken_in(options: GlobalOptions, paths: Sequence[str], lake: Path) -> Asked:
    from pipeline.ingest.run import ingest
    from pipeline.lake import Lake

    settings = replace(options.settings, paths=replace(options.settings.paths, lake=lake))
    with ProgressLine(options) as progress:
        results = ingest(paths, settings, progress=progress)
    times = [t for result in results for t in (result.first_ts, result.last_ts) if t is not None]
    since, until = (min(times), max(times) + timedelta(microseconds=1)) if times else (None, None)
    return Asked(lake, Lake(lake).snapshot(), tell_outcomes(options, results), since, until)


@contextmanager
def vanishing_folder() -> Iterator[Path]:
    """Yield a new folder that only this user may enter; it is gone after the block, or with this process.

    A shell removes it when this process lets go of a pipe: at the end of the block, or when it is killed.
    """
    folder = mkdtemp(prefix="h33-")
    janitor = subprocess.Popen(
        ["sh", "-c", _JANITOR, "sh", folder], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        yield Path(folder)
    finally:
        janitor.communicate()
