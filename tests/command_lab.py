"""The command line, run in the test's own process."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from pipeline.cli import main

#: What settings come from beside a file.
ENVIRONMENT = ("H33_CONFIG", "H33_LAKE", "H33_TIMEZONE", "H33_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


class Done(NamedTuple):
    """How a command ended and what it said."""

    code: int
    stdout: str
    stderr: str


def run(*args: object, stdin: bytes | None = None) -> Done:
    """Run a command; the process's own standard input is left to it where none is given."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True), io.StringIO()
    before = sys.stdin
    if stdin is not None:
        sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    try:
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as left:
            main([*map(str, args)])
    finally:
        sys.stdin = before
    return Done(int(left.value.code or 0), out.buffer.getvalue().decode(), err.getvalue())


def enter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go to a folder, in an environment that sets nothing."""
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(folder)


def h33(lake: object, *args: object, stdin: bytes | None = None) -> Done:
    """Run a command over a lake, with Seoul's time as the reporting zone."""
    return run("--lake", lake, "--timezone", "Asia/Seoul", *args, stdin=stdin)
