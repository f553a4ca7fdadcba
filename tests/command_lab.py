"""The command line, run in the test's own process."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

import pytest

from pipeline.cli import main


class Done(NamedTuple):
    """How a command ended and what it said."""

    code: int
    stdout: str
    stderr: str


def run(*args: object, stdin: bytes = b"") -> Done:
    """Run a command."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True), io.StringIO()
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    try:
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as left:
            main([*map(str, args)])
    finally:
        sys.stdin = before
    return Done(int(left.value.code or 0), out.buffer.getvalue().decode(), err.getvalue())


def h33(lake: object, *args: object, stdin: bytes = b"") -> Done:
    """Run a command over a lake, with Seoul's time as the reporting zone."""
    return run("--lake", lake, "--timezone", "Asia/Seoul", *args, stdin=stdin)
