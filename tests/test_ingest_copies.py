"""One content under several names, copies in the making, and files that begin alike: nothing is doubled."""

import gzip

import pytest
from identity_lab import FIRST, MORE, OTHER, said, statuses, words
from ingest_lab import Landing


@pytest.fixture
def landing(tmp_path, monkeypatch):
    return Landing(tmp_path, monkeypatch)


def test_a_compressed_copy_beside_the_plain_file_is_a_duplicate(landing):
    landing.write("app.log", FIRST)
    landing.write("app.log.gz", gzip.compress(FIRST))
    assert statuses(landing) == {"app.log": "ok", "app.log.gz": "duplicate"}
    assert statuses(landing) == {"app.log": "unchanged", "app.log.gz": "duplicate"}
    assert said(landing) == words("first", 30)


def test_the_same_bytes_under_two_names_are_taken_once_with_one_or_more_jobs(landing):
    landing.write("a.log", FIRST)
    landing.write("b.log", FIRST)
    (landing.folder / "c.log").hardlink_to(landing.folder / "a.log")
    (landing.folder / "d.log").symlink_to("a.log")
    found = landing.ingest(jobs=3)
    assert {path: result.status for path, result in found.items()} == {
        "a.log": "ok",
        "b.log": "duplicate",
        "c.log": "duplicate",
        "d.log": "duplicate",
    }
    assert [result.lines for result in found.values()] == [30, 0, 0, 0]
    assert said(landing) == words("first", 30)


def test_a_copy_of_the_beginning_of_a_file_that_is_there_is_a_duplicate(landing):
    landing.write("app.log", FIRST + MORE)
    landing.write("copy.log", FIRST)
    assert statuses(landing) == {"app.log": "ok", "copy.log": "duplicate"}


def test_two_files_that_begin_alike_and_end_differently_are_both_taken(landing):
    landing.write("a.log", FIRST + MORE)
    landing.write("b.log", FIRST + OTHER)
    assert statuses(landing) == {"a.log": "ok", "b.log": "ok"}
    assert len({row["file_id"] for row in landing.lake.rows}) == 2
    assert len(said(landing)) == 60 + 40


def test_a_file_that_begins_as_another_was_when_first_seen_is_its_own(landing):
    landing.write("a.log", FIRST)
    landing.ingest()
    landing.write("a.log", FIRST + MORE)
    landing.write("b.log", FIRST + OTHER)
    assert statuses(landing) == {"a.log": "ok", "b.log": "ok"}
    assert len(said(landing)) == 60 + 40
    landing.write("b.log", FIRST + OTHER + MORE)
    assert statuses(landing) == {"a.log": "unchanged", "b.log": "ok"}
    assert len(said(landing)) == 60 + 70


def test_a_file_that_goes_on_where_another_one_stands_still_is_its_own(landing):
    landing.write("a.log", FIRST)
    landing.ingest()
    landing.write("b.log", FIRST + OTHER)
    assert statuses(landing) == {"a.log": "unchanged", "b.log": "ok"}
    assert len(said(landing)) == 30 + 40


def test_a_renamed_file_and_its_compressed_copy_are_told_apart_in_the_first_run(landing):
    path = landing.write("app.log", FIRST)
    landing.ingest()
    path.rename(path.with_name("app.log.1"))
    landing.write("app.log.1.gz", gzip.compress(FIRST))
    assert statuses(landing) == {"app.log.1": "unchanged", "app.log.1.gz": "duplicate"}
    rows = len(landing.lake.rows)
    assert statuses(landing) == {"app.log.1": "unchanged", "app.log.1.gz": "duplicate"}
    assert len(landing.lake.rows) == rows


def test_a_copy_that_is_still_being_compressed_doubles_nothing_and_is_told(landing):
    data = b"".join(b"%064x\n" % (n**40 % (1 << 256)) for n in range(4000))
    packed = gzip.compress(data)
    path = landing.write("app.log.1", data)
    landing.ingest()
    for _ in range(2):
        landing.write("app.log.1.gz", packed[: len(packed) // 2])
        results = landing.ingest()
        told = {name: (result.status, result.problem) for name, result in results.items()}
        assert told == {"app.log.1": ("unchanged", None), "app.log.1.gz": ("partial", "gzip cut short")}
        assert len(landing.texts()) == 4000
    path.unlink()
    landing.write("app.log.1.gz", packed)
    for _ in range(2):
        assert statuses(landing) == {"app.log.1.gz": "unchanged"}
    assert len(landing.texts()) == 4000
    ledger = landing.lake.ledger().to_pylist()
    assert sorted((row["status"], row["problem"]) for row in ledger) == [("duplicate", None), ("ok", None)]


def test_what_is_known_whole_is_no_growth_of_what_began_so(landing):
    """A hole of NULs begins like any longer one, and some are gone since."""
    landing.write("app.log", bytes(4000) + b"the only line\n")
    landing.ingest()
    holes = [landing.write(f"hole{n:02}.log", bytes(300 + n)) for n in range(20)]
    landing.ingest()
    for hole in holes:
        hole.unlink()
    landing.write("app.log.gz", gzip.compress(bytes(4000) + b"the only line\n"))
    assert statuses(landing) == {"app.log": "unchanged", "app.log.gz": "duplicate"}


def test_a_copy_in_the_making_is_told_from_its_original_whatever_their_names(landing):
    """A rotation copies, then truncates: a run in between sees a part of the copy, the next one all of it."""
    landing.write("app-1.log", FIRST)
    path = landing.write("app.log", FIRST + MORE)
    landing.write("a/half.log.gz", gzip.compress(FIRST + MORE[:500])[:-8])
    assert statuses(landing) == {"a/half.log.gz": "partial", "app-1.log": "duplicate", "app.log": "ok"}
    (landing.folder / "a/half.log.gz").unlink()
    landing.write("app-1.log", FIRST + MORE)
    path.write_bytes(OTHER)
    assert statuses(landing) == {"app-1.log": "unchanged", "app.log": "ok"}
    assert said(landing) == sorted(words("first", 30) + words("more", 30) + words("other", 10))


def test_a_copy_of_the_beginning_of_a_file_without_a_settled_record_is_a_duplicate(landing):
    """Of a small file whose first line has no time every record may still change."""
    landing.write("app.log", b"a banner\n" + FIRST)
    landing.ingest()
    assert landing.lake.rows[-1]["position"] == 0
    landing.write("copy.log", b"a banner\n" + FIRST[:700])
    assert statuses(landing) == {"app.log": "unchanged", "copy.log": "duplicate"}
