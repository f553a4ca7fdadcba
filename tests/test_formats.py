"""Line formats: each proves itself by its samples, and one that does not is refused."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from formats_lab import refusal, written
from kernel_lab import plan, read

from pipeline import formats
from pipeline.errors import UsageFault
from pipeline.formats import line, match

NEAR = datetime(2025, 6, 21, tzinfo=UTC)
SAMPLES = [
    pytest.param(entry, sample, id=f"{entry.label}-{number}")
    for entry in formats.library()
    for number, sample in enumerate(entry.samples)
]


@pytest.mark.parametrize(("line_format", "sample"), SAMPLES)
def test_a_sample_gives_what_its_file_says(line_format, sample):
    # What stands in an envelope has a format of its own, which the sample states.
    envelope = line_format.label if line_format.is_envelope else None
    [event] = read(sample.line, envelope=envelope, near=NEAR).events
    assert event["format"] == sample.gives.get("format", line_format.label)
    assert ("format" in sample.gives) == line_format.is_envelope
    flat = {**event, **{f"attrs.{name}": value for name, value in event["attrs"].items()}}
    if event["ts"] is not None:
        flat["ts"] = event["ts"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    for name, wanted in sample.gives.items():
        assert flat.get(name) == (None if wanted == "null" else wanted), name


@pytest.mark.parametrize(("line_format", "sample"), SAMPLES)
def test_a_sample_is_a_record_of_exactly_one_format(line_format, sample):
    text = match.plain(pl.Series([sample.line]))
    others = () if line_format.is_envelope else formats.ranked(())
    asked = (*formats.envelopes(), *others)
    claimed = {entry.label for entry in asked if match.claims(entry, text).all()}
    assert claimed - formats.CATCH_ALL == {line_format.label} - formats.CATCH_ALL


def test_every_format_has_an_address_and_a_title_and_passes_the_check():
    for entry in formats.library():
        assert line.read(Path(entry.path)).label == entry.label
        assert entry.url.startswith("https://")
        assert entry.title
    for name in formats.wrappers():
        title, url = formats.about(name)
        assert title
        assert url.startswith("https://")


@pytest.mark.parametrize("said", ["u41120", "kim-33", "64f0aa10bb20cc30dd40ee99", "가", "-"])
@pytest.mark.parametrize("glue", [" ", ", "])
def test_a_fallback_says_the_same_in_either_order(said, glue):
    failed = "[TimeProcessor] 클라이언트 시간 검증 실패, 서버 시간으로 대체:"
    found = read(
        f"{failed} diff=-5ms{glue}user={said}\n"
        f"{failed} user={said}{glue}diff=-5ms\n"
        f"{failed} user={said}\n"
        f"{failed} diff=-5ms\n"
    )
    assert found.column("user_id") == [said, said, said, None]
    assert [event["attrs"].get("diff_ms") for event in found.events] == [-5, -5, None, -5]
    assert found.column("format") == ["time-processor-fallback"] * 4


GOOD = """
title = "Acme"
url = "https://acme.example"
pattern = '^acme (?P<user_id>[a-z]+)'
[[sample]]
line = "acme kim"
gives = { user_id = "kim" }
"""


def test_a_format_of_ones_own_is_found_in_a_folder_and_used(tmp_path):
    written(tmp_path, GOOD)
    folders = (str(tmp_path),)
    assert "acme" in formats.names(folders)
    assert "acme" not in formats.names()
    [event] = read("acme kim\n", format_folders=folders).events
    assert (event["format"], event["user_id"]) == ("acme", "kim")
    assert formats.guess(["acme kim"], folders) == ["acme"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[[sample]]", "[[simple]]"), "unknown key 'simple'"),
        (('[[sample]]\nline = "acme kim"\ngives = { user_id = "kim" }\n', ""), "needs 'sample'"),
        (("user_id>", "user>"), "no column 'user'"),
        (("[a-z]+)", "[a-z]+"), "is not a pattern"),
        (("acme (?P", "acme (?=x)(?P"), "is not a pattern"),
        (("title =", "head = 'x'\ntitle ="), "exclude each other"),
        (
            ("pattern = '^acme (?P<user_id>[a-z]+)'", ""),
            "needs 'head', 'envelope', 'pattern', 'literal' or 'json'",
        ),
        (("title =", "time = 'lunar'\ntitle ="), "unknown time 'lunar'"),
        (('title = "Acme"', "title = 3"), "wrong kind of value for 'title'"),
        (('line = "acme kim"', ""), "a sample has 'line' and 'gives'"),
        (("[[sample]]", "[[when]]\nliteral = 'x'\n[[sample]]"), "'literal' and 'gives'"),
        (("title =", "= title"), "not a readable line format"),
    ],
)
def test_a_file_that_is_no_format_is_refused_by_its_place_and_fault(tmp_path, change, said):
    assert said in refusal(tmp_path, GOOD, change)


def test_an_unknown_format_names_the_choices():
    with pytest.raises(UsageFault, match="no format 'x'; there are app-log, "):
        formats.get("x")


def test_the_scout_is_told_the_commonest_format_first():
    console = ["Connected to MongoDB", *["GET /r 302 0.448 ms - 24"] * 3, "    at x (y.js:1:2)", "words"]
    assert formats.guess(console) == ["morgan-dev", "boot"]
    assert formats.guess(["words", ""]) == []


def test_a_head_stands_in_front_only_where_half_of_the_records_have_it():
    stamped = "2025-06-20T10:00:00Z INFO GET /r 302 0.448 ms - 24"
    assert formats.guess([stamped, "plain", "    at x"]) == ["app-log", "morgan-dev"]
    assert formats.guess([stamped, *["GET /r 302 0.448 ms - 24"] * 2]) == ["morgan-dev", "app-log"]


def test_json_values_are_known_by_their_shape():
    assert formats.guess_json({"id": "1", "labels": [], "message": "x", "timestamp": "t"}) == "render_api"
    assert formats.guess_json({"_id": 1}) == "mongoexport"
    assert formats.guess_json({"level": 30}) is None
    assert formats.guess_json([1]) is None


def test_a_plan_that_names_no_format_still_finds_them():
    [event] = read("GET /r 302 0.448 ms - 24\n", formats=()).events
    assert event["format"] == "morgan-dev"
    assert plan().formats == ()


def h33(*args):
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *args], capture_output=True, text=True, check=False
    )


def test_the_command_lists_every_format_once():
    done = h33("formats", "--format", "json")
    found = [row["name"] for row in json.loads(done.stdout)]
    assert found == sorted([*formats.names(), *formats.wrappers()])


def test_the_command_shows_one_format_and_the_redaction_rules():
    assert h33("formats", "morgan-dev").stdout == formats.text_of("morgan-dev")
    assert h33("formats", "render_api").stdout.startswith('"""Render')
    assert "resident_number" in h33("formats", "--redaction").stdout
    lost = h33("formats", "nope")
    assert (lost.returncode, lost.stdout) == (2, "")
    assert "no format 'nope'" in lost.stderr
