"""Nightly exports of the notes, as `mongoexport` writes them: relaxed Extended JSON v2, a document a line.

Relaxed dates lose the zeros at the end of their fraction; text keeps U+2028 as it is.
https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.sample.events import Day, Note, iso_z
from pipeline.sample.exports import export_of, night
from pipeline.sample.extended_json import compact, oid, relaxed_date
from pipeline.sample.files import LineFile, Written
from pipeline.sample.world import World


class Writer:
    """A file for every night: of the documents so far, which a nameless file holds.

    An export is taken ten minutes after midnight, so a day has to be played before the one that follows it.
    """

    def __init__(self, root: Path, world: World) -> None:
        self._root = root
        self._world = world
        self._written: list[Written] = []
        self._documents = tempfile.TemporaryFile(dir=root)  # noqa: SIM115 (closed by `close`)
        self._due: date | None = None
        self._keep(world.history)

    def add(self, day: Day) -> None:
        """Write the export of the night after a day."""
        self._keep(day.notes)
        if self._due:
            self._export(self._due)
        self._due = night(day.date)

    def close(self) -> list[Written]:
        """Write the newest export and return what the files hold."""
        if self._due:
            self._export(self._due)
        self._documents.close()
        return self._written

    def _keep(self, notes: Iterable[Note]) -> None:
        self._documents.write("".join([f"{document(note)}\n" for note in notes]).encode())

    def _export(self, taken: date) -> None:
        export = export_of(self._world, taken)
        lacking = set(export.lacking)
        self._documents.seek(0)
        lines = zip(self._world.notes[: export.held], self._documents)  # noqa: B905 (later ones wait)
        with LineFile(self._root, export.path) as file:
            file.write_bytes(line for note, line in lines if note.id not in lacking)
        self._documents.seek(0, os.SEEK_END)
        n = export.held - len(lacking)
        more = {"kind": "notes_export", "taken": iso_z(export.instant), "lacking": len(lacking)}
        self._written.append(Written(export.path, lines=n, records=n, events=n, more=more))


def document(note: Note) -> str:
    """Return a note as a line of relaxed Extended JSON."""
    fields: dict[str, Any] = {
        "_id": oid(note.id),
        "userId": oid(note.user_id),
        "bookId": oid(note.book_id),
        "type": note.type,
        "content": note.content,
        "tags": list(note.tags),
        "originSession": oid(note.session_id) if note.session_id else None,
        "createdAt": relaxed_date(note.created_ms),
    }
    if note.client_state != "absent":
        fields["clientCreatedAt"] = None if note.client_ms is None else relaxed_date(note.client_ms)
    fields |= {"isPdfMemo": note.is_pdf, "__v": 0}
    return compact(fields)
