"""`h33 ingest`: what it prints, what it takes from a folder, and what bad input does to it."""

import gzip
import json
import os
import socket
import sys

import pytest
from command_lab import enter, run

from pipeline.ingest.inputs import source

LINES = b"".join(b"2025-06-20T10:00:%02d.000+09:00 INFO [queue] depth=%d\n" % (n, n) for n in range(5))
COUNTERS = ("lines", "records", "events", "continuation", "rejected", "blank")


@pytest.fixture
def h33(tmp_path, monkeypatch):
    """Return a function: `h33 ingest` in an empty folder, as (exit code, results, stderr)."""
    enter(tmp_path, monkeypatch)

    def ingest(*args, output="json"):
        code, out, err = run("--lake", "lake", "ingest", "--format", output, *args)
        return code, json.loads(out) if out and output == "json" else out, err

    return ingest


def statuses(results):
    return {result["path"]: result["status"] for result in results}


def test_a_result_has_the_documented_keys_in_their_order_and_instants_in_utc(h33, tmp_path):
    (tmp_path / "app.log").write_bytes(LINES)
    code, results, _ = h33("app.log")
    assert code == 0
    assert results == [
        {
            "path": "app.log",
            "format": "app-log",
            "lines": 5,
            "records": 5,
            "events": 5,
            "continuation": 0,
            "rejected": 0,
            "blank": 0,
            "first_ts": "2025-06-20T01:00:00.000000Z",
            "last_ts": "2025-06-20T01:00:04.000000Z",
            "status": "ok",
        }
    ]
    assert list(results[0]) == ["path", "format", *COUNTERS, "first_ts", "last_ts", "status"]


def test_bad_inputs_are_told_in_a_line_each_and_the_rest_is_in(h33, tmp_path):
    landing = tmp_path / "in"
    landing.mkdir()
    (landing / "app.log").write_bytes(LINES)
    (landing / "empty.log").write_bytes(b"")
    (landing / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9)
    (landing / "random.bin").write_bytes(bytes((n * 7919 + n // 251) % 256 for n in range(4096)))
    (landing / "torn.log.gz").write_bytes(gzip.compress(LINES * 50)[:-4])
    os.mkfifo(landing / "pipe")
    (landing / "astray.log").symlink_to("/etc/hostname")
    (landing / "dangling.log").symlink_to(landing / "gone.log")
    (landing / "outside").symlink_to(tmp_path.parent, target_is_directory=True)
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(landing)
        listening.bind("socket")
        os.chdir(tmp_path)
        code, results, err = h33("in", "nope.log")
    assert code == 3
    assert statuses(results) == {
        "in/app.log": "ok",
        "in/astray.log": "failed",
        "in/dangling.log": "failed",
        "in/empty.log": "ok",
        "in/outside": "failed",
        "in/picture.png": "rejected",
        "in/pipe": "failed",
        "in/random.bin": "rejected",
        "in/socket": "failed",
        "in/torn.log.gz": "partial",
        "nope.log": "failed",
    }
    told = dict(line.removeprefix("h33: ").split(": ", 1) for line in err.splitlines() if ": " in line)
    assert told["in/astray.log"] == "a symbolic link that leads out of the folder"
    assert told["in/dangling.log"] == "no such file"
    assert told["in/picture.png"] == "a PNG picture: not read"
    assert told["in/pipe"] == "a FIFO, not a file"
    assert told["in/random.bin"] == "a binary file: not read"
    assert told["in/socket"] == "a socket, not a file"
    assert told["in/torn.log.gz"] == "gzip cut short"
    assert told["nope.log"] == "no such file"
    assert "Traceback" not in err
    by_path = {result["path"]: result for result in results}
    assert by_path["in/torn.log.gz"]["lines"] == 250
    assert by_path["in/empty.log"] | {"path": ""} == {
        "path": "",
        "format": None,
        "status": "ok",
    } | dict.fromkeys(COUNTERS, 0) | {"first_ts": None, "last_ts": None}


def test_what_is_wrong_with_a_file_that_stays_is_told_again_but_not_written_again(h33, tmp_path):
    (tmp_path / "random.bin").write_bytes(bytes(range(256)))
    assert h33("random.bin")[0] == 3
    commits = len(list((tmp_path / "lake/files/_delta_log").glob("*.json")))
    code, results, err = h33("random.bin")
    assert (code, statuses(results)) == (3, {"random.bin": "rejected"})
    assert "a binary file" in err
    assert len(list((tmp_path / "lake/files/_delta_log").glob("*.json"))) == commits


def test_missing_paths_alone_make_no_lake(h33, tmp_path):
    code, results, _ = h33("nope", "neither")
    assert (code, statuses(results)) == (3, {"nope": "failed", "neither": "failed"})
    assert not (tmp_path / "lake").exists()


def test_a_folder_without_files_is_no_failure(h33, tmp_path):
    (tmp_path / "in").mkdir()
    code, results, err = h33("in")
    assert (code, results) == (0, [])
    assert "no files" in err


def test_settings_truth_and_hidden_files_are_no_input(h33, tmp_path):
    landing = tmp_path / "in"
    (landing / ".git").mkdir(parents=True)
    for name in ("attested.toml", "h33.toml", "truth.json", "last-day", ".hidden.log", ".git/config"):
        (landing / name).write_text("words\n")
    (landing / "sub").mkdir()
    (landing / "sub" / "b.log").write_bytes(LINES)
    (landing / "a.log").write_bytes(b"words\n")
    assert list(statuses(h33("in")[1])) == ["in/a.log", "in/sub/b.log"]


def test_what_h33_writes_is_no_input(h33, tmp_path):
    (tmp_path / "app.log").write_bytes(LINES)
    (tmp_path / "data" / "reports").mkdir(parents=True)
    (tmp_path / "data" / "reports" / "kpi.json").write_text("{}\n")
    assert statuses(h33(".")[1]) == {"./app.log": "ok"}
    code, results, err = h33(".")
    assert (code, statuses(results), err) == (0, {"./app.log": "unchanged"}, "1 unchanged\n")


def test_a_file_that_a_rotation_replaces_before_it_is_opened_is_read_as_it_is_now(h33, tmp_path, monkeypatch):
    (tmp_path / "app.log").write_bytes(LINES)
    (tmp_path / "new.log").write_bytes(LINES[:60])
    opened = source.Source.open

    def late(found, limits):
        (tmp_path / "new.log").replace(tmp_path / "app.log")
        return opened(found, limits)

    with monkeypatch.context() as patch:
        patch.setattr(source.Source, "open", late)
        code, results, _ = h33("app.log")
    assert (code, results[0]["status"], results[0]["lines"]) == (0, "ok", LINES[:60].count(b"\n") + 1)
    assert statuses(h33("app.log")[1]) == {"app.log": "unchanged"}


def test_names_that_could_do_harm_are_shown_harmless(h33, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    names = [b"-rf", b"\x1b[31mred", b"new\nline.log", b"not\xffutf8.log", "메모.log".encode()]
    for number, name in enumerate(names):
        (folder / os.fsdecode(name)).write_bytes(b"words %d\n" % number)
    (folder / os.fsdecode(b"\x1b[2Jgone\n")).symlink_to("/nowhere")
    code, results, err = h33("in")
    assert code == 3
    assert {r["path"] for r in results if r["status"] == "ok"} == {
        "in/-rf",
        "in/\x1b[31mred",
        "in/new\nline.log",
        "in/not\\xffutf8.log",
        "in/메모.log",
    }
    assert "\x1b" not in err
    assert "in/\\x1b[2Jgone\\n: " in err


def test_standard_input_is_read_as_dash_and_known_again(h33, monkeypatch, tmp_path):
    def piped(data):
        path = tmp_path / "piped"
        path.write_bytes(data)
        with path.open() as stream, monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", stream)
            code, results, _ = h33("-")
        assert (code, results[0]["path"]) == (0, "-")
        return results[0]["status"], results[0]["records"]

    assert piped(gzip.compress(LINES)) == ("ok", 5)
    assert piped(LINES) == ("unchanged", 5)
    (tmp_path / "app.log").write_bytes(LINES)
    assert statuses(h33("app.log")[1]) == {"app.log": "duplicate"}
    assert piped(b"") == ("ok", 0)


def test_an_unknown_format_names_the_choices_and_touches_nothing(h33, tmp_path):
    (tmp_path / "app.log").write_bytes(LINES)
    code, out, err = h33("--input-format", "nginx", "app.log")
    assert (code, out) == (2, "")
    assert "app-log" in err
    assert "render_api" in err
    assert err.count("\n") == 1
    assert not (tmp_path / "lake").exists()


def test_a_snapshot_that_is_no_instant_is_refused(h33, tmp_path):
    (tmp_path / "notes.json").write_bytes(b'{"_id":1}\n')
    code, _, err = h33("--snapshot", "someday", "notes.json")
    assert code == 2
    assert "not an instant" in err


def test_without_a_path_the_usage_is_told(h33):
    code, _, err = h33()
    assert code == 2
    assert "PATH" in err


@pytest.mark.parametrize(
    ("header", "code", "status", "said"),
    [
        ("_id,userId,content", 0, "ok", ""),
        ("createdAt,userId,content", 3, "rejected", "export the field _id too"),
        ("bookId,userId,content", 3, "rejected", "export the field _id too"),
    ],
)
def test_a_csv_export_of_documents_is_never_taken_for_a_log(h33, tmp_path, header, code, status, said):
    row = "ObjectId(6854b0c0aa10000000000001),u,a private thought"
    (tmp_path / "notes.csv").write_text(f"{header}\n{row}\n")
    exit_code, results, err = h33("notes.csv")
    assert (exit_code, statuses(results)) == (code, {"notes.csv": status})
    assert said in err
    stored = [path for path in (tmp_path / "lake").rglob("*") if path.is_file()]
    assert not [path for path in stored if b"private thought" in path.read_bytes()]


def test_a_line_that_breaks_the_parser_is_rejected_with_its_block_and_stops_nothing(
    h33, tmp_path, monkeypatch
):
    from pipeline.ingest.records import kernel

    parse = kernel.parse

    def fragile(block, plan):
        if b"poison" in block.data:
            raise ValueError("boom")
        return parse(block, plan)

    monkeypatch.setattr(kernel, "parse", fragile)
    (tmp_path / "a.log").write_bytes(b"one\npoison\nthree\n")
    (tmp_path / "b.log").write_bytes(LINES)
    code, results, err = h33("a.log", "b.log")
    assert (code, statuses(results)) == (3, {"a.log": "partial", "b.log": "ok"})
    assert "h33: a.log: the parser failed: ValueError" in err
    assert [results[0][name] for name in COUNTERS] == [3, 0, 0, 0, 3, 0]


def test_rows_that_break_the_parser_when_they_are_closed_are_rejected_line_by_line(
    h33, tmp_path, monkeypatch
):
    from pipeline.ingest.records import kernel

    def fragile(rows, plan, *, last=True):
        raise ValueError("a private thought")

    monkeypatch.setattr(kernel, "close", fragile)
    (tmp_path / "a.log").write_bytes(LINES + b"    at one (a.js:1:1)\n")
    _, results, err = h33("a.log")
    assert [results[0][name] for name in COUNTERS] == [6, 4, 4, 0, 2, 0]
    assert "private" not in err
