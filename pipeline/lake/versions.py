"""Documents of exports and their versions, each version stored once: which rows of the two belong together.

The tables share the key `(collection, doc_id, version)`; the collection is in the files' paths. A night may
bring a million documents that meet as many known versions, so the engine joins them, within a limit of
memory: what does not fit goes to the disk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from pipeline.errors import LakeDamaged, LakeFault
from pipeline.lake import disk
from pipeline.lake.layout import DataFile
from pipeline.lake.snapshot import Snapshot
from pipeline.schema import DOCUMENTS, VERSIONS

if TYPE_CHECKING:
    import duckdb

#: What a join may take: the keys of some million versions.
_MEMORY = "512MB"
_KEY = "doc_id, version"
#: Rows of `versions` that are there before: the first by file and place is the one that counts.
_REPEATED = f"""
  SELECT filename, file_row_number FROM stored
  QUALIFY row_number() OVER (PARTITION BY {_KEY} ORDER BY filename, file_row_number) > 1
"""
_UNUSED = f"SELECT filename, file_row_number FROM stored ANTI JOIN held USING ({_KEY})"


@dataclass(frozen=True)
class Pair:
    """What the two tables hold of one collection: data files of `documents`, and of `versions`."""

    documents: Sequence[DataFile]
    versions: Sequence[DataFile]


def by_collection(documents: Iterable[DataFile], versions: Iterable[DataFile]) -> Mapping[str | None, Pair]:
    """Return the data files of each collection."""
    found: dict[str | None, tuple[list[DataFile], list[DataFile]]] = defaultdict(lambda: ([], []))
    for place, files in enumerate((documents, versions)):
        for file in files:
            found[file.partition["collection"]][place].append(file)
    return {collection: Pair(*pair) for collection, pair in found.items()}


def new(file: DataFile, known: Sequence[DataFile], spill: Path) -> tuple[int, Iterator[pa.Table]]:
    """Return how many versions of a file no other one holds, and their rows, each version once.

    Args:
        file: of `versions`; it may hold a version twice.
        known: other files of that table, of the same collection.
        spill: a folder for what does not fit into memory.

    Raises:
        LakeDamaged: a file cannot be read.
    """
    with _joining(spill, fresh=[file], stored=known) as connection:
        kept = connection.sql(
            f"SELECT min(file_row_number) FROM fresh ANTI JOIN stored USING ({_KEY}) GROUP BY {_KEY}"
        ).to_arrow_table()
    rows = kept.column(0).combine_chunks()
    return len(rows), _rows_at(file, rows, spill, kind="SEMI")


def superfluous(
    pair: Pair, spill: Path, *, repeated: bool = False
) -> Iterator[tuple[DataFile, Iterator[pa.Table]]]:
    """Yield the files of a collection's versions that hold some which no export does, and their other rows.

    Args:
        pair: all files of the collection.
        spill: a folder for what does not fit into memory.
        repeated: take those that are stored twice for superfluous too, but for the first of them.

    Raises:
        LakeDamaged: a file cannot be read.
    """
    asked = f"{_UNUSED} UNION {_REPEATED}" if repeated else _UNUSED
    with _joining(spill, stored=pair.versions, held=pair.documents) as connection:
        connection.execute(f"CREATE TEMP TABLE going AS {asked}")
        names = {name for (name,) in connection.sql("SELECT DISTINCT filename FROM going").fetchall()}
        going = {
            name: connection.sql(
                "SELECT file_row_number FROM going WHERE filename = $name", params={"name": name}
            ).to_arrow_table()
            for name in names
        }
    for file in pair.versions:
        if file.path in going:
            rows = going[file.path].column(0).combine_chunks()
            yield file, _rows_at(file, rows, spill, kind="ANTI")


def missing(pair: Pair, spill: Path) -> pa.Array:
    """Return the versions (int64, each once) that exports hold of a collection and that are not stored.

    Raises:
        LakeDamaged: a file cannot be read.
    """
    with _joining(spill, stored=pair.versions, held=pair.documents) as connection:
        asked = f"SELECT DISTINCT version FROM held ANTI JOIN stored USING ({_KEY})"
        return connection.sql(asked).to_arrow_table().column(0).combine_chunks()


def faults(snapshot: Snapshot, spill: Path) -> Iterator[tuple[str, str]]:
    """Yield the collections whose documents and versions do not go together, and what is wrong.

    Raises:
        LakeDamaged: a file cannot be read.
    """
    pairs = by_collection(snapshot.files(DOCUMENTS.name), snapshot.files(VERSIONS.name))
    for collection, pair in pairs.items():
        where = f"{VERSIONS.name} of {collection}"
        if lost := len(missing(pair, spill)):
            yield where, f"{lost} that exports hold are not stored"
        with _joining(spill, stored=pair.versions, held=pair.documents) as connection:
            for asked, what in ((_UNUSED, "no export holds"), (_REPEATED, "are stored already")):
                [(found,)] = connection.sql(f"SELECT count(*) FROM ({asked})").fetchall()
                if found:
                    yield where, f"{found} are stored that {what}"


def _rows_at(file: DataFile, numbers: pa.Array, spill: Path, *, kind: str) -> Iterator[pa.Table]:
    """Yield the rows of a file that have one of these numbers (SEMI), or none of them (ANTI)."""
    names = ", ".join(VERSIONS.file_arrow.names)
    with _joining(spill, stored=[file]) as connection:
        connection.register("numbers", pa.table({"file_row_number": numbers}))
        asked = f"SELECT {names} FROM stored {kind} JOIN numbers USING (file_row_number)"
        for batch in connection.sql(asked).to_arrow_reader():
            yield pa.Table.from_batches([batch])


@contextmanager
def _joining(spill: Path, **files: Sequence[DataFile]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that sees data files by these names, with their path and the number of each row."""
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY,
        "temp_directory": str(spill),
        "python_enable_replacements": False,
    }
    try:
        with closing(duckdb.connect(config=config)) as connection:
            connection.execute("SET enable_progress_bar = false")
            connection.execute("SET TimeZone = 'UTC'")
            for name, of_name in files.items():
                _see(connection, name, of_name)
            yield connection
    except duckdb.OutOfMemoryException as error:
        what = f"too little memory to compare versions of documents: {disk.first_line(error)}"
        raise LakeFault(what, where=str(spill)) from error
    except duckdb.Error as error:
        hint = "`h33 check --repair` takes damaged files out and reads their sources again"
        raise LakeDamaged(f"versions cannot be read: {disk.first_line(error)}", hint=hint) from error


def _see(connection: duckdb.DuckDBPyConnection, name: str, files: Sequence[DataFile]) -> None:
    if not files:
        nothing = "CAST(NULL AS VARCHAR) AS doc_id, CAST(NULL AS BIGINT) AS version"
        place = "CAST(NULL AS VARCHAR) AS filename, CAST(NULL AS BIGINT) AS file_row_number"
        connection.execute(f"CREATE TEMP VIEW {name} AS SELECT {nothing}, {place} WHERE false")
        return
    paths = [file.path for file in files]
    rows = connection.read_parquet(paths, hive_partitioning=False, filename=True, file_row_number=True)
    rows.create_view(name)
