"""Which requests of the lake an arm is: a window of time, a release, or instances."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline import instants, reports
from pipeline.errors import UsageFault
from pipeline.gate import releases
from pipeline.gate.arms import from_arrow
from pipeline.gate.limits import Limits
from pipeline.gate.verdict import Judgement, Terms, judge

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.config import Settings
    from pipeline.lake import Snapshot

#: The query that gives an arm's requests.
REQUESTS = "gate_requests"

#: How long after a release its criteria look, and how long before it they compare with.
PERIODS = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}

_KINDS = "START..END, release:NAME or instance:NAME[,NAME]"


@dataclass(frozen=True)
class Selection:
    """The requests of [since, until) that some instances answered; all of them where `instances` is empty.

    Attributes:
        name: tells the rollout's record from others; a window that still grows keeps it.
        ends: when the window was meant to end; later than `until` while it is still running.
    """

    name: str
    since: datetime
    until: datetime
    ends: datetime
    instances: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return what a person is told of it."""
        first, end = (f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}" for at in (self.since, self.until))
        span = f"{first}..{end}"
        return f"{self.name} in {span}" if self.instances else span

    @property
    def microseconds(self) -> tuple[int, int]:
        """The window as microseconds since 1970."""
        first, end = (round(instant.timestamp() * 1_000_000) for instant in (self.since, self.until))
        return first, end

    @property
    def is_over(self) -> bool:
        """Whether all of the window lies in the past."""
        return self.ends <= self.until

    def meets(self, other: Selection) -> bool:
        """Whether both cover some time together."""
        return self.since < other.until and other.since < self.until

    def shares(self, other: Selection) -> bool:
        """Whether a request could belong to both."""
        apart = self.instances and other.instances and not set(self.instances) & set(other.instances)
        return self.meets(other) and not apart


def select(
    text: str, since: str, until: str, settings: Settings, snapshot: Snapshot, now: datetime
) -> Selection:
    """Return the selection that a person means.

    Args:
        text: a window `START..END`, `release:NAME`, or `instance:NAME` with further names after commas.
        since: first instant of instances' requests, as a person types it.
        until: first instant after them.
        settings: the reporting zone, and a release with its instant.
        snapshot: the lake as it is read, which may know further releases.
        now: the present instant, aware; no window goes beyond it.

    Raises:
        UsageFault: none of the three, no instant, an empty window, or a release that is not known.
    """
    zone = instants.zone(settings.timezone)
    kind, _, name = text.partition(":")
    if kind == "instance" and name:
        names = tuple(dict.fromkeys(part.strip() for part in name.split(",") if part.strip()))
        return _window(text, instants.parse(since, zone, now), instants.parse(until, zone, now), now, names)
    if kind == "release" and name:
        return _window(text, releases.instant(name, settings, snapshot), now, now)
    start, dots, end = text.partition("..")
    if not (start and dots and end):
        raise UsageFault(f"no selection: {text!r}", hint=f"use {_KINDS}")
    first, last = (instants.parse(part, zone, now) for part in (start, end))
    return _window(f"from {first.isoformat()}", first, last, now)


def around(at: datetime, period: str, now: datetime) -> tuple[Selection, Selection]:
    """Return the windows before and after an instant, of the same length.

    Args:
        at: usually a release, aware.
        period: a key of PERIODS.
        now: the present instant, aware; the window after ends there at the latest.
    """
    length = PERIODS[period]
    return (
        _window(f"{period} before {at.isoformat()}", at - length, at, now),
        _window(f"{period} after {at.isoformat()}", at, at + length, now),
    )


def _window(
    name: str, since: datetime, until: datetime, now: datetime, instances: tuple[str, ...] = ()
) -> Selection:
    if since >= min(until, now):
        raise UsageFault(f"nothing lies between {since.isoformat()} and {min(until, now).isoformat()}")
    return Selection(name, since, min(until, now), until, instances)


def compare(
    snapshot: Snapshot,
    baseline: Selection,
    canary: Selection,
    planned_share: float | None = None,
    limits: Limits | None = None,
    service: str | None = None,
) -> Judgement:
    """Return the verdict on the canary's requests against the baseline's.

    Where the windows lie apart in time the comparison is confounded by it, which the judgement says, and
    holds until the canary's window is over. `compare(snapshot, *around(at, "7d", now))` is a release's week.

    Args:
        snapshot: the lake as it is read.
        baseline: one arm.
        canary: the other, without a request in common.
        planned_share: the canary's, 0 to 1; None when nothing was planned.
        limits: None for the defaults.
        service: only its requests are judged; None for all.

    Raises:
        UsageFault: the arms overlap, or no request of the lake names an instance.
        LakeDamaged: a data file cannot be read.
    """
    side_by_side = baseline.meets(canary)
    terms = Terms(
        planned_share,
        side_by_side,
        side_by_side or canary.is_over,
        (baseline.microseconds, canary.microseconds),
        limits or Limits(),
    )
    return judge(from_arrow(requests(snapshot, baseline, canary, service)), terms)


def requests(
    snapshot: Snapshot, baseline: Selection, canary: Selection, service: str | None = None
) -> pa.Table:
    """Return the requests of both arms, of one service or all, as `pipeline.gate.arms.from_arrow` takes them.

    Raises:
        UsageFault: the arms overlap, or no request of the lake names an instance.
        LakeDamaged: a data file cannot be read.
    """
    import pyarrow as pa

    if baseline.shares(canary):
        raise UsageFault(
            f"the arms overlap: {baseline} and {canary} share requests",
            hint="name windows apart in time, or different instances",
        )
    tables = [
        _of_arm(snapshot, selection, arm, service)
        for arm, selection in (("baseline", baseline), ("canary", canary))
    ]
    return pa.concat_tables([table for parts in tables for table in parts])


def _of_arm(snapshot: Snapshot, selection: Selection, arm: str, service: str | None) -> list[pa.Table]:
    import pyarrow as pa

    found = []
    for instance in selection.instances or (None,):
        params: dict[str, Any] = {"since": selection.since, "until": selection.until}
        params |= {"instance": instance, "service": service}
        table = reports.run(snapshot, REQUESTS, params, "UTC", kind="inputs")
        if instance is not None and not table.num_rows:
            _refuse_unknown(snapshot, instance)
        found.append(table.append_column("arm", pa.array([arm] * table.num_rows, pa.string())))
    return found


def _refuse_unknown(snapshot: Snapshot, instance: str) -> None:
    """Raise if no request of the lake names the instance; one that was merely silent stays."""
    from contextlib import closing

    statement = "SELECT DISTINCT instance FROM lake.rollups WHERE instance IS NOT NULL ORDER BY ALL"
    with closing(reports.connect(snapshot, "UTC")) as connection:
        known = reports.stream(connection, statement, {}).read_all()["instance"].to_pylist()
    if instance not in known:
        there = f"there are {', '.join(known)}" if known else "no request of the lake names an instance"
        raise UsageFault(f"no instance {instance!r}", hint=there)
