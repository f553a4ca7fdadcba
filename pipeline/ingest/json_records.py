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
        columns = piece.columns.drop("message")
        suspects = _suspects(text.gather(piece.rows))
        text = text.clone().scatter(piece.rows, piece.columns["message"])
        if len(suspects) == columns.height:
            columns, found = _clean_columns(columns)
            redactions.update(found)
        elif len(suspects):
            clean, found = _clean_columns(columns[suspects])
            redactions.update(found)
            if found:
                columns = pl.DataFrame(
                    [column.clone().scatter(suspects, clean[column.name]) for column in columns.get_columns()]
                )
        pieces.append(Piece(piece.label, piece.rows, columns))
    return text, pieces, redactions


def _suspects(objects: pl.Series) -> pl.Series:
    """Return the numbers of the objects in which a rule may find something.

    A field's value, and its name beside it, stand in the object's text as they are where nothing is escaped
    there: what no rule's test matches in the one needs no look at the other. A test of the settings may say
    where its text begins or ends: then it must see the values themselves.
    """
    if redact.has_own_rules():
        return pl.Series(range(len(objects)), dtype=pl.UInt32)
    return (objects.str.contains("\\", literal=True) | redact.suspects(objects)).arg_true()


def _clean_columns(columns: pl.DataFrame) -> tuple[pl.DataFrame, Counter[str]]:
    """Return columns without secrets, and what was redacted."""
    redactions: Counter[str] = Counter()
    clean = []
    for column in columns.get_columns():
        shown, found = _clean(column)
        clean.append(shown)
        redactions.update(found)
    return pl.DataFrame(clean), redactions


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
