"""What the logs and notes of a lake must be: their SHA-256, noted by the change that wrote them.

A data file has its SHA-256 in its name. The names of logs are given by the protocol, so a note says theirs:

    <lake>/_h33/digests/<change>-<sha256>.json     {"events/_delta_log/….json": "<sha256>", …}

Its own stands in its name. The note of change 0 is made by the first writer that finds none, and says what
lies there then; each change notes what it wrote before its intent goes, so that whoever finishes a killed
change notes it too. Of a file that is written again and again the newest note counts. A compaction merges the
notes of successive changes into that of the last: else there would be a small file for each change.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

from pipeline.lake import disk
from pipeline.lake import intent as intents
from pipeline.lake.intent import Intent
from pipeline.lake.layout import Layout
from pipeline.schema import TABLES

#: Up to this size a flipped bit is looked for by trying them all: each try costs a hash of the file. Merged
#: notes stay below it.
_SMALL = 16 << 10
_NOTE = re.compile(r"\d{20}-[0-9a-f]{64}\.json", re.ASCII)


@dataclass(frozen=True)
class Fault:
    """A log or note that is not as it was noted.

    Attributes:
        name: of the file, relative to the lake.
        what: what is wrong with it.
        sha256: what it should be; None where no note says.
    """

    name: str
    what: str
    sha256: str | None


def begun(layout: Layout) -> bool:
    """Return whether there are digests at all: not in a lake in the making, nor in one of before them."""
    return bool(_notes(layout))


def begin(layout: Layout) -> None:
    """Note all logs and notes as they are, where there are no digests."""
    if not begun(layout):
        pointers = (layout.pointer(table.name) for table in TABLES)
        _write(layout, 0, [*_logs(layout), *pointers, layout.format, layout.history])


def note(layout: Layout, intent: Intent) -> None:
    """Note what a change wrote; doing it twice changes nothing."""
    _write(layout, intent.change, _written_by(layout, intent))


def merge(layout: Layout) -> None:
    """Make few notes of many, where all are as they were written: a damaged one stays, to be told.

    No change may be under way: whoever finished it would take a merged note for its own. Killed anywhere, it
    leaves what says the same: a merged note holds the newest of what the others say, and stands behind them.
    """
    notes = _notes(layout)
    if any(_note_fault(layout, name) for name in notes):
        return
    for group in _groups(layout, notes):
        merged = _put(layout, int(group[-1].partition("-")[0]), _content(_union(layout, group)))
        for name in group:
            if name != merged.name:
                disk.remove_file(layout.digests / name)


def drop(layout: Layout) -> None:
    """Remove all digests at once: the next writer begins with what it finds.

    Were they removed one by one and the run killed, an old note would speak for what a later one noted.
    """
    aside = layout.staging / "digests"
    disk.empty_folder(aside)
    if layout.digests.exists():
        layout.digests.replace(aside)
    disk.empty_folder(layout.digests)
    disk.empty_folder(aside)
    aside.rmdir()


def faults(layout: Layout) -> list[Fault]:
    """Return the logs and notes that are not as they were noted, but for those of a change under way.

    A run beside us writes its intent before, and the digests after what they are of: what was seen counts
    only if both are as they were when the look is over.

    Raises:
        LakeDamaged: the intent cannot be read.
    """
    while True:
        before = intents.load(layout), _notes(layout)
        found = list(_compared(layout, *before))
        if before == (intents.load(layout), _notes(layout)):
            return found


def unflip(layout: Layout, fault: Fault) -> bool:
    """Put a flipped bit back, if that is all that is wrong with a small file; return whether it was."""
    path = layout.data(fault.name)
    try:
        content = bytearray(path.read_bytes())
    except OSError:
        return False
    if fault.sha256 is None or len(content) > _SMALL:
        return False
    wanted = bytes.fromhex(fault.sha256)
    for at in range(len(content) * 8):
        content[at // 8] ^= 1 << at % 8
        if hashlib.sha256(content).digest() == wanted:
            disk.replace_file(path, bytes(content), layout.staging / "unflipped")
            return True
        content[at // 8] ^= 1 << at % 8
    return False


def _prefix(change: int) -> str:
    return f"{change:020d}-"


def _write(layout: Layout, change: int, paths: Iterable[Path]) -> None:
    disk.make_folders(layout.digests)
    path = _put(
        layout, change, _content({layout.name(path): _sha256(path) for path in paths if path.exists()})
    )
    for other in layout.digests.glob(f"{_prefix(change)}*"):
        # A killed run noted less than the one that finished its change.
        if other != path:
            disk.remove_file(other)


def _put(layout: Layout, change: int, content: bytes) -> Path:
    """Put a note in its place, and return its path."""
    path = layout.digests / f"{_prefix(change)}{hashlib.sha256(content).hexdigest()}.json"
    disk.replace_file(path, content, layout.staging / "digests.json")
    return path


def _content(digests: dict[str, str]) -> bytes:
    return orjson.dumps(digests, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def _groups(layout: Layout, notes: Sequence[str]) -> Iterator[list[str]]:
    """Yield the notes to be merged with each other, two or more of successive changes."""
    group: list[str] = []
    for name in notes:
        if len(_content(_union(layout, [*group, name]))) > _SMALL:
            if len(group) > 1:
                yield group
            group = []
        group.append(name)
    if len(group) > 1:
        yield group


def _union(layout: Layout, notes: Iterable[str]) -> dict[str, str]:
    """Return what notes say, the newest last."""
    noted: dict[str, str] = {}
    for name in notes:
        noted |= orjson.loads((layout.digests / name).read_bytes())
    return noted


def _written_by(layout: Layout, intent: Intent) -> Iterator[Path]:
    """Yield the logs and notes that a change may write."""
    for todo in intent.tables:
        version = todo.base + 1
        yield layout.commit(todo.table, version)
        yield layout.checkpoint(todo.table, version)
        yield layout.pointer(todo.table)
    if intent.keep_from is not None:
        yield layout.history


def _notes(layout: Layout) -> list[str]:
    """Return the names of the notes, the newest last; none of strangers."""
    with suppress(FileNotFoundError):
        return sorted(path.name for path in layout.digests.iterdir() if _NOTE.fullmatch(path.name))
    return []


def _compared(layout: Layout, intent: Intent | None, notes: list[str]) -> Iterator[Fault]:
    noted: dict[str, str] = {}
    all_told = bool(notes)
    for name in notes:
        if fault := _note_fault(layout, name):
            all_told = False
            yield fault
        else:
            # Gone since, it was merged: the look is taken again.
            with suppress(FileNotFoundError):
                noted |= _union(layout, [name])
    under_way = {layout.name(path) for path in _written_by(layout, intent)} if intent else set()
    for name in sorted(noted.keys() - under_way):
        if fault := _fault(layout, layout.data(name), noted[name]):
            yield fault
    if all_told:
        for name in sorted({layout.name(path) for path in _logs(layout)} - noted.keys() - under_way):
            yield Fault(name, "is not noted as a log: h33 did not write it, or a note was lost", None)


def _logs(layout: Layout) -> Iterator[Path]:
    """Yield the commits and checkpoints that there are, but no temporary files."""
    for table in TABLES:
        for mark in ("*.json", "*.parquet"):
            yield from layout.log(table.name).glob(mark)


def _note_fault(layout: Layout, name: str) -> Fault | None:
    return _fault(layout, layout.digests / name, name.removesuffix(".json").rpartition("-")[2])


def _fault(layout: Layout, path: Path, wanted: str) -> Fault | None:
    try:
        if _sha256(path) == wanted:
            return None
        what = "its content has changed: its SHA-256 is not the one that was noted"
    except FileNotFoundError:
        what = "is missing"
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
    return Fault(layout.name(path), what, wanted)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
