"""Finds where JSON values begin and end, a whole block at a time, without parsing them.

Only quotes and brackets are looked at: a bracket counts when an even number of unescaped quotes stands before
it (https://www.rfc-editor.org/rfc/rfc8259#section-7: a string holds no raw quote, backslash or newline).
Whether a value is valid inside is for the parser to say; a broken one must not take its neighbours along.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Offsets = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_QUOTE, _BACKSLASH, _NEWLINE, _ARRAY = b'"\\\n['
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[{}\[\]]', re.DOTALL)
_CLOSING = {b"{": b"}", b"[": b"]"}
#: 1 for the bytes that are looked at.
_MARKS = bytes(byte in b'"\\\n{}[]' for byte in range(256))


@dataclass(frozen=True)
class Scan:
    """The values found in some bytes.

    Attributes:
        starts, ends: offsets of each value's first byte and of the one behind its last.
        resume: everything before it is done: scan again from here when there are more bytes.
        inside: at `resume` we are among the records of an array.
        open: a value that began at `resume` is not finished.
        fault: where the structure breaks, None where it does not; what stands behind it was not looked at.
    """

    starts: Offsets
    ends: Offsets
    resume: int
    inside: bool
    open: bool
    fault: int | None


def completed(text: bytes) -> bytes:
    """Return the first value of a text, closed where the text ends inside it; nothing where little is known.

    >>> completed(b'[{"a": [1, {"b": 2}, {"c')
    b'[{"a": [1, {"b": 2}]}]'
    """
    around, known = [], b""
    for match in _STRING_OR_BRACKET.finditer(text):
        mark = match[0]
        if mark in _CLOSING:
            around.append(_CLOSING[mark])
        elif mark in (b"}", b"]"):
            if not around:
                return b""
            around.pop()
            known = text[: match.end()] + b"".join(reversed(around))
            if not around:
                break
    return known


def scan(data: bytes, begin: int, record_path: str, *, inside: bool, one_per_line: bool) -> Scan:
    """Find the values in data[begin:].

    Args:
        data: UTF-8 or any superset of ASCII; `begin` is between values.
        begin: where to begin.
        record_path: "" for the top-level values, "[]" for the elements of top-level arrays, "key[]" for those
            of the array under that key of top-level objects. A top-level value without one is a value.
        inside: `begin` is among the records of an array.
        one_per_line: a top-level value that a newline interrupts is broken.
    """
    depth_of_records = 0 if not record_path else 1 if record_path == "[]" else 2
    before = depth_of_records if inside else 0
    marks = np.flatnonzero(np.frombuffer(data.translate(_MARKS), bool)[begin:]) + begin
    what = np.frombuffer(data, np.uint8)[marks]
    quotes = _unescaped_quotes(marks, what)
    outside = np.bitwise_xor.accumulate(quotes) == 0
    brackets = marks[outside & (what & 1 == 1)]  # of all marks only {}[] are odd
    steps = 1 - (what[outside & (what & 1 == 1)] >> 1 & 2).astype(np.int64)  # only }] have the bit of 4
    depths = before + np.cumsum(steps)

    newlines = marks[what == _NEWLINE]
    faults = [brackets[depths < 0], marks[(what == _NEWLINE) & ~outside]]
    if one_per_line and len(newlines):
        faults.append(newlines[np.concatenate(([before], depths))[np.searchsorted(brackets, newlines)] > 0])
    fault = min((int(broken[0]) for broken in faults if len(broken)), default=None)
    if fault is not None:
        known = int(np.searchsorted(brackets, fault))
        brackets, steps, depths = brackets[:known], steps[:known], depths[:known]

    def opened(depth: int) -> Offsets:
        at: Offsets = brackets[(steps > 0) & (depths == depth)]
        return at

    def closed(depth: int) -> Offsets:
        behind: Offsets = brackets[(steps < 0) & (depths == depth)] + 1
        return behind

    starts, ends = opened(depth_of_records + 1), closed(depth_of_records)
    if not record_path:
        if len(starts) > len(ends):
            return Scan(starts[:-1], ends, int(starts[-1]), False, True, fault)
        return Scan(starts, ends, int(ends[-1]) if len(ends) else begin, False, False, fault)

    holders = opened(depth_of_records)
    holds = np.fromiter((_holds(data, at, record_path) for at in holders.tolist()), bool, len(holders))
    # The bracket around each record: the last one opened before it, or the array that we began in.
    around = np.searchsorted(holders, starts)
    ours = np.concatenate(([inside], holds))[around]
    starts, ends = starts[ours], ends[ours[: len(ends)]]
    tops, tops_end = opened(1), closed(0)
    lone, lone_end = _without(tops, tops_end[1:] if inside else tops_end, holders[holds])
    resume, inside_there, is_open = _resume(starts, ends, tops, tops_end, begin, inside=inside)
    starts = np.concatenate((starts[: len(ends)], lone))
    ends = np.concatenate((ends, lone_end))
    order = np.argsort(starts)
    return Scan(starts[order], ends[order], resume, inside_there, is_open, fault)


def _unescaped_quotes(marks: Offsets, what: Bytes) -> Bytes:
    """Return 1 for each mark that is a quote with an even number of backslashes before it, else 0."""
    quotes: Bytes = (what == _QUOTE).astype(np.uint8)
    backslashes = np.flatnonzero(what == _BACKSLASH)
    if len(backslashes):
        # Where a run of backslashes begins and ends, as indices into the marks.
        breaks = np.flatnonzero(np.diff(marks[backslashes]) != 1)
        first = backslashes[np.concatenate(([0], breaks + 1))]
        last = backslashes[np.append(breaks, len(backslashes) - 1)]
        behind = last[(last - first) & 1 == 0] + 1
        behind = behind[behind < len(marks)]
        quotes[behind[marks[behind] - marks[behind - 1] == 1]] = 0
    return quotes


def _holds(data: bytes, at: int, record_path: str) -> bool:
    """Return whether the bracket at an offset opens the array that the record path names."""
    if data[at] != _ARRAY:
        return False
    key = record_path[:-2].encode()
    return (
        not key or re.search(rb'"' + re.escape(key) + rb'"\s*:\s*$', data[max(0, at - 200) : at]) is not None
    )


def _without(tops: Offsets, ends: Offsets, holders: Offsets) -> tuple[Offsets, Offsets]:
    """Return the finished top-level values that none of the holders stands in."""
    tops = tops[: len(ends)]
    empty = np.searchsorted(holders, tops) == np.searchsorted(holders, ends)
    return tops[empty], ends[empty]


def _resume(
    starts: Offsets, ends: Offsets, tops: Offsets, tops_end: Offsets, begin: int, *, inside: bool
) -> tuple[int, bool, bool]:
    """Return where to scan again, whether that is among records, and whether a value is open there."""
    top_end = int(tops_end[-1]) if len(tops_end) else -1
    if len(starts) > len(ends):
        return int(starts[-1]), True, True
    if len(ends) and ends[-1] > top_end:
        return int(ends[-1]), True, False
    if len(tops) and tops[-1] >= top_end:
        return int(tops[-1]), False, True
    return (top_end, False, False) if top_end >= 0 else (begin, inside, False)
