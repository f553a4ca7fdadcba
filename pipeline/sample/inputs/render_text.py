"""A copy of the web service's log from Render's dashboard: a time on every line, seconds, no zone.

It is in the zone of whoever copied it, here a colleague in India, half an hour off everybody else's.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.sample.events import HOUR, MINUTE, SECOND, Day, utc
from pipeline.sample.files import RecordFile, Written
from pipeline.sample.world import World

FOLDER = "dashboard"
SERVICE = "habitus33-web"
INSTANCE = "srv-d1f7m3q1hb4g02-z5wqk"
#: The copier's zone and what it is ahead of UTC: without daylight saving time since 1945.
ZONE, _AHEAD = "Asia/Kolkata", 5 * HOUR + 30 * MINUTE
#: The copied evening begins at 20:00 KST.
_START = 20 * HOUR

_STARTED = ("==> Running 'npm start'", "==> Your service is live 🎉")
_SAID = (
    ("[ssr] rendered /books in {ms} ms",),
    ("[ssr] rendered /notes in {ms} ms",),
    ("[cache] 정리 시작", "  [cache] 남은 항목: {n}", "  [cache] 비운 항목: {ms}"),
    ("[assets] 304 for {n} files",),
    (
        "Error: connect ETIMEDOUT 10.0.3.4:{n}",
        "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1595:16)",
        "    at async fetchShelf (/opt/render/project/src/.next/server/chunks/{n}.js:1:{ms})",
    ),
)
_SHARES = (40, 30, 12, 12, 6)


class Writer:
    """The copy, made on the last day."""

    def __init__(self, root: Path, world: World) -> None:
        self._root = root
        self._world = world
        self._written: list[Written] = []

    def add(self, day: Day) -> None:
        """Write the copied evening, if it is this day's."""
        if day.date != self._world.plan.end:
            return
        random = self._world.random("render-text")
        file = RecordFile(self._root, f"{FOLDER}/web-{day.date}.txt", "render_text")
        at = day.start + _START
        for lines in (*((line,) for line in _STARTED), *random.choices(_SAID, _SHARES, k=150)):
            stamp = utc(at + _AHEAD).strftime("%Y-%m-%d %H:%M:%S")
            n, ms = random.randint(10, 900), random.randint(3, 900)
            file.record(*(f"{stamp}  {line.format(n=n, ms=ms)}" for line in lines), at=at)
            at += random.randint(1, 90) * SECOND
        self._written.append(file.close())

    def close(self) -> list[Written]:
        """Return what the file holds."""
        return self._written
