"""Rows for a terminal: columns that line up, or a row below the other where they do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from zoneinfo import ZoneInfo

import pyarrow as pa

from pipeline.render import values
from pipeline.render.sink import Sink
from pipeline.render.text import clip, one_line, pad, safe, width

#: Rows that decide how wide columns are; later ones are cut to fit.
_SAMPLE = 1000
_GAP = "  "
#: No text column is made narrower than this.
_LEAST = 8
_NULL = "-"

Row = Sequence[str | None]


@dataclass(frozen=True)
class _Column:
    """A column as it is shown: numbers to the right; only texts are cut, half a number would be wrong."""

    name: str
    width: int
    is_number: bool
    is_text: bool

    def cell(self, text: str | None) -> str:
        shown = _shown(text)
        return pad(clip(shown, self.width) if self.is_text else shown, self.width, right=self.is_number)


def write(reader: pa.RecordBatchReader, out: Sink, zone: ZoneInfo, columns: int) -> None:
    """Write the rows for people: instants in the zone, null as a dash, nothing that could steer the terminal.

    Args:
        reader: the rows.
        out: UTF-8 goes here.
        zone: the reporting zone.
        columns: of the terminal. Texts are cut with an ellipsis to keep within them; where that is not
            enough, each row is written as lines of name and value, nothing cut.
    """
    rows = _rows(reader, zone)
    sample = list(islice(rows, _SAMPLE))
    layout = _layout(reader.schema, sample, columns)
    lines = (
        _table(layout, chain(sample, rows)) if layout else _records(reader.schema.names, chain(sample, rows))
    )
    for line in lines:
        out.write(f"{line}\n".encode())


def _rows(reader: pa.RecordBatchReader, zone: ZoneInfo) -> Iterator[Row]:
    for batch in reader:
        yield from zip(*(values.texts(column, zone).to_pylist() for column in batch.columns), strict=True)


def _layout(schema: pa.Schema, sample: Sequence[Row], columns: int) -> list[_Column]:
    """Return the columns with widths that fit the terminal together; none where there are no such widths."""
    names = [one_line(name) for name in schema.names]
    numbers = [values.is_number(field.type) for field in schema]
    cuttable = [values.is_text(field.type) or pa.types.is_nested(field.type) for field in schema]
    full = [max(map(width, [name, *(_shown(row[at]) for row in sample)])) for at, name in enumerate(names)]
    least = [
        min(natural, max(_LEAST, width(name))) if is_text else natural
        for natural, name, is_text in zip(full, names, cuttable, strict=True)
    ]
    room = columns - len(_GAP) * (len(names) - 1)
    widths = _shrunk([min(natural, room) for natural in full], least, room)
    return (
        [_Column(*column) for column in zip(names, widths, numbers, cuttable, strict=True)] if widths else []
    )


def _shrunk(widths: list[int], least: list[int], room: int) -> list[int]:
    """Return widths that fit the room, what has most to spare giving first; none where nothing fits."""
    if sum(least) > room:
        return []
    while sum(widths) > room:
        spare = [full - at_least for full, at_least in zip(widths, least, strict=True)]
        widths[spare.index(max(spare))] -= 1
    return widths


def _shown(text: str | None) -> str:
    return _NULL if text is None else one_line(text)


def _table(columns: Sequence[_Column], rows: Iterator[Row]) -> Iterator[str]:
    yield _GAP.join(pad(c.name, c.width, right=c.is_number) for c in columns).rstrip()
    yield _GAP.join("-" * c.width for c in columns)
    for row in rows:
        yield _GAP.join(column.cell(text) for column, text in zip(columns, row, strict=True)).rstrip()


def _records(names: Sequence[str], rows: Iterator[Row]) -> Iterator[str]:
    shown = [one_line(name) for name in names]
    margin = max(map(width, shown))
    for number, row in enumerate(rows, start=1):
        yield f"row {number}"
        for name, text in zip(shown, row, strict=True):
            first, *more = (_NULL if text is None else safe(text).replace("\t", "    ")).split("\n")
            yield f"  {pad(name, margin)}  {first}".rstrip()
            yield from (f"  {'':{margin}}  {line}".rstrip() for line in more)
