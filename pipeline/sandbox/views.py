"""The views of `queries/views/`, made when a question first needs them: all take 50 ms to bind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline import catalog, sql

if TYPE_CHECKING:
    import duckdb

_STATEMENT = re.compile(r"^CREATE (?:VIEW|MACRO) (\w+).*?;$", re.MULTILINE | re.DOTALL)
_WORD = re.compile(r"\w+")
_REMARK = re.compile(r"--.*")
# What tells of views that a question does not name: the engine's catalogues, and statements about it.
_ABOUT_ALL = re.compile(r"\b(duckdb_|pg_|sqlite_|information_schema\b|show\b|comment)", re.IGNORECASE)


class Views:
    """Makes what is missing on one connection.

    Args:
        connection: one of `catalog.connect` without views.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        # In the order of the script, in which nothing names what comes later.
        self._missing = {found[1]: found[0] for found in _STATEMENT.finditer(sql.views())}
        self._are_explained = False

    def make_for(self, text: str) -> None:
        """Make what a statement needs, by the words in it."""
        if _ABOUT_ALL.search(text):
            self.make_all()
        if "comment" in text.lower() and not self._are_explained:
            catalog.comment(self._connection)
            self._are_explained = True
        wanted = _words(text)
        for name, statement in reversed(self._missing.items()):
            if name in wanted:
                wanted |= _words(statement)
        self._make([name for name in self._missing if name in wanted])

    def make_all(self) -> bool:
        """Make all that are missing; return whether any were."""
        missing = list(self._missing)
        self._make(missing)
        return bool(missing)

    def _make(self, names: list[str]) -> None:
        for name in names:
            self._connection.execute(self._missing.pop(name))


def _words(text: str) -> set[str]:
    """Return the words of a statement as the engine compares them, remarks left out.

    >>> sorted(_words('FROM "Events" e, lake.files -- all'))
    ['e', 'events', 'files', 'from', 'lake']
    """
    return {word.lower() for word in _WORD.findall(_REMARK.sub("", text))}
