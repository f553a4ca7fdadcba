"""Masks: pure, stable, and blind to what varies."""

import hashlib
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.enrich import masks


def mask(*messages):
    ids, texts = masks.of(pl.Series(messages, dtype=pl.String))
    by_id = dict(texts.select("mask_id", "text").rows())
    return [by_id[found] for found in ids]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("Connected to MongoDB", "Connected to MongoDB"),
        ("[App] Server is running on port 10000", "[App] Server is running on port <*>"),
        ("GET /api/notes/64f0aa10bb20cc30dd40ee99 200 12.5 ms - 45", "GET <*>"),
        ("noteId=64f0aa10bb20cc30dd40ee51 저장", "noteId=<*> 저장"),
        ('browser="Safari 17" ok', "browser=<*> ok"),
        ("took 12 ms for 3 rows", "took <*> for <*> rows"),
        ("connect to 10.0.0.1:27017 failed", "connect to <*> failed"),
        ("see https://example.org/a?b=1.", "see <*>"),
        ("user kim@example.org came", "user <*> came"),
        ("flag true, other false", "flag <*>, other <*>"),
    ],
)
def test_what_varies_is_blank(message, text):
    assert mask(message) == [text]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("user=u1의 메모", "user=u23의 메모"),
        ("메모 3개를 저장했다", "메모 12개를 저장했다"),
        ("시간 차이: -0.01분", "시간 차이: 540.25분"),
        ("GET /api/notes/1 200 3 ms - 4", "GET /api/notes/22 500 31.5 ms - 5012"),
        ("retry in 5s", "retry in 10s"),
    ],
)
def test_messages_that_differ_in_values_only_have_one_mask(one, other):
    first, second = mask(one, other)
    assert first == second


def test_messages_that_say_different_things_have_different_masks():
    found = mask("메모 저장 성공", "메모 저장 실패", "memo saved", "memo lost")
    assert len(set(found)) == 4


def test_a_stack_says_where_and_is_not_in_the_mask():
    one, other = mask(
        "오류 발생: TypeError: x\n    at a (/x.js:1:2)\n    at b (/y.js:3:4)\n}",
        "오류 발생: TypeError: x\n    at c (/z.js:5:6)\n}",
    )
    assert one == other == "오류 발생: TypeError: x }"


def test_an_id_is_the_hash_of_its_text_and_version():
    ids, texts = masks.of(pl.Series(["memo 1"]))
    assert texts.rows() == [(ids[0], "memo <*>")]
    assert ids[0] == hashlib.blake2b(b"1|memo <*>", digest_size=8).hexdigest() == "cbc13591d39abf2f"


def test_null_has_no_mask():
    ids, texts = masks.of(pl.Series([None, "a"], dtype=pl.String))
    assert ids[0] is None
    assert texts["text"].to_list() == ["a"]


def test_a_mask_was_first_met_at_the_earliest_instant_of_its_messages_that_tell_one():
    at = [datetime(2025, 6, 20, hour, tzinfo=UTC) for hour in (3, 1, 2)]
    messages = pl.Series(["memo 1", "memo 2", "memo 3", "saved", None], dtype=pl.String)
    ts = pl.Series([at[0], at[1], None, None, at[2]], dtype=pl.Datetime("us", "UTC"))
    ids, met = masks.of_events(messages, ts)
    assert met.select("text", "first_ts").rows() == [("memo <*>", at[1]), ("saved", None)]
    assert ids.to_list() == [masks.mask_id("memo <*>")] * 3 + [masks.mask_id("saved"), None]


WORDS = st.lists(
    st.sampled_from(["memo", "3", "a=1", "x@y.kr", "저장", "/a/b", "(5)", '"q"', "\n    at x"]), max_size=8
)


@settings(max_examples=30, deadline=None)
@given(st.lists(WORDS.map(" ".join), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_a_message_has_the_same_mask_alone_and_in_any_company(messages, random):
    together = dict(zip(messages, mask(*messages), strict=True))
    shuffled = messages[:]
    random.shuffle(shuffled)
    assert dict(zip(shuffled, mask(*shuffled), strict=True)) == together
    assert [mask(message)[0] for message in messages] == [together[message] for message in messages]


def test_masks_that_another_thread_forgets_meanwhile_are_those_that_they_were(monkeypatch):
    messages = pl.Series(["known before", "never seen"])
    before, _ = masks.of(messages)
    masks._SEEN.clear()
    masks.of(messages.head(1))
    fine = masks._fine

    def forgotten(coarse):
        masks._SEEN.clear()
        return fine(coarse)

    monkeypatch.setattr(masks, "_fine", forgotten)
    assert masks.of(messages)[0].to_list() == before.to_list()


def test_few_masks_are_remembered(monkeypatch):
    monkeypatch.setattr(masks, "_REMEMBERED", 3)
    words = ["one", "two", "three", "four", "five"]
    assert [masks.of(pl.Series([word]))[1]["text"].to_list() for word in words] == [[word] for word in words]
    assert len(masks._SEEN) <= 3


SAID = st.sampled_from(
    [
        "note",
        "saved:",
        "7",
        "u18",
        "9b",
        "1.5",
        "v2.1",
        "a.b",
        "메모3",
        "-4",
        "x://y",
        "x://",
        "a=4",
        "\t5",
        "",
    ]
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(SAID, min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 4), SAID, st.sampled_from([" ", "\n", "."])), max_size=6),
)
def test_a_message_has_the_same_mask_where_most_are_of_one(usual, others):
    """In a crowd that says one thing, messages that differ in a word or the sign behind it keep theirs."""
    messages = [" ".join(usual)]
    for at, word, sign in others:
        messages.append(" ".join([*usual[:at], word]) + sign + " ".join(usual[at + 1 :]))
    crowd = [*[messages[0]] * 1100, *messages]
    alone = {message: mask(message)[0] for message in messages}
    assert mask(*crowd) == [alone[message] for message in crowd]


def test_what_is_not_said_as_most_is_has_its_own_mask():
    """Other words, another form of a value and null stand among 2000 messages of one mask."""
    messages = [f"note {number} saved in {number} s" for number in range(2000)]
    messages[40:44] = ["note 1.5 saved in 2 s", "note a=1 saved in 2 s", "note that saved in 2 s", None]
    said = masks.of(pl.Series(messages))[0].to_list()
    texts = ("note <*> saved in <*> s", "note a=<*> saved in <*> s", "note that saved in <*> s")
    usual, named, that = map(masks.mask_id, texts)
    assert said[:44] == [*[usual] * 41, named, that, None]
    assert set(said[44:]) == {usual}
