"""A night's alarms: verdicts move states, transitions become messages and measures, the outbox is sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import instants, reports
from pipeline.alerts import delivery, measures, messages
from pipeline.alerts.machine import Seen, State, Status, Transition, step, telling
from pipeline.alerts.messages import Line
from pipeline.alerts.records import Message, Run
from pipeline.alerts.rules import Rule, rules
from pipeline.alerts.store import STALE, Store
from pipeline.kpi import arguments
from pipeline.render import words
from pipeline.summary import Result, Summary, Verdict

if TYPE_CHECKING:
    from pipeline.config import Settings
    from pipeline.lake import Snapshot

#: Raw lines in a message.
_LINES = 3


@dataclass(frozen=True)
class Change:
    """What a day did to a rule: its state after it, and what people are told."""

    rule: Rule
    status: Status
    result: Result | None
    transition: Transition | None


@dataclass(frozen=True)
class Alarms:
    """What a night's alarms did.

    Attributes:
        changes: a change a rule.
        told: what was sent, a channel each, with what was wrong.
        taken: the measures that were started.
        late: the day is older than one judged before: it is written down, and nobody is told.
    """

    changes: tuple[Change, ...]
    told: tuple[delivery.Outcome, ...] = ()
    taken: tuple[measures.Taken, ...] = ()
    late: bool = False
    firing: tuple[str, ...] = field(default=())


def raise_alarms(
    snapshot: Snapshot,
    summary: Summary,
    settings: Settings,
    page: str,
    now: datetime,
    revised: Sequence[tuple[Summary, str]] = (),
) -> Alarms:
    """Move every rule by a day's verdicts, tell people what changed, take the measures that are switched on.

    Args:
        snapshot: what the summary was computed from; raw lines come from it.
        summary: the judged day.
        settings: channels, measures, folders.
        page: where the day's page is.
        now: the instant of the run, aware.
        revised: earlier days that late data renewed, each with its page; what they made bad is told, too.

    Raises:
        H33Error: the alarms' memory cannot be used. A channel that fails is no error.
    """
    store = Store(settings.paths.state)
    day = summary.day.date
    newest = max((seen for seen, _ in store.newest().values()), default=day)
    late = day < newest
    changes = tuple(move(store, summary, settings, now))
    if late:
        changes = tuple(Change(c.rule, c.status, c.result, None) for c in changes)
    told = [change for change in changes if change.transition is not None]
    news = _messages(snapshot, told, settings, summary, page)
    for old, its_page in revised:
        if day - old.day.date <= STALE:
            news += _messages(snapshot, turned_bad(store, old, settings, now), settings, old, its_page)
    store.write(day, {c.rule.name: c.status for c in changes}, news, now)
    # People first: a measure may take minutes, the channels take seconds.
    outcomes = delivery.deliver(store, settings.alerts, base_folder(settings), settings.language, now)
    taken = [] if late else _measures(store, told, settings, summary)
    firing = tuple(c.rule.name for c in changes if c.status.state is State.FIRING)
    return Alarms(changes, tuple(outcomes), tuple(taken), late, firing)


def base_folder(settings: Settings) -> Path:
    """Return the folder that `file:` addresses and measures are relative to: the settings file's."""
    return settings.file.parent.resolve() if settings.file else Path.cwd()


def move(store: Store, summary: Summary, settings: Settings, now: datetime) -> Iterable[Change]:
    """Yield what the day does to each rule; critical ones come first, for they hold warnings back."""
    day = summary.day.date
    results = {result.figure.name: result for result in summary.results}
    silences = store.silences(now)
    loud: set[str] = set()
    for rule in rules(settings.alerts):
        result = results.get(rule.figure)
        before = store.before(rule.name, day)
        after = step(before, seen_of(rule, result), day, rule.bad_days)
        quiet = rule.name in silences or (not rule.critical and rule.figure in loud)
        status, transition = telling(
            before, after, store.on(rule.name, day), day, settings.alerts.repeat_days, quiet=quiet
        )
        if rule.critical and status.state is State.FIRING:
            loud.add(rule.figure)
        yield Change(rule, status, result, transition)


def turned_bad(store: Store, summary: Summary, settings: Settings, now: datetime) -> Iterable[Change]:
    """Yield the rules to which a day is bad that was not when it was published before.

    No state moves, for the days since then were judged on it; that it was bad is news all the same.
    """
    results = {result.figure.name: result for result in summary.results}
    silences = store.silences(now)
    loud: set[str] = set()
    for rule in rules(settings.alerts):
        result = results.get(rule.figure)
        if result is None or result.earlier is None or seen_of(rule, result) is not Seen.BAD:
            continue
        was = seen_of(rule, replace(result, verdict=result.earlier.verdict))
        if was is Seen.BAD or rule.name in silences or (not rule.critical and rule.figure in loud):
            continue
        loud.add(rule.figure)
        yield Change(rule, Status(State.FIRING, summary.day.date), result, Transition.REVISED)


def seen_of(rule: Rule, result: Result | None) -> Seen:
    """Return what a figure's verdict is to a rule."""
    if result is None or result.verdict is Verdict.NODATA:
        return Seen.NODATA
    gravity = list(Verdict)
    return Seen.BAD if gravity.index(result.verdict) >= gravity.index(rule.fires) else Seen.GOOD


def evidence(
    snapshot: Snapshot, rule: Rule, summary: Summary, settings: Settings, count: int
) -> tuple[Line, ...]:
    """Return raw lines of the day that show what the rule is about, `count` at most."""
    params = arguments(rule.query, settings, summary.day.start, summary.day.end, {})
    with closing(reports.connect(snapshot, settings.timezone)) as connection:
        table = reports.execute(connection, rule.query, params)
    zone = instants.zone(settings.timezone)
    rows = table.slice(0, count).to_pylist()
    return tuple(
        Line(words.moment(row["ts"], zone), f"{row['source']}:{row['line_no']}", row["what"]) for row in rows
    )


def _messages(
    snapshot: Snapshot, told: Iterable[Change], settings: Settings, summary: Summary, page: str
) -> list[Message]:
    """Return what each channel is told of a day's changes."""
    found = []
    for change in told:
        channels = [c for c in settings.alerts.channels if change.rule.severity in c.severities]
        if change.transition is None or not channels:
            continue
        lines = evidence(snapshot, change.rule, summary, settings, _LINES)
        found += [
            messages.message(
                change.rule,
                change.result,
                change.transition,
                summary.day.date,
                change.status.since,
                lines,
                page,
                channel.name,
                channel.language or settings.language,
            )
            for channel in channels
        ]
    return found


def _measures(
    store: Store, told: Iterable[Change], settings: Settings, summary: Summary
) -> list[measures.Taken]:
    """Take the measures of the rules that began to fire."""
    taken = []
    for change in told:
        measure = settings.alerts.measures.get(change.rule.measure or "")
        if change.transition is not Transition.FIRING or measure is None or not measure.enabled:
            continue
        done = measures.take(
            store, change.rule, measure, summary.day.date, verdict_of(change, summary), base_folder(settings)
        )
        if done:
            taken.append(done)
    return taken


def verdict_of(change: Change, summary: Summary) -> dict[str, Any]:
    """Return a rule's verdict as plain data: what a measure is told, and `h33 alerts --format json`."""
    result = change.result
    return {
        "alarm": change.rule.name,
        "severity": change.rule.severity,
        "state": change.status.state.value,
        "since": change.status.since.isoformat(),
        "day": summary.day.date.isoformat(),
        "figure": change.rule.figure,
        "verdict": result.verdict.value if result else Verdict.NODATA.value,
        "value": result.value if result else None,
        "n": result.n if result else None,
        "warn": result.warn if result else None,
        "fail": result.fail if result else None,
        "measure": change.rule.measure,
    }


def finish(settings: Settings, summary: Summary, now: datetime) -> delivery.Outcome | None:
    """Write that the night is finished, and fetch the dead man's address where there is one."""
    Store(settings.paths.state).finished(Run(now, summary.day.date, summary.verdict.value))
    place = settings.alerts.dead_man
    if place is None:
        return None
    job = delivery.Job("dead_man", place, ping=True)
    return delivery.carry([job], base_folder(settings), settings.alerts.timeout)[0]
