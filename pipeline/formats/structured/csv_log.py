"""Any other table with a column of times: a record a row, its columns as they are called.

https://www.rfc-editor.org/rfc/rfc4180
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.formats import table

#: The table that its records go to.
KIND = "events"

_NAMES = {
    "at": (
        *("timestamp", "@timestamp", "ts", "time", "datetime", "date time", "at", "created at", "date"),
        *("일시", "시각", "시간", "날짜"),
    ),
    "severity": ("severity", "level", "lvl", "log level", "심각도", "수준"),
    "text": ("message", "msg", "log", "event", "text", "description", "메시지", "내용"),
}


def claims(value: object) -> bool:
    """Return whether the value is a header that names a time.

    >>> claims(("time", "level", "message")), claims(("name", "price"))
    (True, False)
    """
    return isinstance(value, tuple) and "at" in roles(value)


def roles(columns: Sequence[str]) -> tuple[str, ...]:
    """Return what each column means: at, severity or text; "" for the others."""
    return table.meanings(columns, _NAMES)
