"""`h33 sql` in a process of its own: what a terminal is sent, who may leave early, what is not loaded."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from lake_rows import make_lake

from pipeline import sql

ROWS = [
    {"ts": "2025-06-20T01:00:00.431Z", "message": "메모 저장"},
    {"ts": "2025-06-20T02:00:00Z", "message": "=cmd()\x1b[31m"},
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return make_lake(tmp_path_factory.mktemp("process") / "lake", events=ROWS).path


def on_a_terminal(lake, *args):
    """Return the exit code and what a terminal of 80 columns would be sent."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "COLUMNS": "80", "PYTHONPATH": str(Path(sql.__file__).parent.parent)}
    command = [sys.executable, "-m", "pipeline", "--lake", lake, "--timezone", "Asia/Seoul", *args]
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.PIPE, env=env) as running:
        os.close(theirs)
        said = b""
        try:
            while part := os.read(ours, 65536):
                said += part
        except OSError:
            # Linux tells the end of a terminal by an error.
            pass
        assert running.stderr is not None
        errors = running.stderr.read().decode()
    os.close(ours)
    return running.returncode, said.decode().replace("\r\n", "\n"), errors


def test_a_terminal_gets_a_table_in_the_reporting_zone_and_nothing_that_steers_it(lake):
    question = "SELECT ts, message FROM events ORDER BY ts"
    assert on_a_terminal(lake, "sql", question) == (
        0,
        "ts                             message\n"
        "-----------------------------  --------------\n"
        "2025-06-20 10:00:00.431+09:00  메모 저장\n"
        "2025-06-20 11:00:00+09:00      =cmd()\\x1b[31m\n",
        "",
    )
    code, shown, _ = on_a_terminal(lake, "sql", question, "--format", "csv")
    assert (code, "\x1b" in shown) == (0, False)
    code, shown, said = on_a_terminal(lake, "sql", question, "--format", "parquet")
    assert (code, shown) == (2, "")
    assert said == "h33: parquet is not for a terminal; name a file with --output, or use a pipe\n"


def test_a_reader_that_leaves_early_is_no_failure(lake):
    command = f"{sys.executable} -m pipeline --lake {lake} sql 'SELECT i FROM range(1000000) t(i)' | head -1"
    env = {**os.environ, "PYTHONPATH": str(Path(sql.__file__).parent.parent)}
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, env=env, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"i\n", b"")


LOADED = """
import sys
from pipeline.cli import main
try:
    main(sys.argv[1:])
finally:
    heavy = ("numpy", "polars", "duckdb", "pipeline.lake.writer", "pipeline.lake.soundness")
    print(*(name for name in heavy if name in sys.modules), file=sys.stderr)
"""


def test_a_question_loads_neither_numpy_nor_an_engine_nor_what_writes_a_lake(lake):
    command = [sys.executable, "-c", LOADED, "--lake", str(lake), "sql", "SELECT count(*) AS n FROM events"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"n\n{len(ROWS)}\n", "\n")
