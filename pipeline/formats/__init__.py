"""The formats that h33 reads: those of lines and of JSON records as TOML in `library/`, found by their place.

One of one's own is such a file in a folder that the settings name; `h33 formats NAME` shows one. What a
pattern over one line cannot say is a Python module in `structured/`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType

from pipeline.errors import UsageFault
from pipeline.formats import line, structured
from pipeline.formats.line import LineFormat

#: What a record's format is called when none of the named ones matched.
GENERIC = "generic"
#: The formats that take what no other one knows: any line, any JSON record of a log.
CATCH_ALL = frozenset({GENERIC, "json-log"})

_LIBRARY = Path(__file__).with_name("library")


@cache
def library(folders: tuple[str, ...] = ()) -> tuple[LineFormat, ...]:
    """Return every line format, by label; those of `folders` replace ours of the same name.

    Raises:
        SettingsFault: a file among them is no line format.
    """
    found: dict[str, LineFormat] = {}
    for folder in (_LIBRARY, *map(Path, folders)):
        for path in sorted(folder.glob("*.toml")):
            # The tests have checked ours; to do it again costs every run a tenth of a second.
            found[path.stem] = line.read(path, check=folder != _LIBRARY)
    return tuple(found[label] for label in sorted(found))


def names(folders: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the labels of all line formats, sorted."""
    return tuple(entry.label for entry in library(folders))


def get(label: str, folders: tuple[str, ...] = ()) -> LineFormat:
    """Return a line format.

    Raises:
        UsageFault: there is none of that name.
    """
    for entry in library(folders):
        if entry.label == label:
            return entry
    known = sorted({*names(folders), *wrappers()})
    raise UsageFault(f"no format {label!r}", hint=f"there are {', '.join(known)}")


def text_of(label: str, folders: tuple[str, ...] = ()) -> str:
    """Return the file of a format, as it stands.

    Raises:
        UsageFault: there is none of that name.
    """
    path = wrapper(label).__file__ if label in wrappers() else get(label, folders).path
    return Path(str(path)).read_text(encoding="utf-8")


def about(name: str) -> tuple[str, str]:
    """Return the title and the address of a Python format: the first and the last line of its docstring."""
    lines = (wrapper(name).__doc__ or "").strip().splitlines()
    return lines[0].rstrip("."), lines[-1].strip()


def ranked(first: Sequence[str], folders: tuple[str, ...] = ()) -> tuple[LineFormat, ...]:
    """Return every format of records but the generic one, those named in `first` in front, in that order."""
    rest = {
        entry.label: entry for entry in library(folders) if entry.label != GENERIC and not entry.is_envelope
    }
    front = [rest.pop(label) for label in first if label in rest]
    return (*front, *rest.values())


def start_of(first: Sequence[str], folders: tuple[str, ...] = ()) -> str | None:
    """Return the pattern of a record's first line, where the first of the named formats has one."""
    front = ranked(first, folders)[0]
    return front.start if front.label in first[:1] else None


def envelopes(folders: tuple[str, ...] = ()) -> tuple[LineFormat, ...]:
    """Return the formats of what collectors put around lines."""
    return tuple(entry for entry in library(folders) if entry.is_envelope)


def envelope_of_pieces(label: str | None, folders: tuple[str, ...] = ()) -> LineFormat | None:
    """Return the envelope of this label; None for one in which no line stands in pieces, and for no label."""
    envelope = get(label, folders) if label else None
    return envelope if envelope and envelope.states_pieces else None


def guess_envelope(lines: Sequence[str], folders: tuple[str, ...] = ()) -> str | None:
    """Return the label of the envelope that most of the lines are in; None where they are in none."""
    import polars as pl

    from pipeline.formats import match

    text = pl.Series("text", [line for line in lines if line.strip()], dtype=pl.String)
    for entry in envelopes(folders):
        if len(text) and 2 * int(match.claims(entry, text).sum()) > len(text):
            return entry.label
    return None


def guess(lines: Sequence[str], folders: tuple[str, ...] = ()) -> list[str]:
    """Return the labels of the formats that the lines are in, the commonest first.

    A format with a head that at least half of the records have stands in front; formats that match no line
    are left out, so an empty list means that none of the named ones does.
    """
    import numpy as np
    import polars as pl

    from pipeline.enrich import groups
    from pipeline.formats import json_match, match

    text = match.plain(pl.Series("text", list(lines), dtype=pl.String))
    records = text.filter(text.str.contains(groups.START))
    found = json_match.labels(json_match.Formats(ranked((), folders)), records)
    counts = Counter(label for label in found if label is not None)
    records = records.filter(pl.Series([label is None for label in found], dtype=pl.Boolean))
    message = records
    for entry in ranked((), folders):
        if entry.head is not None:
            counts[entry.label] = int(match.claims(entry, records).sum())
            message = message.str.replace(entry.head, "")
    leading = {label for label, n in counts.items() if 2 * n >= len(found)}
    others = [entry for entry in ranked((), folders) if entry.head is None and entry.json is None]
    for entry in match.concerned(others, message, np.arange(len(message), dtype=np.uint32)):
        counts[entry.label] = int(match.claims(entry, message).sum())
    return sorted(
        (label for label, n in counts.items() if n),
        key=lambda label: (label not in leading, -counts[label], label),
    )


@cache
def wrappers() -> tuple[str, ...]:
    """Return the names of the Python formats that say which JSON values are theirs, sorted."""
    return tuple(sorted(entry.name for entry in pkgutil.iter_modules(structured.__path__)))


def is_json_record(value: object, folders: tuple[str, ...] = ()) -> bool:
    """Return whether a JSON value is a record of some format of JSON records."""
    from pipeline.formats import json_match

    return json_match.Formats(ranked((), folders)).of(value) is not None


def wrapper(name: str) -> ModuleType:
    """Return a Python format by its name."""
    return importlib.import_module(f"{structured.__name__}.{name}")


def guess_json(value: object) -> str | None:
    """Return the name of the Python format whose record the JSON value is; None where none knows it."""
    return next((name for name in wrappers() if wrapper(name).claims(value)), None)
