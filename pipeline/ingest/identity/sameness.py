"""Compares an input with a source that began as it does: the same, grown, a copy, or another one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pipeline.config import Unpacking
from pipeline.errors import InputFault
from pipeline.ingest.identity.known import Known
from pipeline.ingest.inputs.archives import INSIDE
from pipeline.ingest.inputs.landing import still_is
from pipeline.ingest.inputs.raw import archive_stat
from pipeline.ingest.inputs.source import HEAD, Mark, Source, looked_up

_ZEROS = 1 << 20
#: What only grows at its end: no byte that was read is written again, as the end of an array of JSON is.
_APPENDED = frozenset({"lines", "csv"})
#: A file that goes on within this time is being written; the next export comes a night later.
_BEING_WRITTEN = timedelta(hours=6)

State = Literal["new", "grown", "unchanged", "duplicate"]


@dataclass(frozen=True)
class Verdict:
    """What an input is.

    Attributes:
        state: what it is.
        known: the source that it is or repeats.
        start: where a grown one is read on.
        problem: why a copy ends before its time: perhaps it is still being written.
    """

    state: State
    known: Known | None = None
    start: Mark | None = None
    problem: str | None = None


def untouched(known: Known, file: str) -> Verdict:
    """Return what a file is whose stat is that of a known source."""
    linked = known.file is not None and known.file != file and _lies_still(known.file, known.row["stat"])
    return Verdict("duplicate" if linked else "unchanged", known)


def _lies_still(file: str, stat: str | None) -> bool:
    """Return whether a name, in an archive too, still leads to the file whose stat was recorded."""
    if stat is None:
        return False
    lies, member = archive_stat(stat)
    return still_is(file.removesuffix(f"{INSIDE}{member}") if member is not None else file, lies)


def may_be(known: Known, source: Source, snapshot: datetime | None) -> bool:
    """Return whether a known source may be an input, by their instants: of another one is another export.

    Two kinds of files are told another instant while they are written: those that only their own time dates,
    and those whose first few bytes did not show yet that they are exports.
    """
    told = known.plan["snapshot"]
    if told == (snapshot.isoformat() if snapshot else None):
        return True
    if snapshot is None or not (known.file == source.file or _same_inode(source, known)):
        return False
    if told is None:
        return bool(known.plan["scouted"] < HEAD)
    is_undated = snapshot == source.mtime
    return is_undated and timedelta(0) <= snapshot - datetime.fromisoformat(told) <= _BEING_WRITTEN


def compare(source: Source, known: Known, limits: Unpacking) -> Verdict | None:
    """Return what an input is by one known source that began alike; None where it is another."""
    row = known.row
    content = source.read()
    if not content.skip_to(row["position"]):
        return _copy(source, known, limits)
    start = content.mark()
    if start.digest != row["fingerprint"]:
        return None
    holds_all = content.skip_to(row["bytes"]) and content.mark().digest == row["content"]
    if holds_all and content.at_end():
        return _same(source, known, limits)
    if not holds_all and _is_hole(start):
        # Where nothing stands before the place, because no record is settled yet, it may still be a copy.
        return None if source.head.startswith(b"\x00") else _copy(source, known, limits)
    if not holds_all and known.plan["layout"] in _APPENDED and row["status"] != "partial":
        is_part = _is_cut_short(source, known, start)
        return _same(source, known, limits) if is_part else _copy(source, known, limits)
    if known.file == source.file or _same_inode(source, known) or not _holds(known, limits):
        return Verdict("grown", known, start)
    return _copy(source, known, limits)


def _same(source: Source, known: Known, limits: Unpacking) -> Verdict:
    """Return the verdict on an input that holds nothing but what was read of a known source."""
    is_other_name = known.file is None or (known.file != source.file and _holds(known, limits))
    return Verdict("duplicate" if is_other_name else "unchanged", known)


def _is_cut_short(source: Source, known: Known, start: Mark) -> bool:
    """Return whether an input that lacks bytes of a known source has no line of its own behind `start`."""
    length = known.row["bytes"] - start.offset
    rest = source.read(start).take(length)
    return len(rest) < length and b"\n" not in rest


def _is_hole(before: Mark) -> bool:
    """Return whether nothing but NULs stands before a place: any hole of a truncated log begins like that."""
    zeros = hashlib.sha256()
    for done in range(0, before.offset, _ZEROS):
        zeros.update(bytes(min(_ZEROS, before.offset - done)))
    return zeros.hexdigest() == before.digest


def _copy(source: Source, known: Known, limits: Unpacking) -> Verdict | None:
    """Return a duplicate if all that the input holds was read under a name that still holds it."""
    if known.file is None or known.file == source.file:
        return None
    content = source.read()
    content.skip_to(known.row["bytes"])
    if not content.at_end():
        return None
    whole = content.mark()
    is_copy = _begins(known.file, whole.offset, whole.digest, limits)
    return Verdict("duplicate", known, problem=content.problem) if is_copy else None


def _holds(known: Known, limits: Unpacking) -> bool:
    """Return whether the name under which a source was read still leads to its content."""
    if known.file is None:
        return False
    row = known.row
    return _lies_still(known.file, row["stat"]) or _begins(known.file, row["bytes"], row["content"], limits)


def _begins(file: str, length: int, digest: str, limits: Unpacking) -> bool:
    """Return whether a file's first bytes have a SHA-256."""
    try:
        with looked_up(file, limits) as source:
            content = source.read()
            return content.skip_to(length) and content.mark().digest == digest
    except InputFault:
        return False


def _same_inode(source: Source, known: Known) -> bool:
    if source.stat is None or known.row["stat"] is None:
        return False
    before, now = archive_stat(known.row["stat"]), archive_stat(source.stat)
    return before[1] == now[1] and json.loads(before[0])[:2] == json.loads(now[0])[:2]
