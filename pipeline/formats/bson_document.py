"""BSON: where documents begin and end, and what they are in Extended JSON. No length in them is trusted.

https://bsonspec.org/spec.html
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from pipeline.formats.structured import mongoexport

if TYPE_CHECKING:
    from bson.codec_options import CodecOptions

#: No document is longer: 16 MiB, and what the server's own may have beyond it.
#: https://www.mongodb.com/docs/manual/reference/limits/
LONGEST = (16 << 20) + (16 << 10)
_LEAST = 5
#: How a document of a collection begins behind its length.
_BEGINNING = re.compile(rb"[\x01-\x13\x7f\xff]_id\x00")
_BEGINNING_BYTES = 4 + len(b"\x07_id\x00")
_TYPES = frozenset((*range(1, 0x14), 0x7F, 0xFF))

_WANTED = (
    "_id",
    "createdAt",
    "clientCreatedAt",
    "isPdfMemo",
    *mongoexport.ALLOWED,
    *mongoexport.ALLOWED_ATTRS,
)


def length_at(data: bytes, at: int) -> int | None:
    """Return the length that bytes claim, if a document may begin so; None where none can."""
    if len(data) - at < _LEAST:
        return None
    (length,) = struct.unpack_from("<i", data, at)
    if not _LEAST <= length <= LONGEST or (data[at + 4] not in _TYPES and length > _LEAST):
        return None
    return int(length)


def whole(data: bytes, at: int) -> int | None:
    """Return where the document that begins at an offset ends; None where none does that is valid."""
    length = length_at(data, at)
    if length is None or at + length > len(data) or data[at + length - 1]:
        return None
    return at + length if decoded(data[at : at + length]) is not None else None


def decoded(data: bytes) -> dict[str, Any] | None:
    """Return a document; None where the bytes are none."""
    import bson

    try:
        return bson.decode(data, _options())
    except (bson.errors.BSONError, ValueError, OverflowError, RecursionError):
        return None


def extended(data: bytes) -> dict[str, Any]:
    """Return the fields of a document that h33 knows as canonical Extended JSON.

    Raises:
        ValueError: it is none.
    """
    document = decoded(data)
    if document is None:
        raise ValueError("invalid BSON")
    ways = _ways()
    found = ((name, document[name]) for name in _WANTED if name in document)
    return {name: ways.get(type(value), _canonical)(value) for name, value in found}


@cache
def _ways() -> dict[type, Callable[[Any], Any]]:
    """Return how values of the usual types are canonical Extended JSON: quicker than the library's way."""
    from bson import DatetimeMS, Int64, ObjectId

    def itself(value: Any) -> Any:
        return value

    return {
        **dict.fromkeys((type(None), str, bool), itself),
        ObjectId: lambda value: {"$oid": str(value)},
        DatetimeMS: lambda value: {"$date": {"$numberLong": str(int(value))}},
        int: lambda value: {"$numberInt": str(value)},
        Int64: lambda value: {"$numberLong": str(value)},
    }


def _canonical(value: Any) -> Any:
    from bson import json_util

    return orjson.loads(json_util.dumps(value, json_options=json_util.CANONICAL_JSON_OPTIONS))


def next_start(data: bytes, after: int, *, finished: bool, may_follow: bytes = b"") -> int | None:
    """Return where the next document begins that the beginning of another one follows, or nothing.

    A document inside another is followed by the other's rest: it is passed over.

    Args:
        data: the bytes.
        after: where to look from.
        finished: no more bytes come.
        may_follow: bytes that may follow too.
    """
    for match in _BEGINNING.finditer(data, after + 4):
        start = match.start() - 4
        end = whole(data, start)
        if end is None:
            continue
        if not finished and len(data) - end < _BEGINNING_BYTES:
            return None
        follows = bool(may_follow) and data.startswith(may_follow, end)
        if end == len(data) or follows or _BEGINNING.match(data, end + 4):
            return start
    return None


@cache
def _options() -> CodecOptions[dict[str, Any]]:
    from bson.codec_options import CodecOptions, DatetimeConversion

    return CodecOptions(tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_MS)
