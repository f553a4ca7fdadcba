"""Files in archives are inputs of their own: named, identified, counted and remembered like any other."""

import gzip
import io
import tarfile
import zipfile

import pytest
from ingest_lab import Landing

FIRST = b"".join(b"2025-06-20T10:00:%02d.000Z INFO first %d\n" % (n, n) for n in range(30))
OTHER = b"".join(b"2025-06-20T12:00:%02d.000Z INFO other %d\n" % (n, n) for n in range(10))
NOTES = b'{"_id": {"$oid": "64f0aa10bb20cc30dd40ee99"}, "createdAt": {"$date": "2025-06-20T01:00:00Z"}}\n'


@pytest.fixture
def landing(tmp_path, monkeypatch):
    return Landing(tmp_path, monkeypatch)


def tar(*members, mode="w:gz"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in members:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(data), 1_750_000_000
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def zipped(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def statuses(results):
    return {path: result.status for path, result in results.items()}


def said(landing):
    return sorted(text.rpartition("INFO ")[2] for text in landing.texts())


def words(kind, n):
    return sorted(f"{kind} {i}" for i in range(n))


@pytest.mark.parametrize("pack", [tar, zipped])
def test_each_file_of_an_archive_is_an_input_and_is_known_again_without_opening_it(landing, pack):
    landing.write(
        "logs.tar.gz", pack(("a/app.log", FIRST), ("b.log.gz", gzip.compress(OTHER)), ("c.log", b""))
    )
    results = landing.ingest()
    assert statuses(results) == {
        "logs.tar.gz!/a/app.log": "ok",
        "logs.tar.gz!/b.log.gz": "ok",
        "logs.tar.gz!/c.log": "ok",
    }
    assert [results["logs.tar.gz!/a/app.log"].lines, results["logs.tar.gz!/b.log.gz"].lines] == [30, 10]
    assert said(landing) == words("first", 30) + words("other", 10)
    rows = len(landing.lake.rows)
    assert statuses(landing.ingest()) == {
        "logs.tar.gz!/a/app.log": "unchanged",
        "logs.tar.gz!/b.log.gz": "unchanged",
    }
    assert len(landing.lake.rows) == rows


def test_an_export_in_an_archive_has_its_collection_by_its_own_name(landing):
    landing.write("mongo.tar", tar(("dump/notes-2025-06-20.json", NOTES), mode="w"))
    assert landing.ingest()["mongo.tar!/dump/notes-2025-06-20.json"].format == "mongoexport"
    [note] = landing.lake.table("documents")
    assert note["doc_id"] == "64f0aa10bb20cc30dd40ee99"


def test_a_log_that_moves_into_an_archive_is_known_there_and_only_what_is_new_is_read(landing):
    path = landing.write("app.log", FIRST)
    landing.ingest()
    path.unlink()
    landing.write("old.tar.gz", tar(("app.log", FIRST), ("next.log", OTHER)))
    assert statuses(landing.ingest()) == {"old.tar.gz!/app.log": "unchanged", "old.tar.gz!/next.log": "ok"}
    assert said(landing) == words("first", 30) + words("other", 10)


def test_a_copy_in_an_archive_beside_the_file_is_a_duplicate_and_so_is_a_file_beside_the_archive(landing):
    landing.write("app.log", FIRST)
    landing.write("old.zip", zipped(("app.log", FIRST), ("next.log", OTHER)))
    assert statuses(landing.ingest()) == {
        "app.log": "ok",
        "old.zip!/app.log": "duplicate",
        "old.zip!/next.log": "ok",
    }
    landing.write("next.log", OTHER)
    assert statuses(landing.ingest())["next.log"] == "duplicate"
    assert said(landing) == words("first", 30) + words("other", 10)


def test_equal_files_in_one_archive_are_taken_once_whatever_the_jobs(landing):
    landing.write("twice.tar.gz", tar(("a.log", FIRST), ("b.log", FIRST)))
    assert statuses(landing.ingest(jobs=2)) == {
        "twice.tar.gz!/a.log": "ok",
        "twice.tar.gz!/b.log": "duplicate",
    }
    assert said(landing) == words("first", 30)


def test_an_archive_that_is_packed_again_gives_what_is_new_in_it(landing):
    landing.write("old.tar.gz", tar(("a.log", FIRST)))
    landing.ingest()
    landing.write(
        "old.tar.gz", tar(("b.log", OTHER), ("a.log", FIRST + b"2025-06-20T11:00:00.000Z INFO more\n"))
    )
    assert statuses(landing.ingest()) == {"old.tar.gz!/a.log": "ok", "old.tar.gz!/b.log": "ok"}
    assert said(landing) == [*words("first", 30), "more", *words("other", 10)]


def test_an_archive_cut_short_keeps_whole_lines_and_is_told_on_each_run(landing):
    whole = tar(("a.log", FIRST), ("b.log", OTHER), mode="w")
    landing.write("torn.tar", whole[: len(whole.rstrip(b"\x00")) - 100])
    for _ in range(2):
        results = landing.ingest()
        assert results["torn.tar!/b.log"].problem == "tar cut short"
    assert said(landing)[: 30 + 6] == words("first", 30) + words("other", 10)[:6]


def test_what_is_no_text_in_an_archive_is_told_again_and_its_neighbours_are_in(landing):
    landing.write("mixed.zip", zipped(("a.log", FIRST), ("x.bin", bytes(range(256)) * 4), ("b.log", OTHER)))
    for status in ("ok", "unchanged"):
        results = landing.ingest()
        assert statuses(results) == {
            "mixed.zip!/a.log": status,
            "mixed.zip!/x.bin": "rejected",
            "mixed.zip!/b.log": status,
        }
        assert results["mixed.zip!/x.bin"].problem == "a binary file: not read"


def test_an_archive_without_its_list_is_told_and_its_files_are_in(landing):
    whole = zipped(("a.log", FIRST), ("b.log", OTHER))
    landing.write("torn.zip", whole[: whole.index(b"PK\x01\x02")])
    for status in ("ok", "unchanged"):
        results = landing.ingest()
        assert statuses(results) == {
            "torn.zip": "rejected",
            "torn.zip!/a.log": status,
            "torn.zip!/b.log": status,
        }
        assert results["torn.zip"].problem == "zip damaged: the list of its files is missing"


def test_names_that_lead_out_of_an_archive_lead_nowhere(landing, tmp_path):
    landing.write("in/evil.tar", tar(("../../out.log", FIRST), ("/etc/cron.d/x", OTHER), mode="w"))
    results = landing.ingest()
    assert set(results) == {"in/evil.tar!/../../out.log", "in/evil.tar!//etc/cron.d/x"}
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "evil.tar"]


def test_an_archive_in_an_archive_is_not_read_and_told(landing):
    landing.write("outer.tar", tar(("inner.zip", zipped(("a.log", FIRST))), ("b.log", OTHER), mode="w"))
    results = landing.ingest()
    assert statuses(results) == {"outer.tar!/inner.zip": "rejected", "outer.tar!/b.log": "ok"}
    assert "zip archive within another" in results["outer.tar!/inner.zip"].problem
