"""Lakes made of rows that a test writes down: real data files, real commits, real rollups."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.ingest.derived import rollups
from pipeline.ingest.records.documents import with_versions
from pipeline.lake import Lake
from pipeline.schema import BY_NAME, FILES, record_arrow
from pipeline.table import Table

Row = Mapping[str, Any]

#: What a row has where the test does not care.
USUAL: dict[str, dict[str, Any]] = {
    "events": {
        "ts_source": "line",
        "source": "test",
        "format": "generic",
        "message": "",
        "mask_id": "0" * 16,
    },
    "documents": {"collection": "notes", "snapshot": "2025-06-30T15:00:00Z", "client_state": "absent"},
}
PROVENANCE = {"file_id": "f" * 16, "line_count": 1}
#: What was taken in where the test does not say.
LEDGER = (
    {
        "file_id": "f" * 16,
        "run_ts": "2025-07-01T00:00:00Z",
        "path": "test.log",
        "content": "c" * 64,
        "format": "generic",
        "rejected": 0,
        "status": "ok",
    },
)


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file without its empty cells; a column `times` repeats its row."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [{key: cell for key, cell in row.items() if cell} for row in csv.DictReader(lines)]
    return [row for row in rows for _ in range(int(row.pop("times", 1)))]


def make_lake(root: Path, **tables: Iterable[Row]) -> Lake:
    """Return a lake that holds these rows in one commit, with the rollups of their hours.

    Args:
        root: its folder.
        tables: rows by table; values as Python has them or as text.
    """
    lake = Lake(root)
    ledger = tables.pop("files", LEDGER)
    if "documents" in tables:
        tables |= _exported(tables["documents"])
    with lake.writer() as writer:
        change = writer.change(writer.run_id(datetime(2025, 7, 1, tzinfo=UTC)))
        for name, rows in tables.items():
            for partition, table in partitions(name, rows):
                with change.file(name, partition) as out:
                    out.write(table)
        instants = [_instant(row["ts"]) for row in tables.get("events", ()) if row.get("ts")]
        rollups.refresh(change, {at.replace(minute=0, second=0, microsecond=0) for at in instants})
        kinds = {field.name: field.type for field in FILES.arrow}
        change.commit(
            [{"run_id": change.run_id, **{k: _value(v, kinds[k]) for k, v in row.items()}} for row in ledger]
        )
    return lake


def partitions(name: str, rows: Iterable[Row]) -> Iterator[tuple[dict[str, str | None], pa.Table]]:
    """Yield the rows of each partition of a table, as its data files hold them."""
    table = BY_NAME[name]
    for partition, members in _by_partition(table, rows).items():
        yield dict(zip(table.partition, partition, strict=True)), _arrow(table.file_arrow, members)


def _exported(rows: Iterable[Row]) -> dict[str, list[dict[str, Any]]]:
    """Return whole documents of exports as rows of `documents` and of `versions`, each version once."""
    members = [row for part in _by_partition(BY_NAME["documents"], rows).values() for row in part]
    hashed = with_versions(_arrow(record_arrow("documents"), members))["version"].to_pylist()
    stored = [{**row, "version": version} for row, version in zip(members, hashed, strict=True)]
    once = {(row["collection"], row["doc_id"], row["version"]): row for row in stored}
    return {"documents": stored, "versions": list(once.values())}


def _by_partition(table: Table, rows: Iterable[Row]) -> dict[tuple[str | None, ...], list[dict[str, Any]]]:
    parts: dict[tuple[str | None, ...], list[dict[str, Any]]] = defaultdict(list)
    for line_no, given in enumerate(rows, start=1):
        place = {"line_no": line_no, "byte_offset": 100 * (line_no - 1)}
        row = {**USUAL.get(table.name, {}), **PROVENANCE, **place, **given}
        row.setdefault("doc_id", f"{line_no:024x}")
        row["date"] = str(_instant(row["ts"]).date()) if row.get("ts") else None
        row["snapshot_date"] = str(_instant(row["snapshot"]).date()) if "snapshot" in row else None
        parts[tuple(row[column] for column in table.partition)].append(row)
    return parts


def _arrow(schema: pa.Schema, rows: list[dict[str, Any]]) -> pa.Table:
    columns = [pa.array([_value(row.get(f.name), f.type) for row in rows], f.type) for f in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _value(cell: Any, kind: pa.DataType) -> Any:
    if not isinstance(cell, str) or pa.types.is_string(kind):
        return cell
    if pa.types.is_timestamp(kind):
        return _instant(cell)
    if pa.types.is_date(kind):
        return date.fromisoformat(cell)
    return float(cell) if pa.types.is_floating(kind) else int(cell)


def _instant(cell: str | datetime) -> datetime:
    return (datetime.fromisoformat(cell) if isinstance(cell, str) else cell).astimezone(UTC)
