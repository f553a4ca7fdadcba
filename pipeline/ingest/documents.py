"""Mongo exports as rows of `documents`: allow-listed fields only, whatever else a document holds."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import polars as pl
import pyarrow as pa

from pipeline import schema
from pipeline.enrich import redact
from pipeline.formats import mongoexport
from pipeline.ingest import rows
from pipeline.ingest.model import Block, SourcePlan
from pipeline.ingest.rows import Reject

_TEXTS = ("doc_id", "user_id", "book_id", "origin_session", "type", "attrs")


def read(block: Block, plan: SourcePlan) -> tuple[pa.Table, list[Reject], Counter[str]]:
    """Return a block's documents, the values that are none, and what was redacted.

    A reject has no text: even a broken document may hold what a person wrote.
    """
    found: dict[str, list[Any]] = {name: [] for name in schema.DOCUMENTS.arrow.names}
    rejects: list[Reject] = []
    taken = plan.snapshot.astimezone(UTC) if plan.snapshot else None
    common = {
        "collection": plan.collection,
        "snapshot": taken,
        "snapshot_date": taken.date() if taken else None,
        "file_id": plan.file_id,
    }
    for data, line_no, line_count, byte_offset in rows.values(block):
        try:
            document = orjson.loads(data)
            fields = _fields(document)
        except orjson.JSONDecodeError as error:
            rejects.append(rows.reject(data, line_no, line_count, byte_offset, rows.invalid_json(error)))
        except ValueError as error:
            rejects.append(rows.reject(data, line_no, line_count, byte_offset, f"no document: {error}"))
        else:
            row = {**common, **fields, "line_no": line_no, "byte_offset": byte_offset}
            for name, column in found.items():
                column.append(row[name])
    redactions: Counter[str] = Counter()
    for name in _TEXTS:
        found[name], counts = _redacted(found[name], is_key=name == "doc_id")
        redactions.update(counts)
    unread = [replace(entry, text=None) for entry in rejects]
    return pa.table(found, schema=schema.DOCUMENTS.arrow), unread, redactions


def _redacted(values: list[str | None], *, is_key: bool) -> tuple[list[str | None], Mapping[str, int]]:
    """Return values without personal data; a key keeps a hash of it, so that documents stay apart."""
    text, counts = redact.redact(pl.Series(values, dtype=pl.String))
    clean: list[str | None] = text.to_list()
    if is_key and counts:
        clean = [
            after if before is None or after == before else f"{after} {_digest(before)}"
            for before, after in zip(values, clean, strict=True)
        ]
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
