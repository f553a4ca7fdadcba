"""MongoDB's Extended JSON v2, as mongoexport and mongod write it.

https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/
"""

from __future__ import annotations

import json

from pipeline.sample.events import iso_js

#: Text of a value without spaces, Hangul and U+2028 as they are.
compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def oid(identity: str) -> dict[str, str]:
    """Return an ObjectId."""
    return {"$oid": identity}


def relaxed_date(milliseconds: int) -> dict[str, str]:
    """Return a relaxed date: ISO 8601, the zeros at the end of its fraction left away.

    >>> relaxed_date(1750381200500), relaxed_date(1750381200000)
    ({'$date': '2025-06-20T01:00:00.5Z'}, {'$date': '2025-06-20T01:00:00Z'})
    """
    return {"$date": iso_js(milliseconds)[:-1].rstrip("0").rstrip(".") + "Z"}


def canonical_date(milliseconds: int) -> dict[str, dict[str, str]]:
    """Return a canonical date: milliseconds since 1970, as text."""
    return {"$date": {"$numberLong": str(milliseconds)}}


def canonical_int(value: int) -> dict[str, str]:
    """Return a canonical 32-bit number."""
    return {"$numberInt": str(value)}
