"""What a table of the lake is: its columns with their types, and their Arrow schemas."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Column:
    """One column: its Arrow type by a short name, what it holds, and when it is null ("" = never)."""

    name: str
    type: str
    meaning: str
    null: str = ""


@dataclass(frozen=True)
class Table:
    """One Delta table: what a row is, its columns, and the columns its files are partitioned by.

    Partition columns stand in the files' paths, not in the files. Of coded text a source's rows have few
    values: a dictionary carries it from where it is made into the file. The other text of a table with such
    goes there as views into the bytes that it was read from.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    partition: tuple[str, ...] = ()
    coded: tuple[str, ...] = ()

    @cached_property
    def arrow(self) -> pa.Schema:
        """The whole table's Arrow schema, partition columns included."""
        return arrow_schema(self.columns)

    @cached_property
    def file_arrow(self) -> pa.Schema:
        """The schema of one data file: without the partition columns."""
        return arrow_schema(tuple(c for c in self.columns if c.name not in self.partition))

    @cached_property
    def made(self) -> pa.Schema:
        """The whole table's schema as its rows are made: where some text is coded, all other is views."""
        import pyarrow as pa

        if not self.coded:
            return self.arrow
        code = pa.dictionary(pa.int32(), pa.string())
        return pa.schema(
            [field.with_type(code) if field.name in self.coded else _viewed(field) for field in self.arrow]
        )


def spelled_out(rows: pa.Table) -> pa.Table:
    """Return rows without views of text, which Arrow can neither choose from nor compare."""
    import pyarrow as pa

    plain = [
        field.with_type(pa.string()) if pa.types.is_string_view(field.type) else field
        for field in rows.schema
    ]
    return rows.cast(pa.schema(plain))


def _viewed(field: pa.Field) -> pa.Field:
    import pyarrow as pa

    return field.with_type(pa.string_view()) if pa.types.is_string(field.type) else field


def arrow_schema(columns: tuple[Column, ...]) -> pa.Schema:
    """Return the Arrow schema of columns, partition columns included."""
    import pyarrow as pa

    types = {
        "timestamp": pa.timestamp("us", tz="UTC"),
        "date": pa.date32(),
        "string": pa.string(),
        "bool": pa.bool_(),
        "int16": pa.int16(),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "double": pa.float64(),
        "list<string>": pa.list_(pa.string()),
        "list<span>": pa.list_(pa.struct([("line_no", pa.int64()), ("line_count", pa.int64())])),
    }
    return pa.schema([pa.field(c.name, types[c.type]) for c in columns])
