"""Frames between the process that asks and the one that answers: a kind, a length, the bytes.

A question is a line of JSON. Its answer is a schema, batches of rows, and an end or a fault; rows are
messages of Arrow's IPC format.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from datetime import date, datetime
from enum import IntEnum
from typing import Any

_HEAD = struct.Struct("<BQ")

#: No frame is larger: what the parent takes into memory at once.
LARGEST = 256 * 2**20


class Kind(IntEnum):
    """What a frame is."""

    READY = 1
    SCHEMA = 2
    ROWS = 3
    END = 4
    FAULT = 5


def frame(kind: Kind, data: bytes) -> bytes:
    """Return the head of a frame and its bytes in one piece.

    >>> list(frame(Kind.END, b"{}"))
    [4, 2, 0, 0, 0, 0, 0, 0, 0, 123, 125]
    """
    return _HEAD.pack(kind, len(data)) + data


def receive(read: Callable[[int], bytes]) -> tuple[Kind, bytes]:
    """Return the next frame; `read` returns exactly as many bytes as it is asked for.

    Raises:
        ValueError: it is no frame, or too large a one.
    """
    number, size = _HEAD.unpack(read(_HEAD.size))
    if size > LARGEST:
        raise ValueError("too large a frame")
    return Kind(number), read(size)


def words(kind: Kind, **said: Any) -> bytes:
    """Return a frame that carries JSON."""
    return frame(kind, json.dumps(said).encode())


def packed(value: Any) -> Any:
    """Return a parameter's value as JSON has it: instants and days by their names.

    >>> packed(date(2025, 6, 20)), packed(5)
    ({'day': '2025-06-20'}, 5)
    """
    if isinstance(value, datetime):
        return {"instant": value.isoformat()}
    return {"day": value.isoformat()} if isinstance(value, date) else value


def unpacked(value: Any) -> Any:
    """Return what `packed` was given."""
    match value:
        case {"instant": text}:
            return datetime.fromisoformat(text)
        case {"day": text}:
            return date.fromisoformat(text)
        case _:
            return value


def line(**said: Any) -> bytes:
    """Return a line of JSON: what goes to the child."""
    return json.dumps(said).encode() + b"\n"
