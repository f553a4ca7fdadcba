"""Tells whether an input was read before, under whatever name, plain or compressed: by its content.

What was read of a source is known by the SHA-256 of its first `position` decompressed bytes, and of all of
them. Which sources to compare with is told by the SHA-256 of their first bytes: of 256, 4 Ki and 64 Ki of
them, and of the whole head.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from math import inf
from typing import TYPE_CHECKING, Any

from pipeline.config import Unpacking
from pipeline.ingest.identity.known import Known
from pipeline.ingest.identity.sameness import Verdict, compare, may_be, untouched
from pipeline.ingest.inputs.archives import INSIDE
from pipeline.ingest.inputs.landing import Found
from pipeline.ingest.inputs.raw import archive_stat
from pipeline.ingest.inputs.source import Source
from pipeline.ingest.model import SourcePlan

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

_HEADS = (256, 4096, 65536)


class Index:
    """The sources that the ledger knows, and those of this run."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], limits: Unpacking) -> None:
        self._limits = limits
        self._by_id: dict[str, Known] = {}
        self._by_stat: dict[tuple[str, str | None], Known] = {}
        self._by_archive: dict[str, dict[str, Known]] = {}
        self._unread: dict[str, Known] = {}
        self._by_head: dict[int, dict[str, set[tuple[str, float]]]] = {}
        for row in rows:
            self.put(Known.of(row))

    def put(self, known: Known) -> None:
        """Add a source, or what is new of one."""
        self._by_id[known.file_id] = known
        if known.row["stat"] is not None:
            lies, member = archive_stat(known.row["stat"])
            before = self._by_stat.get((lies, member))
            if known.was_read or before is None or not before.was_read:
                self._by_stat[lies, member] = known
            if member is not None:
                self._by_archive.setdefault(lies, {})[member] = known
        if not known.was_read:
            self._unread[known.plan["file"]] = known
        else:
            kept = known.plan["heads"]
            for (length, digest), following in zip(kept, [*kept[1:], (inf, "")], strict=True):
                alike = self._by_head.setdefault(length, {}).setdefault(digest, set())
                alike.add((known.file_id, following[0]))

    def untouched(self, found: Found) -> Verdict | None:
        """Return what a file is if its stat is that of a known one: then it need not be opened."""
        known = self._by_stat.get(archive_stat(found.stat))
        if known is None or (known.file == found.file and known.row["stat"] != found.stat):
            return None
        return self._found_at(found.file, known)

    def untouched_members(self, found: Found) -> dict[str, Verdict]:
        """Return what the files in an archive are, by name, if its stat is that of a known one.

        A problem of the archive itself stands under the empty name.
        """
        members = self._by_archive.get(archive_stat(found.stat)[0], {})
        return {name: self._found_at(f"{found.file}{INSIDE}{name}", known) for name, known in members.items()}

    def _found_at(self, file: str, known: Known) -> Verdict:
        """Return what a file is whose stat is that of a known source, which has perhaps moved there."""
        verdict = untouched(known, file)
        if verdict.state == "unchanged" and known.file != file:
            self.put(Known(known.row, {**known.plan, "file": file}))
        return verdict

    def identify(self, source: Source, snapshot: datetime | None) -> Verdict:
        """Return what an input is.

        Args:
            source: open. A stream cannot be compared before it was read: it is new until then.
            snapshot: its instant, if it is an export: equal bytes of another night are another source. One
                that only its file's time dates stays the same while it is being written.
        """
        if source.file is None:
            return Verdict("new")
        candidates = [k for k in self._with_head_of(source.head) if may_be(k, source, snapshot)]
        grown = None
        for known in sorted(candidates, key=lambda known: -known.row["position"]):
            verdict = compare(source, known, self._limits)
            if verdict and verdict.state != "grown":
                return verdict
            grown = grown or verdict
        if grown:
            return grown
        # A source whose ledger row was lost has its identity still, and is read anew.
        lost = self._by_id.get(_first_digest(source.head, snapshot).hexdigest()[:16])
        is_lost = lost is not None and not lost.was_read and lost.row["data_files"]
        return Verdict("grown", lost) if is_lost else Verdict("new")

    def same_content(self, content: str, plan: SourcePlan) -> Known | None:
        """Return another source whose bytes have a SHA-256, of the same instant if they are an export."""
        told = plan.snapshot.isoformat() if plan.snapshot else None
        alike = (
            known for known in self._by_id.values() if known.was_read and known.row["content"] == content
        )
        return next((k for k in alike if k.plan["snapshot"] == told and k.file_id != plan.file_id), None)

    def with_stat(self, stat: str | None) -> Known | None:
        """Return the source whose content is in the lake and whose file's stat is this one."""
        known = self._by_stat.get(archive_stat(stat)) if stat else None
        return known if known and known.was_read else None

    def unread_at(self, file: str) -> str | None:
        """Return the identity of an input under a name that nothing is stored of."""
        known = self._unread.get(file)
        return known.file_id if known and not self._by_id[known.file_id].was_read else None

    def row(self, file_id: str) -> Mapping[str, Any]:
        """Return a source's newest row."""
        return self._by_id[file_id].row

    def new_id(self, head: bytes, snapshot: datetime | None) -> str:
        """Return an identity for a new source: by its first bytes, and how many began so before."""
        digest = _first_digest(head, snapshot)
        number = 0
        while (file_id := digest.hexdigest()[:16]) in self._by_id:
            number += 1
            digest.update(b"\n%d" % number)
        return file_id

    def _with_head_of(self, head: bytes) -> Iterator[Known]:
        """Yield the sources that began as these bytes do, as far as both are known."""
        for length, digest in _digests(head, sorted(self._by_head)):
            for file_id, next_length in self._by_head[length].get(digest, ()):
                if next_length > len(head):
                    yield self._by_id[file_id]


def _first_digest(head: bytes, snapshot: datetime | None) -> Hash:
    """Return the hash whose beginning is the identity of the first source that begins so."""
    return hashlib.sha256(head + (snapshot.isoformat().encode() if snapshot else b""))


def heads(head: bytes) -> list[tuple[int, str]]:
    """Return lengths of a source's first bytes, rising up to all of the head, and their SHA-256.

    >>> heads(b"abc")
    [(3, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')]
    """
    return list(_digests(head, [n for n in _HEADS if n < len(head)] + [len(head)]))


def _digests(head: bytes, lengths: Iterable[int]) -> Iterator[tuple[int, str]]:
    digest, done = hashlib.sha256(), 0
    for length in lengths:
        if length > len(head):
            return
        digest.update(head[done:length])
        done = length
        yield length, digest.hexdigest()
