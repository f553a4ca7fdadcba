"""What each table, view and column is: from the schema, the comments of the views, and values of the sample.

Nothing is said twice: a view's column inherits from the table's column of its name what its comment leaves
out. Korean is looked up by the English text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from pipeline import catalog, sql
from pipeline.errors import UsageFault
from pipeline.schema import BY_NAME, TABLES
from pipeline.table import Column, Table

#: The file of examples among the SQL; keys are `relation.column`.
EXAMPLES = "_examples.toml"
#: The file of Korean texts among the SQL; keys are the English ones.
MEANINGS = "_meanings.ko.toml"

# What is put together: of a table's row, of a partition, of a column without a table's column of its name.
_FORMS = {
    "en": ("A row is {}", "; partitioned by {}", "computed from {}"),
    "ko": ("행 하나: {}", "; {}로 나누어 저장", "{}에서 계산"),
}

_NULL = re.compile(r"; null (where|for|when) (?P<when>[^;]+)")
_USED = re.compile(r"\b(?:FROM|JOIN)[\s(]+(?P<name>(?:lake\.)?\w+)")
# Read by views only to leave rows out, or to add a text to them.
_ASIDE = ("repeats", "templates")

# Whose columns are all filled alike.
_DERIVED = ("files", "rollups", "daily_rollups", "repeats")

# By whom a table's columns are filled, and the columns that are filled otherwise.
_SOURCES = {
    "events": "the record",
    "documents": "the exported document",
    "versions": "the exported document",
    "metrics": "the series' point",
    "rejects": "the refused record",
    "repeats": "h33, by comparing dedupe_key",
    "rollups": "h33, counted from requests",
    "daily_rollups": "h33, added up from rollups",
    "templates": "h33, mined from messages",
    "files": "h33, at the end of a run",
}
_MADE = {
    "date": "h33, from ts",
    "snapshot_date": "h33, from snapshot",
    "version": "h33, from what is stored of the document",
    "run_date": "h33, the run",
    "file_id": "h33, the source's first bytes",
    "line_no": "h33, while cutting lines",
    "byte_offset": "h33, while cutting lines",
    "line_count": "h33, while joining lines",
    "line_spans": "h33, while joining lines",
    "ts_source": "h33, while parsing",
    "ts_assumed": "h33, while parsing",
    "format": "h33, while parsing",
    "http_route": "h33, from http_path",
    "mask_id": "h33, from message",
    "dedupe_key": "h33, from the record",
    "source": "h33, the file's path",
    "service": "the record, or the settings' [[source]]",
    "instance": "the record, or the settings' [[source]]",
}
_UNITS = (
    (re.compile(r"_ms$"), "ms"),
    (re.compile(r"_min$"), "minutes"),
    (re.compile(r"_s$"), "s"),
    (re.compile(r"bytes$|^byte_offset$|^position$"), "bytes"),
    (re.compile(r"^line_count$|^lines$|^events$|^continuation$|^rejected$|^blank$"), "lines"),
    (re.compile(r"^alpha$"), "ratio"),
    (re.compile(r"^n$"), "requests"),
    (re.compile(r"^records$"), "records"),
)


@dataclass(frozen=True)
class Entry:
    """One column; `unit` is "" for none, `example` a value that it has in the bundled sample."""

    column: str
    type: str
    unit: str
    meaning: str
    source: str
    null: str
    example: str


@dataclass(frozen=True)
class Relation:
    """One table (`lake.<name>`) or view: what a row of it is, and its columns."""

    name: str
    kind: str
    says: str
    entries: tuple[Entry, ...]


class _Language:
    """Says texts in a language; a text that has no Korean stays English."""

    def __init__(self, language: str) -> None:
        self._known = _texts(MEANINGS) if language == "ko" else {}
        self._row, self._partition, self._computed = _FORMS["ko" if language == "ko" else "en"]

    def text(self, english: str) -> str:
        return str(self._known.get(english, english))

    def row(self, table: Table) -> str:
        partition = self._partition.format(", ".join(table.partition)) if table.partition else ""
        return f"{self._row.format(self.text(table.grain))}{partition}."

    def computed(self, tables: tuple[Table, ...]) -> str:
        names = ", ".join(f"lake.{table.name}" for table in tables if table.name not in _ASIDE)
        return self._computed.format(names)


@cache
def relations(language: str = "en") -> tuple[Relation, ...]:
    """Return the views in the order of their script, then the tables, in `en` or `ko`."""
    examples, said = _texts(EXAMPLES), _Language(language)
    return (*_views(examples, said), *(_table(table, examples, said) for table in TABLES))


def find(name: str, language: str = "en") -> Relation:
    """Return a view or table by its name; `lake.events` is the table, `events` the view.

    Raises:
        UsageFault: there is none; the message names the nearest.
    """
    known = {relation.name: relation for relation in relations(language)}
    if found := known.get(name) or known.get(f"lake.{name}"):
        return found
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
    raise UsageFault(f"no table {name!r}", hint=hint)


def _texts(file: str) -> Mapping[str, Any]:
    return tomllib.loads((sql.folder() / file).read_text(encoding="utf-8"))


def _table(table: Table, examples: Mapping[str, Mapping[str, str]], said: _Language) -> Relation:
    name = f"lake.{table.name}"
    entries = (
        Entry(
            column.name,
            catalog.sql_type(column),
            said.text(_unit(column.name, catalog.sql_type(column))),
            said.text(column.meaning),
            said.text(_source(table, column)),
            said.text(column.null or "never"),
            examples.get(name, {}).get(column.name, ""),
        )
        for column in table.columns
    )
    return Relation(name, "table", said.row(table), tuple(entries))


def _source(table: Table, column: Column) -> str:
    made = _MADE.get(column.name)
    return made if made and table.name not in _DERIVED else _SOURCES[table.name]


def _views(examples: Mapping[str, Mapping[str, str]], said: _Language) -> list[Relation]:
    with closing(catalog.connect(lambda _: [], "UTC")) as connection:
        views = connection.execute(
            "SELECT view_name, comment, sql FROM duckdb_views() "
            "WHERE NOT internal AND schema_name = 'main' ORDER BY view_oid"
        ).fetchall()
        columns = connection.execute(
            "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() "
            "WHERE NOT internal AND schema_name = 'main' ORDER BY column_index"
        ).fetchall()
    texts = {name: text for name, _, text in views}
    return [
        Relation(
            view,
            "view",
            said.text(comment or ""),
            tuple(
                _entry(name, kind, meaning or "", _tables_of(view, texts), examples.get(view, {}), said)
                for of, name, kind, meaning in columns
                if of == view
            ),
        )
        for view, comment, _ in views
    ]


def _entry(
    name: str,
    kind: str,
    comment: str,
    tables: tuple[Table, ...],
    examples: Mapping[str, str],
    said: _Language,
) -> Entry:
    """Return a view's column; what its comment does not say is said by the table's column of that name."""
    when = _NULL.search(comment)
    origin = next(((t, c) for t in tables for c in t.columns if c.name == name), None)
    inherited = origin[1].null or "never" if origin else "as what it is computed from"
    return Entry(
        name,
        kind,
        said.text(_unit(name, kind)),
        said.text(_NULL.sub("", comment)),
        f"lake.{origin[0].name}" if origin else said.computed(tables),
        said.text(when["when"] if when else inherited),
        examples.get(name, ""),
    )


def _tables_of(view: str, texts: Mapping[str, str]) -> tuple[Table, ...]:
    """Return the tables that a view reads, through other views too, in the order in which it names them."""
    found: dict[str, Table] = {}
    for match in _USED.finditer(texts[view]):
        name = match["name"]
        if name.startswith("lake.") and name.removeprefix("lake.") in BY_NAME:
            found.setdefault(name, BY_NAME[name.removeprefix("lake.")])
        elif name in texts and name != view:
            found |= {f"lake.{table.name}": table for table in _tables_of(name, texts)}
    return tuple(sorted(found.values(), key=lambda table: table.name in _ASIDE))


def _unit(name: str, kind: str) -> str:
    """Return the unit that a name or a type says, "" for none.

    >>> _unit("duration_ms", "DOUBLE"), _unit("message", "VARCHAR")
    ('ms', '')
    """
    if kind == "TIMESTAMP WITH TIME ZONE":
        return "instant, to the µs"
    if kind == "DATE":
        return "day"
    if kind in {"VARCHAR", "BOOLEAN"}:
        return ""
    return next((unit for pattern, unit in _UNITS if pattern.search(name)), "")
