"""Records that are JSON objects: fields become columns, without secrets; messages go on as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from pipeline import formats
from pipeline.enrich import redact
from pipeline.enrich.redact_fields import redact_fields
from pipeline.formats import json_match
from pipeline.formats.piece import Piece
from pipeline.ingest.model import SourcePlan


@dataclass(frozen=True)
class Objects:
    """JSON records among texts.

    Attributes:
        text: their messages, not redacted yet; what is no JSON record as it was.
        pieces: their columns, without secrets and without `message`.
        redactions: what was redacted.
    """

    text: pl.Series
    pieces: list[Piece]
    redactions: Counter[str]


def read(text: pl.Series, plan: SourcePlan) -> Objects:
    """Return texts with JSON records replaced by their messages, and the records' columns."""
    redactions: Counter[str] = Counter()
    pieces = []
    for piece in json_match.read(_asked(plan.formats, plan.format_folders), text, plan.timezone):
        message = piece.columns["message"]
        text = message if len(message) == len(text) else text.clone().scatter(piece.rows, message)
        columns, found = _clean_columns(piece.columns.drop("message"))
        redactions.update(found)
        pieces.append(Piece(piece.label, piece.rows, columns))
    return Objects(text, pieces, redactions)


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
    height, nulls = len(column), column.null_count()
    # A key of copies is a digest or an id of the vendor's.
    if column.dtype != pl.String or column.name == "dedupe_key" or nulls == height:
        return column, {}
    if height > 1 and not nulls and column[0] == column[-1] and (column == column[0]).all():
        clean, found = _clean(column.head(1))
        return clean.new_from_index(0, height), {name: count * height for name, count in found.items()}
    return redact_fields(column) if column.name == "attrs" else redact.redact(column)


@cache
def _asked(first: tuple[str, ...], folders: tuple[str, ...]) -> json_match.Formats:
    return json_match.Formats(formats.ranked(first, folders))
