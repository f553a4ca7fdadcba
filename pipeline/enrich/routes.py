"""Routes: request paths with their ids replaced, so that `/api/notes/64f0…` of every note is one route."""

from __future__ import annotations

import polars as pl

# Numbers, hexadecimal ids that begin with a digit (the first byte of an ObjectId is the high byte of a Unix
# time), UUIDs and digests; a percent-encoded segment is a value a person typed.
_ID = (
    r"/(?:[0-9]+|[0-9][0-9a-f]{3,}|[0-9a-f]{24}|[0-9a-f]{32,}"
    r"|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})(?P<end>/|$)"
)
_AFTER_ID = "/:id/[0-9a-fA-F]"
_VALUE = r"/[^/%]*%[^/]*"


def of(paths: pl.Series) -> pl.Series:
    """Return the routes of request paths without their query; null stays null.

    >>> of(pl.Series(["/api/sessions/64f0/complete", "/api/health"])).to_list()
    ['/api/sessions/:id/complete', '/api/health']
    """
    route = paths
    if paths.str.contains("%", literal=True).any():
        route = route.str.replace_all(_VALUE, "/:value")
    # The slash behind an id belongs to the match, so of two ids in a row the second is left to another pass.
    route = route.str.replace_all(_ID, "/:id${end}")
    again = route.str.contains(_AFTER_ID).fill_null(False)
    if again.any():
        rest = route.filter(again).str.replace_all(_ID, "/:id${end}")
        route = route.scatter(again.arg_true(), rest)
    return route
