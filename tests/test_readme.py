"""README, its Korean twin and the changelog say what the code says."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from click import Context
from summaries import settings

from pipeline import config, kpi, sql
from pipeline.cli import COMMANDS, h33
from pipeline.errors import ExitCode, worst
from pipeline.render.kpi_rows import figure_rows
from pipeline.worked import VERDICTS

ROOT = Path(__file__).parent.parent
ENGLISH, KOREAN = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ko.md"))
BOTH = pytest.mark.parametrize("text", [ENGLISH, KOREAN], ids=["en", "ko"])


def section(text, number):
    """Return the text of the n-th second-level section, from 1."""
    return re.split(r"^## .*$", text, flags=re.M)[number]


def rows(text):
    """Return the cells of a section's table, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def commands(text):
    """Return the code blocks without their comments."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, flags=re.M | re.S)
    return [re.sub(r" *#.*", "", block) for block in blocks]


def test_exit_codes_are_those_of_the_code_in_its_words():
    assert rows(section(ENGLISH, 6)) == [[str(int(code)), code.meaning] for code in ExitCode]
    assert [row[0] for row in rows(section(KOREAN, 6))] == [str(int(code)) for code in ExitCode]


@BOTH
def test_the_order_of_exit_codes_is_the_one_in_force(text):
    order = [ExitCode(int(n)) for n in re.search(r"4, 2, 1, 5, 3, 11, 10", text)[0].split(", ")]
    assert all(worst(order[i:]) == order[i] for i in range(len(order)))
    assert set(order) == set(ExitCode) - {ExitCode.DONE}


@BOTH
def test_the_settings_table_has_every_key_of_the_settings_file(text):
    table, keys = "", set()
    for line in config.template().splitlines():
        if head := re.match(r"(?:# )?\[+([\w.]+)\]+$", line):
            table = re.sub(r"^(kpi|alerts\.measure|alerts\.rule)\.\w+", r"\1.<name>", head[1]) + "."
        elif key := re.match(r"# (\w+) = ", line):
            keys.add(table + key[1])
    assert {row[0].strip("`") for row in rows(section(text, 5))} == keys
    defaults = {row[0].strip("`"): row[1].strip("`") for row in rows(section(text, 5))}
    assert defaults["timezone"] == config.load(overrides={"timezone": None}).timezone


@BOTH
def test_the_figures_table_has_every_figure_with_the_limits_in_force(text):
    shown = [[row[0].strip("`"), row[2], row[3], row[4]] for row in rows(section(text, 3))]
    found = figure_rows(kpi.figures(settings())).to_pylist()
    assert shown == [[f["figure"], f["warn"] or "", f["fail"] or "", f["needs"]] for f in found]
    verdicts = tomllib.loads((sql.folder() / VERDICTS).read_text(encoding="utf-8"))["figures"]
    assert {row[0].strip("`"): row[5] for row in rows(section(text, 3))} == verdicts


def test_both_languages_have_the_same_sections_and_the_same_commands():
    heads = [re.findall(r"^#+", text, flags=re.M) for text in (ENGLISH, KOREAN)]
    assert len(re.findall(r"^## ", ENGLISH, flags=re.M)) == len(re.findall(r"^## ", KOREAN, flags=re.M))
    assert heads[0] == heads[1]
    assert commands(ENGLISH) == commands(KOREAN)


@pytest.mark.parametrize("line", re.findall(r"^h33 .*$", "\n".join(commands(ENGLISH)), flags=re.M))
def test_every_command_shown_is_one_that_h33_takes(line):
    words = shlex.split(line, comments=True)[1:]
    context = Context(h33, info_name="h33")
    command, rest = h33.get_command(context, words[0]), words[1:]
    assert words[0] in COMMANDS
    if words[0] == "report" and rest:
        command, rest = command.get_command(Context(command, parent=context), rest[0]), rest[1:]
    command.make_context(words[0], list(rest), parent=context, resilient_parsing=False)


@BOTH
def test_links_into_the_project_lead_somewhere(text):
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert target.startswith("http") or (ROOT / target).exists(), target


@pytest.mark.parametrize("name", ["page.png", "page.ko.png"])
def test_the_picture_is_small_enough_to_load_at_once(name):
    assert (ROOT / "docs" / name).stat().st_size <= 300_000


def test_the_changelog_names_every_command_that_stands():
    said = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in said
    assert set(re.findall(r"`h33 (\w+)`", said)) <= set(COMMANDS)
