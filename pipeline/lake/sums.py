"""Does the ledger add up? Its counters with each other, and with the rows of the data files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress

from pipeline.errors import LakeDamaged
from pipeline.lake.layout import DataFile
from pipeline.lake.rewriting import row_groups
from pipeline.lake.snapshot import Snapshot
from pipeline.schema import DOCUMENTS, EVENTS, METRICS, REJECTS

#: The tables whose rows come from sources.
OF_SOURCES = (EVENTS, DOCUMENTS, METRICS, REJECTS)

_PARTS = ("events", "continuation", "rejected", "blank")


def wrong_lines(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield the path and what is wrong of the runs of sources whose lines are not all accounted for."""
    for row in snapshot.ledger(all_runs=True).select(["path", "run_id", "lines", *_PARTS]).to_pylist():
        counted = sum(row[part] or 0 for part in _PARTS)
        if counted != row["lines"]:
            yield (
                row["path"],
                f"{row['lines']} lines, but {' + '.join(_PARTS)} = {counted} in run {row['run_id']}",
            )


def wrong_rows(snapshot: Snapshot, damaged: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the path and what is wrong of the sources that have other rows than the ledger says.

    Reads one column of every data file.

    Args:
        snapshot: its ledger is sound.
        damaged: names of files that are not read: what they held is missing in the sums.
    """
    files = (file for table in OF_SOURCES for file in snapshot.files(table.name))
    held = rows_held(file for file in files if file.name not in damaged)
    for row in snapshot.ledger().to_pylist():
        plan = json.loads(row["plan"] or "{}")
        if "kind" not in plan:
            continue
        told = (row["records"] or 0) - (row["forgotten"] or 0)
        found = held.pop((plan["kind"], row["file_id"]), 0)
        held.pop((REJECTS.name, row["file_id"]), 0)
        if told != found:
            yield row["path"], f"{told} records by the ledger, {found} in the data files of {plan['kind']}"
    for (table, file_id), found in sorted(held.items()):
        yield table, f"{found} rows are of source {file_id}, which the ledger does not name"


def rows_held(files: Iterable[DataFile]) -> Counter[tuple[str, str]]:
    """Return how many rows there are, by table and source; of a file that cannot be read what can be."""
    held: Counter[tuple[str, str]] = Counter()
    for file in files:
        with suppress(LakeDamaged):
            for rows in row_groups(file, ["file_id"], checked=False):
                for n in rows["file_id"].drop_null().value_counts().to_pylist():
                    held[file.table, n["values"]] += n["counts"]
    return held
