"""Rows as JSON: one array of objects, or an object a line."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pyarrow as pa

from pipeline.render import values
from pipeline.render.sink import Sink
from pipeline.render.text import UNSAFE


def write_array(reader: pa.RecordBatchReader, out: Sink) -> None:
    """Write one array of objects, an object a line."""
    before = b"[\n"
    for objects in _objects(reader):
        out.write(before + b",\n".join(objects))
        before = b",\n"
    out.write(b"[]\n" if before == b"[\n" else b"\n]\n")


def write_lines(reader: pa.RecordBatchReader, out: Sink) -> None:
    """Write an object a line: newline-delimited JSON."""
    for objects in _objects(reader):
        out.write(b"\n".join(objects) + b"\n")


def _objects(reader: pa.RecordBatchReader) -> Iterator[list[bytes]]:
    """Yield the rows of each batch that has any."""
    names = reader.schema.names
    for batch in reader:
        if batch.num_rows:
            rows = zip(*map(values.json_values, batch.columns), strict=True)
            yield [_harmless(orjson.dumps(dict(zip(names, row, strict=True)))) for row in rows]


def _harmless(line: bytes) -> bytes:
    """Return JSON that means the same and cannot steer a terminal: more is escaped than must be."""
    if line.isascii() and b"\x7f" not in line:
        return line
    return UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", line.decode()).encode()
