"""Mongo exports as rows of `documents`: allow-listed fields only, whatever else a document holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pyarrow as pa

from pipeline import schema
from pipeline.formats import mongoexport
from pipeline.ingest import rows
from pipeline.ingest.model import Block, SourcePlan
from pipeline.ingest.rows import Reject


def read(block: Block, plan: SourcePlan) -> tuple[pa.Table, list[Reject]]:
    """Return a block's documents, and the values that are none.

    A reject has no text: even a broken document may hold what a person wrote.
    """
    found: list[dict[str, Any]] = []
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
            found.append({**common, **fields, "line_no": line_no, "byte_offset": byte_offset})
    unread = [replace(entry, text=None) for entry in rejects]
    return pa.Table.from_pylist(found, schema=schema.DOCUMENTS.arrow), unread


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
