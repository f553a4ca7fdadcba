"""A version of a document is stored once: whatever comes, goes and comes back, in whatever order."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from lake_rows_lab import rows

from pipeline import config, reports
from pipeline.config import RedactionRule
from pipeline.ingest.forget import Wanted, forget
from pipeline.ingest.repair import repair
from pipeline.ingest.run import ingest
from pipeline.lake import Lake, check
from pipeline.lake.compact import compact

NOW = datetime(2025, 8, 1, tzinfo=UTC)
USERS = ("683c6af0e2228fcf22473a17", "678fb670493c78dce8afc2a4")
#: An export: its documents in order, each an id and which of its contents it has.
Night = list[tuple[int, int]]


def line(number: int, content: int) -> bytes:
    """Return a document; its contents take turns between two users."""
    told = {"_id": {"$oid": f"{number:024x}"}, "__v": content, "userId": {"$oid": USERS[content % 2]}}
    return json.dumps(told).encode() + b"\n"


def instant(day: int) -> datetime:
    return datetime(2025, 6, 1 + day, tzinfo=UTC)


@dataclass
class Place:
    """A landing folder, a lake beside it, and what its exports must hold: day, then (id, content, line)."""

    folder: Path
    held: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    def path(self, day: int) -> Path:
        return self.folder / f"notes-{instant(day):%Y-%m-%d}.json"

    def ingest(self, days: list[int], *, again: bool = False) -> set[str]:
        own = config.load(overrides={"lake": str(self.lake), "timezone": "UTC"})
        paths = [str(self.path(day)) for day in days]
        return {r.status for r in ingest(paths, own, again=again, jobs=1, now=NOW)}

    def take(self, day: int, night: Night) -> None:
        """Take a night in; read again what was taken in before."""
        if self.path(day).exists():
            night = [(number, content) for number, content in self.lines(day)]
        self.path(day).write_bytes(b"".join(line(*document) for document in night))
        assert self.ingest([day], again=day in self.held) == {"ok"}
        self.held[day] = [(*document, at) for at, document in enumerate(night, 1)]

    def lines(self, day: int) -> Iterator[tuple[int, int]]:
        for text in self.path(day).read_text().splitlines():
            document = json.loads(text)
            yield int(document["_id"]["$oid"], 16), document["__v"]

    def grow(self, day: int, night: Night) -> None:
        """Let an export grow that is all there still."""
        if len(self.held.get(day, ())) != len(
            self.path(day).read_bytes().splitlines() if day in self.held else ""
        ):
            return
        if day in self.held:
            with self.path(day).open("ab") as out:
                out.write(b"".join(line(*document) for document in night))
            assert self.ingest([day]) == {"ok"}
            self.held[day] += [(*d, at) for at, d in enumerate(night, len(self.held[day]) + 1)]

    def forget(self, wanted: Wanted) -> None:
        with Lake(self.lake).writer() as writer:
            forget(writer, wanted, NOW)

    def forget_day(self, day: int, _: Night) -> None:
        self.forget(Wanted(path=f"*{self.path(day).name}"))
        if day in self.held:
            self.held[day] = []

    def forget_before(self, day: int, _: Night) -> None:
        self.forget(Wanted(before=instant(day)))
        self.held |= {known: [] for known in self.held if known < day}

    def forget_user(self, day: int, _: Night) -> None:
        self.forget(Wanted(user=USERS[day % 2]))
        self.held = {
            known: [d for d in documents if d[1] % 2 != day % 2] for known, documents in self.held.items()
        }

    def compact(self, day: int, _: Night) -> None:
        with Lake(self.lake).writer() as writer:
            compact(writer, NOW, timedelta(days=day))


def asked(lake: Path, text: str) -> list[tuple[object, ...]]:
    with closing(reports.connect(Lake(lake).snapshot(), "UTC")) as connection:
        return [tuple(row.values()) for row in connection.sql(text).to_arrow_table().to_pylist()]


def judged(held: dict[int, list[tuple[int, int, int]]]) -> list[tuple[int, set[int], bool]]:
    """Return the exports in the order of time: day, ids, and whether it is taken for a whole one."""
    exports, largest = [], 0
    for day in sorted(day for day in held if held[day]):
        ids = {number for number, _, _ in held[day]}
        largest = max(largest, len(ids))
        exports.append((day, ids, 2 * len(ids) >= largest))
    return exports


def vanished(held: dict[int, list[tuple[int, int, int]]]) -> set[tuple[str, datetime, datetime | None]]:
    """Return which ids a whole export lacks of the whole one before, since when, and when they came back."""
    exports = judged(held)
    whole = [(day, ids) for day, ids, is_whole in exports if is_whole]
    found = set()
    for (_, before), (day, ids) in pairwise(whole):
        for number in before - ids:
            back = min(
                (later for later, theirs, _ in exports if later > day and number in theirs), default=None
            )
            found.add((f"{number:024x}", instant(day), None if back is None else instant(back)))
    return found


def holds_what_it_must(place: Place) -> None:
    """Compare the views with the model, and count what is stored."""
    documents = {
        (
            instant(day),
            f"{number:024x}",
            json.dumps({"__v": content}, separators=(",", ":")),
            USERS[content % 2],
            at,
        )
        for day, night in place.held.items()
        for number, content, at in night
    }
    found = asked(place.lake, "SELECT snapshot, doc_id, attrs, user_id, line_no FROM documents")
    assert len(found) == len(documents)
    assert set(found) == documents
    newest: dict[str, tuple[object, ...]] = {}
    for row in sorted(documents, key=lambda row: (row[0], -row[4])):
        newest[row[1]] = row
    assert set(asked(place.lake, "SELECT snapshot, doc_id, attrs, user_id, line_no FROM notes")) == set(
        newest.values()
    )
    exports = [
        (instant(day), len(ids), "whole" if whole else "filtered") for day, ids, whole in judged(place.held)
    ]
    assert asked(place.lake, "SELECT snapshot, documents, extent FROM exports ORDER BY snapshot") == exports
    gone = asked(place.lake, "SELECT doc_id, vanished_snapshot, returned_snapshot FROM vanished_documents")
    assert set(gone) == vanished(place.held)
    stored = {(number, content) for night in place.held.values() for number, content, _ in night}
    assert asked(place.lake, "SELECT count(*) FROM lake.versions") == [(len(stored),)]
    assert [str(problem) for problem in check(Lake(place.lake), deep=True)] == []


NIGHTS = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 2)), min_size=1, max_size=6)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["take"] * 4 + ["grow", "forget_day", "forget_before", "forget_user", "compact"]),
        st.integers(0, 3),
        NIGHTS,
    ),
    min_size=3,
    max_size=6,
)


@settings(max_examples=5, deadline=None, derandomize=True, phases=[Phase.generate])
@given(first=NIGHTS, steps=STEPS)
def test_whatever_comes_and_goes_the_views_tell_what_a_model_tells(
    first: Night, steps: list[tuple[str, int, Night]]
) -> None:
    """Nights in any order, equal ones and changed ones, read again, grown, forgotten; merged in between."""
    with TemporaryDirectory() as folder:
        place = Place(Path(folder))
        place.take(1, first)
        place.take(2, first)
        for step, day, night in steps:
            getattr(place, step)(day, night)
        holds_what_it_must(place)


def test_a_lake_is_the_same_in_one_go_day_by_day_and_shuffled(tmp_path: Path) -> None:
    chance = random.Random(5)
    nights = {day: [(n, chance.randrange(2)) for n in range(30) if chance.random() < 0.8] for day in range(4)}
    shuffled = [2, 0, 3, 1]
    made = []
    for name, runs in {
        "go": [[*range(4)]],
        "daily": [[d] for d in range(4)],
        "any": [[d] for d in shuffled],
    }.items():
        (tmp_path / name).mkdir()
        place = Place(tmp_path / name)
        for day, night in nights.items():
            place.path(day).write_bytes(b"".join(line(*document) for document in night))
        for days in runs:
            place.ingest(days)
        made.append(rows(place.lake, frozenset({"path", "plan"})))
    assert made[0] == made[1] == made[2]
    kept = {document for night in nights.values() for document in night}
    assert sum(made[0]["versions"].values()) == len(kept)
    assert sum(made[0]["documents"].values()) == sum(map(len, nights.values()))


def test_an_unchanged_night_stores_no_version_and_few_bytes(tmp_path: Path) -> None:
    """Ids of one second, as a database gives them: counting up. A row's version alone has 8 bytes."""
    place = Place(tmp_path)
    for day in (0, 1):
        place.take(day, [(0x6854B0C0AA10000000000000 + n, n % 3) for n in range(20_000)])
    snapshot = Lake(place.lake).snapshot()
    assert sum(file.rows for file in snapshot.files("versions")) == 20_000
    second = [file for file in snapshot.files("documents") if file.partition["snapshot_date"] == "2025-06-02"]
    assert sum(file.rows for file in second) == 20_000
    assert sum(file.bytes for file in second) < 16 * 20_000


def test_what_is_read_again_by_another_rule_leaves_no_version_of_before(tmp_path: Path) -> None:
    """One export is read again: the other one holds its own version still, until it is read again too."""
    rule = RedactionRule("customer", "C-[0-9]+", redacts=("customer ⟦C-1⟧",), keeps=("customer C",))
    before = config.load(overrides={"lake": str(tmp_path / "lake"), "timezone": "UTC"})
    after = replace(before, redaction=(rule,))
    exports = [tmp_path / f"notes-2025-06-0{day}.json" for day in (1, 2)]
    for export in exports:
        export.write_text('{"_id": 1, "type": "customer C-1"}\n{"_id": 2}\n')
    ingest(list(map(str, exports)), before, now=NOW)
    types = "SELECT type FROM lake.versions WHERE doc_id = '1' ORDER BY type"
    assert asked(tmp_path / "lake", types) == [("customer C-1",)]
    ingest([str(exports[0])], after, again=True, now=NOW)
    assert asked(tmp_path / "lake", types) == [("customer C-1",), ("customer [redacted]",)]
    ingest([str(exports[1])], after, again=True, now=NOW)
    assert asked(tmp_path / "lake", types) == [("customer [redacted]",)]
    assert asked(tmp_path / "lake", "SELECT count(*) FROM lake.versions") == [(2,)]
    assert asked(tmp_path / "lake", "SELECT DISTINCT type FROM documents WHERE doc_id = '1'") == [
        ("customer [redacted]",)
    ]


@pytest.fixture
def broken(tmp_path: Path) -> Place:
    """Two equal exports of four documents; the version of one is lost, another one is stored twice."""
    place = Place(tmp_path)
    for day in (0, 1):
        place.take(day, [(1, 0), (2, 0), (3, 1), (4, 1)])
    with Lake(place.lake).writer() as writer:
        change = writer.change(writer.run_id(NOW))
        (file,) = writer.snapshot.files("versions")
        held = pq.ParquetFile(file.path).read()
        of = [held.filter(pc.equal(held["doc_id"], f"{number:024x}")) for number in (1, 2, 3)]
        with change.file("versions", file.partition) as out:
            out.write(pa.concat_tables([*of, of[0]]))
        change.remove("versions", file.name)
        change.commit()
    return place


def test_what_is_lost_or_stored_twice_is_told_and_made_whole_again(broken: Place) -> None:
    assert [str(problem) for problem in check(Lake(broken.lake))] == []
    assert [str(problem) for problem in check(Lake(broken.lake), deep=True)] == [
        "versions of notes: 1 that exports hold are not stored",
        "versions of notes: 1 are stored that are stored already",
    ]
    own = config.load(overrides={"lake": str(broken.lake), "timezone": "UTC", "landing": str(broken.folder)})
    assert repair(own, NOW).gone == 0
    holds_what_it_must(broken)


def test_what_is_lost_for_good_is_missing_alone(broken: Place) -> None:
    for day in (0, 1):
        broken.path(day).unlink()
    own = config.load(overrides={"lake": str(broken.lake), "timezone": "UTC", "landing": str(broken.folder)})
    assert repair(own, NOW).gone == 2
    broken.held = {day: night[:3] for day, night in broken.held.items()}
    assert [str(problem) for problem in check(Lake(broken.lake), deep=True)] == []
    found = asked(broken.lake, "SELECT snapshot, doc_id FROM documents ORDER BY ALL")
    assert found == [(instant(day), f"{n:024x}") for day in (0, 1) for n in (1, 2, 3)]
