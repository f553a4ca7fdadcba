"""`--input PATH…`: three files and no lake, and nothing left of it."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path

import lake_lab as lab
import pytest

from pipeline.cli import main
from pipeline.cli.inputs import vanishing_folder

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def h33(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A function that runs h33 where there are neither settings nor a lake; returns code, stdout, stderr."""
    (tmp_path / "work").mkdir()
    (tmp_path / "tmp").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))

    def run(*args: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["--timezone", "Asia/Seoul", "--lang", "en", *args])
        assert list((tmp_path / "tmp").iterdir()) == []
        assert not (tmp_path / "work" / "data").exists()
        out, err = capsys.readouterr()
        return int(str(left.value.code)), out, err

    return run


def write(name: str, *lines: str) -> str:
    """Write a log into the working folder; return its name."""
    Path(name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return name


def three_files() -> list[str]:
    """Write a log each of three days in Seoul: 19, 20 and 21 June; the last instant belongs to the 21st."""
    return [
        write("a.log", "2025-06-19T10:00:00+09:00 ERROR one"),
        write("b.log", "2025-06-20T10:00:00+09:00 ERROR two", "2025-06-20T10:00:01+09:00 INFO three"),
        write("c.log", "2025-06-21T00:00:00+09:00 ERROR four"),
    ]


def test_a_report_counts_all_that_the_files_hold_and_leaves_nothing(h33: Run) -> None:
    code, out, _ = h33("report", "errors_by_hour", "--format", "json", "--input", *three_files())
    assert code == 0
    assert [row["hour"] for row in json.loads(out)] == [
        "2025-06-19T01:00:00.000000Z",
        "2025-06-20T01:00:00.000000Z",
        "2025-06-20T15:00:00.000000Z",
    ]


def test_a_bound_that_is_given_holds(h33: Run) -> None:
    files = three_files()
    report = ("report", "errors_by_hour", "--format", "json", "--input", *files)
    assert len(json.loads(h33(*report, "--until", "2025-06-21")[1])) == 2
    assert len(json.loads(h33(*report, "--since", "2025-06-20", "--until", "2025-06-21")[1])) == 1


def test_the_figures_are_those_of_the_day_of_the_newest_record(h33: Run) -> None:
    files = three_files()
    code, out, _ = h33("kpi", "--format", "json", "--input", files[0], "--input", *files[1:])
    assert (code, json.loads(out)["date"]) == (0, "2025-06-21")
    code, out, _ = h33("kpi", "--format", "json", "--date", "2025-06-20", "--input", *files)
    assert (code, json.loads(out)["date"]) == (0, "2025-06-20")


def test_what_cannot_be_read_is_told_with_exit_code_3_and_the_rest_is_counted(h33: Run) -> None:
    code, out, err = h33(
        "report", "errors_by_hour", "--format", "json", "--input", "no.log", three_files()[0]
    )
    assert (code, len(json.loads(out))) == (3, 1)
    assert err.startswith("h33: no.log: no such file\n")


def test_a_name_that_stands_alone_is_refused(h33: Run) -> None:
    code, out, err = h33("report", "errors_by_hour", "a.log")
    assert (code, out, err) == (2, "", "h33: nothing is known of 'a.log'; --input PATH… asks files\n")


def test_a_failure_leaves_nothing_either(h33: Run) -> None:
    code, _, err = h33("report", "errors_by_hour", "--since", "never", "--input", *three_files())
    assert code == 2
    assert "not an instant" in err


def die_in(folder: Path) -> None:
    """Kill this process in the middle of a question."""
    tempfile.tempdir = str(folder)
    with vanishing_folder() as vanishing:
        (vanishing / "a.parquet").write_bytes(b"rows")
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_command_leaves_nothing_after_a_moment(tmp_path: Path) -> None:
    process = lab.child(die_in, tmp_path)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    # The janitor's own end is what is waited for: a folder that stays makes the looks run out.
    looks = takewhile(lambda _: list(tmp_path.iterdir()), range(2_000_000))
    assert sum(1 for _ in looks) < 2_000_000
