"""Makes a lake that cannot be opened one that can: its notes written anew, its logs rebuilt from its files.

Nothing is deleted: what cannot be read is set aside under `_h33/aside`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import LakeDamaged, LakeFault
from pipeline.lake import digests, disk, history, lock, log
from pipeline.lake import intent as intents
from pipeline.lake import layout as layouts
from pipeline.lake.layout import NULL_PARTITION, DataFile, Layout
from pipeline.lake.rewriting import refuse_damaged
from pipeline.lake.snapshot import open_snapshot
from pipeline.lake.sums import OF_SOURCES
from pipeline.lake.writer import Writer
from pipeline.schema import BY_NAME, FILES, TABLES, TEMPLATES, VERSIONS

#: How the names end of what sums a table's log up.
_SUMS = (".checkpoint.parquet", "/_last_checkpoint")
#: So many changed files that no single bit explains are other damage: a file takes seconds to try.
_MOST_TRIED = 10
#: How h33 calls its data files: see `layout`.
_OURS = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]+-\d{5}-[0-9a-f]{64}\.parquet", re.ASCII)


def mend(root: Path) -> list[str]:
    """Make a lake's notes and logs readable, and return what was done, a line each.

    Raises:
        LakeLocked: another run holds the lake.
        LakeFault: a newer h33 wrote it, or the disk failed.
    """
    place = Layout(root)
    done: list[str] = []
    with disk.faults_of(root), disk.group_readable():
        disk.make_folders(place.staging)
        with lock.hold(place.lock):
            done += [*_intent(place), *_flipped(place)]
            changed = {fault.name for fault in digests.faults(place) if fault.sha256}
            done += [*_format(place, changed), *_logs(place, changed), *_history(place, changed)]
            if digests.faults(place):
                digests.drop(place)
                done.append("the digests of logs and notes are noted anew")
    return done


def _flipped(place: Layout) -> Iterator[str]:
    """Put flipped bits of logs and notes back, unless it is other damage that so many of them have."""
    tried: set[digests.Fault] = set()
    others = 0
    # A digest's note that is whole again tells of more.
    while found := [fault for fault in digests.faults(place) if fault not in tried]:
        for fault in found:
            if others == _MOST_TRIED:
                return
            tried.add(fault)
            if digests.unflip(place, fault):
                yield f"{fault.name}: a bit was flipped, and is put back"
            else:
                others += 1


def _format(place: Layout, changed: Collection[str]) -> Iterator[str]:
    try:
        note = orjson.loads(place.format.read_bytes())
        is_sound = int(note["format"]) > 0 and place.name(place.format) not in changed
    except (OSError, ValueError, KeyError, TypeError):
        is_sound = False
    if not is_sound:
        disk.replace_file(place.format, layouts.format_note(), place.staging / "format.json")
        yield "the note of the lake's format was written anew"
    with suppress(LakeDamaged):
        layouts.exists(place)


def _intent(place: Layout) -> Iterator[str]:
    try:
        intents.load(place)
    except LakeDamaged:
        _set_aside(place, place.intent)
        yield "the note of an unfinished change could not be read: what it did is undone"


def _logs(place: Layout, changed: Collection[str]) -> Iterator[str]:
    """Undo commits that the ledger does not name; where a log is not what it was, set all of them aside."""
    for summed in sorted({name.partition("/")[0] for name in changed if name.endswith(_SUMS)}):
        # A log is whole without what sums it up: nothing of it is ever cleared away.
        for path in [*place.log(summed).glob(f"*{_SUMS[0]}"), place.pointer(summed)]:
            if path.exists():
                _set_aside(place, path)
        yield f"{summed}: what sums its log up was changed, and is set aside"
    are_changed = any("/_delta_log/" in name and name.endswith(".json") for name in changed)
    if are_changed or not _are_readable(place):
        for table in TABLES:
            if place.log(table.name).exists():
                _set_aside(place, place.log(table.name))
        if place.intent.exists():
            _set_aside(place, place.intent)
        place.history.unlink(missing_ok=True)
        digests.drop(place)
        yield "a table's log is lost or damaged: all logs are rebuilt, older snapshots are gone"
        return
    if intents.load(place) is None:
        yield from _undone(place, log.LEDGER, log.last_of_ours(place))
        for name, version in open_snapshot(place.root).versions.items():
            yield from _undone(place, name, version)


def _undone(place: Layout, table: str, version: int) -> Iterator[str]:
    """Set aside what another program wrote into a table's log after a version."""
    ahead = [path for path in place.log(table).glob("*.json") if int(path.stem) > version]
    ahead += [path for path in place.log(table).glob("*.parquet") if int(path.name[:20]) > version]
    for path in ahead:
        _set_aside(place, path)
    if ahead:
        place.pointer(table).unlink(missing_ok=True)
        yield f"{table}: what was changed after version {version} is undone"


def _are_readable(place: Layout) -> bool:
    try:
        snapshot = open_snapshot(place.root)
        for table in TABLES:
            snapshot.files(table.name)
            log.ever_added(place, table.name)
    except (LakeFault, LakeDamaged):
        return False
    return place.commit(log.LEDGER, 0).exists()


def _history(place: Layout, changed: Collection[str]) -> Iterator[str]:
    """End the history where its note, or a file that only older snapshots hold, is not what was written."""
    snapshot = open_snapshot(place.root)
    if snapshot.version is None:
        return
    if place.name(place.history) in changed:
        history.drop_before(place, snapshot.version)
        yield f"the note of the oldest snapshot was changed; snapshots before {snapshot.version} end"
        return
    live = {file.name for table in TABLES for file in snapshot.files(table.name)}
    try:
        for name in history.needed(place, history.oldest(place)) - live:
            refuse_damaged(DataFile(name, str(place.data(name)), {}, 0, 0))
    except LakeDamaged as fault:
        history.drop_before(place, snapshot.version)
        yield f"{fault.where}: {fault.what}; snapshots before {snapshot.version} end"


def adopt(writer: Writer, now: datetime) -> bool:
    """Take the data files into new logs, as the ledger's rows name them; return whether there were any.

    Repeats and rollups are not taken over: they are worked out anew.

    Args:
        writer: of a lake whose logs were set aside.
        now: the present instant, aware.
    """
    place = Layout(writer.snapshot.root)
    sound = {table.name: list(_sound(place, table.name)) for table in TABLES}
    ledger = _joined_ledger(sound[FILES.name])
    newest = {row["file_id"]: row for row in ledger.sort_by("run_id").to_pylist()}
    live = {name for row in newest.values() for name in row["data_files"] or ()}
    change = writer.change(writer.run_id(now))
    adopted = [file for table in OF_SOURCES for file in sound[table.name] if _is_live(file, live, newest)]
    # Which versions are still held, and which are there twice, the repair tells.
    adopted += sound[VERSIONS.name]
    for file in adopted:
        change.adopt(file)
    with change.file(FILES.name) as out:
        out.write(ledger)
    templates = [pq.ParquetFile(file.path).read() for file in sound[TEMPLATES.name]]
    with change.file(TEMPLATES.name) as out:
        out.write(_distinct(pa.concat_tables([TEMPLATES.arrow.empty_table(), *templates]), ["mask_id"]))
    if adopted or ledger.num_rows:
        change.commit(keep_from=change.version)
    return bool(adopted or ledger.num_rows)


def set_orphans_aside(root: Path) -> list[str]:
    """Set the files in the tables' folders aside that no commit ever added; return a line for each.

    Args:
        root: of a lake that nobody is writing to.
    """
    place = Layout(root)
    known = {name for table in TABLES for name in log.ever_added(place, table.name)}
    names = [name for table in TABLES for name in history.on_disk(place, table.name)]
    orphans = [name for name in names if name not in known]
    for name in orphans:
        _set_aside(place, place.data(name))
    return [f"{name}: set aside, since no log names it" for name in orphans]


def _sound(place: Layout, table: str) -> Iterator[DataFile]:
    """Yield the data files of a table that are what was written, in the order of their runs."""
    names = (n for n in history.on_disk(place, table) if _OURS.fullmatch(n.rpartition("/")[2]))
    for name in sorted(names, key=lambda name: name.rpartition("/")[2]):
        path = place.data(name)
        file = DataFile(name, str(path), _partition(table, name), 0, path.stat().st_size)
        try:
            refuse_damaged(file)
            rows = pq.read_metadata(path).num_rows
        except (LakeDamaged, OSError, pa.ArrowException):
            continue
        yield DataFile(name, file.path, file.partition, rows, file.bytes)


def _is_live(file: DataFile, live: Collection[str], sources: Collection[str]) -> bool:
    """Return whether a file belongs to the lake: the ledger names it, or does not name any of its sources."""
    if file.name in live:
        return True
    held = pq.ParquetFile(file.path).read(["file_id"])["file_id"]
    return not set(pc.unique(held).to_pylist()) & set(sources)


def _partition(table: str, name: str) -> dict[str, str | None]:
    """Return what a file's folders say of its partition."""
    from urllib.parse import unquote

    parts = dict(part.split("=", 1) for part in name.split("/") if "=" in part)
    return {
        column: None if parts[column] == NULL_PARTITION else unquote(parts[column])
        for column in BY_NAME[table].partition
    }


def _joined_ledger(files: list[DataFile]) -> pa.Table:
    """Return the rows of ledger files: of a source in a run that which was written last."""
    rows = [pq.ParquetFile(file.path).read() for file in reversed(files)]
    return _distinct(pa.concat_tables([FILES.arrow.empty_table(), *rows]), ["file_id", "run_id"])


def _distinct(rows: pa.Table, keys: list[str]) -> pa.Table:
    """Return the first row of each key."""
    seen: set[tuple[object, ...]] = set()
    kept = []
    for at, key in enumerate(zip(*(rows[name].to_pylist() for name in keys), strict=True)):
        if key not in seen:
            seen.add(key)
            kept.append(at)
    return rows.take(pa.array(kept, pa.int64()))


def _set_aside(place: Layout, path: Path) -> None:
    """Move a file or folder of the lake out of the way; what lay there before of that name stays too."""
    aside = place.own / "aside" / path.relative_to(place.root)
    number = 0
    while aside.exists():
        number += 1
        aside = aside.with_name(f"{path.name}.{number}")
    disk.make_folders(aside.parent)
    path.rename(aside)
    disk.sync_folder(path.parent)
    disk.sync_folder(aside.parent)
