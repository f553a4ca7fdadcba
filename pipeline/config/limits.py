"""`[sql]`: what one question of `h33 sql` or `h33 shell` may take."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pipeline.config.reader import Raw, Reader

KEY = "sql"

TEMPLATE = """\
# What one question of `h33 sql` and `h33 shell` may take; beyond it, it is ended.
[sql]
# seconds = 60                # of work; a reader who pauses costs nothing
# memory = "2GB"
# disk = "10GB"               # for what does not fit into memory, in the folder of temporary files
"""

_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?(B|kB|KB|MB|GB|TB)")
_BYTES = {"B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_LEAST = 64 * 10**6


@dataclass(frozen=True)
class Limits:
    """The bounds of one question: `seconds` of work, `memory` and `disk` in bytes."""

    seconds: float = 60.0
    memory: int = 2 * 10**9
    disk: int = 10 * 10**9


def read(reader: Reader, value: Any) -> Limits:
    """Return the limits."""
    table = reader.table({} if value is None else value, KEY, ("seconds", "memory", "disk"))
    seconds = reader.number(table, "seconds", f"{KEY}.", least=0.1)
    return Limits(
        seconds=Limits.seconds if seconds is None else seconds,
        memory=_size(reader, table, "memory", Limits.memory, _LEAST),
        disk=_size(reader, table, "disk", Limits.disk, 0),
    )


def _size(reader: Reader, table: Raw, name: str, default: int, least: int) -> int:
    """Return a size in bytes."""
    text = reader.text(table, name, f"{KEY}.")
    if text is None:
        return default
    match = _SIZE.fullmatch(text)
    if match is None:
        raise reader.fault(f"{KEY}.{name}", f"is no size: {text!r}", 'such as "2GB"')
    size = int(float(match[1]) * _BYTES[match[2]])
    if size < least:
        raise reader.fault(f"{KEY}.{name}", f"is {text!r}", f"at least {least // 10**6}MB")
    return size
