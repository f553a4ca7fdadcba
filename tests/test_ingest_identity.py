"""What was read once is known again under any name, plain or compressed; what is new is read."""

import gzip
import os
from datetime import UTC, datetime

import pytest
from identity_lab import FIRST, MORE, OTHER, said, statuses, words
from ingest_lab import Landing

from pipeline.ingest.inputs.source import HEAD
from pipeline.ingest.scout import Wishes


@pytest.fixture
def landing(tmp_path, monkeypatch):
    return Landing(tmp_path, monkeypatch)


def test_a_second_run_finds_nothing_new_and_writes_nothing(landing):
    landing.write("app.log", FIRST)
    landing.ingest()
    before = dict(landing.lake.data), list(landing.lake.rows)
    assert statuses(landing) == {"app.log": "unchanged"}
    assert (landing.lake.data, landing.lake.rows) == before


def test_a_file_that_was_only_touched_is_unchanged_and_keeps_its_data_files(landing):
    path = landing.write("app.log", FIRST)
    landing.ingest()
    before = dict(landing.lake.data)
    os.utime(path, (1, 1))
    assert statuses(landing) == {"app.log": "unchanged"}
    assert landing.lake.data == before
    # Its new time is remembered: the next run need not read it.
    rows = len(landing.lake.rows)
    landing.ingest()
    assert len(landing.lake.rows) == rows


def test_the_counters_of_an_unchanged_file_are_those_of_all_its_lines(landing):
    landing.write("app.log", FIRST)
    landing.ingest()
    result = landing.ingest()["app.log"]
    assert (result.lines, result.records, result.status) == (30, 30, "unchanged")


def test_a_grown_file_gives_its_new_lines_and_counts_all(landing):
    landing.write("app.log", FIRST)
    landing.ingest()
    landing.write("app.log", FIRST + MORE)
    result = landing.ingest()["app.log"]
    assert (result.status, result.lines, result.records) == ("ok", 60, 60)
    assert said(landing) == sorted(words("first", 30) + words("more", 30))


def test_only_the_files_of_the_provisional_record_are_replaced_when_a_file_grows(landing):
    landing.write("app.log", FIRST)
    landing.ingest()
    row = landing.lake.rows[-1]
    kept = set(row["data_files"]) - set(row["tail_files"])
    assert (len(kept), len(row["tail_files"])) == (1, 1)
    landing.write("app.log", FIRST + MORE)
    landing.ingest()
    assert kept < set(landing.lake.data)
    assert not set(row["tail_files"]) & set(landing.lake.data)
    assert set(landing.lake.rows[-1]["data_files"]) == set(landing.lake.data)


def test_a_stack_cut_between_two_runs_is_one_record(landing):
    error = b"2025-06-20T10:00:00.000Z ERROR failed\n    at one (a.js:1:1)\n"
    landing.write("app.log", error)
    landing.ingest()
    landing.write("app.log", error + b"    at two (b.js:2:2)\n")
    result = landing.ingest()["app.log"]
    assert (result.lines, result.records, result.events, result.continuation) == (3, 1, 1, 2)
    assert [text.count("\n") for text in landing.texts()] == [2]


def test_a_rotation_by_rename_loses_nothing_and_doubles_nothing(landing):
    path = landing.write("app.log", FIRST)
    landing.ingest()
    path.write_bytes(FIRST + MORE)
    path.rename(path.with_name("app.log.1"))
    landing.write("app.log", OTHER)
    assert statuses(landing) == {"app.log": "ok", "app.log.1": "ok"}
    assert said(landing) == sorted(words("first", 30) + words("more", 30) + words("other", 10))


def test_a_file_renamed_without_change_is_unchanged_even_when_its_name_is_taken_anew(landing):
    path = landing.write("app.log", FIRST)
    landing.ingest()
    path.rename(path.with_name("app.log.1"))
    landing.write("app.log", OTHER)
    assert statuses(landing) == {"app.log": "ok", "app.log.1": "unchanged"}
    assert said(landing) == sorted(words("first", 30) + words("other", 10))


def test_a_rotation_by_copying_and_truncating_loses_nothing_and_doubles_nothing(landing):
    path = landing.write("app.log", FIRST)
    landing.ingest()
    landing.write("app.log.1", FIRST + MORE)
    path.write_bytes(OTHER)
    assert statuses(landing) == {"app.log": "ok", "app.log.1": "ok"}
    assert said(landing) == sorted(words("first", 30) + words("more", 30) + words("other", 10))


def test_a_file_truncated_and_grown_past_its_old_length_is_read_from_its_start(landing):
    path = landing.write("app.log", OTHER)
    landing.ingest()
    path.write_bytes(FIRST + MORE)
    assert statuses(landing) == {"app.log": "ok"}
    assert said(landing) == sorted(words("first", 30) + words("more", 30) + words("other", 10))


@pytest.mark.parametrize("beginning", [b"x" * 300, b"\x00" * 300])
def test_a_beginning_without_a_whole_record_in_it_does_not_tell_that_a_file_has_grown(landing, beginning):
    """The only record may still change, so no byte is known for good; and any hole begins like any other."""
    landing.write("app.log", beginning + b"the first life\n")
    landing.ingest()
    landing.write("app.log", beginning + b"another\n")
    landing.ingest()
    assert [text.strip("x") for text in landing.texts()] == ["another", "the first life"]


def test_a_file_rewritten_behind_a_long_common_beginning_is_read_from_its_start(landing):
    """The first bytes alone say that it has grown; all that were read say that it has not."""
    common = FIRST * (HEAD // len(FIRST) + 1)
    path = landing.write("app.log", common + OTHER)
    landing.ingest()
    path.write_bytes(common + MORE)
    assert len(MORE) > len(OTHER)
    assert statuses(landing) == {"app.log": "ok"}
    assert len({row["file_id"] for row in landing.lake.rows}) == 2
    assert set(words("other", 10)) | set(words("more", 30)) < set(said(landing))


def test_a_compressed_file_takes_the_place_of_the_plain_one(landing):
    path = landing.write("app.log", FIRST)
    landing.ingest()
    path.unlink()
    landing.write("app.log.1.gz", gzip.compress(FIRST))
    assert statuses(landing) == {"app.log.1.gz": "unchanged"}
    path.with_name("app.log.1.gz").rename(path.with_name("app.log.2.gz"))
    assert statuses(landing) == {"app.log.2.gz": "unchanged"}
    assert said(landing) == words("first", 30)


def test_a_file_that_grew_before_it_was_compressed_gives_its_new_lines(landing):
    path = landing.write("app.log", FIRST)
    landing.ingest()
    path.unlink()
    landing.write("app.log.1.gz", gzip.compress(FIRST + MORE))
    assert statuses(landing) == {"app.log.1.gz": "ok"}
    assert said(landing) == sorted(words("first", 30) + words("more", 30))


def test_equal_exports_of_two_nights_are_two_exports_and_of_one_night_one(landing):
    export = b'{"_id":{"$oid":"6854b0c0aa10000000000001"},"createdAt":{"$date":"2025-06-20T01:00:00Z"}}\n'
    landing.write("notes-2025-06-20.json", export)
    landing.write("notes-2025-06-21.json", export)
    landing.write("again/notes-2025-06-21.json.gz", gzip.compress(export))
    assert statuses(landing) == {
        "again/notes-2025-06-21.json.gz": "duplicate",
        "notes-2025-06-20.json": "ok",
        "notes-2025-06-21.json": "ok",
    }
    assert sorted(row["snapshot"] for row in landing.lake.table("documents")) == [
        datetime(2025, 6, 19, 15, tzinfo=UTC),
        datetime(2025, 6, 20, 15, tzinfo=UTC),
    ]


def test_the_caller_s_instant_of_an_export_is_stronger_than_its_name(landing):
    landing.write("notes-2025-06-20.json", b'{"_id":1}\n')
    landing.ingest(wishes=Wishes(snapshot=datetime(2025, 1, 1, tzinfo=UTC)))
    assert [row["snapshot"] for row in landing.lake.table("documents")] == [datetime(2025, 1, 1, tzinfo=UTC)]


def test_a_plan_made_from_three_bytes_is_made_anew_when_there_are_more(landing):
    page = b'{"logs":[{"id":"a","labels":[],"message":"one","timestamp":"2025-06-20T01:00:00Z"}]}\n'
    landing.write("page.json", page[:3])
    landing.ingest()
    landing.write("page.json", page)
    assert landing.ingest()["page.json"].records == 1
    assert landing.texts() == ["one"]


def test_a_file_rewritten_with_as_many_bytes_and_its_old_time_is_read(landing):
    path = landing.write("app.log", b"one\n")
    os.utime(path, (1_750_000_000, 1_750_000_000))
    landing.ingest()
    path.write_bytes(b"two\n")
    os.utime(path, (1_750_000_000, 1_750_000_000))
    assert statuses(landing) == {"app.log": "ok"}
    assert landing.texts() == ["one", "two"]


@pytest.mark.parametrize("how", ["emptied", "another file"])
def test_a_log_that_begins_anew_as_before_costs_not_even_its_last_line(landing, how):
    """The last record may still grow, but what stands in its place later did not grow from it."""
    path = landing.write("app.log", FIRST + b"2025-06-20T11:00:00.000Z INFO before 1\n")
    landing.ingest()
    if how == "another file":
        path.unlink()
    path.write_bytes(FIRST + b"2025-06-20T12:00:00.000Z INFO after, and longer 2\n")
    assert statuses(landing) == {"app.log": "ok"}
    assert said(landing) == sorted([*words("first", 30) * 2, "before 1", "after, and longer 2"])


@pytest.mark.parametrize("left", [0, 7])
def test_a_file_cut_within_its_last_line_costs_no_line(landing, left):
    path = landing.write("app.log", FIRST + MORE)
    landing.ingest()
    last = MORE.rindex(b"2025-06-20")
    path.write_bytes(FIRST + MORE[: last + left])
    assert statuses(landing) == {"app.log": "unchanged"}
    assert said(landing) == sorted(words("first", 30) + words("more", 30))
