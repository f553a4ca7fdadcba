"""When the services beside the API are used: by the same curve of the day as the API itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from random import Random

from pipeline.sample.events import HOUR, SECOND, Day
from pipeline.sample.service import WEEKDAY

_UNTIL = (0, *accumulate(WEEKDAY))


def instants(day: Day, n: int, random: Random) -> Iterator[int]:
    """Yield n instants of a day in order, whole milliseconds in µs.

    They are drawn an hour at a time, so that memory stays small whatever n is.
    """
    for hour in range(24):
        before, until = (n * _UNTIL[at] // _UNTIL[-1] for at in (hour, hour + 1))
        start = day.start + hour * HOUR
        drawn = [random.randrange(HOUR - SECOND) // 1000 * 1000 for _ in range(before, until)]
        yield from (start + since for since in sorted(drawn))
