"""The command line before any command: version, help, unknown words, exit codes, quick start."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli import COMMANDS
from pipeline.errors import ExitCode, worst
from pipeline.render.text import safe

ENGINES = ("polars", "pyarrow", "duckdb", "deltalake", "numpy", "orjson", "jinja2")


def h33(*args):
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *args], capture_output=True, text=True, check=False
    )


def test_the_version_is_one_line():
    done = h33("--version")
    assert (done.returncode, done.stdout.split()[0], done.stderr) == (0, "h33", "")


def test_an_unknown_command_names_the_nearest_and_exits_2():
    done = h33("ingst")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean ingest?" in done.stderr
    assert done.stderr.count("\n") == 1


def test_help_lists_every_command_and_loads_no_engine():
    code = (
        "import sys; from pipeline.cli import h33; h33.main(['--help'], standalone_mode=False);"
        f"sys.exit(bool(set(sys.modules) & {set(ENGINES)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(f"  {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_that_loads_no_engine(name):
    code = (
        f"import sys; from pipeline.cli import h33; h33.main([{name!r}, '--help'], standalone_mode=False);"
        f"sys.exit(bool(set(sys.modules) & {set(ENGINES)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Usage: " in done.stdout


def test_of_several_outcomes_the_gravest_by_the_documented_order_is_the_exit_code():
    order = [4, 2, 1, 5, 3, 11, 10, 0]
    for first, second in itertools.combinations(order, 2):
        assert worst([ExitCode(second), ExitCode(first)]) == first
    assert worst([]) == ExitCode.DONE


def test_every_exit_code_has_a_meaning_and_a_rank():
    for code in ExitCode:
        assert code.meaning
        assert worst([code]) == code


def test_text_for_a_terminal_has_no_control_characters_left():
    hostile = "".join(
        map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x061C, 0x200E, 0x202E, 0x2066, 0x2028, 0xDC80])
    )
    shown = safe(hostile + "한글 é 🎉")
    assert [c for c in shown if not c.isprintable()] == ["\t", "\n"]
    assert shown.endswith("한글 é 🎉")


@pytest.mark.parametrize("args", [["--help"], ["formats", "--format", "csv"]])
def test_an_output_that_takes_no_more_is_told_in_one_line(args):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", *args],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "h33: the output cannot be written: No space left on device\n"
