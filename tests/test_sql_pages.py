"""The pages on SQL: what they show is what h33 takes, and command lines are completed as they say."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from lake_rows import make_lake

from pipeline import own_reports
from pipeline.cli import h33 as group
from pipeline.config import Limits
from pipeline.sandbox.desk import Desk

DOCS = Path(__file__).parent.parent / "docs"
ENGLISH, KOREAN = ((DOCS / name).read_text(encoding="utf-8") for name in ("sql.md", "sql.ko.md"))


def blocks(text):
    return re.findall(r"^```\w*\n(.*?)^```", text, flags=re.M | re.S)


def recipes(text):
    """Return the statements for h33 on a page: not a report's file, nor what is for other engines."""
    shown = [block for block in blocks(text) if re.match(r"SELECT|WITH", block)]
    return [statement.strip() for block in shown for statement in block.split(";\n")[:-1]]


def test_both_languages_show_the_same_commands_and_sections():
    assert blocks(ENGLISH) == blocks(KOREAN)
    assert len(re.findall(r"^#+ ", ENGLISH, flags=re.M)) == len(re.findall(r"^#+ ", KOREAN, flags=re.M))


@pytest.mark.parametrize("line", re.findall(r"^h33 .*$", "\n".join(blocks(ENGLISH)), flags=re.M))
def test_every_command_shown_is_one_that_h33_takes(line):
    words = shlex.split(line.partition(" < ")[0])[1:]
    context = group.make_context("h33", list(words))
    name, command, rest = group.resolve_command(context, words)
    if name == "report":
        name, command, rest = command.resolve_command(command.make_context(name, list(rest), context), rest)
    command.make_context(name, list(rest), context)


@pytest.mark.parametrize("text", [ENGLISH, KOREAN], ids=["en", "ko"])
def test_links_lead_somewhere(text):
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (DOCS / target).exists(), target


def test_the_report_that_is_shown_is_one(tmp_path):
    [shown] = [block for block in blocks(ENGLISH) if block.startswith("-- purpose")]
    (tmp_path / "shown.sql").write_text(shown)
    assert own_reports.load(tmp_path, "shown").params[0].name == "since"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_made_for_the_three_shells(shell):
    assert f"_H33_COMPLETE={shell}_source h33" in ENGLISH
    assert "h33" in completed({"_H33_COMPLETE": f"{shell}_source"})


@pytest.mark.parametrize(
    ("words", "at", "offered"),
    [
        ("h33 sch", 1, ["plain,schema"]),
        ("h33 report latency_by_r", 2, ["plain,latency_by_route"]),
        ("h33 report min", 2, ["plain,mine"]),
        ("h33 report latency_by_route --si", 3, ["plain,--since"]),
        ("h33 sql x --format nd", 4, ["plain,ndjson"]),
    ],
)
def test_commands_reports_and_options_are_completed(words, at, offered, tmp_path):
    folder = tmp_path / "data" / "queries"
    folder.mkdir(parents=True)
    (folder / "mine.sql").write_text("-- purpose: Mine.\n-- column: n | BIGINT | one\nSELECT 1 AS n\n")
    asked = {"_H33_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(at)}
    assert completed(asked, tmp_path).split("\n")[:-1] == offered


def completed(environment, folder=None):
    """Return what h33 answers a shell that completes."""
    code = "import sys; from pipeline.cli import h33; h33.main(prog_name='h33')"
    env = {**os.environ, "PYTHONPATH": str(Path(own_reports.__file__).parent.parent), **environment}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=folder, check=False).stdout


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    lake = make_lake(tmp_path_factory.mktemp("pages") / "lake", events=[{"ts": "2025-06-20T01:00:00Z"}])
    with Desk(lake.path, Limits()) as laid:
        laid.lay(lake.snapshot().files, "Asia/Seoul")
        yield laid


@pytest.mark.parametrize("statement", recipes(ENGLISH))
def test_every_recipe_is_answered(statement, desk):
    desk.ask(statement, {"user": "u"} if "$user" in statement else {}).read_all()


def test_there_are_recipes():
    assert len(recipes(ENGLISH)) == 6
