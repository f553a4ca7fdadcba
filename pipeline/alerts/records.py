"""What the alarms' memory holds: messages and how their sending went, silences, nights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from pipeline.alerts.machine import Transition


@dataclass(frozen=True)
class Message:
    """What one channel is to be told: plain text, safe to show."""

    rule: str
    transition: Transition
    day: date
    channel: str
    severity: str
    title: str
    body: str


@dataclass(frozen=True)
class Waiting:
    """A message of the outbox, and how its sending went so far: state is queued, sent or stale."""

    message: Message
    queued: datetime
    due: datetime
    attempts: int
    state: str
    problem: str | None
    settled: datetime | None


@dataclass(frozen=True)
class Silence:
    """Nobody is told of the rule before the instant."""

    rule: str
    until: datetime
    reason: str | None


@dataclass(frozen=True)
class Run:
    """A night that was finished."""

    finished: datetime
    day: date
    verdict: str
