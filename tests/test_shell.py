"""`h33 shell`: what it answers, what it completes, what it draws, what it keeps."""

import os
import pty
import select
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from command_lab import h33
from lake_rows import make_lake

import pipeline
from pipeline import sql
from pipeline.cli import shell_input, shell_words
from pipeline.render.bars import bars

ROWS = [{"ts": f"2025-06-{day}T01:00:00Z", "message": f"saved {day}"} for day in (20, 21, 21)]
COLUMNS = {"events": ["ts", "message", "http_route"], "notes": ["doc_id"], "lake.events": ["ts"]}


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return make_lake(tmp_path_factory.mktemp("shell") / "lake", events=ROWS).path


def test_statements_end_with_a_semicolon_and_may_span_lines(lake):
    typed = b"SELECT date, count(*) AS n\nFROM events\nGROUP BY date ORDER BY date;\n.quit\nSELECT 1;\n"
    assert h33(lake, "--quiet", "shell", stdin=typed) == (
        0,
        "date        n\n----------  -\n2025-06-20  1\n2025-06-21  2\n\n"
        f"2025-06-20  1  {'█' * 32}▌\n2025-06-21  2  {'█' * 65}\n",
        "",
    )


def test_a_fault_is_told_in_one_line_and_the_next_question_answered(lake):
    typed = b"SELECT * FROM event;\nCOPY events TO '/tmp/x';\n.schem\n.examples 11\nSELECT 7 AS n;\n"
    code, out, said = h33(lake, "--quiet", "shell", stdin=typed)
    assert (code, out) == (0, "n\n-\n7\n")
    assert said.splitlines() == [
        "no table 'event'; did you mean events?",
        "COPY is not for h33 sql; it reads only: SELECT, FROM, WITH, DESCRIBE, EXPLAIN",
        "no command '.schem'; did you mean .schema? "
        "there are .reports, .report, .schema, .examples, .help, .quit",
        "no example '11'; there are 1 to 10",
    ]


@pytest.mark.parametrize(("language", "at"), [("en", 0), ("ko", 1)])
def test_help_reports_schema_and_examples_are_told_in_both_languages(language, at, lake):
    typed = b".help\n.reports\n.schema notes\n.examples\n"
    _, out, _ = h33(lake, "--quiet", "--lang", language, "shell", stdin=typed)
    for meanings in shell_words.COMMANDS.values():
        assert meanings[at] in out
    assert sql.load("reports", "gaps").said("purpose", language) in out
    assert "doc_id" in out
    assert sql.load("questions", "06_slowest_routes").said("purpose", language) in out


def test_a_report_and_an_example_run_behind_the_same_walls(lake):
    typed = b".report events_by_day since=2025-06-20 until=2025-06-22\n.examples 7\n"
    code, out, said = h33(lake, "--quiet", "shell", stdin=typed)
    assert (code, said) == (0, "")
    assert "2025-06-21" in out
    assert "FROM errors" in out


@pytest.mark.parametrize(
    ("before", "offered"),
    [
        ("SELECT mess", ["message"]),
        ("SELECT * FROM ev", ["events"]),
        ("SELECT * FROM lake.", ["lake.events"]),
        ("DESCRIBE no", ["notes"]),
        ("FROM notes WHERE d", ["doc_id", "DISTINCT", "DESC", "DESCRIBE", "during"]),
        ("FROM notes WHERE ts", []),
        (".re", [".reports", ".report"]),
        (".schema no", ["notes"]),
        (".report ga", ["gaps"]),
        (".report gaps since", []),
    ],
)
def test_completion_offers_what_may_stand_there(before, offered):
    assert list(shell_words.candidates(before, COLUMNS, ["gaps", "uptime"])) == offered


def test_bars_begin_at_zero_and_have_the_length_of_their_number():
    rows = [("a", 8.0), ("한글", 4.0), ("c\x1b", 0.5), ("none", None), ("below", -3.0)]
    assert list(bars(rows, 26)) == [
        "a        8  " + "█" * 14,
        "한글     4  " + "█" * 7,
        "c\\x1b  0.5  ▉",
        "none     -",
        "below   -3",
    ]
    assert list(bars([("a", 0.0)], 20)) == ["a  0"]


def test_the_history_is_the_owner_s_alone_and_a_link_is_not_followed(tmp_path):
    state = tmp_path / "state"
    file = shell_input.history_file(state)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    assert stat.S_IMODE(shell_input.history_file(state).stat().st_mode) == 0o600
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")
    assert shell_input.history_file(state) is None
    assert not (tmp_path / "elsewhere").exists()


def test_on_a_terminal_tab_completes_and_what_was_typed_is_kept(lake, tmp_path):
    (tmp_path / "h33.toml").write_text('[paths]\nstate = "state"\n')
    ours, theirs = pty.openpty()
    env = {"PATH": "/nowhere", "TERM": "xterm", "PYTHONPATH": str(Path(pipeline.__file__).parent.parent)}
    command = [sys.executable, "-m", "pipeline", "--lake", lake, "--config", tmp_path / "h33.toml", "shell"]
    running = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    try:
        read_until(ours, "h33>")
        os.write(ours, b"SELECT count(*) AS n FROM even\t")
        read_until(ours, "ts\x1b")
        os.write(ours, b" WHERE false;\r")
        read_until(ours, "0\r\n\x1b[6n")
        read_until(ours, "h33>")
        os.write(ours, b"\x04")
        assert running.wait(20) == 0
    finally:
        running.kill()
        running.wait()
    os.close(ours)
    assert (
        (tmp_path / "state" / "shell_history")
        .read_text()
        .endswith("+SELECT count(*) AS n FROM events WHERE false;\n")
    )


def read_until(terminal, text):
    """Return what a terminal shows until a text stands in it; the cursor's place is told when asked for."""
    shown = ""
    while text not in shown:
        assert select.select([terminal], [], [], 20)[0], shown
        part = os.read(terminal, 65536).decode(errors="replace")
        if "\x1b[6n" in part:
            os.write(terminal, b"\x1b[1;1R")
        shown += part
    return shown
