"""Nightly exports of the notes, as `mongoexport` writes them: relaxed Extended JSON v2, a document a line.

Relaxed dates lose the zeros at the end of their fraction; text keeps U+2028 as it is.
https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pipeline.sample.events import MINUTE, Note, iso_js, iso_z, midnight
from pipeline.sample.files import Written, save
from pipeline.sample.world import World

#: Notes that one export lacks, with the stories.
LACKING = 40


@dataclass(frozen=True)
class Export:
    """One night's export: taken at 00:10 KST of the date in its name, of everything made until then."""

    taken: date
    notes: list[Note]
    lacking: list[str]

    @property
    def path(self) -> str:
        """The file, relative to the landing folder."""
        return f"mongo/notes-{self.taken}.ndjson.gz"

    @property
    def instant(self) -> int:
        """When it was taken, µs."""
        return midnight(self.taken) + 10 * MINUTE


def exports(world: World) -> list[Export]:
    """Return the exports of all nights, oldest first.

    With the stories the last but one lacks notes that the one before holds and the newest holds again;
    with two days it is the newest, with one day none is incomplete.
    """
    nights = [on + timedelta(days=1) for on in world.dates]
    incomplete = nights[-2] if len(nights) > 2 else nights[-1]
    stories = world.release is not None and len(nights) > 1
    return [_export(world, taken, lacking=stories and taken == incomplete) for taken in nights]


def _export(world: World, taken: date, *, lacking: bool) -> Export:
    until_ms = (midnight(taken) + 10 * MINUTE) // 1000
    notes = [note for note in world.notes if note.created_ms < until_ms]
    lost: list[str] = []
    if lacking:
        earlier_ms = (midnight(taken) - 24 * 60 * MINUTE) // 1000
        known = [note.id for note in notes if note.created_ms < earlier_ms]
        random = world.random("lacking")
        lost = sorted(random.sample(known, min(LACKING, len(known) // 4)))
        gone = set(lost)
        notes = [note for note in notes if note.id not in gone]
    return Export(taken, notes, lost)


def write(root: Path, world: World) -> list[Written]:
    """Write all exports."""
    written = []
    texts = {note.id: document(note) for note in world.notes}
    for export in exports(world):
        save(root, export.path, [texts[note.id] for note in export.notes])
        n = len(export.notes)
        more = {"kind": "notes_export", "taken": iso_z(export.instant), "lacking": len(export.lacking)}
        written.append(Written(export.path, lines=n, records=n, events=n, more=more))
    return written


def document(note: Note) -> str:
    """Return a note as a line of relaxed Extended JSON."""
    fields: dict[str, Any] = {
        "_id": _oid(note.id),
        "userId": _oid(note.user_id),
        "bookId": _oid(note.book_id),
        "type": note.type,
        "content": note.content,
        "tags": list(note.tags),
        "originSession": _oid(note.session_id) if note.session_id else None,
        "createdAt": _date(note.created_ms),
    }
    if note.client_state != "absent":
        fields["clientCreatedAt"] = None if note.client_ms is None else _date(note.client_ms)
    fields |= {"isPdfMemo": note.is_pdf, "__v": 0}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _oid(identity: str) -> dict[str, str]:
    return {"$oid": identity}


def _date(milliseconds: int) -> dict[str, str]:
    """Return a relaxed date.

    >>> _date(1750381200500), _date(1750381200000)
    ({'$date': '2025-06-20T01:00:00.5Z'}, {'$date': '2025-06-20T01:00:00Z'})
    """
    return {"$date": iso_js(milliseconds)[:-1].rstrip("0").rstrip(".") + "Z"}
