"""The nightly run: take in what is new, judge the day, publish its pages, tell people what fires.

Run again, it replaces the pages and tells nobody twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import instants
from pipeline.alerts.night import Alarms, finish, raise_alarms
from pipeline.errors import UsageFault
from pipeline.ingest.run import Progress, SourceResult, ingest
from pipeline.lake import Lake
from pipeline.pages import published_pages
from pipeline.publishing import publish_windows, renew_days
from pipeline.summary import Summary, Window

if TYPE_CHECKING:
    from pipeline.config import Settings
    from pipeline.instants import Day


#: Formats of documents, not of log records.
_EXPORTS = frozenset({"mongoexport", "mongodump"})
#: The longest that waiting goes without a look at the clock.
_LOOK_AGAIN_S = 60.0


@dataclass(frozen=True)
class Night:
    """What a nightly run did: each input's outcome, the judged day, where its page is, its alarms."""

    inputs: list[SourceResult]
    summary: Summary
    page: Path
    alarms: Alarms


def night(settings: Settings, day: Day, progress: Callable[[Progress], None]) -> Night:
    """Take in what is new in the landing folder, judge the day, publish it, tell people what fires.

    Inputs that cannot be read are among the outcomes; they keep no other input and no page from being made.

    Args:
        settings: folders, zone, limits.
        day: which is judged, whatever days the new inputs hold.
        progress: told how far ingest is.

    Raises:
        LakeLocked: another run holds the lake.
        LakeFault: the lake cannot be written.
        H33Error: the pages cannot be written, or the alarms' memory not be used.
    """
    landing = settings.paths.landing
    # Paths are told relative to the folder; a folder that is missing is told by its name.
    root = landing if landing.is_dir() else None
    inputs = ingest([str(landing)], settings, root=root, progress=progress)
    snapshot = Lake(settings.paths.lake).snapshot()
    now = datetime.now(UTC)
    late = late_days(inputs, settings, day)
    revised = renew_days(snapshot, settings, late, now) if late else []
    summary, page = publish_windows(snapshot, settings, day, now)
    alarms = raise_alarms(
        snapshot, summary, settings, str(page), now, [(old, str(at)) for old, at in revised]
    )
    finish(settings, summary, now)
    return Night(inputs, summary, page, alarms)


def wait_for_grace(
    settings: Settings, day: Day, now: Callable[[], datetime], sleep: Callable[[float], object]
) -> None:
    """Return when the grace after a day is over, so that its last lines have come and its page is final.

    Args:
        settings: say how long the grace is.
        day: that is to be judged.
        now: tells the present instant, aware.
        sleep: waits so many seconds. It is asked for a minute at most: a clock that is set meanwhile, or a
            machine that slept, is noticed.

    Raises:
        UsageFault: the day itself is not over.
    """
    if now() < day.end:
        raise UsageFault(f"{day.date} is not over", hint="without --wait its page is provisional")
    while (left := day.end + settings.judging.grace - now()) > timedelta(0):
        sleep(min(left.total_seconds(), _LOOK_AGAIN_S))


def late_days(inputs: Iterable[SourceResult], settings: Settings, day: Day) -> list[Day]:
    """Return the days before the judged one that have a page and that this run brought log records of.

    Exports hold memos of all times every night: what they change is told by the days on which they change it.
    """
    zone = instants.zone(settings.timezone)
    touched = set()
    for one in inputs:
        if (
            one.status not in {"ok", "partial"}
            or one.format in _EXPORTS
            or not (one.first_ts and one.last_ts)
        ):
            continue
        first, last = one.first_ts.astimezone(zone).date(), one.last_ts.astimezone(zone).date()
        touched |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
    pages = {page.date for page in published_pages(settings.paths.reports) if page.window is Window.DAY}
    return [instants.day_of(date, zone) for date in sorted(touched & pages) if date < day.date]
