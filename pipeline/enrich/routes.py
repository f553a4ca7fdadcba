"""Routes: request paths with their ids replaced, so that `/api/notes/64f0…` of every note is one route."""

from __future__ import annotations

import polars as pl

# A segment that begins with a digit is a value when it has another digit or a capital: a number, a date, an
# ObjectId (its first byte is the high byte of a Unix time); so is a digit alone. A word is none: /2fa. UUIDs
# and digests that begin with a letter are values too, and what is percent-encoded.
_ID = (
    r"/(?:[0-9][a-z_.~-]*[0-9A-Z][0-9A-Za-z_.~-]*|[0-9](?:[.~-][0-9A-Za-z_.~-]*)?(?-u:\b)|[a-f][0-9a-f]{23,}"
    r"|[A-Fa-f][0-9A-Fa-f]{7}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})"
)
_TYPED = r"/[^/%]*%[^/]*"


def of(paths: pl.Series) -> pl.Series:
    """Return the routes of request paths without their query; null stays null.

    >>> of(pl.Series(["/api/sessions/64f0/complete", "/api/health"])).to_list()
    ['/api/sessions/:id/complete', '/api/health']
    """
    if paths.str.contains("%", literal=True).any():
        paths = paths.str.replace_all(_TYPED, "/:value")
    return paths.str.replace_all(_ID, "/:id")
