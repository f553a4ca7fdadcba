"""mongoexport's JSON: documents in relaxed or canonical Extended JSON v2, a line each or in one array.

https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from pipeline.instants import EARLIEST, LATEST

#: The table that its records go to.
KIND = "documents"

_OBJECT_ID = re.compile(r"ObjectId\(([0-9a-f]{24})\)")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", re.ASCII)
_LITERAL = re.compile(r"true|false|-?(?:0|[1-9]\d{0,14})(?:\.\d+)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: Fields of the app's notes that `documents` has columns for, and those that go to `attrs`. Nothing else is
#: stored: what a person wrote (content, tags, highlighted text) never is.
ALLOWED = {
    "userId": "user_id",
    "bookId": "book_id",
    "originSession": "origin_session",
    "type": "type",
}
ALLOWED_ATTRS = ("pageNumber", "selfRating", "status", "mode", "__v")


def claims(value: object) -> bool:
    """Return whether the value is a Mongo document in Extended JSON.

    >>> claims({"_id": {"$oid": "6854b0c0aa10000000000001"}, "isPdfMemo": False})
    True
    """
    return isinstance(value, dict) and "_id" in value


def of_cell(cell: str) -> Any:
    """Return a cell of a CSV export as Extended JSON; what it was in the database is guessed by its look.

    >>> of_cell("ObjectId(6854b0c0aa10000000000001)"), of_cell("2025-06-20T01:00:00.431Z"), of_cell("12")
    ({'$oid': '6854b0c0aa10000000000001'}, {'$date': '2025-06-20T01:00:00.431Z'}, 12)
    """
    if match := _OBJECT_ID.fullmatch(cell):
        return {"$oid": match[1]}
    if _DATE.fullmatch(cell):
        return {"$date": cell}
    if _LITERAL.fullmatch(cell):
        return orjson.loads(cell)
    return cell


def plain(value: Any) -> Any:
    """Return an Extended JSON value without its type wrapper: an id's hex, a number, an instant.

    Raises:
        ValueError: a wrapper whose content is not of its type.
    """
    if not isinstance(value, dict) or not value:
        return value
    match next(iter(value.items())):
        case ("$oid", str(text)):
            return text
        case ("$date", inner):
            return instant(inner)
        case ("$numberInt" | "$numberLong", str(text)):
            return int(text)
        case ("$numberDouble", str(text)):
            return float(text)
        case ("$numberDecimal" | "$symbol" | "$uuid", str(text)):
            return text
    return value


def instant(value: Any) -> datetime:
    """Return the instant of a `$date`: ISO 8601 with its zeros trimmed, or milliseconds since 1970.

    Raises:
        ValueError: it is neither, or lies at the ends of the calendar or beyond.
    """
    try:
        read = _instant(value)
    except OverflowError:
        read = None
    if read is None or not EARLIEST <= read <= LATEST:
        raise ValueError(f"not a date: {value!r}")
    return read


def _instant(value: Any) -> datetime | None:
    if isinstance(value, str):
        read = datetime.fromisoformat(value)
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    millis = plain(value)
    if isinstance(millis, bool) or not isinstance(millis, int):
        return None
    return _EPOCH + timedelta(milliseconds=millis)


def text(value: Any) -> str | None:
    """Return an id or a short field as text: the hex of an ObjectId, else its JSON; null stays null."""
    bare = plain(value)
    if bare is None or isinstance(bare, str):
        return bare
    if isinstance(bare, datetime):
        return bare.isoformat()
    return orjson.dumps(bare).decode()
