"""Severities by the names and numbers that loggers have for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

#: Names in small letters: syslog's, npm's, Java's, Go's, Python's.
NAMES = {
    "trace": "trace",
    "silly": "trace",
    "finest": "trace",
    "debug": "debug",
    "verbose": "debug",
    "fine": "debug",
    "info": "info",
    "information": "info",
    "informational": "info",
    "http": "info",
    "notice": "info",
    "log": "info",
    "warn": "warn",
    "warning": "warn",
    "error": "error",
    "err": "error",
    "severe": "error",
    "fatal": "fatal",
    "critical": "fatal",
    "crit": "fatal",
    "alert": "fatal",
    "emerg": "fatal",
    "emergency": "fatal",
    "panic": "fatal",
}

#: pino's and bunyan's numbers. https://getpino.io/#/docs/api?id=loggerlevel-string-gettersetter
_TENS = ("trace", "debug", "info", "warn", "error", "fatal")
#: Syslog's, the most urgent first. https://www.rfc-editor.org/rfc/rfc5424#section-6.2.1
SYSLOG = ("fatal", "fatal", "fatal", "error", "warn", "info", "info", "debug")


def of(level: object, own: Mapping[str, str]) -> str | None:
    """Return the severity of a level as it is written; None where nobody calls a level so.

    Args:
        level: a name in any case, or a number.
        own: what the format itself says of its levels.

    >>> of(30, {}), of("WARNING", {}), of("E", {"E": "error"}), of(3, {}), of("loud", {})
    ('info', 'warn', 'error', 'error', None)
    """
    text = str(level)
    if text in own:
        return own[text]
    name = text.strip().lower()
    if name in NAMES:
        return NAMES[name]
    try:
        number = float(name)
    except ValueError:
        return None
    if number in range(len(SYSLOG)):
        return SYSLOG[int(number)]
    # A level between two of them, as pino's users add, is at least the lower one.
    return _TENS[min(int(number) // 10, len(_TENS)) - 1] if 10 <= number < 100 else None


def of_each(levels: pl.Series, severity: Callable[[str], str | None]) -> pl.Series:
    """Return the severities of a column of levels, of which few are distinct: each is looked at once."""
    coded = levels.to_arrow(compat_level=pl.CompatLevel.newest()).dictionary_encode()
    known = [severity(level) for level in coded.dictionary.to_pylist()]
    return pl.Series(levels.name, known, dtype=pl.String)[pl.Series(coded.indices).cast(pl.UInt32)]
