"""Takes heads off records: the time and the level in front of what was said."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from pipeline.formats import match, times
from pipeline.formats.line import ISO, LineFormat
from pipeline.formats.piece import Piece, Rows

_ISO = re.compile(ISO)
#: So many texts are looked at for one whose time is like that of the others.
_LOOKED_AT = 10


def read(line_format: LineFormat, text: pl.Series, rows: Rows, zone: str) -> list[Piece]:
    """Take the head off those of the rows' texts that have it.

    Args:
        line_format: one with a head.
        text: of records.
        rows: which of them may have it, ascending.
        zone: IANA name for times that state none.

    Returns:
        Columns of the head's groups, where it has a time `ts` and `zoneless` as `times.iso` gives them, and
        `message`: what stands behind the head. A time that no calendar has stays readable in the message.
    """
    rows, text = match.candidates(line_format, text, rows)
    pieces = []
    if line_format.behind_time is not None and (quick := _alike(line_format, text, rows, zone)) is not None:
        pieces.append(quick)
        left = np.isin(rows, quick.rows, assume_unique=True, invert=True)
        rows, text = rows[left], text.filter(pl.Series(left))
    if len(rows):
        pieces.append(_each(line_format, text, rows, zone))
    return [piece for piece in pieces if len(piece.rows)]


def _alike(line_format: LineFormat, text: pl.Series, rows: Rows, zone: str) -> Piece | None:
    """Take off the heads whose times are all laid out alike: the pattern looks at what stands behind them."""
    like = next((found[0] for line in text.head(_LOOKED_AT) if (found := _ISO.match(line or ""))), None)
    read = times.alike(text.str.slice(0, len(like)), like, zone) if like is not None else None
    if like is None or read is None:
        return None
    stamps, fits = read
    groups = (
        text.str.slice(len(like)).str.extract_groups(f"^(?P<head>{line_format.behind_time})").struct.unnest()
    )
    hit = fits & groups["head"].is_not_null().to_numpy()
    if not hit.all():
        chosen = pl.Series(hit)
        rows, text, groups, stamps = (
            rows[hit],
            text.filter(chosen),
            groups.filter(chosen),
            stamps.filter(chosen),
        )
    columns = _columns(groups, text, len(like)) | {"ts": stamps["ts"], "zoneless": stamps["zoneless"]}
    return Piece(line_format.label, rows, pl.DataFrame(columns))


def _each(line_format: LineFormat, text: pl.Series, rows: Rows, zone: str) -> Piece:
    """Take heads off, each as it is."""
    groups = text.str.extract_groups(f"(?P<head>{line_format.head})").struct.unnest()
    if groups["head"].null_count():
        hit = groups["head"].is_not_null()
        rows, text, groups = rows[hit.to_numpy()], text.filter(hit), groups.filter(hit)
    columns = _columns(groups, text, 0)
    if "ts" in columns:
        read = times.iso(columns["ts"], zone)
        unread = read["ts"].is_null() & columns["ts"].is_not_null()
        columns |= {
            "ts": read["ts"],
            "zoneless": read["zoneless"],
            "message": text.zip_with(unread, columns["message"]),
        }
    return Piece(line_format.label, rows, pl.DataFrame(columns))


def _columns(groups: pl.DataFrame, text: pl.Series, width: int) -> dict[str, pl.Series]:
    """Return the columns of a head's groups, and what stands behind a time of some width and the head."""
    behind = groups["head"].str.len_chars() + width
    named = {
        group.name: match.typed(group.name, group) for group in groups.get_columns() if group.name != "head"
    }
    return named | {"message": text.str.slice(behind)}
