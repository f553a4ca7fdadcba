"""Which data files of a snapshot a query opens, by the engine's own plan."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from pipeline import catalog, query_faults, reports
from pipeline.schema import TABLES
from pipeline.table import Table

if TYPE_CHECKING:
    import duckdb

    from pipeline.lake import DataFile, Snapshot

_SCANNED = re.compile(r"(?P<opened>\d+)/\d+")
# A text in quotes, or where one condition ends and the next begins.
_BETWEEN = re.compile(r"('(?:[^']|'')*')|\)\(")


def files_read(snapshot: Snapshot, text: str, params: Mapping[str, Any], timezone: str) -> list[DataFile]:
    """Return the data files that a query opens, in the order of the tables and of their names.

    A plan does not say which table a scan is of, so each table is planned for in turn while Arrow serves the
    others.
    """
    found: list[DataFile] = []
    with query_faults.told(), closing(reports.connect(snapshot, timezone)) as connection:
        # What comes behind a semicolon would be run, not explained.
        reports.parsed(connection, text)
        for table in TABLES:
            files = snapshot.files(table.name)
            if not files:
                continue
            for other in TABLES:
                is_other = other is not table
                catalog.set_files(connection, other, snapshot.files(other.name), by_arrow=is_other)
            scans = list(_scans(connection, text, params))
            names = {name for scan in scans for name in _opened(table, files, scan)}
            found += [file for file in files if file.name in names]
    return found


def _scans(
    connection: duckdb.DuckDBPyConnection, text: str, params: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """Yield what the plan says of each scan of Parquet files."""
    [(_, plan)] = connection.execute(f"EXPLAIN (FORMAT json) {text}", dict(params)).fetchall()
    nodes = list(json.loads(plan))
    while nodes:
        node = nodes.pop()
        nodes += node.get("children", [])
        if node.get("name", "").strip() == "READ_PARQUET":
            yield node["extra_info"]


def _opened(table: Table, files: Sequence[DataFile], scan: Mapping[str, Any]) -> set[str]:
    """Return the names of the files that a scan opens: those whose partition meets its file filter."""
    condition = scan.get("File Filters")
    names = {file.name for file in files}
    if not condition:
        return names
    met = _meeting(table, files, _joined(condition))
    said = _SCANNED.search(str(scan.get("Scanning Files", "")))
    # Where the engine counts otherwise than its words are understood here, more is named rather than less.
    return met if said is None or int(said["opened"]) == len(met) else names


def _joined(conditions: str | Sequence[str]) -> str:
    """Return a scan's conditions as one; a plan may write several without anything between.

    >>> _joined("(date = '2025-06-20'::DATE)(name = ')(')")
    "(date = '2025-06-20'::DATE) AND (name = ')(')"
    """
    if isinstance(conditions, str):
        return _BETWEEN.sub(lambda found: found[1] or ") AND (", conditions)
    return " AND ".join(conditions)


def _meeting(table: Table, files: Sequence[DataFile], condition: str) -> set[str]:
    import duckdb

    partition = "".join(
        f", CAST({catalog.identifier(c.name)} AS {catalog.sql_type(c)}) AS {catalog.identifier(c.name)}"
        for c in table.columns
        if c.name in table.partition
    )
    rows = [[file.name, *(file.partition[name] for name in table.partition)] for file in files]
    columns = ", ".join(map(catalog.identifier, ("file_name", *table.partition)))
    marks = ", ".join(["(" + ", ".join("?" * (len(table.partition) + 1)) + ")"] * len(rows))
    typed = f"SELECT file_name{partition} FROM (VALUES {marks}) v({columns})"
    statement = f"SELECT file_name FROM ({typed}) WHERE {condition}"
    with closing(duckdb.connect()) as beside:
        return {name for (name,) in beside.execute(statement, [v for row in rows for v in row]).fetchall()}
