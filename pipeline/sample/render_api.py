"""Pages of Render's log API, as a nightly loop of requests appends them: one page a line, a file a KST day.

Pages go forward in time, hold at most 100 entries, and begin with the last entries of the page before: the
next request starts at an instant that was already seen. https://api-docs.render.com/reference/list-logs
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import NamedTuple

from pipeline.sample.events import Day, iso_z, utc
from pipeline.sample.files import Written, save
from pipeline.sample.world import World

RESOURCE = "srv-cq4k2p5ds78s73"
HOST = "habitus33-api.onrender.com"
_PAGE = 100
_quoted = json.JSONEncoder(ensure_ascii=False).encode


class Entry(NamedTuple):
    """One log line: its instant, whether a record starts with it, and its JSON text."""

    at: int
    starts: bool
    text: str


def write(root: Path, world: World) -> list[Written]:
    """Write a file for every day; all but the newest are compressed, as a rotation leaves them."""
    return [_write_day(root, world, day) for day in world.days]


def _write_day(root: Path, world: World, day: Day) -> Written:
    random = world.random(f"render/{day.date}")
    entries = sorted(_entries(day, random), key=lambda entry: entry.at)
    path = f"render/{day.date}.json" + ("" if day is world.days[-1] else ".gz")
    pages = _pages(entries, day, random)
    save(root, path, [text for text, _ in pages])
    shown = sum(len(part) for _, part in pages)
    starting = sum(any(entry.starts for entry in part) for _, part in pages)
    return Written(
        path=path,
        lines=len(pages),
        records=len(day.requests) + len(day.prints),
        events=starting,
        continuation=len(pages) - starting,
        more={
            "kind": "render_api",
            "pages": len(pages),
            "entries": shown,
            "repeated_entries": shown - len(entries),
            "requests": len(day.requests),
            "app_records": len(day.prints),
            "app_lines": sum(len(call.lines) for call in day.prints),
            "first_ts": iso_z(entries[0].at),
            "last_ts": iso_z(entries[-1].at),
        },
    )


def _pages(entries: list[Entry], day: Day, random: Random) -> list[tuple[str, list[Entry]]]:
    """Cut the entries into overlapping pages: the JSON text of each, and what it shows."""
    pages = []
    start = 0
    more = True
    while more:
        part = entries[start : start + _PAGE]
        start += _PAGE
        more = start < len(entries)
        if more:
            start -= random.randint(1, 4)
        logs = ",".join(entry.text for entry in part)
        following = f'"nextStartTime":"{_rfc3339(part[-1].at)}","nextEndTime":"{_rfc3339(day.end)}"'
        text = f'{{"hasMore":{"true" if more else "false"},"logs":[{logs}],{following}}}'
        pages.append((text, part))
    return pages


def _entries(day: Day, random: Random) -> list[Entry]:
    entries = []
    for request in day.requests:
        message = (
            f'clientIP="{request.client_ip}" requestID="{request.request_id}" '
            f"responseTimeMS={request.duration_ms} responseBytes={request.response_bytes} "
            f'userAgent="{request.user_agent}"'
        )
        labels = _labels(
            instance=request.instance,
            level="info",
            type="request",
            method=request.method,
            path=request.path,
            statusCode=str(request.status),
            host=HOST,
        )
        entries.append(_entry(request.at, _rfc3339(request.at), labels, message, random, starts=True))
    for call in day.prints:
        labels = _labels(instance=call.instance, level=call.level, type="app")
        for number, (line, at) in enumerate(zip(call.lines, call.times, strict=True)):
            stamp = _rfc3339(at, random.randint(0, 999))
            entries.append(_entry(at, stamp, labels, line, random, starts=number == 0))
    return entries


def _entry(at: int, stamp: str, labels: str, message: str, random: Random, *, starts: bool) -> Entry:
    text = _quoted(message)
    identity = f"lg{random.getrandbits(80):020x}"
    return Entry(
        at, starts, f'{{"id":"{identity}","labels":[{labels}],"message":{text},"timestamp":"{stamp}"}}'
    )


def _labels(**labels: str) -> str:
    """Return the label objects of one entry; no value here needs escaping."""
    named = {"resource": RESOURCE, **labels}
    return ",".join(f'{{"name":"{name}","value":"{value}"}}' for name, value in named.items())


def _rfc3339(at: int, nanoseconds: int = 0) -> str:
    """Return an instant as Go prints it: up to nine digits, zeros at the end left away.

    >>> _rfc3339(1750381200600000), _rfc3339(1750381200000000, 7)
    ('2025-06-20T01:00:00.6Z', '2025-06-20T01:00:00.000000007Z')
    """
    fraction = f"{at % 1_000_000:06d}{nanoseconds:03d}".rstrip("0")
    whole = utc(at).isoformat()[:19]
    return f"{whole}.{fraction}Z" if fraction else f"{whole}Z"
