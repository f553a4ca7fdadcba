"""A prober asks `/api/health` every minute and appends what it got: an object a line, a file a KST day.

Its files are kept for longer than Render's logs: they begin with the day on which the time system went live.
In a sample smaller than a tenth it asks less often.
While MongoDB is away the app still answers 200 with `"status":"ok"`; only `database.status` tells.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from pipeline.sample.events import (
    DAY,
    HOUR,
    KST,
    MINUTE,
    MONTHS,
    SECOND,
    WEEKDAYS,
    Day,
    days_between,
    iso_js,
    iso_z,
    utc,
)
from pipeline.sample.extended_json import compact
from pipeline.sample.files import RecordFile, Written
from pipeline.sample.world import World

#: With the stories, the prober itself is away on the second day: from 04:17 KST, for 20 minutes.
_AWAY, _AWAY_FOR = 4 * HOUR + 17 * MINUTE, 20 * MINUTE


class Writer:
    """A file for every day."""

    def __init__(self, root: Path, world: World) -> None:
        self._root = root
        self._world = world
        self._random = world.random("probes")
        self._interval = max(1, round(0.1 / world.scale)) * MINUTE
        self._written: list[Written] = []
        plan = world.plan
        for on in days_between(utc(plan.deployed).astimezone(KST).date(), plan.dates[0] - timedelta(days=1)):
            counts, _ = self._probed(Day(on))
            self._written.append(counts)

    def add(self, day: Day) -> None:
        """Probe the service all day."""
        counts, figures = self._probed(day)
        counts.days = {str(day.date): {"probes": figures}}
        self._written.append(counts)

    def _probed(self, day: Day) -> tuple[Written, dict[str, Any]]:
        """Write a day's file; return what it holds and the figures of the day."""
        file = RecordFile(self._root, f"probes/{day.date}.ndjson.gz", "health_probes")
        causes: Counter[str] = Counter()
        down: list[str] = []
        missing = 0
        for minute in range(day.start, day.end, self._interval):
            if self._is_away(minute):
                missing += 1
                continue
            at = minute + 2 * SECOND
            cause = self._cause(at)
            if cause:
                causes[cause] += 1
                down.append(iso_z(at))
            file.record(compact(self._probe(at, cause, self._random)), at=at)
        counts = file.close(down=len(down), missing=missing)
        figures = {
            "interval_min": self._interval // MINUTE,
            "probes": counts.records,
            "missing": missing,
            "down": len(down),
            "causes": dict(sorted(causes.items())),
            "down_at": down,
        }
        return counts, figures

    def close(self) -> list[Written]:
        """Return what the files hold."""
        return self._written

    def _is_away(self, at: int) -> bool:
        plan = self._world.plan
        start = plan.first + 24 * HOUR + _AWAY
        return plan.stories and start <= at < start + _AWAY_FOR

    def _cause(self, at: int) -> str | None:
        """Return why the service is down for the prober, None where it is up."""
        outage, release = self._world.outage, self._world.release
        if outage and outage.start <= at < outage.end:
            return "database_disconnected"
        if release and release.at <= at < release.at + MINUTE:
            return "http_502"
        return None

    def _probe(self, at: int, cause: str | None, random: Random) -> dict[str, Any]:
        status = 502 if cause == "http_502" else 200
        return {
            "probe_at": iso_js(at // 1000)[:-5] + "Z",
            "http_status": status,
            "latency_ms": random.randint(60, 190),
            "body": self._body(at, cause, random) if status == 200 else None,
        }

    def _body(self, at: int, cause: str | None, random: Random) -> dict[str, Any]:
        """Return what the app says of itself: of the database, of its process, of its zone."""
        answered = at + random.randint(20, 90) * 1000
        plan = self._world.plan
        booted = plan.first + 10 * MINUTE
        if at < booted:
            booted = plan.deployed if at >= plan.deployed else plan.deployed - DAY
        instance = random.choice(self._world.instances(at))
        release = self._world.release
        if release and instance == release.instance:
            booted = release.at - 30 * SECOND
        heap = random.randint(48, 66)
        local = utc(answered).astimezone(KST)
        half = "오전" if local.hour < 12 else "오후"
        there = utc(answered)
        day = f"{WEEKDAYS[there.weekday()]}, {there.day:02d} {MONTHS[there.month - 1]} {there.year}"
        return {
            "status": "ok",
            "timestamp": iso_js(answered // 1000),
            "database": {"status": "disconnected" if cause else "connected"},
            "server": {
                "uptime": max(0, answered - booted) / SECOND,
                "memoryUsage": {
                    "rss": f"{heap + random.randint(80, 95)} MB",
                    "heapTotal": f"{heap + 9} MB",
                    "heapUsed": f"{heap} MB",
                },
                "version": "v20.11.1",
            },
            "timezone": {
                "envTimezone": "Asia/Seoul",
                "systemTimezone": "Asia/Seoul",
                "currentTime": iso_js(answered // 1000),
                "utcTime": f"{day} {there:%H:%M:%S} GMT",
                "koreaTime": f"{local.year}. {local.month}. {local.day}. {half} "
                f"{(local.hour - 1) % 12 + 1}:{local:%M:%S}",
                "timezoneOffset": -540,
                "isKoreanTime": True,
            },
        }
