"""`h33 check` and `h33 status` as a person and a script meet them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import lake_lab as lab
import pytest
from lake_rows import make_lake

from pipeline.cli import main
from pipeline.errors import ExitCode
from pipeline.lake import Lake

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def h33(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A function that runs h33 on the lake in `lake/` and returns exit code, stdout and stderr."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)

    def run(*args: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["--lake", "lake", "--timezone", "Asia/Seoul", "--lang", "en", *args])
        out, err = capsys.readouterr()
        return int(str(left.value.code)), out, err

    return run


def three_days(root: Path) -> Lake:
    """Make a lake with a silent hour, a missing night, an undated record and two kinds of rejects."""
    return make_lake(
        root,
        events=[
            {"ts": "2025-06-18T14:59:59.999999Z", "severity": "fatal"},
            {"ts": "2025-06-18T15:00:00Z", "severity": "warn"},
            {"ts": "2025-06-18T17:59:59.999999Z", "severity": "error"},
            {},
        ],
        documents=[{"snapshot": "2025-06-18T15:00:00Z"}, {"snapshot": "2025-06-20T15:00:00Z"}],
        rejects=[{"reason": "not JSON", "run_date": "2025-07-01", "line_count": n} for n in (2, 3)]
        + [{"reason": "too long", "run_date": "2025-07-01"}],
    )


def test_check_says_so_where_all_is_well(h33: Run, tmp_path: Path) -> None:
    lab.steps_to(tmp_path / "lake", 2)
    assert h33("check") == (0, "", "the lake is sound; --deep reads the data files too\n")
    assert h33("check", "--deep") == (0, "", "the lake is sound\n")


def test_check_names_each_problem_on_a_line_and_exits_5(h33: Run, tmp_path: Path) -> None:
    lab.steps_to(tmp_path / "lake", 2)
    missing, changed = Lake(tmp_path / "lake").snapshot().files("events")[:2]
    Path(missing.path).unlink()
    content = bytearray(Path(changed.path).read_bytes())
    content[len(content) // 2] ^= 4
    Path(changed.path).write_bytes(content)
    line = f"{missing.name}: is missing, with {missing.rows} rows\n"
    told = "`h33 check --repair` rebuilds it\n"
    assert h33("check") == (ExitCode.DAMAGED, line, f"h33: {tmp_path}/lake: 1 problem; {told}")
    code, out, err = h33("check", "--deep")
    assert (code, err) == (5, f"h33: {tmp_path}/lake: 2 problems; {told}")
    assert out.splitlines()[0] == line.strip()
    assert out.splitlines()[1].startswith(f"{changed.name}: its content has changed")


def test_check_finds_a_ledger_that_cannot_be_read_damaged(h33: Run, tmp_path: Path) -> None:
    lab.steps_to(tmp_path / "lake", 1)
    (tmp_path / "lake/files/_delta_log/00000000000000000001.json").write_text("x")
    code, out, _ = h33("check")
    assert (code, out.startswith("files/_delta_log: the log cannot be read: ")) == (ExitCode.DAMAGED, True)


def test_what_a_killed_run_left_is_told_and_is_no_damage(h33: Run, tmp_path: Path) -> None:
    lab.steps_to(tmp_path / "lake", 1)
    (tmp_path / "lake" / "_h33" / "staging" / "left.staged").write_bytes(b"x")
    code, out, _ = h33("check")
    assert code == 0
    assert (
        out
        == "_h33/staging: holds files of a run that is at work, or was cut short: the next run drops them\n"
    )


def test_without_a_lake_both_say_how_one_comes_to_be(h33: Run, tmp_path: Path) -> None:
    said = "there is no lake yet: `h33 ingest PATH` makes one\n"
    assert h33("check") == (0, "", said)
    assert h33("status", "--format", "table") == (
        0,
        f"{tmp_path}/lake: empty\n\nsources: none\n\ndays: none\n\ngaps: none\n\nrejects: none\n",
        said,
    )
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize("command", ["check", "status"])
def test_a_newer_lake_and_a_folder_of_something_else_exit_1_with_one_line(
    h33: Run, tmp_path: Path, command: str
) -> None:
    lab.steps_to(tmp_path / "lake", 1)
    (tmp_path / "lake" / "_h33" / "format.json").write_text('{"format": 99, "written_by": "h33 9.0"}')
    code, out, err = h33(command)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "h33 9.0 wrote this lake in format 99" in err
    shutil.rmtree(tmp_path / "lake")
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "thesis.txt").write_text("")
    code, out, err = h33(command)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "not a lake" in err


def test_status_shows_sources_days_gaps_and_rejects_in_80_columns(h33: Run, tmp_path: Path) -> None:
    three_days(tmp_path / "lake")
    code, out, err = h33("status", "--format", "table")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines()[1:])) <= 80
    parts = {block.splitlines()[0]: block.splitlines()[3:] for block in out.split("\n\n")[1:]}
    assert [line.split() for line in parts["days"]] == [
        ["2025-06-18", "1", "1", "0"],
        ["2025-06-19", "2", "1", "1"],
        ["2025-06-21", "0", "0", "1"],
        ["-", "1", "0", "0"],
    ]
    assert [line.split() for line in parts["gaps"]] == [
        # The export of 20 June is missing; nothing was logged between 16:00 and 17:00 UTC of 18 June.
        ["documents/notes", "2025-06-20", "00:00:00+09:00", "2025-06-21", "00:00:00+09:00", "24"],
        ["events", "2025-06-19", "01:00:00+09:00", "2025-06-19", "02:00:00+09:00", "1"],
    ]
    assert [line.split()[:-1] for line in parts["rejects"]] == [
        ["not", "JSON", "2", "5", "1"],
        ["too", "long", "1", "1", "1"],
    ]


def test_the_commands_that_keep_the_lake_speak_korean(h33: Run, tmp_path: Path) -> None:
    assert h33("--lang", "ko", "check")[2] == "아직 레이크가 없습니다: `h33 ingest PATH`로 만듭니다\n"
    three_days(tmp_path / "lake")
    _, out, _ = h33("--lang", "ko", "status", "--format", "table")
    assert ": 스냅샷 1, 20" in out.splitlines()[0]
    titles = ["소스", "날짜", "빈 구간", "거부된 줄"]
    assert [line.partition(":")[0] for line in out.splitlines() if line.partition(":")[0] in titles] == titles
    assert "거부된 줄  문제" in out
    assert "지울 것이 없습니다\n" in h33("--lang", "ko", "forget", "--path", "none", "--yes")[2]
    assert "를 지웠습니다, 0.0 MB" in h33("--lang", "ko", "compact")[1]


def test_status_as_json_is_one_object_with_the_rows_of_the_reports(h33: Run, tmp_path: Path) -> None:
    three_days(tmp_path / "lake")
    code, out, _ = h33("status", "--format", "json")
    answer = json.loads(out)
    assert (code, answer["lake"], answer["snapshot"]) == (0, f"{tmp_path}/lake", 1)
    assert answer["committed"].endswith("000Z")
    assert answer["days"][0] == {"day": "2025-06-18", "events": 1, "errors": 1, "documents": 0}
    assert answer["gaps"][1] == {
        "missing": "events",
        "since": "2025-06-18T16:00:00.000000Z",
        "until": "2025-06-18T17:00:00.000000Z",
        "hours": 1,
    }
    assert [row["reason"] for row in answer["rejects"]] == ["not JSON", "too long"]
    assert len(answer["sources"]) == 1
