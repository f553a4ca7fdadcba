"""Reports of the user's own: SQL files with the header of ours, checked before they run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pipeline import sql
from pipeline.errors import QueryFault, UsageFault
from pipeline.sql import COLUMN_FORM, PARAM_FORM, HeaderFault, Param, Query

#: The kind of these queries.
KIND = "own"
#: The types that a parameter may have.
PARAM_TYPES = ("TIMESTAMPTZ", "DATE", "BIGINT", "DOUBLE", "VARCHAR")

#: What people call types, as DuckDB writes them.
_ALIASES = {
    "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE",
    "TEXT": "VARCHAR",
    "STRING": "VARCHAR",
    "INT": "INTEGER",
    "BOOL": "BOOLEAN",
}

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PLACEHOLDER = re.compile(r"(?<!\$)\$([a-z_]\w*)", re.IGNORECASE)
# Texts, quoted names and comments: a $name in them is none.
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)


def names(place: Path | None) -> list[str]:
    """Return the names of the user's reports in a folder, sorted; none where there is no folder."""
    if place is None:
        return []
    return sorted(path.stem for path in place.glob("*.sql") if not path.name.startswith(("_", ".")))


def path_of(place: Path | None, name: str) -> Path:
    """Return the file of a report."""
    return (place or Path()) / f"{name}.sql"


def load(place: Path | None, name: str) -> Query:
    """Return a report of the user's, checked.

    Raises:
        UsageFault: it cannot be read, its header is wrong, or its text and its header do not fit; with file,
            line and how to mend it.
    """
    path = path_of(place, name)
    try:
        query = sql.parse(KIND, name, path.read_text(encoding="utf-8"))
        _check(query)
    except OSError as error:
        raise UsageFault(f"cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise UsageFault("not UTF-8 text", where=str(path)) from None
    except HeaderFault as fault:
        raise UsageFault(fault.what, where=f"{path}:{fault.line}", hint=fault.mend) from None
    return query


def _check(query: Query) -> None:
    """Raise where a report would surprise: its name, its types, a parameter on one side only."""
    if not _NAME.fullmatch(query.name):
        raise HeaderFault(1, f"{query.name!r} is no name of a report", "name the file in a-z, 0-9 and _")
    if query.name in sql.names("reports"):
        raise HeaderFault(1, f"h33 has a report {query.name!r}", "name the file otherwise")
    if not query.columns:
        raise HeaderFault(1, "no columns", f"add `{COLUMN_FORM}` for each")
    stated = {param.name: _line_of(query, f"-- param: {param.name} ") for param in query.params}
    for param in query.params:
        if param.type not in PARAM_TYPES:
            choices = f"there are {', '.join(PARAM_TYPES)}"
            raise HeaderFault(stated[param.name], f"no type {param.type!r}", choices)
    used = {match[1] for match in _PLACEHOLDER.finditer(_QUOTED.sub(" ", query.text))}
    for name in sorted(used - set(stated)):
        line = _line_of(query, f"${name}")
        raise HeaderFault(line, f"${name} is not in the header", f"add `{PARAM_FORM}`")
    for name in sorted(set(stated) - used):
        raise HeaderFault(stated[name], f"nothing uses ${name}", "take the line out")


def compare(path: Path, query: Query, found: Mapping[str, str]) -> None:
    """Compare the columns that a report gives with those that its header states.

    Args:
        path: its file.
        query: its header and text.
        found: type of each column of the result, as DuckDB writes it.

    Raises:
        UsageFault: they differ; with file, line and how to mend it.
    """
    stated = {column.name: column.type for column in query.columns}
    last = _line_of(query, f"-- column: {query.columns[-1].name} ")
    for name, kind in found.items():
        line = _line_of(query, f"-- column: {name} ")
        if name not in stated:
            hint = f"add `-- column: {name} | {kind} | meaning`"
            raise UsageFault(f"{name!r} is not in the header", where=f"{path}:{last}", hint=hint)
        if _ALIASES.get(stated[name].upper(), stated[name].upper()) != kind.upper():
            hint = f"write {kind}, or cast it: CAST(… AS {stated[name]})"
            raise UsageFault(f"{name!r} is of type {kind}", where=f"{path}:{line}", hint=hint)
    for name in stated:
        if name not in found:
            line = _line_of(query, f"-- column: {name} ")
            hint = f"take the line out, or name a column so: AS {name}"
            raise UsageFault(f"the result has no column {name!r}", where=f"{path}:{line}", hint=hint)


def wrong_default(place: Path | None, query: Query, param: Param, fault: UsageFault) -> UsageFault:
    """Return what a default that is no value of its type is told as, with file and line."""
    line = _line_of(query, f"-- param: {param.name} ")
    return UsageFault(
        f"the default is {fault.what}", where=f"{path_of(place, query.name)}:{line}", hint=fault.hint
    )


def told_with_place(path: Path, fault: QueryFault) -> QueryFault:
    """Return a fault of a report's SQL that names its file, and the line where the engine tells it."""
    line = (fault.where or "").removeprefix("line ")
    return QueryFault(fault.what, where=f"{path}:{line}" if line.isdigit() else str(path), hint=fault.hint)


def _line_of(query: Query, piece: str) -> int:
    """Return the number of the first line that holds a piece of text."""
    return next((n for n, line in enumerate(query.text.splitlines(), start=1) if piece in line), 1)
