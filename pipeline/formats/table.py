"""Tables as text: what separates fields, where a row ends, what a header means. Work on bytes, row by row.

A field in quotes may hold separators, newlines and doubled quotes (https://www.rfc-editor.org/rfc/rfc4180);
elsewhere a quote is an ordinary character, as spreadsheets read it. All of it holds for UTF-8 and for CP949,
whose second bytes are never one of these characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

#: What may stand between fields.
SEPARATORS = (",", ";", "\t", "|")


def _field(separator: str, *, strict: bool = False) -> str:
    apart = re.escape(separator)
    bare = rf'[^{apart}\n"]*+' if strict else rf'(?!")[^{apart}\n]*+'
    return rf'(?:"(?:[^"]++|"")*+"|{bare})'


@cache
def row(separator: str, width: int | None = None, *, strict: bool = False) -> re.Pattern[bytes]:
    """Return the pattern of a row with its newline.

    Args:
        separator: between fields.
        width: how many fields; any number where None.
        strict: no quote may stand in a field without quotes around it.
    """
    field, apart = _field(separator, strict=strict), re.escape(separator)
    more = "*+" if width is None else f"{{{width - 1}}}"
    return re.compile(rf"{field}(?:{apart}{field}){more}\r?\n".encode())


@cache
def begun(separator: str, width: int) -> re.Pattern[bytes]:
    """Return the pattern of bytes that may be the beginning of a row of so many fields."""
    field, apart = _field(separator), re.escape(separator)
    open_field = rf'(?:"(?:[^"]++|"")*+"?\r?|[^{apart}\n]*+)'
    return re.compile(rf"(?:{field}{apart}){{0,{width - 1}}}{open_field}\Z".encode())


@cache
def _fields(separator: str) -> re.Pattern[bytes]:
    return re.compile(rf"({_field(separator)})(?:{re.escape(separator)}|\r?\n|\Z)".encode())


def cells(line: bytes, separator: str) -> list[bytes]:
    r"""Return the fields of a row that `row` matches.

    >>> cells(b'1,"a ""b"", c",\r\n', ",")
    [b'1', b'a "b", c', b'']
    """
    text = line.removesuffix(b"\n").removesuffix(b"\r")
    found, at = [], 0
    while at <= len(text):
        match = _fields(separator).match(text, at)
        if match is None:
            break
        field = match[1]
        found.append(field[1:-1].replace(b'""', b'"') if field.startswith(b'"') else field)
        if match.end() == len(text) and match.end(1) == len(text):
            break
        at = match.end()
    return found


def separator_of(head: bytes) -> str | None:
    """Return what separates the names of the first row, if it is a header: names, each once."""
    best, width = None, 1
    for separator in SEPARATORS:
        match = row(separator).match(head)
        names = cells(match[0], separator) if match else []
        named = all(name.strip() for name in names) and len({*names}) == len(names)
        if named and len(names) > width:
            best, width = separator, len(names)
    return best


def plain(name: str) -> str:
    """Return a column's name as it is compared: `Created At`, `created_at` and `createdAt` are one.

    >>> plain("Created At "), plain("접수 일시")
    ('createdat', '접수일시')
    """
    folded = unicodedata.normalize("NFC", name).casefold()
    return "".join(char for char in folded if char.isalnum())


def meanings(columns: Sequence[str], known: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return what each column means, by the first of a meaning's names that is there; "" for the others."""
    names = [plain(column) for column in columns]
    found = [""] * len(names)
    for meaning, choices in known.items():
        wanted = [plain(choice) for choice in choices]
        at = next((names.index(one) for one in wanted if one in names and not found[names.index(one)]), None)
        if at is not None:
            found[at] = meaning
    return tuple(found)
