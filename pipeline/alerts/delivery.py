"""Sends what the outbox holds: every channel in a process of its own, all of them within one time limit."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.alerts import messages, secret
from pipeline.alerts.records import Message
from pipeline.alerts.store import Store
from pipeline.config.alerts import Alerts, Channel
from pipeline.errors import SettingsFault

#: What Apprise calls the kinds of messages: it picks colours and symbols by them.
_KINDS = {"critical": "failure", "warning": "warning"}


@dataclass(frozen=True)
class Job:
    """What one process is asked to do: an address to fetch, or a message for a channel."""

    name: str
    place: str
    title: str = ""
    body: str = ""
    kind: str = "info"
    ping: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a job went: no problem means it was taken; `retry_after` in seconds where it was asked for."""

    job: Job
    problem: str | None = None
    retry_after: float | None = None


def deliver(store: Store, alerts: Alerts, base: Path, language: str, now: datetime) -> list[Outcome]:
    """Send the messages that are due; each channel gets one that holds all of them.

    A channel that is down or slow keeps no other from being told; what it did not take stays in the outbox.

    Args:
        store: holds the outbox.
        alerts: the channels.
        base: the folder that `file:` addresses are relative to.
        language: of channels that name none.
        now: the instant of the run.

    Raises:
        H33Error: the outbox cannot be used.
    """
    due = store.lease(now)
    by_channel = {channel.name: channel for channel in alerts.channels}
    waiting: dict[str, list[Message]] = {}
    for message in due:
        waiting.setdefault(message.channel, []).append(message)
    gone = [name for name in waiting if name not in by_channel]
    for name in gone:
        store.settle(waiting.pop(name), now, "no such channel in the settings", None)
    jobs = [_job(by_channel[name], found, language) for name, found in waiting.items()]
    outcomes = carry(jobs, base, alerts.timeout)
    for outcome in outcomes:
        wait = timedelta(seconds=outcome.retry_after or 0)
        store.settle(waiting[outcome.job.name], now, outcome.problem, now + wait)
    return outcomes


def _job(channel: Channel, found: Sequence[Message], language: str) -> Job:
    """Return one message that holds all of a channel's."""
    title, body = messages.digest(found, channel.language or language, short=channel.short)
    gravest = "critical" if any(message.severity == "critical" for message in found) else "warning"
    good = all(message.transition in messages.GOOD_NEWS for message in found)
    return Job(channel.name, channel.url, title, body, "success" if good else _KINDS[gravest])


def carry(jobs: Sequence[Job], base: Path, timeout: float) -> list[Outcome]:
    """Do all jobs at once; what is not done in time is stopped and told so.

    Args:
        jobs: what to do.
        base: the folder that `file:` addresses are relative to.
        timeout: seconds for all of them together.
    """
    until = time.monotonic() + timeout
    started = [(job, _start(job, base)) for job in jobs]
    with ThreadPoolExecutor(max(1, len(jobs))) as pool:
        return list(pool.map(lambda one: _end(one[0], one[1], until), started))


def _start(job: Job, base: Path) -> subprocess.Popen[bytes] | Outcome:
    try:
        address = secret.reveal(job.place, base)
    except SettingsFault as fault:
        return Outcome(job, str(fault))
    child = subprocess.Popen(
        # -P: a module of that name in the working folder is not what is meant.
        [sys.executable, "-P", "-m", "pipeline.alerts.courier"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    work = (
        {"ping": address}
        if job.ping
        else {"url": address, "title": job.title, "body": job.body, "kind": job.kind}
    )
    if child.stdin:
        with suppress(BrokenPipeError), child.stdin as out:
            out.write(json.dumps(work).encode())
        child.stdin = None
    return child


def _end(job: Job, child: subprocess.Popen[bytes] | Outcome, until: float) -> Outcome:
    if isinstance(child, Outcome):
        return child
    try:
        answer, _ = child.communicate(timeout=max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        return Outcome(job, "no answer in time")
    try:
        said = json.loads(answer)
    except ValueError:
        return Outcome(job, f"the courier stopped with exit code {child.returncode}")
    return Outcome(job) if said["sent"] else Outcome(job, said["problem"], said["retry_after"])
