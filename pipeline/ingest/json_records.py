"""Records that are JSON objects: fields become columns, without secrets; messages go on as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache

import polars as pl

from pipeline import formats
from pipeline.enrich import redact
from pipeline.enrich.redact_fields import redact_fields
from pipeline.formats import json_match
from pipeline.formats.piece import Piece
from pipeline.ingest.model import SourcePlan


def read(text: pl.Series, plan: SourcePlan) -> tuple[pl.Series, list[Piece], Counter[str]]:
    """Return texts with JSON records replaced by their messages, the records' columns, and what was redacted.

    The messages are not redacted yet; they have the column `message` for the formats of what was said.
    """
    redactions: Counter[str] = Counter()
    pieces = []
    for piece in json_match.read(_asked(plan.formats, plan.format_folders), text, plan.timezone):
        text = text.clone().scatter(piece.rows, piece.columns["message"])
        clean = []
        for column in piece.columns.drop("message").get_columns():
            shown, found = _clean(column)
            clean.append(shown)
            redactions.update(found)
        pieces.append(Piece(piece.label, piece.rows, pl.DataFrame(clean)))
    return text, pieces, redactions


def _clean(column: pl.Series) -> tuple[pl.Series, Mapping[str, int]]:
    """Return a column without secrets, and what was redacted."""
    if column.name == "attrs":
        return redact_fields(column)
    # A key of copies is a digest or an id of the vendor's.
    is_text = column.dtype == pl.String and column.name != "dedupe_key"
    return redact.redact(column) if is_text else (column, {})


@cache
def _asked(first: tuple[str, ...], folders: tuple[str, ...]) -> json_match.Formats:
    return json_match.Formats(formats.ranked(first, folders))
