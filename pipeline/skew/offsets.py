"""The offsets from UTC that clocks on Earth really show, from the IANA time zone database."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: The offset that the app takes for its own, seconds: Asia/Seoul.
KST = 9 * 3600
_NOT_PLACES = {"Factory", "localtime", "posixrules"}
#: Zones that most readers know, to name an offset by; the rest in the order of the alphabet, links last.
_WELL_KNOWN = (
    "Asia/Seoul",
    "UTC",
    "Asia/Shanghai",
    "Asia/Kolkata",
    "Asia/Bangkok",
    "Asia/Dubai",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Moscow",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Australia/Sydney",
    "Pacific/Auckland",
    "Pacific/Honolulu",
)


@cache
def in_force(year: int) -> dict[int, str]:
    """Return every offset that some zone shows in that year (seconds east of UTC), with a zone that shows it.

    The offset is looked at on the first of each month, so that summer time counts; local mean times of the
    past do not, unless the year lies in it.

    >>> in_force(2025)[20_700], 8 * 3600 + 1800 in in_force(2025)
    ('Asia/Kathmandu', False)
    """
    months = [datetime(year, month, 1, tzinfo=UTC) for month in range(1, 13)]
    found: dict[int, str] = {}
    for name in sorted(available_timezones() - _NOT_PLACES, key=_well_known_first):
        zone = ZoneInfo(name)
        for month in months:
            offset = zone.utcoffset(month)
            if offset is not None:
                found.setdefault(round(offset.total_seconds()), name)
    return found


def _well_known_first(name: str) -> tuple[int, bool, str]:
    known = _WELL_KNOWN.index(name) if name in _WELL_KNOWN else len(_WELL_KNOWN)
    return known, "/" not in name or name.startswith(("Etc/", "US/")), name


def utc_offset(seconds: int) -> str:
    """Return an offset as people write it.

    >>> utc_offset(20_700), utc_offset(-34_200)
    ('UTC+05:45', 'UTC-09:30')
    """
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return f"UTC{'-' if seconds < 0 else '+'}{hours:02d}:{minutes:02d}"


@cache
def wrong_by_zone(year: int) -> dict[int, str]:
    """Return every difference (seconds, not 0) that a zone mistake makes of a right clock, with its reading.

    Local time taken for UTC is off by the zone's offset; with the sign of JavaScript's getTimezoneOffset, by
    its negative; local time taken for Korean time, by its difference to KST. The simplest reading comes
    first.
    """
    offsets = in_force(year)
    readings = [
        ((offset, f"{utc_offset(offset)} ({name}) taken for UTC") for offset, name in offsets.items()),
        ((-offset, f"{utc_offset(offset)} ({name}), its sign reversed") for offset, name in offsets.items()),
        ((offset - KST, f"{utc_offset(offset)} ({name}) taken for KST") for offset, name in offsets.items()),
    ]
    # In Korea this is likelier than a device in Alaska.
    found = {-KST: "UTC taken for KST"}
    for kind in readings:
        for difference, reading in kind:
            if difference:
                found.setdefault(difference, reading)
    return found


def nearest(levels: npt.NDArray[np.float64], years: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return for each level (seconds) the nearest difference that a zone mistake makes in that level's year.

    Args:
        levels: client minus server, seconds.
        years: the calendar year (UTC) that the level was seen in, one for each; 1970 to 9999.
    """
    import numpy as np

    found = np.zeros(len(levels), dtype=np.int64)
    for year in np.unique(years):
        known = np.array(sorted(wrong_by_zone(int(year))), dtype=np.int64)
        here = years == year
        above = np.searchsorted(known, levels[here]).clip(1, len(known) - 1)
        lower, upper = known[above - 1], known[above]
        found[here] = np.where(levels[here] - lower <= upper - levels[here], lower, upper)
    return found
