"""`[paths]`: the folders."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.config.reader import Reader

KEY = "paths"

TEMPLATE = """\
[paths]
# landing = "data/landing"    # what `h33 daily` takes in
# lake = "data/lake"          # the tables; also H33_LAKE and --lake
# state = "data/state"        # what is remembered between runs
# reports = "data/reports"    # pages and summaries, a folder a day
# queries = "data/queries"    # reports of your own: SQL files with the header of ours
"""

_FOLDERS = ("landing", "lake", "state", "reports", "queries")


@dataclass(frozen=True)
class Paths:
    """The folders, absolute; `queries` may be None: no reports of the user's own."""

    landing: Path
    lake: Path
    state: Path
    reports: Path
    queries: Path | None = None


def read(reader: Reader, value: Any, base: Path, flags: Mapping[str, str]) -> Paths:
    """Return the folders: relative ones lie in `base`, those of --lake and H33_LAKE in the working folder."""
    table = reader.table({} if value is None else value, KEY, _FOLDERS)
    lake = flags.get("lake") or os.environ.get("H33_LAKE")
    at = {
        name: Path(os.path.normpath(base / (reader.text(table, name, f"{KEY}.") or f"data/{name}")))
        for name in _FOLDERS
    }
    return Paths(**{**at, "lake": Path(lake).absolute()} if lake else at)
