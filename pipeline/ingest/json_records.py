"""Records that are JSON objects: fields become columns, without secrets; messages go on as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
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
        cleared: the texts in which no rule finds anything.
        redactions: what was redacted.
    """

    text: pl.Series
    pieces: list[Piece]
    cleared: npt.NDArray[np.bool_]
    redactions: Counter[str]


def read(text: pl.Series, plan: SourcePlan) -> Objects:
    """Return texts with JSON records replaced by their messages, and the records' columns."""
    redactions: Counter[str] = Counter()
    cleared = np.zeros(len(text), dtype=np.bool_)
    pieces = []
    for piece in json_match.read(_asked(plan.formats, plan.format_folders), text, plan.timezone):
        message = piece.columns["message"]
        suspects = _suspects(piece, text)
        cleared[piece.rows] = ~suspects
        text = message if len(message) == len(text) else text.clone().scatter(piece.rows, message)
        columns, found = _clean_rows(piece.columns.drop("message"), np.flatnonzero(suspects))
        redactions.update(found)
        pieces.append(Piece(piece.label, piece.rows, columns))
    return Objects(text, pieces, cleared, redactions)


def _suspects(piece: Piece, text: pl.Series) -> npt.NDArray[np.bool_]:
    """Return for each record of a piece whether a rule may find something in it.

    Where all that its columns say stands in its text as it is, what no rule's test matches in the one needs
    no look at the other. A test of the settings may say where a text begins or ends: it must see the values.
    """
    if not piece.verbatim or redact.has_own_rules():
        return np.ones(len(piece.rows), dtype=np.bool_)
    return redact.suspects(text if len(piece.rows) == len(text) else text.gather(piece.rows)).to_numpy()


def _clean_rows(columns: pl.DataFrame, rows: npt.NDArray[np.intp]) -> tuple[pl.DataFrame, Counter[str]]:
    """Return columns without the secrets of some rows, and what was redacted."""
    if not len(rows) or len(rows) == columns.height:
        return _clean_columns(columns) if len(rows) else (columns, Counter())
    clean, found = _clean_columns(columns[rows])
    if found:
        columns = pl.DataFrame(
            [column.clone().scatter(rows, clean[column.name]) for column in columns.get_columns()]
        )
    return columns, found


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
