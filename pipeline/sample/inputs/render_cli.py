"""What `render logs -o json` printed in the incident: pretty-printed objects, one right behind the other.

Three minutes of the last day that its API pages hold too: the same entries with the same ids. Where so few
read that nothing was printed in them, twice as long, and so on: nobody keeps an empty copy.
https://render.com/docs/cli
"""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.sample.events import DAY, HOUR, MINUTE, Day
from pipeline.sample.files import LineFile, Written, reach
from pipeline.sample.inputs.render_api import Entry, chance, entries
from pipeline.sample.world import World

#: From 21:03 KST, a minute before the outage begins.
_START, _LENGTH = 21 * HOUR + 3 * MINUTE, 3 * MINUTE


class Writer:
    """The file of the last day."""

    def __init__(self, root: Path, world: World) -> None:
        self._root = root
        self._world = world
        self._written: list[Written] = []

    def add(self, day: Day) -> None:
        """Write the window, if it lies in this day."""
        if day.date != self._world.plan.end:
            return
        path = f"render-cli/{day.date}T2103.json"
        shown = _window(entries(day, chance(self._world, day)), day.start + _START)
        text = "".join(json.dumps(json.loads(one.text), ensure_ascii=False, indent=2) for one in shown)
        with LineFile(self._root, path) as file:
            file.write([text] if text else [])
        starts = [one.at for one in shown if one.starts]
        lines = text.count("\n") + bool(text)
        more = {"kind": "render_cli", "entries": len(shown), "copies": len(starts), **reach(starts)}
        n = len(starts)
        self._written.append(Written(path, lines, records=n, events=n, continuation=lines - n, more=more))

    def close(self) -> list[Written]:
        """Return what the file holds."""
        return self._written


def _window(listed: list[Entry], start: int) -> list[Entry]:
    """Return the entries of the records that start in the window, all lines of each."""
    length, inside = _LENGTH, set[int]()
    while not inside and length < DAY:
        inside = {one.record for one in listed if one.starts and start <= one.at < start + length}
        length *= 2
    return [one for one in listed if one.record in inside]
