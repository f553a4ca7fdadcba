"""Pages of Render's log API, as a nightly loop of requests appends them: one page a line, a file a KST day.

Pages go forward in time, hold at most 100 entries, and begin with the last entries of the page before: the
next request starts at an instant that was already seen. https://api-docs.render.com/reference/list-logs
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from pipeline.sample.events import Day, rfc3339
from pipeline.sample.files import Written, reach, save
from pipeline.sample.service import HOST, RESOURCE
from pipeline.sample.world import World

_PAGE = 100
_quoted = json.JSONEncoder(ensure_ascii=False).encode


class Entry(NamedTuple):
    """One log line: its instant, the number of its record, whether it is the record's first, its JSON."""

    at: int
    record: int
    starts: bool
    text: str


class Writer:
    """A file for every day; all but the newest are compressed, as a rotation leaves them."""

    def __init__(self, root: Path, world: World) -> None:
        self._root = root
        self._world = world
        self._written: list[Written] = []

    def add(self, day: Day) -> None:
        """Write the day's file."""
        random = chance(self._world, day)
        listed = entries(day, random)
        path = f"render/{day.date}.json" + ("" if day.date == self._world.plan.end else ".gz")
        pages = _pages(listed, day, random)
        save(self._root, path, [text for text, _ in pages])
        shown = sum(len(part) for _, part in pages)
        starting = sum(any(entry.starts for entry in part) for _, part in pages)
        more = {
            "kind": "render_api",
            "pages": len(pages),
            "entries": shown,
            "repeated_entries": shown - len(listed),
            "requests": len(day.requests),
            "app_records": len(day.prints),
            "app_lines": sum(len(call.lines) for call in day.prints),
            **reach([one.at for one in listed]),
        }
        self._written.append(
            Written(
                path=path,
                lines=len(pages),
                records=len(day.requests) + len(day.prints),
                events=starting,
                continuation=len(pages) - starting,
                more=more,
            )
        )

    def close(self) -> list[Written]:
        """Return what the files hold."""
        return self._written


def _pages(listed: list[Entry], day: Day, random: Random) -> list[tuple[str, list[Entry]]]:
    """Cut the entries into overlapping pages: the JSON text of each, and what it shows."""
    pages = []
    start = 0
    more = True
    while more:
        part = listed[start : start + _PAGE]
        start += _PAGE
        more = start < len(listed)
        if more:
            start -= random.randint(1, 4)
        logs = ",".join(entry.text for entry in part)
        reached = part[-1].at if part else day.start
        following = f'"nextStartTime":"{rfc3339(reached)}","nextEndTime":"{rfc3339(day.end)}"'
        text = f'{{"hasMore":{"true" if more else "false"},"logs":[{logs}],{following}}}'
        pages.append((text, part))
    return pages


def chance(world: World, day: Day) -> Random:
    """Return the stream that a day's entries are drawn from."""
    return world.random(f"render/{day.date}")


def entries(day: Day, random: Random) -> list[Entry]:
    """Return a day's log lines in the order of time, their ids drawn from the day's `chance`."""
    found = []
    for number, request in enumerate(day.requests):
        message = (
            f'clientIP="{request.client_ip}" requestID="{request.request_id}" '
            f"responseTimeMS={request.duration_ms} responseBytes={request.response_bytes} "
            f'userAgent="{request.user_agent}"'
        )
        labels = (
            f'{_labels(request.instance, "info", "request")},{{"name":"method","value":"{request.method}"}},'
            f'{{"name":"path","value":"{request.path}"}},'
            f'{{"name":"statusCode","value":"{request.status}"}},{{"name":"host","value":"{HOST}"}}'
        )
        text = _entry(rfc3339(request.at), labels, message, random)
        found.append(Entry(request.at, number, True, text))
    for record, call in enumerate(day.prints, len(day.requests)):
        labels = _labels(call.instance, call.level, "app")
        for number, (line, at) in enumerate(zip(call.lines, call.times, strict=True)):
            text = _entry(rfc3339(at, random.randint(0, 999)), labels, line, random)
            found.append(Entry(at, record, number == 0, text))
    return sorted(found, key=lambda entry: entry.at)


def _entry(stamp: str, labels: str, message: str, random: Random) -> str:
    identity = f"lg{random.getrandbits(80):020x}"
    return f'{{"id":"{identity}","labels":[{labels}],"message":{_quoted(message)},"timestamp":"{stamp}"}}'


@cache
def _labels(instance: str, level: str, kind: str) -> str:
    """Return the label objects that every entry has; no value needs escaping."""
    named = {"resource": RESOURCE, "instance": instance, "level": level, "type": kind}
    return ",".join(f'{{"name":"{name}","value":"{value}"}}' for name, value in named.items())
