"""Access logs of four small services on machines of theirs, in morgan's combined, common, short and tiny.

combined and common tell no duration, short and tiny no time; a request that was given up has dashes.
https://github.com/expressjs/morgan#predefined-formats
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from random import Random

from pipeline.sample.events import MONTHS, SECOND, Day, utc
from pipeline.sample.files import RecordFile, Written
from pipeline.sample.people import USER_AGENTS
from pipeline.sample.traffic import instants
from pipeline.sample.world import World


@dataclass
class Service:
    """A service with an access log: its name, its format, its requests a day, its calls.

    Attributes:
        calls: method, path ({n}: a number), status.
        statuses: of what was written so far.
    """

    name: str
    style: str
    a_day: int
    calls: tuple[tuple[str, str, int], ...]
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def path(self) -> str:
        """Its file, relative to the landing folder."""
        return f"morgan/{self.name}.{self.style}.log"


def services() -> tuple[Service, ...]:
    """Return the services, with nothing written yet."""
    return (
        Service(
            "habitus33-images",
            "combined",
            2_000,
            (
                ("GET", "/covers/{n}.webp", 200),
                ("GET", "/covers/{n}.webp", 304),
                ("GET", "/covers/{n}.webp?w=240", 404),
                ("POST", "/covers", 201),
                ("GET", "/covers/{n}.webp", 500),
            ),
        ),
        Service(
            "habitus33-share",
            "common",
            300,
            (
                ("GET", "/s/{n}", 200),
                ("GET", "/s/{n}", 302),
                ("GET", "/%EB%AC%B8%EC%9E%A5?id={n}", 404),
                ("DELETE", "/s/{n}", 204),
                ("GET", "/s/{n}", 503),
            ),
        ),
        Service(
            "habitus33-export",
            "short",
            80,
            (
                ("POST", "/pdf/{n}", 202),
                ("GET", "/pdf/{n}", 200),
                ("GET", "/pdf/{n}", 404),
                ("DELETE", "/pdf/{n}", 204),
                ("POST", "/pdf/{n}", 500),
            ),
        ),
        Service(
            "habitus33-voice",
            "tiny",
            160,
            (
                ("POST", "/speak/{n}", 200),
                ("GET", "/voices?n={n}", 200),
                ("POST", "/speak/{n}", 413),
                ("DELETE", "/speak/{n}", 204),
                ("POST", "/speak/{n}", 504),
            ),
        ),
    )


_SHARES = tuple(accumulate((700, 200, 60, 30, 8)))
#: Share of the requests that are given up.
_ABORTED = 0.004


class Writer:
    """A file for every service."""

    def __init__(self, root: Path, world: World) -> None:
        self._scale = world.plan.scale
        self._random = world.random("morgan")
        self._files = [(one, RecordFile(root, one.path, f"morgan_{one.style}")) for one in services()]

    def add(self, day: Day) -> None:
        """Write the day's requests."""
        random = self._random
        for service, file in self._files:
            n = max(10, round(service.a_day * self._scale))
            timed = service.style in {"combined", "common"}
            for exactly in instants(day, n, random):
                at = exactly // SECOND * SECOND
                call = random.choices(service.calls, cum_weights=_SHARES)[0]
                aborted = random.random() < _ABORTED
                service.statuses["aborted" if aborted else str(call[2])] += 1
                line = _line(service.style, call, at, random, aborted=aborted)
                file.line(line, starts=True, at=at if timed else None)

    def close(self) -> list[Written]:
        """Finish the files and return what they hold."""
        return [
            file.close(
                service=service.name,
                requests=service.statuses.total(),
                statuses=dict(sorted(service.statuses.items())),
            )
            for service, file in self._files
        ]


def _line(style: str, call: tuple[str, str, int], at: int, random: Random, *, aborted: bool) -> str:
    method, template, status = call
    path = template.replace("{n}", str(random.randint(1, 9_999)))
    size = "-" if aborted or status in {204, 304} else str(random.randint(40, 48_000))
    answered = "-" if aborted else str(status)
    client = f"::ffff:10.0.{random.randint(0, 9)}.{random.randint(1, 254)}"
    if style in {"short", "tiny"}:
        took = "-" if aborted else f"{random.lognormvariate(3.5, 0.6):.3f}"
        if style == "tiny":
            return f"{method} {path} {answered} {size} - {took} ms"
        return f"{client} - {method} {path} HTTP/1.1 {answered} {size} - {took} ms"
    head = f'{client} - - [{_clf(at)}] "{method} {path} HTTP/1.1" {answered} {size}'
    if style == "common":
        return head
    agent = "-" if aborted else random.choice(USER_AGENTS)
    return f'{head} "{"-" if aborted else "https://habitus33.example/"}" "{agent}"'


def _clf(at: int) -> str:
    """Return the time of the Common Log Format, in UTC as morgan writes it."""
    day = utc(at)
    return f"{day.day:02d}/{MONTHS[day.month - 1]}/{day.year}:{day:%H:%M:%S} +0000"
