"""Nights that went by without a run: cron tells nobody of a job that never started."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from pipeline.alerts.store import Store

#: A nightly run that is so late did not come: a day, and half a day's grace.
LATE = timedelta(hours=36)


class Missed(NamedTuple):
    """How many nights went by, and the instant at which the last one finished, UTC."""

    nights: int
    finished: datetime


def missed(folder: Path, now: datetime) -> Missed | None:
    """Return the nights that went by without a run; None where there was none, or none ever.

    Args:
        folder: the state folder.
        now: the present instant, aware.

    Raises:
        H33Error: the alarms' memory cannot be used.
    """
    store = Store(folder)
    run = store.last_run() if store.path.exists() else None
    if run is None or now - run.finished < LATE:
        return None
    return Missed((now - run.finished - LATE) // timedelta(days=1) + 1, run.finished)
