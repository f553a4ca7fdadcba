"""`mongostat --json`: a sample of every host a line, all values as text, a time without a year or a zone.

https://www.mongodb.com/docs/database-tools/mongostat/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pipeline.formats.points import Point

#: The table that its records go to.
KIND = "metrics"

#: What is no measurement.
_NO_NUMBERS = frozenset({"host", "set", "repl", "time"})
#: Two numbers in one field, `a|b`: what each is called.
_PAIRS = {
    "command": ("command", "command_repl"),
    "qrw": ("qr", "qw"),
    "arw": ("ar", "aw"),
}
#: Sizes of memory count by 1,024 and traffic by 1,000, which the case of the letter tells.
#: https://github.com/mongodb/mongo-tools/blob/master/common/text/units.go
_SIZES = {
    **{letter: 1000**power for power, letter in enumerate("bkmg")},
    **{letter: 1024**power for power, letter in enumerate("BKMG")},
}
_NUMBER = re.compile(r"\*?(-?\d+(?:\.\d+)?)([%bkmgBKMG]?)", re.ASCII)
_TIME = re.compile(r"([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d:\d\d(?:\.\d+)?)", re.ASCII)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def claims(value: object) -> bool:
    """Return whether the value is a sample of mongostat's, by host.

    >>> claims({"a:27017": {"host": "a:27017", "insert": "*0", "conn": "12", "time": "Jun 20 10:00:01.004"}})
    True
    """
    if not isinstance(value, dict) or not value:
        return False
    return all(isinstance(one, dict) and {"host", "insert", "time"} <= one.keys() for one in value.values())


def points(sample: Mapping[str, Mapping[str, Any]], near: datetime) -> Iterator[Point]:
    """Yield the measurements of all hosts.

    Args:
        sample: by host.
        near: the year that a time lacks is the one which brings it closest to this local time.
    """
    for host, stated in sample.items():
        time = with_year(str(stated["time"]), near)
        for field in stated.keys() - _NO_NUMBERS:
            for name, (value, unit) in _read(field, str(stated[field])).items():
                origin = {"time": stated["time"], field: stated[field]}
                yield Point(time, f"mongostat.{name}", unit, value, {"host": host}, origin)


def _read(field: str, text: str) -> dict[str, tuple[object, str | None]]:
    """Return the numbers of a field and their units by their names; what is none as it stands."""
    parts = text.split("|")
    names = _PAIRS.get(field, (field, f"{field}_2"))
    if len(parts) > 2:
        return {field: (text, None)}
    return {name: _number(part) for name, part in zip(names, parts, strict=False)}


def _number(text: str) -> tuple[object, str | None]:
    """Return a number and its unit; a star says that a write was replicated.

    >>> _number("*0"), _number("0.1%"), _number("312M"), _number("14.2k")
    ((0.0, '1'), (0.001, '1'), (327155712.0, 'bytes'), (14200.0, 'bytes'))
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        return text, None
    number, unit = float(match[1]), match[2]
    if unit == "%":
        return round(number / 100, 6), "1"
    return (round(number * _SIZES[unit], 3), "bytes") if unit else (number, "1")


def with_year(text: str, near: datetime) -> str:
    """Return a time in ISO 8601 with the year that brings it closest to another; as it stands if it is none.

    >>> with_year("Dec 31 23:59:59.5", datetime(2026, 1, 1, 0, 10))
    '2025-12-31T23:59:59.5'
    """
    match = _TIME.fullmatch(text)
    if match is None or match[1] not in _MONTHS:
        return text
    month, day = _MONTHS.index(match[1]) + 1, int(match[2])
    found: dict[float, int] = {}
    # 29 February may be four years away, eight around a century.
    for year in range(max(near.year - 8, 1), min(near.year + 8, 9999) + 1):
        try:
            at = datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}T{match[3][:8]}")
        except ValueError:
            continue
        found[abs((at - near).total_seconds())] = year
    return f"{found[min(found)]:04}-{month:02}-{day:02}T{match[3]}" if found else text
