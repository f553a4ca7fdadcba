"""The engine's errors in plain words: one line that names what was looked for and what is nearest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pipeline.errors import H33Error, LakeDamaged, QueryFault
from pipeline.schema import TABLES

if TYPE_CHECKING:
    import duckdb

_MISSING_TABLE = re.compile(r'Table with name "?(?P<name>.+?)"? does not exist')
_MISSING_COLUMN = re.compile(
    r'(?:Referenced column|Column) "(?P<name>.+?)" .*not found|does not have a column named "(?P<other>.+?)"'
)
_MISSING_FUNCTION = re.compile(r"Function with name (?P<name>.+?) does not exist")
_CANDIDATES = re.compile(r"Candidate (?:bindings|tables): (.+)|Did you mean (.+)\?")
_NO_ROOM = re.compile(r"File too large|No space left|max_temp_directory_size|temp_directory_size")
_NO_FOLDER = re.compile(r"Failed to create directory")
_BAD_FILE = re.compile(r"File '.+\.parquet' ")
_PLACE = re.compile(r"^LINE (\d+): ", re.MULTILINE)


@contextmanager
def told(connection: duckdb.DuckDBPyConnection | None = None) -> Iterator[None]:
    """Turn whatever the engine raises inside the block into a fault of ours.

    Args:
        connection: where the names that there are can be looked up; none while it is being made.

    Raises:
        QueryFault: the statement is wrong, met a wrong value, or asked for too much.
        LakeDamaged: a data file cannot be read.
    """
    import duckdb

    try:
        yield
    except (duckdb.Error, OSError) as error:
        # While a result is streamed, Arrow hands the engine's errors on as OSError.
        raise _fault(str(error), connection) from None


def _fault(message: str, connection: duckdb.DuckDBPyConnection | None) -> H33Error:
    kind, _, rest = message.partition(" Error: ")
    first = (rest or message).splitlines()[0].strip()
    if _NO_ROOM.search(first):
        return QueryFault("too much for the disk it may use", hint="narrow the time or take fewer columns")
    if kind == "Permission" or _NO_FOLDER.match(first):
        return QueryFault(
            "files, extensions and settings are out of reach here", hint="read the lake's tables"
        )
    if kind == "IO" or _BAD_FILE.match(first):
        return LakeDamaged(first, hint="`h33 check` says what is wrong with the lake")
    if kind == "Out of Memory":
        return QueryFault("too much for the memory it may use", hint="narrow the time or take fewer columns")
    if match := _MISSING_TABLE.search(rest):
        return QueryFault(f"no table {match['name']!r}", hint=_nearest_table(match["name"], connection))
    if match := _MISSING_COLUMN.search(rest):
        name = match["name"] or match["other"]
        return QueryFault(f"no column {name!r}", hint=_nearest_column(name, connection) or _candidates(rest))
    if match := _MISSING_FUNCTION.search(rest):
        return QueryFault(f"no function {match['name']!r}", hint=_candidates(rest))
    line = _PLACE.search(rest)
    return QueryFault(first.rstrip("!."), where=f"line {line[1]}" if line else None, hint=_candidates(rest))


def _candidates(message: str) -> str | None:
    """Return what the engine thinks was meant."""
    match = _CANDIDATES.search(message)
    return f"did you mean {(match[1] or match[2]).replace(chr(34), '')}?" if match else None


def _nearest_table(name: str, connection: duckdb.DuckDBPyConnection | None) -> str:
    """Return the view or table nearest in name, or all; the engine would offer its own catalogue too."""
    found = _names(
        connection, "SELECT view_name FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal"
    )
    known = [
        *(view for view in found if not view.startswith("lake_")),
        *(f"lake.{table.name}" for table in TABLES),
    ]
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"


def _nearest_column(name: str, connection: duckdb.DuckDBPyConnection | None) -> str | None:
    """Return the columns of views nearest in name; what the engine offers is often far from it."""
    known = _names(connection, "SELECT DISTINCT column_name FROM duckdb_columns() WHERE NOT internal")
    close = get_close_matches(name, known, n=3)
    return f"did you mean {', '.join(close)}?" if close else None


def _names(connection: duckdb.DuckDBPyConnection | None, statement: str) -> list[str]:
    """Return a column of names, sorted; asked beside, since a failed result may be open on the connection."""
    if connection is None:
        return []
    with closing(connection.cursor()) as beside:
        return sorted(name for (name,) in beside.execute(statement).fetchall())
