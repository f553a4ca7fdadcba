"""The app's own faults: client times that it refused although zone and offset were right.

The app checks a client's zone against a list of its own, and the sign of the offset the wrong way round.
Neither is the client's fault; each refusal puts the server's time in the place of a right one.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

import polars as pl

#: What each verdict means.
VERDICTS = {
    "app_fault": "a real zone with the offset that it had then: the app refuses it wrongly",
    "wrong_offset": "a real zone with an offset that it did not have then",
    "unknown_zone": "no zone of that name exists",
    "no_zone": "the zone or the offset was not printed",
}


def verdict(zone: str | None, offset_min: float | None, at: datetime | None) -> str:
    """Return whose fault a refused zone is: a key of VERDICTS.

    Args:
        zone: what the client named.
        offset_min: its getTimezoneOffset, minutes: -600 for Sydney in winter.
        at: when.

    >>> verdict("Australia/Sydney", -600, datetime(2025, 6, 20, tzinfo=UTC))
    'app_fault'
    >>> verdict("Australia/Sydney", 600, datetime(2025, 6, 20, tzinfo=UTC))
    'wrong_offset'
    """
    if not zone or offset_min is None or at is None:
        return "no_zone"
    if zone not in available_timezones():
        return "unknown_zone"
    offset = at.astimezone(ZoneInfo(zone)).utcoffset()
    return (
        "app_fault" if offset is not None and offset.total_seconds() / 60 == -offset_min else "wrong_offset"
    )


def judged(refused: pl.DataFrame) -> pl.DataFrame:
    """Return rows of the report `refused_zones` with a verdict on each.

    Args:
        refused: columns zone, offset_min, checks, refused, first_ts, last_ts.
    """
    verdicts = [
        verdict(row["zone"], row["offset_min"], row["last_ts"]) for row in refused.iter_rows(named=True)
    ]
    return refused.with_columns(verdict=pl.Series(verdicts, dtype=pl.String))
