"""Takes a path, a user, or all before an instant out of the lake, and ends the history that still holds it.

Rows go from every data file, those of compaction too; versions of documents, repeats, rollups and masks
follow in the same change. Older snapshots hold the rows still, so all of them end with the change, and their
files are deleted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ingest.derived import rollups, templates, versions
from pipeline.ingest.removal import Goes, Removal, of_sources
from pipeline.lake import DataFile, Snapshot, Writer
from pipeline.lake.rewriting import row_groups
from pipeline.schema import BY_NAME, DOCUMENTS, EVENTS, METRICS, REJECTS, VERSIONS

#: The tables whose rows come from sources.
_TABLES = (EVENTS, DOCUMENTS, METRICS, REJECTS)
#: A user's id of so many characters names nobody else wherever it stands: then texts are searched for it too.
UNMISTAKABLE = 12
_KEYS = ("user_id", "doc_id")
_TEXTS = ("message", "http_path", "user_agent", "session_id", "origin_session", "attrs", "text", "labels")
#: When a record was: of a log or a series its own time, of an export the time that it was taken.
_TIMES = {"events": "ts", "metrics": "ts", "documents": "snapshot"}


@dataclass(frozen=True)
class Wanted:
    """What is to be forgotten: one of these.

    Attributes:
        path: a glob over the paths of sources, as the ledger has them.
        user: a user's id.
        before: an instant; a record without a time is as old as the newest of its source.
    """

    path: str | None = None
    user: str | None = None
    before: datetime | None = None


@dataclass(frozen=True)
class Share:
    """The records of a source in a table that are, or would be, forgotten."""

    path: str
    table: str
    records: int


def find(snapshot: Snapshot, wanted: Wanted) -> list[Share]:
    """Return what there is to forget; nothing is changed."""
    sources = snapshot.ledger().to_pylist()
    return _shares(sources, _found(snapshot, sources, wanted))


def forget(writer: Writer, wanted: Wanted, now: datetime) -> list[Share]:
    """Take out what is to be forgotten, and return it. Snapshots before the change cannot be read any more.

    Args:
        writer: entered.
        wanted: what goes.
        now: the present instant, aware.

    Raises:
        LakeDamaged: a file that would be written anew is not what was written.
        LakeFault: the disk failed or is full; then all is there still.
    """
    base = writer.snapshot
    sources = base.ledger().to_pylist()
    found = _found(base, sources, wanted)
    if not found:
        return []
    run_id = writer.run_id(now)
    change = writer.change(run_id)
    removal = Removal(change, sources)
    going = _Going(base, sources, wanted)
    by_file = Counter({name: 0 for name, _ in found})
    for (name, _), records in found.items():
        by_file[name] += records
    for file in _data_files(base):
        if by_file[file.name] == file.rows:
            removal.take_file(file)
        elif file.name in by_file:
            removal.take_rows(file, going.rule(file.table))
    templates.drop_unused(change)
    versions.drop_unused(change)
    rollups.refresh(change, removal.hours)
    this_run = {"run_id": run_id, "run_ts": now}
    rows = [{**_less(row, removal), **this_run} for row in removal.touched()]
    change.commit(rows, keep_from=change.version)
    return _shares(sources, removal.counts)


class _Going:
    """Says of each row whether it is to be forgotten."""

    def __init__(self, snapshot: Snapshot, sources: Iterable[Mapping[str, Any]], wanted: Wanted) -> None:
        self._wanted = wanted
        self._sources = {row["file_id"] for row in sources if _is_whole(row, wanted)}
        self._versions = _versions_of(snapshot, wanted.user) if wanted.user is not None else None

    def may_hold(self, file: DataFile) -> bool:
        """Return whether a data file can hold such rows, without opening it."""
        before, day = self._wanted.before, file.partition.get("date")
        return before is None or day is None or day <= before.date().isoformat()

    def columns(self, table: str) -> list[str]:
        """Return the columns that the rule looks at."""
        names = set(BY_NAME[table].file_arrow.names)
        of_user = (*_KEYS, *_TEXTS, "version") if self._wanted.user else ()
        looked_at = {"file_id", _TIMES.get(table), *of_user}
        return sorted(name for name in looked_at if name in names)

    def rule(self, table: str) -> Goes:
        """Return what says which rows of a table go."""
        wanted = self._wanted
        if wanted.user is not None:
            # What a document of an export held stands in its version.
            theirs = self._versions
            return (
                _of_user(wanted.user)
                if table != DOCUMENTS.name
                else lambda rows: pc.is_in(rows["version"], theirs)
            )
        whole = of_sources(self._sources)
        time = _TIMES.get(table)
        if wanted.before is None or time is None:
            return whole
        limit = pa.scalar(wanted.before, pa.timestamp("us", tz="UTC"))
        # Where a row has no time, its source decides.
        return lambda rows: pc.coalesce(pc.less(rows[time], limit), whole(rows))


def _is_whole(row: Mapping[str, Any], wanted: Wanted) -> bool:
    """Return whether a source goes whole, or as far as its records have no time."""
    if wanted.path is not None:
        return fnmatchcase(row["path"], wanted.path)
    return wanted.before is not None and (row["last_ts"] or row["run_ts"]) < wanted.before


def _of_user(user: str) -> Goes:
    def goes(rows: pa.Table) -> pa.ChunkedArray:
        tests = [pc.equal(rows[name], user) for name in _KEYS if name in rows.column_names]
        if len(user) >= UNMISTAKABLE:
            texts = (name for name in _TEXTS if name in rows.column_names)
            tests += [pc.match_substring(rows[name], user) for name in texts]
        none = pa.chunked_array([pa.repeat(pa.scalar(False), rows.num_rows)])
        return reduce(pc.or_, (pc.fill_null(test, False) for test in tests), none)

    return goes


def _versions_of(snapshot: Snapshot, user: str) -> pa.Array:
    """Return the versions of documents that name a user, int64."""
    goes = _of_user(user)
    looked_at = [name for name in (*_KEYS, *_TEXTS, "version") if name in VERSIONS.file_arrow.names]
    found = [
        rows["version"].filter(goes(rows))
        for file in snapshot.files(VERSIONS.name)
        for rows in row_groups(file, looked_at, checked=False)
    ]
    return pa.chunked_array([chunk for part in found for chunk in part.chunks], pa.int64()).combine_chunks()


def _found(
    snapshot: Snapshot, sources: Iterable[Mapping[str, Any]], wanted: Wanted
) -> Counter[tuple[str, str]]:
    """Return how many rows go, by data file and source; a file at a time, a row group at a time."""
    going = _Going(snapshot, sources, wanted)
    found: Counter[tuple[str, str]] = Counter()
    for file in filter(going.may_hold, _data_files(snapshot)):
        goes = going.rule(file.table)
        for rows in row_groups(file, going.columns(file.table), checked=False):
            leaving = rows["file_id"].filter(pc.fill_null(goes(rows), False))
            found.update({(file.name, n["values"]): n["counts"] for n in leaving.value_counts().to_pylist()})
    return found


def _data_files(snapshot: Snapshot) -> list[DataFile]:
    return [file for table in _TABLES for file in snapshot.files(table.name)]


def _shares(sources: Iterable[Mapping[str, Any]], counts: Counter[tuple[str, str]]) -> list[Share]:
    """Return counts by data file and source as those by path and table."""
    paths = {row["file_id"]: row["path"] for row in sources}
    sums: Counter[tuple[str, str]] = Counter()
    for (name, file_id), records in counts.items():
        sums[paths.get(file_id, file_id), name.partition("/")[0]] += records
    return [Share(path, table, records) for (path, table), records in sorted(sums.items())]


def _less(row: Mapping[str, Any], removal: Removal) -> dict[str, Any]:
    """Return a source's ledger row after the removal: its counters say what was read, `forgotten` what went.

    What went of the provisional last record is not settled: the run that sees more bytes reads it anew.
    """
    settled, kind = json.loads(row["settled"]), json.loads(row["plan"])["kind"]
    went = {
        name: n
        for (name, file_id), n in removal.counts.items()
        if file_id == row["file_id"] and name.startswith(f"{kind}/")
    }
    lasting = sum(n for name, n in went.items() if name not in row["tail_files"])
    settled["forgotten"] = settled.get("forgotten", 0) + lasting
    forgotten = (row["forgotten"] or 0) + sum(went.values())
    return {**removal.renamed(row), "settled": json.dumps(settled), "forgotten": forgotten or None}
