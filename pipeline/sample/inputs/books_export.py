"""An export of the books by `mongoexport --type=csv`: ObjectId(…), milliseconds, titles of several lines.

https://www.mongodb.com/docs/database-tools/mongoexport/
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from pipeline.sample.events import Day, iso_js, iso_z
from pipeline.sample.exports import instant, night
from pipeline.sample.files import LineFile, Written
from pipeline.sample.world import World

_HEADERS = ("_id", "userId", "title", "author", "totalPages", "isbn", "createdAt")
_TITLES = (
    "느린 산책",
    "습관의 문법, 개정판",
    '"처음"이라는 말',
    "바다와 등대",
    "질문하는 저녁\n2권",
    "Deep Reading, Slowly",
)
_AUTHORS = ("김하루", "이나무", "박서점, 최번역", "O'Hara")


class Writer:
    """The export of the last night: every reader's shelf."""

    def __init__(self, root: Path, world: World) -> None:
        self._world = world
        self._taken = night(world.plan.end)
        self._path = f"mongo/books-{self._taken}.csv"
        self._file = LineFile(root, self._path)

    def add(self, day: Day) -> None:
        """Write nothing: shelves do not change from day to day."""

    def close(self) -> list[Written]:
        """Write the file and return what it holds."""
        random = self._world.random("books-export")
        out = io.StringIO(newline="")
        rows = csv.writer(out, lineterminator="\n")
        if self._world.part == 0:
            rows.writerow(_HEADERS)
        n = 0
        for user in (*self._world.users, *self._world.faulty):
            for book in user.books:
                n += 1
                added_ms = int(book[:8], 16) * 1000 + random.randint(0, 999)
                isbn = str(random.randint(9_788_900_000_000, 9_788_999_999_999))
                rows.writerow(
                    (
                        f"ObjectId({book})",
                        f"ObjectId({user.id})",
                        random.choice(_TITLES),
                        random.choice(_AUTHORS),
                        random.randint(80, 720),
                        random.choice((isbn, isbn, "")),
                        iso_js(added_ms),
                    )
                )
        text = out.getvalue()
        self._file.write_bytes([text.encode()])
        self._file.close()
        lines = text.count("\n")
        more = {"kind": "csv_export", "collection": "books", "taken": iso_z(instant(self._taken))}
        return [Written(self._path, lines, records=n, events=n, continuation=lines - n, more=more)]
