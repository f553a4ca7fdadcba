"""Routes: request paths with their ids replaced, so that `/api/notes/64f0…` of every note is one route."""

from __future__ import annotations

import polars as pl

# Numbers, hexadecimal ids that begin with a digit (the first byte of an ObjectId is the high byte of a Unix
# time), UUIDs and digests; a percent-encoded segment is a value a person typed.
_ID = (
    r"[0-9]+|[0-9][0-9a-f]{3,}|[0-9a-f]{24}|[0-9a-f]{32,}"
    r"|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
)
_SEGMENT = rf"/(?:{_ID})(?:/|$)"
_VALUE = r"/[^/%]*%[^/]*"


def of(paths: pl.Series) -> pl.Series:
    """Return the routes of request paths without their query; null stays null.

    >>> of(pl.Series(["/api/sessions/64f0/complete", "/api/health"])).to_list()
    ['/api/sessions/:id/complete', '/api/health']
    """
    known = paths.unique().drop_nulls().alias("path")
    route = known.str.replace_all(_VALUE, "/:value")
    # A match takes the slash that the next segment begins with, so neighbours need a second pass.
    for _ in range(2):
        route = route.str.replace_all(_SEGMENT, "/:id/")
    trailing = known.str.ends_with("/")
    route = route.str.strip_suffix("/").zip_with(~trailing, route)
    return paths.replace_strict(known, route.alias("route"), default=None, return_dtype=pl.String)
