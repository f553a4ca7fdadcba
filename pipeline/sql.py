"""The SQL files under `queries/` and their headers, which are contracts.

A header is the run of `-- key: value` lines at the top of a file. Columns and parameters have three parts
separated by ` | `; every other key is a plain text, with `.ko` for its Korean twin.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from graphlib import TopologicalSorter
from itertools import dropwhile
from pathlib import Path

from pipeline.errors import ContractFault, UsageFault

_HEADER = re.compile(r"-- ([a-z_]+(?:\.ko)?): (.*)")
_PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class Param:
    """A named parameter: its SQL type, its default as a person would type it, and its meaning."""

    name: str
    type: str
    default: str
    meaning: str


@dataclass(frozen=True)
class OutputColumn:
    """A column of the result: name, SQL type and meaning with unit."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True)
class Query:
    """One SQL file: its name, its text and what its header promises."""

    kind: str
    name: str
    text: str
    params: tuple[Param, ...]
    columns: tuple[OutputColumn, ...]
    keys: Mapping[str, str]

    @property
    def purpose(self) -> str:
        """One sentence: what question the query answers."""
        return self.keys["purpose"]

    def said(self, key: str, language: str = "en") -> str:
        """Return a header text in the language, else in English, else ""."""
        english = self.keys.get(key, "")
        return self.keys.get(f"{key}.ko", english) if language == "ko" else english


def folder() -> Path:
    """Return the folder of the shipped SQL: in the package in a wheel, beside it in a checkout."""
    shipped = _PACKAGE / "queries"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "queries"


def names(kind: str) -> list[str]:
    """Return the names of a kind's queries, sorted: the file name is the name."""
    return sorted(path.stem for path in (folder() / kind).glob("*.sql"))


def macros() -> str:
    """Return the macros that views and queries share: `queries/_macros.sql`."""
    return (folder() / "_macros.sql").read_text(encoding="utf-8")


@cache
def views(only: tuple[str, ...] | None = None) -> str:
    """Return the views, `queries/views/`, each file behind the one that its header says it comes `after`.

    Args:
        only: names of files: those, and what they come after.
    """
    after: dict[str, list[str]] = {}
    wanted = list(names("views") if only is None else only)
    for name in wanted:
        after[name] = load("views", name).keys.get("after", "").split()
        wanted += [other for other in after[name] if other not in wanted]
    return "\n".join(load("views", name).text for name in TopologicalSorter(after).static_order())


@cache
def load(kind: str, name: str) -> Query:
    """Return one query.

    Raises:
        UsageFault: no such query; the message names the nearest.
        ContractFault: its header is malformed.
    """
    if name not in names(kind):
        raise UsageFault(f"no {_SINGULAR[kind]} {name!r}", hint=_nearest(name, names(kind)))
    path = folder() / kind / f"{name}.sql"
    try:
        return parse(kind, name, path.read_text(encoding="utf-8"))
    except HeaderFault as fault:
        raise ContractFault(f"queries/{kind}/{name}.sql:{fault.line}: {fault.what}") from None


_SINGULAR = {
    "checks": "check",
    "coverage": "source",
    "reports": "report",
    "inputs": "input",
    "lines": "query of raw lines",
    "kpi": "figure",
    "rollups": "rollup",
    "alerts": "alarm",
    "questions": "question",
    "views": "file of views",
}


def _nearest(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    guess = f"did you mean {close[0]}? " if close else ""
    return f"{guess}there are {', '.join(known)}"


def parse(kind: str, name: str, text: str) -> Query:
    """Return the query that a text with a header defines.

    Raises:
        ContractFault: a header line is malformed, a key stands twice, or there is no purpose.
    """
    params: list[Param] = []
    columns: list[OutputColumn] = []
    keys: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith("--"):
            break
        match = _HEADER.fullmatch(line.rstrip())
        if match is None:
            raise HeaderFault(number, f"not a header line: {line!r}", "write `-- key: value`")
        key, value = match[1], match[2].strip()
        if key == "param":
            params.append(Param(*_parts(value, PARAM_FORM, number)))
        elif key == "column":
            columns.append(OutputColumn(*_parts(value, COLUMN_FORM, number)))
        elif key in keys:
            raise HeaderFault(number, f"{key} stands twice", "leave one of them")
        else:
            keys[key] = value
    if "purpose" not in keys:
        raise HeaderFault(1, "no purpose", "begin with `-- purpose: one sentence`")
    return Query(kind, name, text, tuple(params), tuple(columns), keys)


#: What header lines of several parts look like.
PARAM_FORM = "-- param: name | TYPE | default | meaning"
COLUMN_FORM = "-- column: name | TYPE | meaning"


class HeaderFault(ContractFault):
    """A line of a header that is wrong: its number, what is wrong, and how to mend it."""

    def __init__(self, line: int, what: str, mend: str) -> None:
        super().__init__(f"line {line}: {what}; {mend}")
        self.line, self.what, self.mend = line, what, mend


def _parts(value: str, form: str, line: int) -> list[str]:
    count = form.count(" | ") + 1
    parts = [part.strip() for part in value.split(" | ", count - 1)]
    if len(parts) != count:
        raise HeaderFault(line, f"{count} parts separated by ' | ' are wanted", f"write `{form}`")
    return parts


def body(query: Query) -> str:
    """Return a query's text without its header."""
    lines = query.text.splitlines(keepends=True)
    return "".join(dropwhile(lambda line: line.startswith("--"), lines))
