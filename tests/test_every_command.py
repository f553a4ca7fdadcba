"""Every command, on a terminal, over names and texts that would steer it: nothing is obeyed, all is private.

The lake is made of hostile files; each command then runs as a person would run it. None is left out.
"""

import io
import json
import os
import stat
import sys

import pytest

from pipeline.cli import COMMANDS, main

#: What no terminal may be given: C0 but newline and tab, DEL, C1, and what reorders or hides text.
STEERING = {*map(chr, range(32)), *map(chr, range(127, 160)), "\u061c", "\u200e", "\u200f", "\ufeff"}
STEERING |= {*map(chr, range(0x2028, 0x202F)), *map(chr, range(0x2066, 0x206A))}
STEERING -= {"\n", "\t"}

HOSTILE = (
    "\x1b[31mred\x1b]0;title\x07",
    "new\nline",
    "\u202egnp.txt",
    "\x9b2J",
    "-rf",
    "{0.__class__}%s%n",
    "'; DROP TABLE events; --",
    "$(touch pwned)`touch pwned`",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "메모",
)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a landing of hostile files, taken in; the umask lets everybody write."""
    folder = tmp_path_factory.mktemp("hostile")
    landing = folder / "data" / "landing"
    landing.mkdir(parents=True)
    (folder / "h33.toml").write_text("[deploy]\nat = '2025-06-20T00:00Z'\nrelease = 'v\\u001b[2J'\n")
    for number, text in enumerate(HOSTILE):
        name = f"{text.replace('/', '|')}.log"
        line = (
            f"2025-06-20T01:00:{number:02}.000Z ERROR {text.replace(chr(10), ' ')} failed: Error: x{text}\n"
        )
        access = f"2025-06-20T01:00:{number:02}.500Z INFO GET /api/notes/{text.split()[0]} 500 12.5 ms - 45\n"
        (landing / name).write_text(line + access, encoding="utf-8")
    (landing / "\x1b[2Jbinary").write_bytes(bytes(range(256)) * 8)
    (landing / "\x1b[2Jlink").symlink_to("/etc/passwd")
    (landing / os.fsdecode(b"not\xffutf8.log")).write_bytes(b"words\xff\n")
    notes = [
        {"_id": f"{n:024x}", "userId": text, "createdAt": {"$date": "2025-06-20T01:00:00Z"}, "type": text}
        for n, text in enumerate(HOSTILE)
    ]
    (landing / "notes-2025-06-20.json").write_text("".join(json.dumps(note) + "\n" for note in notes))
    return folder


def run(folder, monkeypatch, *arguments):
    """Run h33 on a terminal; return its exit code and all that it showed."""
    shown = Terminal()
    with monkeypatch.context() as patch:
        patch.chdir(folder)
        for name in [name for name in os.environ if name.startswith("H33_")]:
            patch.delenv(name)
        patch.setenv("COLUMNS", "100")
        patch.setattr(sys, "stdout", shown)
        patch.setattr(sys, "stderr", shown)
        with pytest.raises(SystemExit) as done:
            # Progress moves the cursor; everything else must not.
            main(["--quiet", *arguments] if arguments[0] in {"ingest", "daily"} else list(arguments))
    return done.value.code, shown.getvalue()


BAD = "\x1b[31mno\nsuch\u202e"
CALLS = {
    "init": [["init"], ["init", BAD]],
    "sample": [["sample", "--help"], ["sample", BAD, "--days", BAD]],
    "ingest": [
        ["ingest", "data/landing"],
        ["ingest", BAD],
        ["ingest", "--input-format", BAD, "data/landing"],
    ],
    "daily": [["daily", "--date", "2025-06-20"], ["daily", "--date", BAD]],
    "report": [
        ["report"],
        ["report", "errors_by_hour", "--since", "2025-06-20", "--until", "2025-06-21"],
        ["report", "errors_by_hour", "--since", BAD],
        ["report", BAD],
    ],
    "kpi": [
        ["kpi", "--date", "2025-06-20"],
        ["kpi", "--date", "2025-06-20", "--format", "json"],
        ["kpi", BAD],
    ],
    "skew": [["skew"], ["skew", BAD]],
    "gate": [
        ["gate", "--canary", "2025-06-20T01:00Z..2025-06-20T02:00Z", "--baseline", f"release:{BAD}"],
        ["gate", "--input", BAD],
    ],
    "alerts": [["alerts"], ["alerts", "explain", "api_error_rate"], ["alerts", "explain", BAD]],
    "sql": [
        ["sql", "SELECT source, message, attrs FROM events"],
        ["sql", "--format", "csv", "SELECT source, message FROM events"],
        ["sql", "--format", "json", "SELECT path, text FROM lake.rejects JOIN lake.files USING (file_id)"],
        ["sql", f"SELECT '{BAD}' AS \"{BAD}\""],
        ["sql", f'SELECT * FROM "{BAD}"'],
    ],
    "schema": [["schema"], ["schema", "events"], ["schema", BAD]],
    "status": [["status"], ["status", "--format", "json"], ["status", BAD]],
    "check": [["check", "--deep"], ["check", BAD]],
    "forget": [["forget", "--path", f"*{BAD}*", "--yes"], ["forget", "--before", BAD]],
    "compact": [["compact"], ["compact", "--retention", BAD]],
    "formats": [["formats"], ["formats", "--redaction"], ["formats", "app-log"], ["formats", BAD]],
}
# A command that is not among these is tried all the same.
CALLS = {name: [[name, "--help"], [name, BAD]] for name in COMMANDS} | CALLS
ARGUMENTS = [
    pytest.param(call, id=f"{name}-{n}") for name, calls in CALLS.items() for n, call in enumerate(calls)
]


@pytest.fixture(scope="module")
def filled(place):
    """The place, with its files in the lake."""
    before = os.umask(0)
    try:
        with pytest.MonkeyPatch.context() as patch:
            code, shown = run(place, patch, "ingest", "data/landing")
    finally:
        os.umask(before)
    assert code == 3
    assert "a binary file" in shown
    return place


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_nothing_that_a_command_shows_steers_the_terminal(filled, monkeypatch, arguments):
    """R28, R29: neither texts nor names nor what the user typed."""
    code, shown = run(filled, monkeypatch, *arguments)
    assert code in {0, 1, 2, 3, 5, 10, 11}
    assert shown
    assert "Traceback" not in shown
    assert not set(shown) & STEERING
    assert not list(filled.rglob("pwned"))


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_whatever_a_command_writes_is_private_to_user_and_group(place, tmp_path, monkeypatch, umask):
    """R34: files 0640 and folders 0750, whoever else the umask would let in or keep out."""
    (tmp_path / "h33.toml").write_text(f"[paths]\nlanding = '{place}/data/landing'\n")
    (tmp_path / "h33.toml").chmod(0o640)
    tmp_path.chmod(0o750)
    before = os.umask(umask)
    try:
        run(tmp_path, monkeypatch, "init", "other")
        run(tmp_path, monkeypatch, "daily", "--date", "2025-06-20")
        run(tmp_path, monkeypatch, "sql", "--output", "rows.parquet", "SELECT 1 AS one")
        run(tmp_path, monkeypatch, "schema", "--output", "schema.csv")
        days = ["--canary", "2025-06-20..2025-06-21", "--baseline", "2025-06-19..2025-06-20"]
        run(tmp_path, monkeypatch, "gate", *days)
    finally:
        assert os.umask(before) == umask
    written = [tmp_path, *tmp_path.rglob("*")]
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in written}
    assert {"rows.parquet", "schema.csv", "kpi.html", "lock"} <= {path.name for path in written}
    wrong = {
        str(path): oct(mode)
        for path, mode in modes.items()
        if mode not in ({0o750, 0o700} if path.is_dir() else {0o640, 0o600})
    }
    assert not wrong
