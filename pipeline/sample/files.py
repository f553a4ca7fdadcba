"""Writing files whose bytes depend on their content alone, and counting what was written."""

from __future__ import annotations

import gzip
import io
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol

from pipeline.sample.events import Day, iso_z

#: Of two parts of one file, the earlier of these holds for the whole, and the later of those.
_EARLIER, _LATER = {"first_ts"}, {"last_ts"}
_NOT_COUNTERS = {"path", "more", "days", "leaks"}


@dataclass
class Written:
    """One written file and its counters: lines = events + continuation + rejected + blank.

    Attributes:
        path: relative to the landing folder.
        records: records, each counted once however often an overlap repeats it.
        more: figures of this kind of file.
        days: figures by KST date that belong to `days` of the truth.
        leaks: personal data in it, by kind: texts and how often they were planted, as the truth states them.
    """

    path: str
    lines: int
    records: int
    events: int
    continuation: int = 0
    rejected: int = 0
    blank: int = 0
    more: dict[str, Any] = field(default_factory=dict)
    days: dict[str, dict[str, Any]] = field(default_factory=dict)
    leaks: dict[str, dict[str, Any]] = field(default_factory=dict)

    def truth(self) -> dict[str, Any]:
        """Return the counters as truth.json states them, without the path."""
        counters = {name: value for name, value in asdict(self).items() if name not in _NOT_COUNTERS}
        return {**counters, **self.more}

    def merge(self, other: Written) -> None:
        """Count another part of the same file too."""
        merged = _merged(asdict(self), asdict(other))
        for name, value in merged.items():
            setattr(self, name, value)


#: Bytes that are written or compressed at a time.
_BUFFER = 1 << 20


def _merged(mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Return the sum of two trees of counters; what is no number is the same in both, or mine."""
    sums = dict(mine)
    for name, value in theirs.items():
        if name not in mine:
            sums[name] = value
        elif name in _EARLIER:
            sums[name] = min(mine[name], value)
        elif name in _LATER:
            sums[name] = max(mine[name], value)
        elif isinstance(value, dict):
            sums[name] = _merged(mine[name], value)
        elif isinstance(value, int):
            sums[name] = mine[name] + value
    return sums


def reach(instants: Collection[int]) -> dict[str, str]:
    """Return the first and the last of some instants (µs), as the truth states them; nothing of none."""
    return {"first_ts": iso_z(min(instants)), "last_ts": iso_z(max(instants))} if instants else {}


class Writer(Protocol):
    """One input of the landing folder: told what happens day by day, then closed.

    A writer is made with the folder and the world; a file of several days is written while they pass.
    """

    def add(self, day: Day) -> None:
        """Write what a day leaves in this input."""

    def close(self) -> list[Written]:
        """Finish the files and return what they hold."""


class LineFile:
    """A file that lines are written to, gzipped where its name ends in .gz.

    The gzip header carries neither a name nor a time.
    """

    def __init__(self, root: Path, path: str) -> None:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        self._raw = target.open("wb", buffering=_BUFFER)
        self._out: IO[bytes] = self._raw
        if path.endswith(".gz"):
            packed = gzip.GzipFile("", "wb", compresslevel=6, fileobj=self._raw, mtime=0)
            self._out = io.BufferedWriter(packed, _BUFFER)

    def write(self, lines: Iterable[str]) -> None:
        """Write lines, each ended by a newline."""
        self.write_bytes(f"{line}\n".encode() for line in lines)

    def write_bytes(self, pieces: Iterable[bytes]) -> None:
        """Write bytes as they stand."""
        self._out.writelines(pieces)

    def __enter__(self) -> LineFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Finish the file."""
        self._out.close()
        self._raw.close()


class RecordFile:
    """A text file of records, counted while they are written."""

    def __init__(self, root: Path, path: str, kind: str) -> None:
        self._path = path
        self._kind = kind
        self._file = LineFile(root, path)
        self._records = self._continuation = self._blank = 0
        self._reach: tuple[int, int] | None = None

    def record(self, *lines: str, at: int | None = None) -> None:
        """Write the lines of a record, with its instant (µs) where it tells one."""
        for number, line in enumerate(lines):
            self.line(line, starts=number == 0, at=at)

    def line(self, text: str, *, starts: bool, at: int | None = None) -> None:
        """Write a line that a record starts or goes on with."""
        self._file.write([text])
        if not starts:
            self._continuation += 1
            return
        self._records += 1
        if at is not None:
            first, last = self._reach or (at, at)
            self._reach = min(first, at), max(last, at)

    def aside(self, *lines: str) -> None:
        """Write lines that belong to no record and are understood: a header."""
        self._continuation += len(lines)
        self._file.write(lines)

    def blank(self) -> None:
        """Write an empty line between records."""
        self._blank += 1
        self._file.write([""])

    def close(self, **more: Any) -> Written:
        """Finish the file; return its counters and further figures."""
        self._file.close()
        return Written(
            path=self._path,
            lines=self._records + self._continuation + self._blank,
            records=self._records,
            events=self._records,
            continuation=self._continuation,
            blank=self._blank,
            more={"kind": self._kind, **more, **reach(self._reach or ())},
        )


def save(root: Path, path: str, lines: Iterable[str]) -> None:
    """Write a whole file of lines below the landing folder."""
    with LineFile(root, path) as file:
        file.write(lines)
