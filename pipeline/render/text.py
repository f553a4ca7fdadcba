"""Text for terminals: what is harmless to print, and how many columns it takes."""

from __future__ import annotations

import re
import unicodedata

# C0 but newline and tab, DEL, C1, and the marks that reorder or hide text.
UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def safe(text: str) -> str:
    r"""Return the text with every character that could steer a terminal shown as an escape.

    >>> safe("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    return UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def one_line(text: str) -> str:
    r"""Return the text safe and on one line: newlines and tabs are shown as escapes too.

    >>> one_line("a\nb")
    'a\\nb'
    """
    return safe(text).replace("\n", "\\n").replace("\t", "\\t")


def width(text: str) -> int:
    """Return how many terminal columns a text takes: Hangul and Han take two, combining marks none.

    East Asian Width, Unicode Standard Annex 11: https://www.unicode.org/reports/tr11/

    >>> width("메모 ok")
    7
    """
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    # The vowels and finals of Hangul spelled by letters (U+1160-11FF) join the syllable before them.
    if "\u1160" <= character <= "\u11ff" or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def clip(text: str, columns: int) -> str:
    """Return the text, cut with an ellipsis where it takes more than so many columns.

    >>> clip("느린 독서", 6)
    '느린 …'
    """
    if width(text) <= columns:
        return text
    kept, used = "", 0
    for character in text:
        used += _columns(character)
        if used >= columns:
            break
        kept += character
    return kept + "…"


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """Return the text filled with spaces to so many columns; a longer one as it is.

    >>> pad("메모", 6), pad("12", 6, right=True)
    ('메모  ', '    12')
    """
    filling = " " * (columns - width(text))
    return filling + text if right else text + filling


def plural(text: str, count: float | None) -> str:
    """Return a text in which each `[one|many]` is the form that goes with a count.

    >>> plural("1 [day|days]", 1), plural("0 [day|days]", 0)
    ('1 day', '0 days')
    """
    return _FORMS.sub(lambda forms: forms[1 if count == 1 else 2], text)


_FORMS = re.compile(r"\[([^\[\]|]+)\|([^\[\]|]+)\]")
