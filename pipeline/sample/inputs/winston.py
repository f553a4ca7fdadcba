"""Logs of two services that use winston: JSON with a time, which was configured, and `simple` without one.

https://github.com/winstonjs/logform
"""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from pathlib import Path
from random import Random

from pipeline.sample.events import Day, iso_js
from pipeline.sample.extended_json import compact
from pipeline.sample.files import RecordFile, Written
from pipeline.sample.traffic import instants
from pipeline.sample.world import World

SEARCH, CRON = "habitus33-search", "habitus33-cron"
_SEARCH_A_DAY, _CRON_A_DAY = 200, 24
#: Level, message.
_SEARCHED = (
    ("info", "query answered"),
    ("debug", "index warm"),
    ("warn", "slow query"),
    ("error", "index locked"),
)
_SHARES = tuple(accumulate((80, 12, 6, 2)))
_CLEANED = (("info", "정리 완료"), ("warn", "건너뜀"), ("error", "정리 실패"))
_CRON_SHARES = (85, 12, 3)
_STACK = "\n    at open (/srv/search/dist/index.js:77:13)\n    at async run (/srv/search/dist/main.js:12:5)"


class Writer:
    """A file for each service."""

    def __init__(self, root: Path, world: World) -> None:
        self._scale = world.plan.scale
        self._random = world.random("winston")
        self._search = RecordFile(root, f"winston/{SEARCH}.ndjson", "winston")
        self._cron = RecordFile(root, f"winston/{CRON}.log", "winston_simple")
        self._levels: dict[str, Counter[str]] = {SEARCH: Counter(), CRON: Counter()}

    def add(self, day: Day) -> None:
        """Write the day's lines."""
        random = self._random
        for at in instants(day, max(10, round(_SEARCH_A_DAY * self._scale)), random):
            level, message = random.choices(_SEARCHED, cum_weights=_SHARES)[0]
            self._levels[SEARCH][level] += 1
            self._search.line(_json(at, level, message, random), starts=True, at=at)
        n = max(4, round(_CRON_A_DAY * self._scale))
        for level, message in random.choices(_CLEANED, _CRON_SHARES, k=n):
            self._levels[CRON][level] += 1
            self._cron.line(f'{level}: {message} {{"files":{random.randint(0, 400)}}}', starts=True)

    def close(self) -> list[Written]:
        """Finish the files and return what they hold."""
        return [
            file.close(service=service, severities=dict(sorted(self._levels[service].items())))
            for service, file in ((SEARCH, self._search), (CRON, self._cron))
        ]


def _json(at: int, level: str, message: str, random: Random) -> str:
    line: dict[str, object] = {"level": level, "message": message}
    if level == "error":
        line["stack"] = f"Error: {message}{_STACK}"
    else:
        line["ms"] = random.randint(2, 900)
    return compact({**line, "timestamp": iso_js(at // 1000)})
