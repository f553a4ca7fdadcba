"""Redaction: each rule by its own samples, near misses, and secrets anywhere in what the kernel reads."""

import pickle
import re

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from kernel_lab import Read, entry, lines, plan, read, render, values

from pipeline import formats
from pipeline.enrich import redact
from pipeline.ingest.records import kernel

RULES = {rule.name: rule for rule in redact.rules()}
REDACTS = [pytest.param(rule.name, text, id=rule.name) for rule in redact.rules() for text in rule.redacts]
KEEPS = [pytest.param(rule.name, text, id=rule.name) for rule in redact.rules() for text in rule.keeps]

SECRET = re.compile("⟦(.*?)⟧", re.DOTALL)


def redacted(text):
    found, counts = redact.redact(pl.Series([text]))
    return found[0], counts


@pytest.mark.parametrize(("name", "sample"), REDACTS)
def test_a_rule_takes_out_what_its_sample_marks_and_nothing_else(name, sample):
    [secret] = SECRET.findall(sample)
    before, after = SECRET.split(sample)[0], SECRET.split(sample)[2]
    found, counts = redacted(before + secret + after)
    assert secret not in found
    assert found.startswith(before)
    assert found.endswith(after)
    assert "[redacted]" in found[len(before) : len(found) - len(after)]
    assert counts == {name: 1}


@pytest.mark.parametrize(("name", "sample"), KEEPS)
def test_near_misses_come_out_as_they_went_in(name, sample):
    assert redacted(sample) == (sample, {}), name


@pytest.mark.parametrize(("name", "sample"), REDACTS)
def test_the_cheap_test_passes_wherever_the_pattern_matches(name, sample):
    text = pl.Series([sample.replace("⟦", "").replace("⟧", "")])
    assert text.str.contains(RULES[name].pattern).all()
    assert text.str.contains(RULES[name].test).all()


def pattern_of(name):
    """Return a rule's pattern as Python reads it."""
    return re.compile(RULES[name].pattern.replace(r"(?-u:\b)", r"\b").replace(r"\z", r"\Z"), re.ASCII)


@pytest.mark.parametrize("name", sorted(RULES))
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_whatever_a_pattern_matches_passes_the_cheap_test_alone_and_in_one_with_the_others(name, data):
    drawn = st.lists(st.from_regex(pattern_of(name)), min_size=10, max_size=10)
    text = pl.Series(data.draw(drawn), dtype=pl.String)
    found = text.filter(text.str.contains(RULES[name].pattern))
    assume(len(found))
    assert found.filter(~found.str.contains(RULES[name].test)).to_list() == []
    assert redact.suspects(found).all()


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("kim@-host.co.kr", "[redacted]"),
        # Before the mark stood a word that a number may not follow.
        ("a-----BEGIN PRIVATE KEY-----MII-----END PRIVATE KEY-----010-1234-5678", "a[redacted][redacted]"),
        ("-----BEGIN PRIVATE KEY-----MII-----END PRIVATE KEY-----900101-1234567", "[redacted][redacted]"),
    ],
)
def test_what_another_rule_leaves_is_looked_at_too(text, clean):
    assert redacted(text)[0] == clean


_BROKEN = st.text("\x02", max_size=1)
_PARTS = ["010", "1234", "5678", "a", "@", "b.kr", "password=hunter2", "-", " ", "said"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.tuples(st.sampled_from(_PARTS), _BROKEN), max_size=8), min_size=1, max_size=4))
def test_what_stands_beside_a_text_changes_nothing_of_it(drawn):
    """The law, also where a text holds the mark that we set while we work."""
    texts = ["".join(part + mark for part, mark in parts) for parts in drawn]
    together = redact.redact(pl.Series(texts, dtype=pl.String))[0].to_list()
    assert together == [redact.redact(pl.Series([text]))[0].item() for text in texts]


def test_a_mark_that_stands_in_a_secret_hides_nothing_of_it():
    """Two telephone numbers, of which the mark splits one until the other is taken out."""
    clean, counts = redact.redact(pl.Series(["tel 010-9999-8888, 010\x02-1234-5678"]))
    assert "1234" not in clean.item()
    assert sum(counts.values()) == 2


def test_every_rule_has_a_name_of_its_own_a_title_and_both_kinds_of_samples():
    assert len(RULES) == len(redact.rules())
    for rule in redact.rules():
        assert rule.title
        assert rule.redacts
        assert rule.keeps


@pytest.mark.parametrize(
    "text",
    [
        "2025-06-20T10:00:00.431+09:00 INFO  GET /api/notes/64f0aa10bb20cc30dd40ee99 200 12.5 ms - 4521",
        "::ffff:203.0.113.9 rid=01012345 diff=-101234567ms",
        "at Timeout.<anonymous> (/opt/render/project/src/node_modules/@scope/x.js:187:23)",
        "isbn=9788937460449 price=19,800",
        "8f14e45f-ceea-467a-9b1c-0123456789ab",
        "토큰이 만료되었습니다",
        "이메일 형식이 올바르지 않습니다: user@",
        "order 20250620-1234567",
        "v1.0.0-rc.1+build.20250620",
        "메모 길이 content.length=12",
    ],
)
def test_ordinary_text_stays(text):
    assert redacted(text) == (text, {})


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("mongodb://u:p%40ss@h1:27017,h2:27017/x?replicaSet=r", "p%40ss"),
        ('uri: "postgres://u:pw@h/db"', "pw@"),
        ("a 010.1234.5678 b", "1234"),
        ("전화 +82-10-1234-5678로", "5678"),
        ("주민등록번호: 850315-2345678", "2345678"),
        ("900229-1234567", "900229"),
        ("{ cookie: 'connect.sid=s%3Aabc', host: 'x' }", "s%3Aabc"),
        ('headers: {"authorization":"Bearer aaa.bbb.ccc"}', "aaa.bbb"),
        ('{\\"password\\":\\"hunter2\\"}', "hunter2"),
        ("DATABASE_PASSWORD='two words'", "words"),
        ("user.name@sub.example.co.kr님", "user.name"),
        ("GET /x?access_token=abc123def&y=1", "abc123def"),
        ("first a@b.co second c@d.co", "d.co"),
        ("010-1111-2222,010-3333-4444", "3333"),
    ],
)
def test_variants_of_secrets_go(text, gone):
    assert gone not in redacted(text)[0]


def test_redacting_twice_changes_nothing_more():
    texts = [SECRET.sub(r"\1", sample) for rule in redact.rules() for sample in rule.redacts]
    once, _ = redact.redact(pl.Series(texts))
    twice, _ = redact.redact(once)
    assert twice.to_list() == once.to_list()


def test_null_stays_null_and_an_empty_column_empty():
    found, counts = redact.redact(pl.Series([None, "a@b.co", None], dtype=pl.String))
    assert (found.to_list(), counts) == ([None, "[redacted]", None], {"email": 1})
    assert redact.redact(pl.Series([], dtype=pl.String))[0].len() == 0


# One secret of each kind, none of which may be in anything that leaves the kernel.
HIDDEN = {
    "mongodb+srv://app:Pa55w0rd-Q@cluster0.mongodb.net/x": "Pa55w0rd-Q",
    "Bearer QWERTYUIOPASDFGHJKLZ1": "QWERTYUIOPASDFGHJKLZ1",
    "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl": "eyJzdWIiOiIx",
    "reader.kim@example.co.kr": "reader.kim",
    "010-9876-5432": "9876-5432",
    "900101-1234567": "1234567",
    "memoContent: '비밀스러운 문장'": "비밀스러운",
}
AROUND = st.sampled_from(["", " ", "오류: ", "(", "x=", '"', "\t", "한글"])
PLACE = st.sampled_from(["line", "stack", "path", "agent", "label", "reject", "generic"])


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(HIDDEN)), AROUND, PLACE)
def test_no_secret_leaves_the_kernel_in_any_column(secret, before, place):
    gone = HIDDEN[secret]
    text = before + secret
    if place == "line":
        found = kernel_bytes([f"2025-06-20T10:00:00Z INFO  {text}\n"], formats=("app-log",))
    elif place == "stack":
        found = kernel_bytes(
            [f"노트 생성 중 오류 발생: TypeError: {text}\n    at f (x.js:1:1) {{\n  value: {text}\n}}\n"]
        )
    elif place == "generic":
        found = kernel_bytes([f"{text}\n"])
    elif place == "reject":
        found = entry_bytes([b'{"message": "' + text.replace('"', "'").encode()])
    elif place == "label":
        found = entry_bytes([entry("x", "01:00:00", host=text, path="/x", resource=text)])
    elif place == "path":
        assume("memo" not in secret)
        path = "/api/" + secret.replace(" ", "%20")
        found = entry_bytes([entry("responseTimeMS=1", "01:00:00", kind="request", path=path)])
    else:
        found = entry_bytes([entry(f'userAgent="{secret}"', "01:00:00", kind="request", path="/x")])
    assert gone not in found


def kernel_bytes(parts, **stated):
    whole = Read([lines(part) for part in parts], plan(**stated))
    return repr((whole.events, whole.rejects))


def entry_bytes(page):
    whole = Read([values(page)], render())
    return repr((whole.events, whole.rejects))


def test_masks_hold_no_secret_either():
    parsed = kernel.parse(lines("[App] mail reader.kim@example.co.kr\n[App] x\n"), plan())
    assert b"reader.kim" not in pickle.dumps(parsed.masks.to_pylist())


def test_redactions_are_counted_by_rule():
    found = read("[App] a@b.co and c@d.co\n[App] 010-1234-5678\nx\n")
    assert found.redactions == {"email": 2, "phone": 1}


def test_what_a_head_states_is_redacted_as_what_stands_behind_it_is(tmp_path):
    (tmp_path / "mine.toml").write_text(
        """
title = "Mine"
url = "https://mine.example"
head = '^(?P<ts>[0-9T:-]+Z) <(?P<logger>[^>]+)> (?P<attrs.caller>[^ ]+) '
[[sample]]
line = "2025-06-20T10:00:00Z <a> b c"
gives = { logger = "a", "attrs.caller" = "b", message = "c" }
"""
    )
    line = "2025-06-20T10:00:00Z <kim@example.com> token=Ab12Cd34Ef56 call 010-1234-5678\n"
    found = read(line, formats=("mine",), format_folders=(str(tmp_path),))
    [event] = found.events
    assert event["logger"] == "[redacted]"
    assert event["attrs"] == {"caller": "token=[redacted]"}
    assert event["message"] == "call [redacted]"
    assert sum(found.redactions.values()) == 3


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("info@example.com signed up", "[redacted] signed up"),
        ("debug://deploy:hunter2@git.example.com/x", "//deploy:[redacted]@git.example.com/x"),
    ],
)
def test_a_secret_that_begins_with_a_level_is_none_the_less_one(written, kept):
    [event] = read(f"2025-06-20T10:00:00Z {written}\n").events
    assert event["message"] == kept


def test_what_is_taken_off_before_redaction_is_a_time_and_a_level_that_ends_with_a_blank():
    """No rule goes by those; the generic head is taken off behind redaction."""
    heads = [entry.head for entry in formats.library() if entry.head and entry.label != formats.GENERIC]
    assert len(heads) == 2
    for head in heads:
        assert set(re.findall(r"\?P<([^>]+)>", head)) == {"ts", "severity"}
        assert head.endswith((") +", "): "))
