"""h33: app logs and Mongo exports become a Parquet lake, SQL reports and deployment verdicts.

import pipeline

lake = pipeline.open("data/lake")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.version import __version__ as __version__

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pipeline.api import OpenLake


def open(  # noqa: A001 - as gzip.open and zipfile.Path.open are named
    lake: str | Path | None = None,
    *,
    at: int | datetime | None = None,
    timezone: str | None = None,
    settings: str | Path | None = None,
) -> OpenLake:
    """Return a lake, open for reading: `.sql()`, `.report()`, `.events()`, `.connection`.

    Args:
        lake: its folder; the settings' when None.
        at: a snapshot's number or an aware instant; the newest when None.
        timezone: reporting zone, an IANA name; the settings' when None.
        settings: a settings file; else H33_CONFIG, else the nearest `h33.toml` upwards.

    Raises:
        SettingsFault: the settings cannot be read.
        LakeFault: the folder is not a lake, or a newer h33 wrote it.
        UsageFault: there is no such snapshot or zone.
    """
    from pipeline.api import open_lake

    return open_lake(lake, at=at, timezone=timezone, settings=settings)
