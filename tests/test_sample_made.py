"""How the sample is made: the same arguments, the same bytes; numbers and texts as Node prints them."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import sample_reading as read
from click.testing import CliRunner

from pipeline.cli import h33
from pipeline.sample import generate
from pipeline.sample.app import inspect
from pipeline.sample.events import to_fixed

COMMITTED = Path(__file__).parents[1] / "data" / "samples"


# The same arguments give the same bytes -------------------------------------------------------------------


def test_same_arguments_give_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    generate(tmp_path / "here", days=2, seed=5, scale=0.02)
    code = "from pathlib import Path; from pipeline.sample import generate; import sys;"
    code += "generate(Path(sys.argv[1]), days=2, seed=5, scale=0.02)"
    subprocess.run([sys.executable, "-c", code, tmp_path / "there"], check=True, env={"PYTHONHASHSEED": "7"})
    assert read.contents(tmp_path / "here") == read.contents(tmp_path / "there")


def test_another_seed_gives_another_folder_of_the_same_shape(tmp_path: Path) -> None:
    for seed in (5, 6):
        generate(tmp_path / str(seed), days=2, seed=seed, scale=0.02)
    five, six = read.contents(tmp_path / "5"), read.contents(tmp_path / "6")
    assert five.keys() == six.keys()
    assert [name for name in five if five[name] == six[name]] == ["attested.toml", "last-day"]


def test_the_committed_sample_is_what_its_settings_file_says_it_was_made_by(tmp_path: Path) -> None:
    generate(tmp_path, days=2, scale=0.02)
    made = read.contents(tmp_path)
    assert "--days 2 --end 2025-06-27 --seed 33 --scale 0.02`" in made["h33.toml"].decode()
    assert read.contents(COMMITTED).keys() == made.keys()
    # Decompressed, since another zlib may compress to other bytes.
    assert {name: read.text(COMMITTED / name) for name in made} == {
        name: read.text(tmp_path / name) for name in made
    }


def test_nothing_of_ingest_or_reports_takes_part() -> None:
    code = "import pipeline.sample, sys; print(*sorted(m for m in sys.modules if m.startswith('pipeline.')))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert all(module.startswith(("pipeline.sample", "pipeline.version")) for module in run.stdout.split())


def test_exports_grow_and_one_lacks_40_notes_that_the_next_one_holds_again(tmp_path: Path) -> None:
    made = generate(tmp_path, days=3, scale=0.3)
    ids = [{n["_id"]["$oid"] for n in read.documents(tmp_path / e["path"])} for e in made.truth["exports"]]
    lost = made.truth["stories"]["incomplete_export"]
    assert [len(export) for export in ids] == [e["documents"] for e in made.truth["exports"]]
    assert ids[0] - ids[1] == set(lost["ids"]) == set(made.truth["exports"][1]["vanished"])
    assert len(lost["ids"]) == 40
    assert made.truth["exports"][1]["path"] == lost["path"]
    assert ids[0] | ids[1] < ids[2]


# What JavaScript prints -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (-0.005183, 2, "-0.01"),
        (0.125, 2, "0.13"),
        (-0.125, 2, "-0.13"),
        (1.005, 2, "1.00"),
        (540.0, 2, "540.00"),
    ],
)
def test_numbers_are_rounded_as_javascript_rounds_them(value: float, digits: int, shown: str) -> None:
    assert to_fixed(value, digits) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a", "'a'"), ("it's", '"it\'s"'), ("'\"", "`'\"`"), ("a\nb", r"'a\nb'"), ("a\\b", r"'a\\b'")],
)
def test_texts_are_quoted_as_node_inspects_them(text: str, shown: str) -> None:
    assert inspect(text) == shown


# The command ----------------------------------------------------------------------------------------------


def test_the_command_writes_the_folder_and_tells_what_to_do_next(tmp_path: Path) -> None:
    args = ["sample", str(tmp_path / "in"), "--days", "1", "--scale", "0.02", "--end", "2024-02-29"]
    result = CliRunner().invoke(h33, args)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "daily --date 2024-02-29" in result.stderr
    assert (tmp_path / "in" / "last-day").read_text() == "2024-02-29\n"
    truth = json.loads((tmp_path / "in" / "truth.json").read_text())
    assert truth == generate(tmp_path / "b", 1, date(2024, 2, 29), scale=0.02).truth
    assert truth["arguments"]["first_day"] == truth["arguments"]["last_day"] == "2024-02-29"
    assert truth["stories"]["incomplete_export"] is None


def test_quiet_says_nothing(tmp_path: Path) -> None:
    result = CliRunner().invoke(h33, ["sample", str(tmp_path), "--days", "1", "--scale", "0.02", "--quiet"])
    assert (result.exit_code, result.output) == (0, "")


def test_a_folder_that_cannot_be_made_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    program = [sys.executable, "-m", "pipeline", "sample", str(tmp_path / "file" / "in"), "--days", "1"]
    run = subprocess.run(program, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr == f"h33: {tmp_path}/file/in: cannot be written: Not a directory\n"
