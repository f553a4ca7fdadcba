"""Mongo exports as rows of `documents` and `versions`: allow-listed fields only, whatever else one holds."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import polars as pl
import pyarrow as pa

from pipeline import schema
from pipeline.enrich import redact
from pipeline.formats import bson_document
from pipeline.formats.structured import mongoexport
from pipeline.ingest.model import Block, SourcePlan
from pipeline.ingest.records import csv_rows, rows
from pipeline.ingest.records.rows import Reject

_TEXTS = ("doc_id", "user_id", "book_id", "origin_session", "type", "attrs")


def read(block: Block, plan: SourcePlan) -> tuple[pa.Table, list[Reject], Counter[str]]:
    """Return a block's documents, the values that are none, and what was redacted.

    A reject has no text: even a broken document may hold what a person wrote.
    """
    exported = schema.record_arrow(schema.DOCUMENTS.name)
    found: dict[str, list[Any]] = {name: [] for name in exported.names}
    rejects: list[Reject] = []
    taken = plan.snapshot.astimezone(UTC) if plan.snapshot else None
    common = {
        "collection": block.collection or plan.collection,
        "snapshot": taken,
        "snapshot_date": taken.date() if taken else None,
        "file_id": plan.file_id,
    }
    for document, data, (line_no, line_count, byte_offset) in _documents(block, plan, rejects):
        try:
            fields = _fields(document)
        except ValueError as error:
            rejects.append(rows.reject(data, line_no, line_count, byte_offset, f"no document: {error}"))
        else:
            row = {**common, **fields, "version": 0, "line_no": line_no, "byte_offset": byte_offset}
            if plan.layout == "csv" and fields["client_state"] == "absent":
                row["client_state"] = "empty" if "clientCreatedAt" in plan.columns else "unknown"
            for name, column in found.items():
                column.append(row[name])
    redactions: Counter[str] = Counter()
    for name in _TEXTS:
        clean, counts = redacted(pl.Series(found[name], dtype=pl.String), is_key=name == "doc_id")
        found[name] = clean.to_list()
        redactions.update(counts)
    unread = [replace(entry, text=None) for entry in rejects]
    return with_versions(pa.table(found, schema=exported)), unread, redactions


def with_versions(exported: pa.Table) -> pa.Table:
    """Return documents with the column `version` filled: 64 bits of a hash of all that is stored of each.

    Args:
        exported: in the schema of exported documents, redacted. Instants are hashed as microseconds.
    """
    names = [name for name in schema.VERSIONS.arrow.names if name != "version"]
    hashed = [exported[name] for name in names]
    hashed = [c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in hashed]
    versions = [
        int.from_bytes(hashlib.blake2b(orjson.dumps(row), digest_size=8).digest(), "little", signed=True)
        for row in zip(*(column.to_pylist() for column in hashed), strict=True)
    ]
    at = exported.schema.get_field_index("version")
    return exported.set_column(at, "version", pa.array(versions, pa.int64()))


def _documents(
    block: Block, plan: SourcePlan, rejects: list[Reject]
) -> Iterator[tuple[Any, bytes, tuple[int, int, int]]]:
    """Yield a block's documents as Extended JSON, their bytes and places; add to the rejects what is none."""
    if plan.layout == "csv":
        found, broken = csv_rows.read(block, plan)
        rejects += broken
        for cells, place in found:
            # An empty cell is no field: a table cannot tell absent, null and empty apart.
            stated = zip(plan.columns, cells, strict=True)
            yield {name: mongoexport.of_cell(cell) for name, cell in stated if cell}, b"", place
        return
    if plan.layout in ("bson", "archive"):
        yield from _from_bson(block, rejects)
        return
    for data, line_no, line_count, byte_offset in rows.values(block):
        place = line_no, line_count, byte_offset
        try:
            document = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            rejects.append(rows.reject(data, *place, rows.invalid_json(error)))
        else:
            yield document, data, place


def _from_bson(block: Block, rejects: list[Reject]) -> Iterator[tuple[Any, bytes, tuple[int, int, int]]]:
    """Yield the documents that a cutter found valid, whose lengths are therefore right."""
    if block.places is None:
        return
    at = 0
    for line_no, offset in zip(block.places.line_no.tolist(), block.places.byte_offset.tolist(), strict=True):
        length = int.from_bytes(block.data[at : at + 4], "little")
        data, at = block.data[at : at + length], at + length
        try:
            document = bson_document.extended(data)
        except ValueError as error:
            rejects.append(rows.reject(data, line_no, 1, offset, str(error)))
        else:
            yield document, data, (line_no, 1, offset)


def redacted(values: pl.Series, *, is_key: bool) -> tuple[pl.Series, Mapping[str, int]]:
    """Return values without personal data; a key keeps a hash of it, so that records stay apart."""
    clean, counts = redact.redact(values)
    if is_key and counts:
        told = [
            after if before is None or after == before else f"{after} {_digest(before)}"
            for before, after in zip(values, clean, strict=True)
        ]
        clean = pl.Series(values.name, told, dtype=pl.String)
    return clean, counts


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _fields(document: Any) -> dict[str, Any]:
    """Return the columns of a document."""
    if not mongoexport.claims(document):
        raise ValueError("it has no _id")
    created = document.get("createdAt")
    client = document.get("clientCreatedAt")
    extra = {
        name: mongoexport.plain(document[name])
        for name in mongoexport.ALLOWED_ATTRS
        if document.get(name) is not None
    }
    pdf = document.get("isPdfMemo")
    return {
        "doc_id": mongoexport.text(document["_id"]),
        "created_at": None if created is None else _instant(created),
        "client_created_at": None if client is None else _instant(client),
        "client_state": "absent"
        if "clientCreatedAt" not in document
        else "null"
        if client is None
        else "value",
        **{column: mongoexport.text(document.get(name)) for name, column in mongoexport.ALLOWED.items()},
        "is_pdf_memo": pdf if isinstance(pdf, bool) else None,
        "attrs": orjson.dumps(extra).decode() if extra else None,
    }


def _instant(value: Any) -> datetime | None:
    """Return a field's instant; None where it has none that a calendar knows."""
    try:
        found = mongoexport.plain(value)
        return found if isinstance(found, datetime) else mongoexport.instant(found)
    except ValueError:
        return None
