"""Cuts BSON into blocks of valid documents, which count as lines; what is malformed is known by its hash.

Where a document is malformed, the next valid one is looked for, and what stands before it is one reject: the
length that a document claims is no reason to pass over its neighbours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

from pipeline.formats import bson_document
from pipeline.ingest.cutters.cutter import Place
from pipeline.ingest.inputs.source import Content
from pipeline.ingest.model import Block, Places, Skipped

_MALFORMED = "no BSON document"


class Documents:
    """Documents on their way into a block.

    Attributes:
        place: behind what was added: decompressed bytes, and the number of the next document.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._collection: str | None = None
        self._starts: list[tuple[int, int]] = []
        self._parts: list[bytes] = []
        self._skipped: list[Skipped] = []

    def add(self, data: bytes, collection: str | None = None) -> Iterator[Block]:
        """Add a document; yield the block that it does not fit into, being of another collection."""
        if self._starts and collection != self._collection:
            yield from self.block()
        self._collection = collection
        self._starts.append((self.place.line_no, self.place.offset))
        self._parts.append(data)
        self.place = Place(self.place.offset + len(data), self.place.line_no + 1)

    def skip(self, data: bytes) -> None:
        """Add what is no document."""
        digest = hashlib.sha256(data).hexdigest()
        place = self.place
        self._skipped.append(Skipped(place.line_no, 1, place.offset, digest, len(data), _MALFORMED))
        self.place = Place(place.offset + len(data), place.line_no + 1)

    def pass_over(self, count: int) -> None:
        """Move on past bytes that are neither."""
        self.place = Place(self.place.offset + count, self.place.line_no)

    def block(self) -> Iterator[Block]:
        """Yield what was added, if anything was."""
        if not self._starts and not self._skipped:
            return
        numbers = np.array([line_no for line_no, _ in self._starts], np.int64)
        offsets = np.array([offset for _, offset in self._starts], np.int64)
        firsts = [*self._starts[:1], *((one.line_no, one.byte_offset) for one in self._skipped[:1])]
        line_no, offset = min(firsts)
        yield Block(
            b"".join(self._parts),
            line_no,
            offset,
            places=Places(numbers, np.ones(len(numbers), np.int64), offsets),
            skipped=tuple(self._skipped),
            collection=self._collection,
        )
        self._starts, self._parts, self._skipped = [], [], []


class BsonCutter:
    """Blocks of documents that stand one behind the other."""

    def __init__(self, content: Content, start: Place, block_bytes: int) -> None:
        self.end = start
        self.unfinished: Place | None = None
        self.lines = start.line_no - 1
        self.problem: str | None = None
        self._content = content
        self._block_bytes = block_bytes
        self._documents = Documents(start)

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks in order; bytes behind the last document come last, as what is no document."""
        data, finished = b"", False
        while not finished:
            data += self._content.take(self._block_bytes)
            finished = self._content.at_end()
            at = 0
            while at < len(data):
                if (end := bson_document.whole(data, at)) is not None:
                    yield from self._documents.add(data[at:end])
                elif (end := behind_fault(data, at, finished=finished)) is not None:
                    self._documents.skip(data[at:end])
                else:
                    break
                at = end
            data = data[at:]
            yield from self._documents.block()
        self.end = self._documents.place
        if data:
            self.unfinished = self.end
            self._documents.skip(data)
            yield from self._documents.block()
        self.lines = self._documents.place.line_no - 1


def behind_fault(data: bytes, at: int, *, finished: bool, may_follow: bytes = b"") -> int | None:
    """Return where to go on behind what is no document; None where only more bytes can tell, or none come."""
    rest = len(data) - at
    length = bson_document.length_at(data, at)
    if not finished and (rest < 5 or (length is not None and length > rest)):
        return None
    found = bson_document.next_start(data, at + 1, finished=finished, may_follow=may_follow)
    if found is None and rest > 3 * bson_document.LONGEST:
        # A document that began farther in front would be whole here, and so would the next one.
        return len(data) - 2 * bson_document.LONGEST
    return found
