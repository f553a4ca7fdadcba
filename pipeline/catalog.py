"""One DuckDB connection over the data files of a snapshot: `lake.<table>`, the shared macros and the views.

Reports and rollups read through it, so that a request is counted by one definition everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pipeline import sql
from pipeline.errors import UsageFault
from pipeline.schema import TABLES
from pipeline.table import Column, Table

if TYPE_CHECKING:
    import duckdb
    import pyarrow.dataset as pads

#: What a connection may take: a question that needs more fails with a message instead of filling a disk.
MEMORY_LIMIT = "2GB"

_COMMENT = re.compile(r"^COMMENT ON .*;\n", re.MULTILINE)
_SQL_TYPES = {
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "date": "DATE",
    "string": "VARCHAR",
    "bool": "BOOLEAN",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "double": "DOUBLE",
    "list<string>": "VARCHAR[]",
    "list<span>": "STRUCT(line_no BIGINT, line_count BIGINT)[]",
}


class DataFile(Protocol):
    """What is needed of a data file: where it lies and its partition (null: None)."""

    @property
    def path(self) -> str:
        """Absolute path."""

    @property
    def partition(self) -> Mapping[str, str | None]:
        """Value of each partition column as text."""


FilesOf = Callable[[str], Sequence[DataFile]]


@dataclass(frozen=True)
class Seal:
    """What a connection is bound to whose SQL is not ours: no other file, no extension, no setting.

    Attributes:
        by_arrow: Arrow serves the tables and the engine opens no data file at all: what it may read,
            `COPY … TO` may overwrite. False only where the kernel keeps the process from writing there.
        spill: a folder for what does not fit into memory.
        disk: how much of it, bytes.
    """

    by_arrow: bool
    spill: Path
    disk: int


def connect(
    files_of: FilesOf,
    timezone: str,
    *,
    seal: Seal | None = None,
    memory: str | None = None,
    views: tuple[str, ...] | None = None,
    comments: bool = True,
) -> duckdb.DuckDBPyConnection:
    """Return a connection in memory that sees the tables, macros and views, and writes nothing.

    Args:
        files_of: the data files of a table, by its name.
        timezone: IANA name of the session's zone, in which days begin and instants are shown.
        seal: for SQL that is not ours.
        memory: what it may take; MEMORY_LIMIT when None.
        views: files of `queries/views/`, with what they come after; all when None.
        comments: what all views and columns are, in the catalogue; `comment` adds them later.
    """
    import duckdb

    connection = duckdb.connect(
        config={
            "memory_limit": memory or MEMORY_LIMIT,
            "temp_directory": str(seal.spill) if seal else "",
            "python_enable_replacements": False,
        }
    )
    # The bar would print into stdout after two seconds.
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"SET TimeZone = {literal(timezone)}")
    connection.execute("CREATE SCHEMA lake")
    by_arrow = seal is not None and seal.by_arrow
    files = {table: files_of(table.name) for table in TABLES}
    for table, of_table in files.items():
        set_files(connection, table, of_table, by_arrow=by_arrow)
    connection.execute(sql.macros())
    if views != ():
        connection.execute(_COMMENT.sub("", sql.views(views)))
    if views is None and comments:
        comment(connection)
    if seal:
        opened = () if by_arrow else (file.path for of_table in files.values() for file in of_table)
        _close(connection, seal, opened)
    return connection


def comment(connection: duckdb.DuckDBPyConnection) -> None:
    """Say in the catalogue what the views and their columns are: half of the time that the views take."""
    connection.execute("".join(_COMMENT.findall(sql.views())))


def _close(connection: duckdb.DuckDBPyConnection, seal: Seal, opened: Iterable[str]) -> None:
    """Let a connection open these files and its spill folder, nothing else, for as long as it lives."""
    if seal.by_arrow:
        # Arrow tells no row counts: the engine would guess which side of a join is small, and guess wrong.
        connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    # The limit holds only when it is set on an open connection, the paths only before access is taken away.
    connection.execute(f"SET max_temp_directory_size = '{seal.disk}B'")
    connection.execute(f"SET allowed_paths = [{', '.join(map(literal, opened))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def script(files_of: FilesOf, timezone: str) -> str:
    """Return a script that gives any DuckDB 2 the tables, macros and views over these files.

    Raises:
        UsageFault: a folder above the lake is named like a partition, which DuckDB would take for one.
    """
    lines = [f"SET TimeZone = {literal(timezone)};", "CREATE SCHEMA IF NOT EXISTS lake;"]
    for table in TABLES:
        files = files_of(table.name)
        if files and not _only_partitions_in_paths(table, files):
            raise UsageFault("a folder above the lake has '=' in its name", where=files[0].path)
        lines.append(_view(table, _scanned(table, files)) + ";")
    return "\n".join([*lines, sql.macros(), sql.views()])


def set_files(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[DataFile], *, by_arrow: bool = False
) -> None:
    """Make `lake.<table>` the rows of these files: the schema's columns, in its order, with its types.

    Args:
        connection: one of `connect`, not sealed yet.
        table: its definition.
        files: none make a table without rows.
        by_arrow: let Arrow read them, not DuckDB.
    """
    if files and (by_arrow or not _only_partitions_in_paths(table, files)):
        connection.register(f"lake_{table.name}", _dataset(table, files))
        rows = f"SELECT {_columns(table)} FROM {identifier(f'lake_{table.name}')}"
    else:
        rows = _scanned(table, files)
    connection.execute(_view(table, rows))


def _view(table: Table, rows: str) -> str:
    return f"CREATE OR REPLACE VIEW lake.{identifier(table.name)} AS {rows}"


def _scanned(table: Table, files: Sequence[DataFile]) -> str:
    """Return the statement by which DuckDB itself reads the rows of these files."""
    if not files:
        return f"SELECT {_nulls(table)} WHERE false"
    return f"SELECT {_columns(table)} FROM {_parquet_scan(table, files)}"


def _columns(table: Table) -> str:
    return ", ".join(identifier(column.name) for column in table.columns)


def _nulls(table: Table) -> str:
    return ", ".join(f"CAST(NULL AS {_SQL_TYPES[c.type]}) AS {identifier(c.name)}" for c in table.columns)


def _parquet_scan(table: Table, files: Sequence[DataFile]) -> str:
    """Return DuckDB's own scan: the fastest, and it opens only the files of the partitions asked for.

    The types of partition columns are named: one that is null everywhere would come back as text.
    """
    paths = ", ".join(literal(file.path) for file in files)
    if not table.partition:
        return f"read_parquet([{paths}], hive_partitioning = false)"
    types = ", ".join(
        f"{identifier(c.name)}: {_SQL_TYPES[c.type]}" for c in table.columns if c.name in table.partition
    )
    return f"read_parquet([{paths}], hive_partitioning = true, hive_types = {{{types}}})"


def _only_partitions_in_paths(table: Table, files: Sequence[DataFile]) -> bool:
    """Whether the paths say the partition and nothing else: DuckDB takes the first `name=value` of each."""
    return all(sum("=" in part for part in file.path.split("/")) == len(table.partition) for file in files)


def _dataset(table: Table, files: Sequence[DataFile]) -> pads.Dataset:
    """Return Arrow's view of the files; it reads nothing but them, whatever the SQL says."""
    import pyarrow.dataset as pads
    import pyarrow.fs as pafs

    class Frugal(pads.FileSystemDataset):  # type: ignore[misc]
        """Reads one row group ahead, where Arrow's default of sixteen would be a gigabyte of wide rows."""

        def scanner(self, **options: Any) -> pads.Scanner:
            return super().scanner(**options, batch_readahead=1, fragment_readahead=1)

    form, system = pads.ParquetFileFormat(), pafs.LocalFileSystem()
    fragments = [form.make_fragment(file.path, system, _partition(table, file)) for file in files]
    return Frugal(fragments, table.arrow, form, system)


def _partition(table: Table, file: DataFile) -> pads.Expression:
    """Return what Arrow is told of a file's partition columns, which are not in the file."""
    import pyarrow.dataset as pads

    guarantee = pads.scalar(True)
    for column in (c for c in table.columns if c.name in table.partition):
        text = file.partition[column.name]
        value = date.fromisoformat(text) if text is not None and column.type == "date" else text
        field = pads.field(column.name)
        guarantee &= field.is_null() if value is None else field == value
    return guarantee


def sql_type(column: Column) -> str:
    """Return the SQL type of a table's column."""
    return _SQL_TYPES[column.type]


def identifier(name: str) -> str:
    """Return a name quoted for SQL.

    >>> identifier('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text quoted for SQL.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"
