"""The clock readings that a lake holds, as events of devices."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from pipeline import reports
from pipeline.skew import fallbacks
from pipeline.skew.inputs import Events, from_arrow

if TYPE_CHECKING:
    from pipeline.lake import Snapshot

#: The query that gives the readings of clients' clocks, and the report of the refusals of their zones.
READINGS, REFUSALS = "clock_readings", "refused_zones"


def events(snapshot: Snapshot, since: datetime, until: datetime, also: tuple[str, ...] = ()) -> Events:
    """Return every stored reading of a client's clock in [since, until); a user stands for a device."""
    table = reports.run(snapshot, READINGS, {"since": since, "until": until}, "UTC", kind="inputs")
    return from_arrow(table, "lake", also)


def refusals(snapshot: Snapshot, since: datetime, until: datetime) -> pl.DataFrame:
    """Return the zones that the app refused in [since, until), and whose fault it was."""
    table = reports.run(snapshot, REFUSALS, {"since": since, "until": until}, "UTC")
    return fallbacks.judged(pl.DataFrame(table))
