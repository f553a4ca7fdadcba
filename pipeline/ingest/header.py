"""Tells from a text's first row whether it is a table, and what its columns mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pipeline import formats
from pipeline.errors import InputFault
from pipeline.formats import spreadsheet_times, table
from pipeline.formats.structured import csv_log, mongoexport, ticket
from pipeline.ingest.records import rows

#: Rows that are looked at.
_ROWS = 50
_MARK = b"\xef\xbb\xbf"
#: What mongoexport makes of an id.
_OBJECT_ID = re.compile(rb"ObjectId\([0-9a-f]{24}\)")


@dataclass(frozen=True)
class Header:
    """A table's format, what separates its fields, its columns' names and what each means to the format."""

    label: str
    separator: str
    columns: tuple[str, ...]
    roles: tuple[str, ...] = ()


def read(head: bytes, wanted: str | None, tickets: Mapping[str, str]) -> Header | None:
    """Return what a text's first row says; None where it is no header that some format knows.

    Args:
        head: the first bytes.
        wanted: label of the format by the settings or the caller.
        tickets: names of columns by their meaning, from the settings.

    Raises:
        InputFault: a table was asked for and it is none; or documents without their ids: as a log, what
            people wrote would come into the lake.
    """
    text = head.removeprefix(_MARK)
    if text.lstrip()[:1] in (b"{", b"[") or (wanted and wanted not in ("ticket", "csv_log", "mongoexport")):
        return None
    separator = table.separator_of(text)
    if separator is None and wanted:
        raise InputFault("no table: it begins without the names of its columns")
    if separator is None:
        return None
    match = table.row(separator).match(text)
    names = [rows.decoded(cell) for cell in table.cells(match[0], separator)] if match else []
    columns = tuple(name.strip() for name in names if name is not None)
    if match is None or len(columns) < len(names):
        return None
    label = wanted or _label(columns, tickets)
    body = list(_first_rows(text[match.end() :], separator, len(columns)))
    if label != "mongoexport" and any(_OBJECT_ID.fullmatch(cell) for row in body for cell in row):
        raise InputFault("a CSV export of documents without _id: not read", hint="export the field _id too")
    if label == "ticket":
        return Header(label, separator, columns, ticket.roles(columns, tickets))
    if label == "csv_log":
        found = Header(label, separator, columns, csv_log.roles(columns))
        return found if wanted or _tells_times(body, found) else None
    return Header(label, separator, columns) if label else None


def _label(columns: tuple[str, ...], tickets: Mapping[str, str]) -> str | None:
    if "_id" in columns:
        return mongoexport.__name__.rpartition(".")[2]
    if tickets and {table.plain(name) for name in tickets.values()} <= {table.plain(c) for c in columns}:
        return "ticket"
    return next((name for name in ("ticket", "csv_log") if formats.wrapper(name).claims(columns)), None)


def _first_rows(body: bytes, separator: str, width: int) -> Iterator[list[bytes]]:
    """Yield the cells of the first rows, up to one that has not the header's width."""
    row, at = table.row(separator, width), 0
    for _ in range(_ROWS):
        match = row.match(body, at)
        if match is None:
            return
        yield table.cells(match[0], separator)
        at = match.end()


def _tells_times(body: Sequence[list[bytes]], header: Header) -> bool:
    """Return whether most of the first rows have a time where the header says so."""
    at = header.roles.index("at")
    stamps = [cells[at].decode("ascii", "replace") for cells in body]
    read = spreadsheet_times.iso(pl.Series("text", stamps, dtype=pl.String))
    return 2 * read.null_count() < len(stamps)
