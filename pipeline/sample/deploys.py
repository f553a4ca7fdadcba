"""What the platform did with the services: releases, restarts, an instance that fell over, hourly runs."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from pipeline.sample.events import DAY, HOUR, MINUTE, SECOND
from pipeline.sample.plan import Plan
from pipeline.sample.service import CANARY, INSTANCES, RESOURCE
from pipeline.sample.world import Release

WEB, JOBS = "srv-d1f7m3q1hb4g02", "srv-c9n2t8l0jv6k15"
#: Sends reminders every hour, at twenty past.
CRON = "crn-b7h3d9k0sn52r4"

#: Render's numbers for how a deploy ended.
_STATUS = {"succeeded": 2, "failed": 3, "canceled": 4}


class PlatformEvent(NamedTuple):
    """One event: `at` is a whole second, in µs."""

    at: int
    id: str
    service_id: str
    type: str
    details: dict[str, Any]


class Deploy(NamedTuple):
    """One deploy of a service, from its start to its end, µs."""

    service_id: str
    id: str
    started: int
    ended: int
    status: str


def deploys(plan: Plan, random: Random) -> list[Deploy]:
    """Return the deploys, oldest first: the time system, the stories' release, one of the web that failed."""
    found = [_deploy(RESOURCE, plan.deployed, "succeeded", random)]
    if plan.stories:
        found.append(_deploy(RESOURCE, Release.of(plan).at, "succeeded", random))
    tried = plan.first + (plan.days // 3) * DAY + 11 * HOUR + random.randint(0, 59) * MINUTE
    found.append(_deploy(WEB, tried, "failed", random))
    return sorted(found, key=lambda deploy: deploy.started)


def _deploy(service_id: str, ended: int, status: str, random: Random) -> Deploy:
    identity = f"dep-{random.getrandbits(80):020x}"
    return Deploy(service_id, identity, ended - random.randint(150, 260) * SECOND, ended, status)


def platform_events(plan: Plan, planned: list[Deploy], random: Random) -> list[PlatformEvent]:
    """Return all events, oldest first."""
    found: list[tuple[int, str, str, dict[str, Any]]] = []
    for deploy in planned:
        built = deploy.ended - 40 * SECOND
        status = _STATUS[deploy.status]
        of = {"deployId": deploy.id}
        end = {**of, "deployStatus": deploy.status, "reason": {}, "status": status}
        found += [
            (deploy.started, deploy.service_id, "deploy_started", {**of, "trigger": {"newCommit": True}}),
            (built, deploy.service_id, "build_ended", {"buildStatus": deploy.status, "status": status}),
            (deploy.ended, deploy.service_id, "deploy_ended", end),
        ]
    starts = [(plan.first + 10 * MINUTE + n * 40 * SECOND, name) for n, name in enumerate(INSTANCES)]
    if plan.stories:
        starts.append((Release.of(plan).at - 30 * SECOND, CANARY))
    found += [(at + 5 * SECOND, RESOURCE, "server_available", {"instanceID": name}) for at, name in starts]
    fell = plan.first + random.randrange(plan.days) * DAY + random.randint(3600, 80_000) * SECOND
    instance = f"{JOBS}-q7rmp"
    reason = {"evicted": False, "nonZeroExit": 1}
    found += [
        (fell, JOBS, "server_failed", {"instanceID": instance, "reason": reason}),
        (fell + 9 * SECOND, JOBS, "server_available", {"instanceID": instance}),
    ]
    for at in range(plan.first + 20 * MINUTE, plan.last, HOUR):
        of = {"cronJobRunId": f"{CRON}-{at // SECOND}"}
        found += [
            (at, CRON, "cron_job_run_started", of),
            (at + random.randint(4, 40) * SECOND, CRON, "cron_job_run_ended", {**of, "status": "succeeded"}),
        ]
    return [
        PlatformEvent(at, f"evt-{random.getrandbits(80):020x}", service_id, kind, details)
        for at, service_id, kind, details in sorted(found, key=lambda one: one[:3])
    ]
