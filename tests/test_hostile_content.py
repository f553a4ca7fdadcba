"""Content that nobody expects, through all of `h33 ingest` in a process of its own, its memory watched."""

import bz2
import gzip
import json
import lzma
import os
import random
import signal
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard

#: Peak resident size that ingest keeps to, whatever comes.
MOST_MB = 512
LINE = b"2025-06-20T10:00:%02dZ INFO line %d\n"
MB = b"x" * (1 << 20)


#: Runs h33 and writes the peak of its own memory, in KiB. What wait4 tells counts the tests' memory, too: a
#: process has that of its parent until it becomes another program.
MEASURED = """
import atexit, re, runpy, sys
from pathlib import Path
said = lambda: re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]
atexit.register(lambda: Path("peak").write_text(said()))
sys.argv[0] = "h33"
runpy.run_module("pipeline", run_name="__main__")
"""


@pytest.fixture
def ingest(tmp_path):
    """Return a function: `h33 ingest` of what lies in a folder, as (exit code, results, stderr, peak MB)."""
    (tmp_path / "in").mkdir()

    def run(*arguments):
        command = [sys.executable, "-c", MEASURED, "--lake", "lake", "ingest", "--format", "json", "in"]
        with (tmp_path / "told").open("wb") as told, (tmp_path / "out").open("wb") as out:
            done = subprocess.run([*command, *arguments], cwd=tmp_path, stdout=out, stderr=told, check=False)
        results = {entry["path"]: entry for entry in json.loads((tmp_path / "out").read_bytes())}
        peak = int((tmp_path / "peak").read_text()) / 1024
        return done.returncode, results, (tmp_path / "told").read_text(), peak

    return run


def ask(tmp_path, statement):
    """Return the rows of a statement over the lake."""
    command = [sys.executable, "-m", "pipeline", "--lake", "lake", "sql", "--format", "json", statement]
    return json.loads(subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout)


def counters(result):
    return [result[name] for name in ("lines", "records", "events", "continuation", "rejected", "blank")]


def test_long_lines_runaway_records_and_bombs_stay_within_the_memory_and_spare_their_neighbours(
    ingest, tmp_path
):
    """R17, R18, R25, R26: 100 MB lines, a stack of 50,000 lines, an array on one line, 200 MB of zeros."""
    (tmp_path / "h33.toml").write_text("[unpacking]\nfree_mb = 100\n")
    folder = tmp_path / "in"
    with (folder / "long.log").open("wb") as out:
        out.write(LINE % (1, 1) + b"2025-06-20T10:00:01Z INFO ")
        for _ in range(100):
            out.write(MB)
        out.write(b"\n" + LINE % (2, 2))
    with (folder / "long.json").open("wb") as out:
        out.write(b'{"level":30,"time":1750381200000,"msg":"one"}\n{"level":30,"msg":"')
        for _ in range(100):
            out.write(MB)
        out.write(b'"}\n{"level":30,"time":1750381200000,"msg":"two"}\n')
    with (folder / "stack.log").open("wb") as out:
        out.write(LINE % (1, 1) + b"2025-06-20T10:00:00Z ERROR x: TypeError: y\n")
        out.writelines(b"    at f (/x.js:%d:2)\n" % n for n in range(50_000))
        out.write(LINE % (2, 2))
    array = b",".join(b'{"_id":%d}' % n for n in range(50_000))
    (folder / "notes.json").write_bytes(b"[" + array + b"]")
    with gzip.open(folder / "bomb.log.gz", "wb") as out:
        out.write(LINE % (1, 1))
        for _ in range(200):
            out.write(bytes(1 << 20))
    code, results, told, peak = ingest()
    assert code == 3
    assert {path: result["status"] for path, result in results.items()} == {
        "in/bomb.log.gz": "partial",
        "in/long.json": "ok",
        "in/long.log": "ok",
        "in/notes.json": "ok",
        "in/stack.log": "ok",
    }
    assert "in/bomb.log.gz: unpacks to more than 400 times its size" in told
    assert counters(results["in/long.log"]) == [3, 2, 2, 0, 1, 0]
    assert counters(results["in/long.json"]) == [3, 2, 2, 0, 1, 0]
    # The error with 999 lines of its stack, then 49 records of a thousand lines each, and what is left.
    assert counters(results["in/stack.log"]) == [50_003, 53, 53, 49_950, 0, 0]
    assert counters(results["in/notes.json"]) == [1, 50_000, 1, 0, 0, 0]
    assert peak <= MOST_MB
    # Of a line too long its place, length and hash are kept.
    lost = ask(tmp_path, "SELECT line_no, text_bytes, length(text_sha256) AS digits FROM lake.rejects")
    assert {"line_no": 2, "text_bytes": (100 << 20) + 27, "digits": 64} in lost


def test_a_bomb_in_any_container_is_told_and_the_limit_is_a_setting(ingest, tmp_path):
    """R17: here 4 MB are let through, or ten times the size; the other files are in."""
    (tmp_path / "h33.toml").write_text("[unpacking]\nfree_mb = 4\nratio = 10\n")
    folder = tmp_path / "in"
    zeros = (b"0" * 127 + b"\n") * (8 << 13)
    draw = random.Random(1)
    text = b"".join(b"%0127x\n" % draw.getrandbits(508) for _ in range(6 << 13))
    (folder / "a.log.gz").write_bytes(gzip.compress(text))
    (folder / "b.log.zst").write_bytes(zstandard.ZstdCompressor(19).compress(zeros))
    (folder / "c.log.bz2").write_bytes(bz2.compress(zeros.replace(b"0", b"1")))
    (folder / "d.log.xz").write_bytes(lzma.compress(zeros.replace(b"0", b"2")))
    with zipfile.ZipFile(folder / "e.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("app.log", LINE % (1, 1))
        archive.writestr("zeros.log", zeros.replace(b"0", b"3"))
    (folder / "f.log").write_bytes(LINE % (2, 2))
    code, results, told, peak = ingest()
    assert code == 3
    bombs = ["in/b.log.zst", "in/c.log.bz2", "in/d.log.xz", "in/e.zip!/zeros.log"]
    assert [line.split(": ")[1] for line in told.splitlines() if "taken for a bomb" in line] == bombs
    assert {path for path, result in results.items() if result["status"] == "partial"} == set(bombs)
    assert [results[path]["lines"] for path in bombs[:3]] == [4 << 13] * 3
    assert [results[path]["lines"] for path in ("in/a.log.gz", "in/e.zip!/app.log", "in/f.log")] == [
        6 << 13,
        1,
        1,
    ]
    assert peak <= MOST_MB


def test_odd_json_is_rejected_or_kept_and_costs_no_neighbour(ingest, tmp_path):
    """R21: invalid, deep, with a key twice, with numbers that nothing holds."""
    odd = [
        b'{"_id":1,"_id":"twice"}',
        b'{"_id":1e400}',
        b'{"_id":123456789012345678901234567890}',
        b'{"_id":"\\ud800"}',
        b'{"_id":NaN}',
        b'{"_id":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"_id":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
        b'{"_id":"torn',
        b"[" * 1_000_000,
        b"]",
        b'{"_id":"\x00\x01"}',
        b'{"_id":"\xff"}',
    ]
    good = [b'{"_id":"good %d"}' % n for n in range(len(odd) + 1)]
    lines = [line for pair in zip(good, odd, strict=False) for line in pair] + good[-1:]
    (tmp_path / "in" / "notes.json").write_bytes(b"\n".join(lines) + b"\n")
    code, results, _, peak = ingest()
    assert code == 0
    result = results["in/notes.json"]
    assert result["lines"] == len(lines)
    assert result["events"] + result["rejected"] == len(lines)
    found = {row["doc_id"] for row in ask(tmp_path, "SELECT doc_id FROM lake.documents")}
    assert found >= {f"good {n}" for n in range(len(odd) + 1)}
    assert peak <= MOST_MB


def test_odd_characters_split_and_merge_nothing_and_each_line_finds_its_encoding(ingest, tmp_path):
    """R19, R20: and what is no text in any of them can be found again by file and offset."""
    folder = tmp_path / "in"
    parts = [
        "\ufeff메모 하나\r\n".encode(),
        "메모 둘 똠방각하\n".encode("cp949"),
        "둘\u2028셋\x85넷\x0b다섯\x0c여섯\n".encode(),
        b"a\rb\n",
        b"\x00nul\x00 in it\n",
        "caf\xe9 latin\n".encode("latin-1"),
        "메모 끝".encode("euc-kr"),
    ]
    (folder / "mixed.log").write_bytes(b"".join(parts))
    (folder / "le.log").write_bytes("리틀 하나\n리틀 둘\r\n".encode("utf-16"))
    (folder / "be.log").write_bytes(b"\xfe\xff" + "빅 하나\n빅 둘\n".encode("utf-16-be"))
    code, results, _, _ = ingest()
    assert code == 0
    assert counters(results["in/mixed.log"]) == [7, 6, 6, 0, 1, 0]
    rows = ask(tmp_path, "SELECT source, line_no, message FROM lake.events ORDER BY source, line_no")
    assert [(row["source"], row["line_no"], row["message"]) for row in rows] == [
        ("in/be.log", 1, "빅 하나"),
        ("in/be.log", 2, "빅 둘"),
        ("in/le.log", 1, "리틀 하나"),
        ("in/le.log", 2, "리틀 둘"),
        ("in/mixed.log", 1, "메모 하나"),
        ("in/mixed.log", 2, "메모 둘 똠방각하"),
        ("in/mixed.log", 3, "둘\u2028셋\x85넷\x0b다섯\x0c여섯"),
        ("in/mixed.log", 4, "a\rb"),
        ("in/mixed.log", 5, "nul\x00 in it"),
        ("in/mixed.log", 7, "메모 끝"),
    ]
    [lost] = ask(
        tmp_path,
        "SELECT path, byte_offset, text_bytes, line_no FROM lake.rejects JOIN lake.files USING (file_id)",
    )
    data = (tmp_path / lost["path"]).read_bytes()
    there = data[lost["byte_offset"] :][: lost["text_bytes"]]
    assert (lost["line_no"], there.decode("latin-1")) == (6, "caf\xe9 latin")


def workers_of(process):
    """Yield the process ids of a run's workers, as they come: each is the child of a thread."""
    while process.poll() is None:
        for children in Path(f"/proc/{process.pid}/task").glob("*/children"):
            with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
                for child in children.read_text().split():
                    if b"spawn_main" in (Path("/proc") / child / "cmdline").read_bytes():
                        yield int(child)


def test_a_worker_that_is_killed_costs_the_run_nothing(tmp_path):
    """Two workers are killed as they come: what they had is parsed again."""
    text = b"".join(LINE % (n % 60, n) for n in range(120_000))
    (tmp_path / "app.log").write_bytes(text)
    command = [sys.executable, "-m", "pipeline", "--lake", "lake", "ingest", "--isolated", "--jobs", "2"]
    process = subprocess.Popen(
        [*command, "--format", "json", "app.log"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    killed = set()
    for worker in workers_of(process):
        if worker not in killed:
            os.kill(worker, signal.SIGKILL)
            killed.add(worker)
        if len(killed) == 2:
            break
    [result] = json.loads(process.communicate()[0])
    assert (process.returncode, len(killed)) == (0, 2)
    assert counters(result) == [120_000, 120_000, 120_000, 0, 0, 0]
    told = ask(tmp_path, "SELECT count(*) AS n, count(DISTINCT message) AS m FROM lake.events")
    assert told == [{"n": 120_000, "m": 120_000}]
