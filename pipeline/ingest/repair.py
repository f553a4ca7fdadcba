"""`check --repair`: what the lake holds is made whole, and what was lost is read again where it still lies.

First the notes and logs (`lake.mend`), then one change that takes damaged files out and works out anew what
follows from the rest, then the sources that lost records are read again from where they were read before.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.config import Settings
from pipeline.errors import LakeDamaged
from pipeline.ingest.derived import rollups, templates, versions
from pipeline.ingest.identity.known import plan_of
from pipeline.ingest.removal import Removal, hours_of_day
from pipeline.ingest.run import ingest
from pipeline.lake import Change, DataFile, Lake, Writer
from pipeline.lake.mend import adopt, mend, set_orphans_aside
from pipeline.lake.rewriting import refuse_damaged, row_groups
from pipeline.lake.sums import OF_SOURCES, rows_held
from pipeline.schema import DAILY_ROLLUPS, DOCUMENTS, EVENTS, FILES, REJECTS, REPEATS, ROLLUPS, TABLES


@dataclass(frozen=True)
class Repaired:
    """What a repair did.

    Attributes:
        told: what was done and what cannot be had back, a line each.
        gone: sources whose lost records cannot be had back.
    """

    told: tuple[str, ...]
    gone: int


def repair(settings: Settings, now: datetime) -> Repaired:
    """Rebuild what the lake holds, and tell what was done and what cannot be had back.

    Args:
        settings: the lake; its zone and source rules hold for what is read again.
        now: the present instant, aware.

    Raises:
        LakeLocked: another run holds the lake.
        LakeFault: a newer h33 wrote it, or the disk failed.
    """
    lake = Lake(settings.paths.lake)
    told = mend(lake.path)
    with lake.writer() as writer:
        rebuilt = not writer.snapshot.version and adopt(writer, now)
        change = _Repair(writer, now, all_days=rebuilt)
    told += [*change.told, *set_orphans_aside(lake.path)]
    if change.nameless and settings.paths.landing.is_dir():
        # They are known by their first bytes still: the run that meets them reads them anew.
        landing = settings.paths.landing
        ingest([str(landing)], settings, root=landing, now=now)
    again = [_read_again(settings, row, records, now) for row, records in change.lost]
    return Repaired((*told, *(line for line, _ in again)), sum(not is_back for _, is_back in again))


class _Repair:
    """One change that leaves nothing damaged in the lake.

    Attributes:
        told: what was done, a line each.
        lost: ledger rows of the sources that lost records, with how many.
        nameless: whether there are sources whose ledger row was lost.
    """

    def __init__(self, writer: Writer, now: datetime, *, all_days: bool) -> None:
        self.told: list[str] = []
        self.lost: list[tuple[dict[str, Any], int]] = []
        self.nameless = False
        self._base = writer.snapshot
        self._run = {"run_id": writer.run_id(now), "run_ts": now}
        self._change = change = writer.change(str(self._run["run_id"]))
        damaged = [file for table in TABLES for file in self._base.files(table.name) if _is_damaged(file)]
        ledger = self._sound_ledger(damaged)
        self._sources = {row["file_id"]: row for row in ledger.sort_by("run_id").to_pylist()}
        self._removal = Removal(change, self._sources.values())
        derived = {REPEATS.name, ROLLUPS.name, DAILY_ROLLUPS.name}
        days = {file.partition["date"] for file in damaged if file.table in derived}
        if all_days:
            days |= {file.partition["date"] for file in change.files(EVENTS.name)}
        for file in damaged:
            self.told.append(f"{file.name}: damaged, {file.rows} rows taken out")
            if file.table in {table.name for table in OF_SOURCES}:
                self._removal.take_damaged(file)
            elif file.table != FILES.name:
                change.remove(file.table, file.name)
        versions.drop_dangling(change, self._removal)
        superfluous = versions.drop_unused(change, repeated=True)
        rows = list(self._rows())
        if not (damaged or superfluous or rows or all_days):
            return
        templates.restore(change)
        hours = self._removal.hours.union(*(hours_of_day(day) for day in days if day))
        rollups.refresh(change, hours)
        change.commit(rows, keep_from=change.version)

    def _sound_ledger(self, damaged: Iterable[DataFile]) -> pa.Table:
        """Return the ledger's rows that can be read; where some cannot, the rest is written anew."""
        files = self._base.files(FILES.name)
        sound = [file for file in files if file not in damaged]
        rows = pa.concat_tables([FILES.arrow.empty_table(), *(pq.ParquetFile(f.path).read() for f in sound)])
        if len(sound) < len(files):
            with self._change.file(FILES.name) as out:
                out.write(rows)
            for file in files:
                self._change.remove(FILES.name, file.name)
        return rows

    def _rows(self) -> Iterator[dict[str, Any]]:
        """Yield the ledger rows of the sources whose rows are others now, and of those that lost theirs."""
        files = [file for table in OF_SOURCES for file in self._change.files(table.name)]
        live, touched = {file.name for file in files}, {row["file_id"] for row in self._removal.touched()}
        held = rows_held(files)
        for row in self._sources.values():
            plan = json.loads(row["plan"] or "{}")
            found = held.pop((plan.get("kind", ""), row["file_id"]), 0)
            held.pop((REJECTS.name, row["file_id"]), 0)
            lost = (row["records"] or 0) - (row["forgotten"] or 0) - found
            if lost or row["file_id"] in touched:
                self.lost.append((row, lost))
                yield {**_naming(self._removal.renamed(row), live), **self._run, **_without(row, lost)}
        yield from self._rebuilt(held)

    def _rebuilt(self, held: Counter[tuple[str, str]]) -> Iterator[dict[str, Any]]:
        """Yield a ledger row for each source that the ledger names no more, from its records."""
        tables: dict[str, dict[str, int]] = defaultdict(dict)
        for (table, file_id), records in held.items():
            tables[file_id][table] = records
        for file_id, counts in sorted(tables.items()):
            row = {**_row_of(self._change, file_id, counts), **self._run}
            self.nameless = True
            what = f"its ledger row was lost, and is rebuilt from {row['records']} records"
            self.told.append(f"{row['path']}: {what}")
            self.lost.append((row, 0))
            yield row


def _is_damaged(file: DataFile) -> bool:
    try:
        refuse_damaged(file)
    except LakeDamaged:
        return True
    return False


def _naming(row: Mapping[str, Any], live: set[str]) -> dict[str, Any]:
    """Return a ledger row that names live data files only."""
    lists = {
        name: [file for file in row[name] or () if file in live] for name in ("data_files", "tail_files")
    }
    return {**row, **lists}


def _without(row: Mapping[str, Any], lost: int) -> dict[str, Any]:
    """Return what the ledger says of a source that lost records: that it is not whole."""
    settled = json.loads(row["settled"])
    settled["forgotten"] = settled.get("forgotten", 0) + lost
    return {
        "forgotten": (row["forgotten"] or 0) + lost or None,
        "settled": json.dumps(settled),
        "status": "partial",
        "problem": f"{lost or 'rejected'} records were lost with a damaged data file",
    }


def _row_of(change: Change, file_id: str, counts: Mapping[str, int]) -> dict[str, Any]:
    """Return the ledger row of a source as its records tell it; what was read of it is not known any more.

    Args:
        change: its data files count.
        file_id: the source.
        counts: its rows by table.
    """
    kind = next((t.name for t in OF_SOURCES if t.name in counts and t is not REJECTS), EVENTS.name)
    names, lines, starts, rejected = [], 0, 0, 0
    path, form, times = file_id, "generic", []
    for file in (file for table in OF_SOURCES for file in change.files(table.name)):
        for group in row_groups(file, checked=False):
            rows = group.filter(pc.equal(group["file_id"], file_id))
            if not rows.num_rows:
                continue
            names.append(file.name)
            count = pc.sum(rows["line_count"]).as_py() if "line_count" in rows.column_names else rows.num_rows
            lines += count
            if file.table == REJECTS.name:
                rejected += count
                continue
            starts += pc.count_distinct(rows["line_no"]).as_py()
            if file.table == EVENTS.name:
                path, form = rows["source"][0].as_py(), rows["format"][0].as_py()
            time = rows["snapshot" if file.table == DOCUMENTS.name else "ts"]
            times += [t for t in pc.min_max(time).as_py().values() if t is not None]
    plan: dict[str, Any] = {"kind": kind, "file": None, "heads": [], "scouted": 0, "snapshot": None}
    return {
        "file_id": file_id,
        "forgotten": None,
        "path": path,
        "format": form,
        "plan": json.dumps(plan),
        "settled": "{}",
        "redactions": "{}",
        "bytes": 0,
        "position": 0,
        "lines": max(lines, starts + rejected),
        "records": counts.get(kind, 0),
        "events": starts,
        "continuation": max(lines - starts - rejected, 0),
        "rejected": rejected,
        "blank": 0,
        "first_ts": min(times, default=None),
        "last_ts": max(times, default=None),
        "status": "partial",
        "problem": "its ledger row was lost: what was read of it is not known",
        "data_files": sorted(set(names)),
        "tail_files": [],
    }


def _read_again(settings: Settings, row: Mapping[str, Any], records: int, now: datetime) -> tuple[str, bool]:
    """Read a source that lost records again, where it still lies; return what to tell, and if all is back."""
    path = row["path"]
    if row["forgotten"]:
        what = "it is not read again, for some of it was forgotten: `h33 ingest --again` brings all back"
        return f"{path}: {records} records lost; {what}", False
    file, root = _place(settings, row)
    back = _whole(settings, row["file_id"])
    if back is None and file is not None:
        ingest([str(file)], settings, root=root, again=True, now=now)
        back = _whole(settings, row["file_id"])
    if back is not None:
        return f"{back['path']}: read again, {back['records']} records", True
    what = "the file is not there any more" if file is None else "the file holds something else now"
    return f"{path}: {records} records lost; {what}", False


def _whole(settings: Settings, file_id: str) -> Mapping[str, Any] | None:
    """Return a source's ledger row if nothing of it is missing."""
    newest = Lake(settings.paths.lake).snapshot().ledger().to_pylist()
    return next((row for row in newest if row["file_id"] == file_id and row["status"] == "ok"), None)


def _place(settings: Settings, row: Mapping[str, Any]) -> tuple[Path | None, Path | None]:
    """Return where a source lies, None if it is gone, and the folder that its path is relative to."""
    known = plan_of(row["plan"] or "{}")["file"]
    path = str(row["path"]).partition("!/")[0]
    candidates = [Path(str(known).partition("!/")[0])] if known else []
    candidates += [settings.paths.landing / path, Path(path)]
    file = next((file for file in candidates if file.is_file()), None)
    if file is None or Path(path).is_absolute():
        return file, None
    folder = str(file).removesuffix(path)
    return file, Path(folder) if folder != str(file) else None
