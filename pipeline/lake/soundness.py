"""Is the lake sound? Its files against its logs, and the ledger's counters against each other.

Reading needs no lock. The folders are listed before the intent, and the intent is read before the logs: a
file that a run beside us publishes meanwhile is named in one of them.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import starmap
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pipeline import engine
from pipeline.errors import LakeDamaged, LakeFault
from pipeline.lake import digests, history, log, sums, versions
from pipeline.lake import intent as intents
from pipeline.lake import layout as layouts
from pipeline.lake.intent import Intent
from pipeline.lake.layout import DataFile, Layout
from pipeline.lake.rewriting import sha256
from pipeline.lake.snapshot import Snapshot, open_snapshot
from pipeline.schema import DOCUMENTS, FILES, TABLES, VERSIONS

if TYPE_CHECKING:
    from pipeline.lake import Lake


@dataclass(frozen=True)
class Problem:
    """One finding.

    Attributes:
        where: the file, table or source, relative to the lake.
        what: what is wrong.
        damage: False for what the next run puts right by itself.
    """

    where: str
    what: str
    damage: bool = True

    def __str__(self) -> str:
        """Return the one line that the user reads."""
        return f"{self.where}: {self.what}"


def check(lake: Lake, *, deep: bool = False) -> list[Problem]:
    """Return what is wrong with a lake; nothing where there is no lake yet.

    Args:
        lake: the lake.
        deep: read everything: the SHA-256 of each log and note must be the one that was noted, that of each
            data file, those of older snapshots among them, the one in its name; each source must have the
            rows that the ledger says. Where a log or note has changed, what it says is not gone into.

    Raises:
        LakeFault: the path is not a lake, or a newer h33 wrote it.
    """
    place = Layout(lake.path)
    if deep and (changed := list(_changed(place))):
        return changed
    try:
        if not layouts.exists(place):
            return []
    except LakeDamaged as fault:
        return [Problem(_relative(place, fault.where), fault.what)]
    on_disk = [name for table in TABLES for name in history.on_disk(place, table.name)]
    problems: list[Problem] = []
    try:
        intent = intents.load(place)
        snapshot = open_snapshot(lake.path)
        files = [file for table in TABLES for file in snapshot.files(table.name)]
        problems += [*_unfinished(place, intent), *_foreign(place, snapshot)]
        damaged = list(filter(None, engine.map_ordered(partial(_file_problem, deep=deep), files)))
        problems += [*damaged, *_orphans(place, intent, on_disk)]
        if deep:
            problems += [*_not_noted(place), *_lost_history(place, files)]
        problems += _sums(snapshot, {problem.where for problem in damaged}, deep=deep)
        if history.oldest(place) > (snapshot.version or 0):
            # A run beside us ended the snapshot that we looked at, and deleted its files.
            return check(lake, deep=deep)
    except (LakeFault, LakeDamaged) as fault:
        # A log or the ledger cannot be read: nothing more can be said.
        problems.append(Problem(_relative(place, fault.where), fault.what))
    return problems


def _changed(place: Layout) -> Iterator[Problem]:
    """Yield the logs and notes that are not what was written."""
    try:
        for fault in digests.faults(place):
            yield Problem(fault.name, fault.what)
    except LakeDamaged as fault:
        yield Problem(_relative(place, fault.where), fault.what)


def _unfinished(place: Layout, intent: Intent | None) -> Iterator[Problem]:
    """Yield what a run left that is at work beside us, or was cut short: from here they look the same."""
    if intent is not None:
        what = f"run {intent.run_id} is publishing a change, or was cut short: the next run finishes it"
        yield Problem(_relative(place, str(place.intent)), what, damage=False)
    elif any(names for _, _, names in os.walk(place.staging)):
        what = "holds files of a run that is at work, or was cut short: the next run drops them"
        yield Problem(_relative(place, str(place.staging)), what, damage=False)


def _foreign(place: Layout, snapshot: Snapshot) -> Iterator[Problem]:
    """Yield the tables that have commits which the ledger does not name and no run is about to name."""
    ahead = [t for t, version in snapshot.versions.items() if place.commit(t, version + 1).exists()]
    # In this order: a run at work removes its intent only after its ledger commit.
    if ahead and intents.load(place) is None and open_snapshot(place.root).version == snapshot.version:
        for table in ahead:
            yield Problem(
                table, f"another program changed this table after version {snapshot.versions[table]}"
            )


def _file_problem(file: DataFile, *, deep: bool) -> Problem | None:
    path = Path(file.path)
    try:
        if (size := path.stat().st_size) != file.bytes:
            return Problem(file.name, f"has {size} bytes, was written with {file.bytes}")
        if deep and sha256(path) != file.sha256:
            return Problem(file.name, "its content has changed: its SHA-256 is not the one in its name")
    except FileNotFoundError:
        return Problem(file.name, f"is missing, with {file.rows} rows")
    except OSError as error:
        return Problem(file.name, f"cannot be read: {error.strerror}")
    return None


def _not_noted(place: Layout) -> Iterator[Problem]:
    """Yield that logs cannot be compared with anything: no run wrote since there are digests."""
    if not digests.begun(place):
        what = "there are no digests of the logs yet: the next run that writes notes the logs as they are"
        yield Problem(place.name(place.digests), what, damage=False)


def _sums(snapshot: Snapshot, damaged: Collection[str], *, deep: bool) -> Iterator[Problem]:
    """Yield what does not add up. Damaged files are not read: a flipped bit may read as anything."""
    tables = {name.partition("/")[0] for name in damaged}
    if FILES.name in tables:
        return
    yield from starmap(Problem, sums.wrong_lines(snapshot))
    if deep:
        yield from starmap(Problem, sums.wrong_rows(snapshot, damaged))
        if not tables & {DOCUMENTS.name, VERSIONS.name}:
            yield from _unpaired(snapshot)


def _unpaired(snapshot: Snapshot) -> Iterator[Problem]:
    """Yield the collections whose documents and versions do not go together, where they can be read."""
    with TemporaryDirectory() as spill, suppress(LakeDamaged):
        yield from starmap(Problem, versions.faults(snapshot, Path(spill)))


def _lost_history(place: Layout, live: Iterable[DataFile]) -> Iterator[Problem]:
    """Yield the files that only older snapshots hold, and that are not what was written."""
    for name in sorted(history.needed(place, history.oldest(place)) - {file.name for file in live}):
        file = DataFile(name, str(place.data(name)), {}, 0, 0)
        try:
            changed = sha256(Path(file.path)) != file.sha256
        except OSError:
            yield Problem(name, "is missing: older snapshots cannot be read")
        else:
            if changed:
                yield Problem(
                    name, "its content has changed: snapshots before this one are not what they were"
                )


def _orphans(place: Layout, intent: Intent | None, on_disk: Iterable[str]) -> Iterator[Problem]:
    """Yield the files in the tables' folders that no commit ever added and no intent is about to."""
    known = {file.name for todo in intent.tables for file in todo.add} if intent else set()
    for table in TABLES:
        known |= log.ever_added(place, table.name)
    for name in sorted(set(on_disk) - known):
        yield Problem(name, "is in no table's log: h33 did not put it there, or its commit was lost")


def _relative(place: Layout, path: str | None) -> str:
    return (path or "").removeprefix(f"{place.root}/")
