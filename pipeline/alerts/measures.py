"""The user's own commands that an alarm may start: rollback, restart, scale. Off unless switched on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

from pipeline.alerts.rules import Rule
from pipeline.alerts.store import Store
from pipeline.config.alerts import Measure

#: How much of what a command printed is kept, bytes.
_KEPT = 4096


@dataclass(frozen=True)
class Taken:
    """A measure that was taken: how it ended; no exit code where it was stopped or could not start."""

    rule: str
    measure: str
    exit_code: int | None
    output: str


def take(
    store: Store, rule: Rule, measure: Measure, day: date, verdict: dict[str, Any], folder: Path
) -> Taken | None:
    """Start a rule's measure, give it the verdict as JSON on stdin, and wait for it.

    A day takes a measure once, whatever number of its rules name it: two rollbacks go back two releases.

    Args:
        store: remembers that it was taken: the same night run again does not take it again.
        rule: the rule that fires; it names the measure.
        measure: command and time-out.
        day: the reporting day.
        verdict: what is told to the command.
        folder: where it runs.

    Returns:
        None where it was taken already.
    """
    name = rule.measure or ""
    if not store.begin_measure(rule.name, day, name, datetime.now(UTC)):
        return None
    exit_code, output = _run(measure, json.dumps(verdict, ensure_ascii=False), folder)
    store.end_measure(rule.name, day, name, exit_code, output)
    return Taken(rule.name, name, exit_code, output)


def _run(measure: Measure, verdict: str, folder: Path) -> tuple[int | None, str]:
    """Return the exit code and the end of what was printed; past the time-out all of it is killed."""
    # A file, not a pipe: a service that the command left running holds a pipe open.
    with tempfile.TemporaryFile() as printed:
        try:
            child = subprocess.Popen(
                list(measure.command),
                stdin=subprocess.PIPE,
                stdout=printed,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,
            )
        except OSError as error:
            return None, f"could not start: {error.strerror}"
        try:
            child.communicate(verdict.encode(), timeout=measure.timeout)
            return child.returncode, _tail(printed)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            said = _tail(printed)
            return None, f"stopped after {measure.timeout:g} s" + (f": {said}" if said else "")


def _tail(printed: IO[bytes]) -> str:
    """Return the end of what a command printed."""
    size = printed.seek(0, os.SEEK_END)
    printed.seek(max(0, size - _KEPT))
    return printed.read(_KEPT).decode(errors="backslashreplace").strip()
