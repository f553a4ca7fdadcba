"""Documents of MongoDB as a dump holds them, the same as Extended JSON, and what an archive's sums are."""

from datetime import UTC, datetime

import bson
from bson import json_util
from bson.codec_options import CodecOptions, DatetimeConversion

T = datetime(2025, 6, 20, 1, 0, 0, 431000, tzinfo=UTC)
ID = bson.ObjectId("6854b0c0aa10000000000001")
SCORES = [True, None, 1.5, bson.Int64(7), bson.Decimal128("0.1"), '줄\u2028 "구분"', bson.Regex("a"), b"\x00"]


def note(number, **more):
    """Return a memo."""
    return {"_id": bson.ObjectId(f"{number:024x}"), "createdAt": T, "content": "비밀", **more}


NOTES = [
    note(1, userId=ID, originSession=ID, clientCreatedAt=T, isPdfMemo=False, type="thought", __v=0),
    note(2, clientCreatedAt=None, originSession=None, tags=[{"_id": ID, "a": 1}, {"_id": ID, "b": 2}]),
    note(3, pageNumber=bson.Int64(12), selfRating=4.5, status="x"),
    note(4, clientCreatedAt=bson.DatetimeMS(10**15), mode=bson.Decimal128("1.10")),
    note(5, createdAt=bson.DatetimeMS(-1), isPdfMemo=True),
    *(
        {"_id": value}
        for value in [*SCORES[2:5], "text", bson.Binary(b"\x01\x02", 4), {"a": 1}, bson.MinKey()]
    ),
    *({"_id": n, "selfRating": value} for n, value in enumerate(SCORES)),
]
DUMP = [bson.encode(one) for one in NOTES]
OPTIONS = CodecOptions(tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_MS)


def canonical(data):
    """Return a document of a dump as a line of mongoexport."""
    return json_util.dumps(bson.decode(data, OPTIONS), json_options=json_util.CANONICAL_JSON_OPTIONS) + "\n"


def told(rows):
    """Return what documents say, without where they stand."""
    own = {"file_id", "line_no", "byte_offset", "snapshot"}
    return sorted((repr({k: v for k, v in row.items() if k not in own}) for row in rows), key=str)


def slow_crc(data):
    """Return the CRC-64 of bytes, worked out one bit after the other."""
    register = (1 << 64) - 1
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ (0xC96C5795D7870F42 if register & 1 else 0)
    return register ^ ((1 << 64) - 1)
