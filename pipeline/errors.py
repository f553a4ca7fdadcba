"""Every failure that h33 tells its user, and every exit code.

Library code raises; only the command line prints and exits. A message says what is wrong, where, and
what to do about it, in one line.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """What a finished command tells the shell."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    INPUT = 3
    LOCKED = 4
    DAMAGED = 5
    WARN = 10
    FAIL = 11

    @property
    def meaning(self) -> str:
        """One line for the tables in help and README."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.DONE: "done; rejected lines, empty files and days without data are no failure",
    ExitCode.FAILED: "failed: a lake written by a newer h33, refused or timed-out SQL, no room left",
    ExitCode.USAGE: "usage, settings or an unknown name",
    ExitCode.INPUT: "some input is missing, unreadable, binary or damaged; the rest is in",
    ExitCode.LOCKED: "another run holds the lake",
    ExitCode.DAMAGED: "`h33 check` found damage",
    ExitCode.WARN: "a verdict of WARN or HOLD, with --exit-code only",
    ExitCode.FAIL: "a verdict of FAIL or ROLLBACK, with --exit-code only",
}

# When several apply, the first of these is the answer.
_PRECEDENCE = (
    ExitCode.LOCKED,
    ExitCode.USAGE,
    ExitCode.FAILED,
    ExitCode.DAMAGED,
    ExitCode.INPUT,
    ExitCode.FAIL,
    ExitCode.WARN,
    ExitCode.DONE,
)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the code that a run with all these outcomes exits with (DONE when there are none)."""
    seen = set(codes)
    return next((code for code in _PRECEDENCE if code in seen), ExitCode.DONE)


class H33Error(Exception):
    """A failure with a message for the user: what, where (file:line or key), and what to do.

    Args:
        what: what is wrong, without a final full stop.
        where: the place, as the user would name it: `file:line`, a settings key, a table.
        hint: what to do about it, or the choices there are.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what, where, hint)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        """Return the one line that the user reads."""
        place = f"{self.where}: " if self.where else ""
        advice = f"; {self.hint}" if self.hint else ""
        return f"{place}{self.what}{advice}"


class UsageFault(H33Error):
    """A name, option or value that does not exist or does not fit."""

    exit_code = ExitCode.USAGE


class SettingsFault(UsageFault):
    """A settings file that cannot be read, or a key or value in it that is not known."""


class InputFault(H33Error):
    """An input that is missing, unreadable, binary or damaged."""

    exit_code = ExitCode.INPUT


class LakeLocked(H33Error):
    """Another run holds the lake."""

    exit_code = ExitCode.LOCKED


class LakeFault(H33Error):
    """The lake cannot be used as it is: written by a newer h33, not a lake, no room left."""


class LakeDamaged(H33Error):
    """The lake's files are not what its log says."""

    exit_code = ExitCode.DAMAGED


class QueryFault(H33Error):
    """SQL that was refused, failed or ran out of a limit."""


class ContractFault(Exception):
    """One of our own files (a report's header, a format, a table) breaks its contract: a defect of h33."""
