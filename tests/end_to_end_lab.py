"""A whole night, asked through the command line."""

import io
import json
import tomllib
from contextlib import redirect_stdout
from datetime import date, timedelta

import pytest

from pipeline.cli import main

ALPHA = 0.005


def h33(folder, *args, code=0):
    """Run a command of the command line and return what it wrote to stdout."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with redirect_stdout(out), pytest.raises(SystemExit) as left:
        main(["--config", str(folder / "landing" / "h33.toml"), "--lang", "en", "--quiet", *args])
    assert left.value.code == code, args
    return out.buffer.getvalue().decode()


def rows(folder, *args):
    """Return the rows of a report or question."""
    return json.loads(h33(folder, *args, "--format", "json"))


def ask(folder, statement):
    return rows(folder, "sql", statement)


def names(folder):
    """Return the names of the service that is judged, as a list of SQL."""
    settings = tomllib.loads((folder / "landing" / "h33.toml").read_text(encoding="utf-8"))
    return ", ".join(f"'{name}'" for name in settings["service"])


def close(found, wanted):
    """Whether a percentile is within the promised error; both may be missing."""
    return found == wanted if wanted is None or found is None else abs(found - wanted) <= ALPHA * wanted


def span(day):
    """Return the options that ask for one day."""
    return ("--since", day, "--until", str(date.fromisoformat(day) + timedelta(days=1)))
