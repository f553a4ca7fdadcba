"""Reports of the user's own: SQL files with the header of ours, checked before they run."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline import sql
from pipeline.errors import UsageFault
from pipeline.sql import COLUMN_FORM, PARAM_FORM, HeaderFault, Query

#: The kind of these queries.
KIND = "own"
#: The types that a parameter may have.
PARAM_TYPES = ("TIMESTAMPTZ", "DATE", "BIGINT", "DOUBLE", "VARCHAR")

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PLACEHOLDER = re.compile(r"(?<!\$)\$([a-z_]\w*)", re.IGNORECASE)
# Texts, quoted names and comments: a $name in them is none.
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)


def names(place: Path | None) -> list[str]:
    """Return the names of the user's reports in a folder, sorted; none where there is no folder."""
    if place is None:
        return []
    return sorted(path.stem for path in place.glob("*.sql") if not path.name.startswith(("_", ".")))


def load(place: Path | None, name: str) -> Query:
    """Return a report of the user's, checked.

    Raises:
        UsageFault: it cannot be read, its header is wrong, or its text and its header do not fit; with file,
            line and how to mend it.
    """
    path = (place or Path()) / f"{name}.sql"
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


def _line_of(query: Query, piece: str) -> int:
    """Return the number of the first line that holds a piece of text."""
    return next((n for n, line in enumerate(query.text.splitlines(), start=1) if piece in line), 1)
