"""Rows as a Markdown table (GitHub Flavored Markdown, section 4.10: https://github.github.com/gfm/#tables-extension-)."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pyarrow as pa

from pipeline.render import values
from pipeline.render.sink import Sink
from pipeline.render.text import safe

_SPECIAL = re.compile(r"[\\`*\[\]|~]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "<br>", "\t": " "}
_ENTITY = re.compile("[&<>\n\t]")


def write(reader: pa.RecordBatchReader, out: Sink, zone: ZoneInfo) -> None:
    """Write a table; instants in the zone, numbers to the right, null as an empty cell."""
    names = [escape(name) for name in reader.schema.names]
    marks = ["---:" if values.is_number(field.type) else "---" for field in reader.schema]
    out.write(_lines([names, marks]))
    for batch in reader:
        columns = [values.texts(column, zone).to_pylist() for column in batch.columns]
        out.write(_lines([[escape(cell or "") for cell in row] for row in zip(*columns, strict=True)]))


def escape(text: str) -> str:
    r"""Return the text so that Markdown shows it as it is: no markup, no HTML, no column of its own.

    >>> escape("a|b <i>*c*")
    'a\\|b &lt;i&gt;\\*c\\*'
    """
    marked = _SPECIAL.sub(r"\\\g<0>", safe(text))
    return _ENTITY.sub(lambda match: _ENTITIES[match[0]], marked)


def _lines(rows: list[list[str]]) -> bytes:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows).encode()
