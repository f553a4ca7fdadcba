"""Redaction rules of the user's own: proved before anything is read, in force everywhere, counted."""

import json
from dataclasses import replace

import polars as pl
import pytest
from click.testing import CliRunner
from ingest_lab import Landing

from pipeline import config
from pipeline.cli import h33
from pipeline.config import RedactionRule
from pipeline.enrich import redact
from pipeline.errors import SettingsFault

NUMBER = RedactionRule(
    name="customer_number",
    pattern="(customer[ =])C-[0-9]{6}",
    replace="${1}[redacted]",
    redacts=("customer ⟦C-123456⟧ called",),
    keeps=("part C-123456",),
)
LOG = (
    b"2025-06-20T10:00:00.000Z INFO customer C-123456 wrote to kim@example.com\n"
    b"2025-06-20T10:00:01.000Z INFO part C-123456, customer=C-654321\n"
)


@pytest.fixture
def landing(tmp_path, monkeypatch):
    return Landing(tmp_path, monkeypatch)


def with_rules(*rules):
    return replace(config.load(), redaction=rules)


def test_a_rule_of_the_settings_holds_beside_h33s_own_and_is_counted(landing):
    landing.write("app.log", LOG)
    result = landing.ingest(settings=with_rules(NUMBER))["app.log"]
    assert landing.texts() == [
        "customer [redacted] wrote to [redacted]",
        "part C-123456, customer=[redacted]",
    ]
    assert result.redactions == {"customer_number": 2, "email": 1}
    assert json.loads(landing.lake.rows[-1]["redactions"]) == {"customer_number": 2, "email": 1}


def test_a_rule_may_go_by_what_stands_at_the_head_of_a_line(landing):
    """Its sample is the line as it stands: what holds for that holds for the log."""
    rule = RedactionRule(
        name="failed_reader",
        pattern="^([^ ]+Z ERROR )[a-z]+",
        replace="${1}[redacted]",
        redacts=("2025-06-20T10:00:00.000Z ERROR ⟦kim⟧ failed",),
        keeps=("2025-06-20T10:00:00.000Z INFO kim wrote",),
    )
    landing.write(
        "app.log", b"2025-06-20T10:00:00.000Z ERROR kim failed\n2025-06-20T10:00:01.000Z INFO kim wrote\n"
    )
    result = landing.ingest(settings=with_rules(rule))["app.log"]
    assert landing.texts() == ["[redacted] failed", "kim wrote"]
    assert result.redactions == {"failed_reader": 1}


def test_what_is_counted_is_of_this_run(landing):
    landing.write("app.log", LOG)
    landing.ingest(settings=with_rules(NUMBER))
    assert landing.ingest(settings=with_rules(NUMBER))["app.log"].redactions == {}
    # The last record is read again with what comes: it counts once more, as it is written once more.
    landing.write("app.log", LOG + b"2025-06-20T10:00:02.000Z INFO customer C-000001\n")
    assert landing.ingest(settings=with_rules(NUMBER))["app.log"].redactions == {"customer_number": 2}
    assert json.loads(landing.lake.rows[-1]["redactions"]) == {"customer_number": 3, "email": 1}


def test_a_rule_that_comes_later_holds_for_what_is_read_from_then_on(landing):
    landing.write("app.log", LOG)
    landing.ingest()
    landing.write("app.log", LOG + b"2025-06-20T10:00:02.000Z INFO customer C-000001\n")
    landing.ingest(settings=with_rules(NUMBER))
    assert "customer [redacted]" in landing.texts()


ENTRY = b'{"id": "1", "labels": [], "message": "m", "timestamp": "2025-06-20T01:00:00Z"}\n'


@pytest.mark.parametrize(
    "data",
    [
        b"customer C-123456\n",
        b'{"_id": "customer C-123456"}\n',
        ENTRY + b'{"message": "customer C-123456\n',
        b'{"level": 30, "time": 1750381200000, "msg": "customer C-123456", "x": "customer \\u0043-123456"}\n',
    ],
)
def test_rejects_documents_and_lines_of_no_format_are_redacted_by_it_too(landing, data):
    landing.write("notes.json", data)
    landing.ingest(settings=with_rules(NUMBER))
    tables = [landing.lake.table(name) for name in ("events", "documents", "rejects")]
    assert any(tables)
    assert "C-123456" not in repr(tables)


def test_rules_hold_within_and_no_further():
    text = pl.Series(["customer C-123456"])
    with redact.own_rules(redact.checked([NUMBER])):
        assert redact.redact(text)[0].to_list() == ["customer [redacted]"]
    assert redact.redact(text)[0].to_list() == ["customer C-123456"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "email"}, "redaction[1].name is taken: email"),
        ({"pattern": "(?<=x)y"}, "redaction[1].pattern is no regular expression: "),
        ({"pattern": r"(a)\1"}, "redaction[1].pattern is no regular expression: "),
        ({"test": "("}, "redaction[1].test is no regular expression: "),
        ({"keep": "("}, "redaction[1].keep is no regular expression: "),
        ({"redacts": ("part C-123456",)}, "redaction[1].redacts is not what the rule does: 'part C-123456'"),
        ({"redacts": ("⟦customer⟧ C-123456",)}, "redaction[1].redacts is not what the rule does"),
        ({"keeps": ("customer C-123456",)}, "redaction[1].keeps is not what the rule does"),
        ({"test": "literal"}, "redaction[1].redacts is not what the rule does"),
    ],
)
def test_a_rule_that_is_none_or_does_not_do_as_it_says_is_refused(change, told):
    with pytest.raises(SettingsFault) as fault:
        redact.checked([replace(NUMBER, **change)], "h33.toml")
    assert str(fault.value).startswith(f"h33.toml: {told}")
    assert "\n" not in str(fault.value)


def test_the_settings_state_rules_and_the_command_lists_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "h33.toml").write_text(
        "[[redaction]]\nname = 'customer_number'\npattern = 'C-[0-9]{6}'\nredacts = ['C-123456']\n"
    )
    found = json.loads(CliRunner().invoke(h33, ["formats", "--redaction", "--format", "json"]).stdout)
    assert {rule["name"] for rule in found} == {"customer_number", *(rule.name for rule in redact.rules())}
    assert found[-1] == {
        "name": "customer_number",
        "title": "",
        "origin": "settings",
        "pattern": "C-[0-9]{6}",
    }


def test_a_bad_rule_stops_a_run_before_it_touches_anything(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "h33.toml").write_text("[[redaction]]\nname = 'x'\npattern = '('\n")
    (tmp_path / "app.log").write_bytes(LOG)
    with pytest.raises(SettingsFault, match="no regular expression"):
        CliRunner().invoke(h33, ["ingest", "app.log"], catch_exceptions=False, standalone_mode=False)
    assert {path.name for path in tmp_path.iterdir()} == {"h33.toml", "app.log"}


def test_a_run_tells_what_was_taken_out_and_a_quiet_one_does_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.log").write_bytes(LOG)
    (tmp_path / "other.log").write_bytes(b"2025-06-20T10:00:00Z INFO a@b.co 010-1234-5678\n")
    told = CliRunner().invoke(h33, ["ingest", "."], standalone_mode=False).stderr
    assert told == "redacted 3: email 2, phone 1\n2 ok\n"
    (tmp_path / "third.log").write_bytes(b"2025-06-20T10:00:00Z INFO c@b.co\n")
    assert CliRunner().invoke(h33, ["--quiet", "ingest", "."], standalone_mode=False).stderr == ""
