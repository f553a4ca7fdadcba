"""Rows as a Parquet file."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.render.sink import Sink


def write(reader: pa.RecordBatchReader, out: Sink) -> None:
    """Write a zstd Parquet file with the rows' own types; instants are marked as UTC."""
    schema = pa.schema([field.with_type(_utc(field.type)) for field in reader.schema])
    with pq.ParquetWriter(pa.PythonFile(out, mode="w"), schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch.cast(schema))


def _utc(kind: pa.DataType) -> pa.DataType:
    return pa.timestamp(kind.unit, tz="UTC") if pa.types.is_timestamp(kind) and kind.tz else kind
