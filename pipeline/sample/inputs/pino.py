"""Logs of two services that use pino: numbers for levels, milliseconds since 1970 for times.

pino-http logs an answer with status 500 at level 30 like all others: the status decides.
https://getpino.io/#/docs/api, https://github.com/pinojs/pino-http
"""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

from pipeline.sample.events import Day
from pipeline.sample.extended_json import compact
from pipeline.sample.files import RecordFile, Written
from pipeline.sample.traffic import instants
from pipeline.sample.world import World

PUSH, GATEWAY = "habitus33-push", "habitus33-gateway"
#: pino's numbers for its levels.
LEVELS = {"trace": 10, "debug": 20, "info": 30, "warn": 40, "error": 50, "fatal": 60}
_PUSH_A_DAY, _GATEWAY_A_DAY = 150, 800
_STACK = (
    "\n    at sendPush (/srv/push/dist/fcm.js:41:11)"
    "\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)"
)
#: Level, message of the push service.
_SAID = (
    ("info", "push sent"),
    ("debug", "token refreshed"),
    ("warn", "token expired"),
    ("error", "messaging/internal-error"),
    ("fatal", "out of connections"),
)
_SHARES = tuple(accumulate((80, 12, 6, 2, 0.3)))
#: Method, path, status of the gateway.
_CALLS = (
    ("GET", "/v1/feed", 200),
    ("GET", "/v1/profile", 200),
    ("POST", "/v1/like", 201),
    ("GET", "/v1/feed", 401),
    ("POST", "/v1/like", 500),
)
_CALL_SHARES = tuple(accumulate((60, 25, 10, 4, 0.8)))


class Writer:
    """A file for each service."""

    def __init__(self, root: Path, world: World) -> None:
        self._scale = world.plan.scale
        self._random = world.random("pino")
        self._push = RecordFile(root, f"pino/{PUSH}.ndjson", "pino")
        self._gateway = RecordFile(root, f"pino/{GATEWAY}.ndjson", "pino_http")
        self._levels: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()

    def add(self, day: Day) -> None:
        """Write the day's lines."""
        random = self._random
        for at in instants(day, max(10, round(_PUSH_A_DAY * self._scale)), random):
            level, message = random.choices(_SAID, cum_weights=_SHARES)[0]
            self._levels[level] += 1
            self._push.line(compact(_pushed(at, level, message, random)), starts=True, at=at)
        for number, at in enumerate(instants(day, max(10, round(_GATEWAY_A_DAY * self._scale)), random), 1):
            call = random.choices(_CALLS, cum_weights=_CALL_SHARES)[0]
            self._statuses[str(call[2])] += 1
            self._gateway.line(compact(_answered(at, number, *call, random)), starts=True, at=at)

    def close(self) -> list[Written]:
        """Finish the files and return what they hold."""
        levels, statuses = dict(sorted(self._levels.items())), dict(sorted(self._statuses.items()))
        total = self._statuses.total()
        return [
            self._push.close(service=PUSH, severities=levels),
            self._gateway.close(service=GATEWAY, requests=total, statuses=statuses),
        ]


def _pushed(at: int, level: str, message: str, random: Random) -> dict[str, Any]:
    line: dict[str, Any] = {"level": LEVELS[level], "time": at // 1000, "pid": 18340, "hostname": "push-1"}
    if level in {"error", "fatal"}:
        line["err"] = {"type": "Error", "message": message, "stack": f"Error: {message}{_STACK}"}
    else:
        line["batch"] = random.randint(1, 500)
    return {**line, "msg": message}


def _answered(at: int, number: int, method: str, path: str, status: int, random: Random) -> dict[str, Any]:
    line: dict[str, Any] = {"level": 30, "time": at // 1000, "pid": 18354, "hostname": "gateway-1"}
    line["req"] = {
        "id": number,
        "method": method,
        "url": f"{path}?page={random.randint(1, 9)}",
        "query": {},
        "params": {},
        "headers": {"host": "gateway.habitus33.example", "connection": "keep-alive"},
        "remoteAddress": f"::ffff:10.0.1.{random.randint(1, 254)}",
        "remotePort": random.randint(32_768, 60_999),
    }
    size = str(random.randint(2, 9_000))
    line["res"] = {"statusCode": status, "headers": {"x-powered-by": "Express", "content-length": size}}
    if status >= 500:
        said = f"failed with status code {status}"
        stack = f"Error: {said}\n    at onResFinished (/srv/gateway/node_modules/pino-http/logger.js:115:39)"
        line["err"] = {"type": "Error", "message": said, "stack": stack}
    line["responseTime"] = random.randint(1, 90)
    return {**line, "msg": "request errored" if status >= 500 else "request completed"}
