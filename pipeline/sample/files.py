"""Writing files whose bytes depend on their content alone, and counting what was written."""

from __future__ import annotations

import gzip
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Written:
    """One written file and its counters: lines = events + continuation + rejected + blank.

    Attributes:
        path: relative to the landing folder.
        records: records, each counted once however often an overlap repeats it.
        more: figures of this kind of file.
    """

    path: str
    lines: int
    records: int
    events: int
    continuation: int = 0
    rejected: int = 0
    blank: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    def truth(self) -> dict[str, Any]:
        """Return the counters as truth.json states them, without the path."""
        counters = {name: value for name, value in asdict(self).items() if name not in {"path", "more"}}
        return {**counters, **self.more}


def save(root: Path, path: str, lines: list[str]) -> None:
    """Write lines, each ended by a newline, below the landing folder; gzipped where the name ends in .gz.

    The gzip header carries neither a name nor a time.
    """
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(f"{line}\n" for line in lines).encode()
    if path.endswith(".gz"):
        data = gzip.compress(data, compresslevel=6, mtime=0)
    target.write_bytes(data)
