"""The state of a rule from day to day: a pure step, so that every path through it can be tested.

    ok ──bad──▶ pending ──bad, for days in a row──▶ firing ──good twice──▶ ok
    any of ok, pending ──no data──▶ nodata ──good or bad──▶ as from ok

Data resolve an alarm, their absence never does: a firing rule without data stays firing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

#: Good days, with data, that end an alarm.
GOOD_DAYS = 2


class State(StrEnum):
    """Where a rule is."""

    OK = "ok"
    PENDING = "pending"
    FIRING = "firing"
    NODATA = "nodata"


class Seen(StrEnum):
    """What a day's verdict is to a rule."""

    GOOD = "good"
    BAD = "bad"
    NODATA = "nodata"


class Transition(StrEnum):
    """What people are told."""

    FIRING = "firing"
    REPEAT = "repeat"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    #: Late data made a day bad that was judged before; it moves no state.
    REVISED = "revised"


@dataclass(frozen=True)
class Status:
    """A rule's state after a day.

    Attributes:
        state: where it is.
        since: the day on which it came there.
        bad, good: such days in a row, days without data left out.
        told_on: the day on which people were last told that it fires; None: they were not, this time.
    """

    state: State
    since: date
    bad: int = 0
    good: int = 0
    told_on: date | None = None


def step(before: Status | None, seen: Seen, day: date, bad_days: int) -> Status:
    """Return a rule's state after a day.

    Args:
        before: its state after the newest day before this one; None: there is none.
        seen: the day's verdict.
        day: the day.
        bad_days: how many in a row make it fire.
    """
    old = before or Status(State.OK, day)
    if seen is Seen.NODATA:
        if old.state is State.FIRING:
            return old
        return _moved(old, State.NODATA, day)
    bad = old.bad + 1 if seen is Seen.BAD else 0
    good = old.good + 1 if seen is Seen.GOOD else 0
    counted = replace(old, bad=bad, good=good)
    if old.state is State.FIRING:
        return _moved(counted, State.OK, day) if good >= GOOD_DAYS else counted
    if bad == 0:
        return _moved(counted, State.OK, day)
    return _moved(counted, State.FIRING if bad >= bad_days else State.PENDING, day)


def _moved(status: Status, state: State, day: date) -> Status:
    return status if status.state is state else replace(status, state=state, since=day)


def telling(
    before: Status | None, after: Status, replaced: Status | None, day: date, repeat_days: int, *, quiet: bool
) -> tuple[Status, Transition | None]:
    """Return what people are told of a day, and the state that remembers it.

    Args:
        before: the state after the newest day before this one.
        after: the state after this day, by `step`.
        replaced: what an earlier run wrote for the same day; its verdict may have changed since.
        day: the day.
        repeat_days: after so many days a firing rule is told again.
        quiet: a silence or a graver alarm of the same figure holds it back; it is told when that ends.
    """
    told = before.told_on if before else None
    if after.state is not State.FIRING:
        ended = replace(after, told_on=None)
        if told is not None:
            return ended, Transition.RESOLVED
        if replaced is not None and replaced.told_on == day:
            return ended, Transition.WITHDRAWN
        return ended, None
    if quiet or after.bad == 0:
        return replace(after, told_on=told), None
    if told is None:
        return replace(after, told_on=day), Transition.FIRING
    if (day - told).days >= repeat_days:
        return replace(after, told_on=day), Transition.REPEAT
    return replace(after, told_on=told), None
