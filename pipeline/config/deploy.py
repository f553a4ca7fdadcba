"""`[deploy]`: the release whose effect the figures judge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline import instants
from pipeline.config.reader import Reader
from pipeline.errors import UsageFault

KEY = "deploy"

TEMPLATE = """\
[deploy]
# at = "2025-06-24T14:00+09:00"      # instant of the release that figures of eligible memos count from
# release = "v2.0.0-time-system"
"""


@dataclass(frozen=True)
class Deploy:
    """The release whose effect the figures judge: its instant (UTC) and its name."""

    at: datetime | None = None
    release: str | None = None


def read(reader: Reader, value: Any, zone_name: str) -> Deploy:
    """Return the release; an instant without an offset is one of the reporting zone."""
    table = reader.table({} if value is None else value, KEY, ("at", "release"))
    at = table.get("at")
    # A zone that does not exist is no fault of this section.
    tz = instants.zone(zone_name)
    try:
        if isinstance(at, datetime):
            at = at.isoformat()
        instant = instants.parse(at, tz, datetime.now(tz)) if isinstance(at, str) else None
    except UsageFault as error:
        raise reader.fault(f"{KEY}.at", error.what, error.hint) from None
    if at is not None and instant is None:
        raise reader.fault(f"{KEY}.at", "is not an instant", 'such as "2025-06-24T14:00+09:00"')
    return Deploy(at=instant, release=reader.text(table, "release", f"{KEY}."))
