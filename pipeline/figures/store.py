"""What was counted before, a file a day below the state folder, so that a month costs one new day.

Each entry carries its key (`keys.py`); one whose key is no longer the present one is counted anew. The folder
may be thrown away: everything in it can be counted again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from pipeline.errors import H33Error
from pipeline.figures import keeping
from pipeline.figures.requests import FOLDER as REQUESTS
from pipeline.lake import disk

#: Below the state folder: numbers of figures; larger tables that only comparisons read.
FOLDER = "figures"
TABLES = "latencies"

Row = list[Any]


def drop_kept(state: Path) -> None:
    """Remove all that was counted before: raw lines for the pages are among it.

    Args:
        state: the state folder.

    Raises:
        H33Error: something cannot be removed.
    """
    for name in (FOLDER, TABLES, REQUESTS):
        try:
            shutil.rmtree(state / name)
        except FileNotFoundError:
            continue
        except OSError as error:
            what = f"what was counted cannot be removed: {error.strerror}"
            raise H33Error(what, where=str(error.filename or state / name)) from None


class Store:
    """Rows by day, name and key.

    Args:
        folder: where the files are; None remembers nothing beyond this object.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._days: dict[date, dict[str, tuple[str, list[Row]]]] = {}
        self._changed: set[date] = set()

    def get(self, day: date, name: str, key: str) -> list[Row] | None:
        """Return the rows that were put there under this key; None where there are none."""
        known, rows = self._of(day).get(name, ("", []))
        return rows if known == key else None

    def put(self, day: date, name: str, key: str, rows: Iterable[Row]) -> None:
        """Keep rows: lists of numbers, texts and None."""
        self._of(day)[name] = (key, list(rows))
        self._changed.add(day)

    def save(self) -> None:
        """Write what changed, each day's file whole or not at all.

        Raises:
            H33Error: the folder cannot be written.
        """
        if self._folder is None:
            return
        with keeping.writing(self._folder):
            for day in sorted(self._changed):
                temporary = self._folder / f".{day}.{os.getpid()}"
                disk.replace_file(self._folder / f"{day}.json", orjson.dumps(self._days[day]), temporary)
        self._changed.clear()

    def _of(self, day: date) -> dict[str, tuple[str, list[Row]]]:
        if day not in self._days:
            self._days[day] = self._read(day)
        return self._days[day]

    def _read(self, day: date) -> dict[str, tuple[str, list[Row]]]:
        """Return a day's entries; none where its file is missing or is not one of ours."""
        if self._folder is None:
            return {}
        try:
            found = orjson.loads((self._folder / f"{day}.json").read_bytes())
            return {name: (str(key), list(rows)) for name, (key, rows) in found.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}
