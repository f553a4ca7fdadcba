"""Figures in, verdicts out: the one door to the figures and check lists of a day, a week or a month."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pipeline.errors import ExitCode
from pipeline.figures import checklists
from pipeline.figures.counting import Counting
from pipeline.figures.definitions import arguments, figures
from pipeline.figures.limits import judge
from pipeline.figures.windows import of_windows, summarise
from pipeline.summary import CheckList, Summary, Verdict

if TYPE_CHECKING:
    from pipeline import instants
    from pipeline.config import Settings
    from pipeline.lake import Snapshot

__all__ = [
    "arguments",
    "check_lists",
    "day_summary",
    "exit_code",
    "figures",
    "judge",
    "of_windows",
    "summarise",
    "worst_of",
]

_CODES = {Verdict.FAIL: ExitCode.FAIL, Verdict.WARN: ExitCode.WARN}


def day_summary(snapshot: Snapshot, settings: Settings, day: instants.Day) -> Summary:
    """Return the figures of a day that is long over; see `summarise`."""
    return summarise(snapshot, settings, day)


def check_lists(
    snapshot: Snapshot, settings: Settings, day: instants.Day, name: str
) -> tuple[CheckList, ...]:
    """Return the check list of a name as of the end of a day; every one for `all`.

    Raises:
        UsageFault: there is none of that name.
    """
    asked = None if name == "all" else [checklists.named(name)]
    with Counting(snapshot, settings) as counting:
        return checklists.check_lists(counting, figures(settings), day, asked)


def exit_code(summary: Summary) -> ExitCode:
    """Return what `--exit-code` says of a summary: FAIL, WARN, or DONE for the rest."""
    return _CODES.get(summary.verdict, ExitCode.DONE)


def worst_of(lists: Iterable[CheckList]) -> ExitCode:
    """Return what `--exit-code` says of check lists."""
    verdicts = {one.verdict for one in lists}
    return next((code for verdict, code in _CODES.items() if verdict in verdicts), ExitCode.DONE)
