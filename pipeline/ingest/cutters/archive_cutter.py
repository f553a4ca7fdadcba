"""Cuts mongodump's archives: documents of many collections, in segments that take turns.

A header and a document for each collection come first, then segments: whose documents follow, the documents,
an end mark. The last segment of a collection holds nothing but the CRC of all its documents.
https://github.com/mongodb/mongo-tools/blob/master/common/archive/archive.go
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator
from typing import Any

from pipeline.formats import bson_document
from pipeline.ingest.cutters import crc64
from pipeline.ingest.cutters.bson_cutter import Documents, behind_fault
from pipeline.ingest.cutters.cutter import Place
from pipeline.ingest.inputs.source import Content
from pipeline.ingest.model import Block

MAGIC = b"\x6d\xe2\x99\x81"
END = b"\xff\xff\xff\xff"

Namespace = tuple[str, str]


class ArchiveCutter:
    """Blocks of documents, each of one collection.

    An archive is read as a whole: what a segment means stands in front of it, so no run goes on inside one.
    """

    def __init__(self, content: Content, block_bytes: int) -> None:
        self.end = Place()
        self.unfinished: Place | None = None
        self.lines = 0
        self.problem: str | None = None
        self._content = content
        self._block_bytes = block_bytes
        self._documents = Documents(Place())
        self._listed: dict[Namespace, None] = {}
        self._crcs: dict[Namespace, int] = {}
        self._ended: set[Namespace] = set()
        self._in_body = False
        self._current: Namespace | None = None

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks in order, and say in the end what the archive lacks."""
        data, finished = b"", False
        while not finished:
            data += self._content.take(self._block_bytes)
            finished = self._content.at_end()
            at = 0
            if self._documents.place.offset == 0 and data.startswith(MAGIC):
                at = len(MAGIC)
                self._documents.pass_over(at)
            while at < len(data):
                end = yield from self._step(data, at, finished=finished)
                if end is None:
                    break
                at = end
            data = data[at:]
            yield from self._documents.block()
        if data:
            self._documents.skip(data)
            yield from self._documents.block()
        self.end = self._documents.place
        self.lines = self.end.line_no - 1
        for namespace in self._listed.keys() - self._ended:
            self._tell(f"the dump of {self._name(namespace)} has no end")

    def _step(self, data: bytes, at: int, *, finished: bool) -> Generator[Block, None, int | None]:
        """Take what begins at an offset; return where to go on, None where more bytes are needed."""
        if data.startswith(END, at):
            self._documents.pass_over(len(END))
            self._in_body, self._current = True, None
            return at + len(END)
        end = bson_document.whole(data, at)
        if end is None:
            end = _behind(data, at, finished=finished)
            if end is not None:
                self._documents.skip(data[at:end])
        elif self._current is not None:
            yield from self._documents.add(data[at:end], self._name(self._current))
            self._crcs[self._current] = crc64.update(self._crcs.get(self._current, 0), data[at:end])
        else:
            self._documents.pass_over(end - at)
            self._read_header(bson_document.decoded(data[at:end]) or {})
        return end

    def _read_header(self, header: dict[str, Any]) -> None:
        """Take a document of the archive itself: of a collection, or of a segment."""
        if "db" not in header or "collection" not in header:
            return
        namespace = str(header["db"]), str(header["collection"])
        if not self._in_body:
            self._listed[namespace] = None
            return
        self._current = namespace
        if header.get("EOF"):
            self._ended.add(namespace)
            crc = header.get("CRC")
            if not isinstance(crc, int) or crc % (1 << 64) != self._crcs.get(namespace, 0):
                self._tell(f"documents of {self._name(namespace)} are not as they were dumped")

    def _name(self, namespace: Namespace) -> str:
        """Return a collection's name, with its database where several have one of the name."""
        alike = Counter(collection for _, collection in self._listed)[namespace[1]]
        return ".".join(namespace) if alike > 1 else namespace[1]

    def _tell(self, problem: str) -> None:
        self.problem = self.problem or problem


def _behind(data: bytes, at: int, *, finished: bool) -> int | None:
    """Return where to go on behind what is no document: at the next one, or at the end of the segment."""
    found = behind_fault(data, at, finished=finished, may_follow=END)
    mark = data.find(END, at + 1)
    while mark >= 0 and (found is None or mark < found):
        behind = mark + len(END)
        if behind == len(data) or bson_document.whole(data, behind) is not None:
            return mark
        mark = data.find(END, mark + 1)
    return found
