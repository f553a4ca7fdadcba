"""`[unpacking]`: what compressed files and archives may unpack to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.config.reader import Reader

KEY = "unpacking"

TEMPLATE = """\
# What compressed files and archives may unpack to: what is more is taken for a bomb, its rest is left out.
[unpacking]
# free_mb = 1024              # any file may unpack to so much
# ratio = 400                 # and a larger one to so many times its size; logs reach 50
# members = 10000             # an archive's files
"""


@dataclass(frozen=True)
class Unpacking:
    """Limits of what a file unpacks to: the greater of `free_bytes` and `ratio` times its size holds.

    Deflate reaches 1,032 times (https://zlib.net/zlib_tech.html), zstd 32,768; logs reach 50.
    `members` is how many files an archive may hold.
    """

    free_bytes: int = 1 << 30
    ratio: int = 400
    members: int = 10_000


def read(reader: Reader, value: Any) -> Unpacking:
    """Return the limits; what is not stated is as it is by default."""
    table = reader.table({} if value is None else value, KEY, ("free_mb", "ratio", "members"))

    def stated(name: str, least: int, unit: int, default: int) -> int:
        number = reader.number(table, name, f"{KEY}.", least=least)
        return default if number is None else int(number * unit)

    return Unpacking(
        free_bytes=stated("free_mb", 0, 1 << 20, Unpacking.free_bytes),
        ratio=stated("ratio", 1, 1, Unpacking.ratio),
        members=stated("members", 1, 1, Unpacking.members),
    )
