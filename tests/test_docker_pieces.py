"""Lines that Docker cut into pieces: what its json-file driver makes of them is read as it was printed."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_lab import grown
from kernel_lab import Read, lines, plan, read, read_in_blocks

#: Bytes that Docker's copier takes at a time.
BUFFER = 16384
DOCKER = {"envelope": "docker"}


def entry(log, stream="stdout", second=0):
    """Return an entry; bytes that are no character became one that stands for them, byte by byte."""
    text = "".join(
        "\ufffd" if "\udc80" <= character <= "\udcff" else character
        for character in log.decode("utf-8", "surrogateescape")
    )
    stated = {"log": text, "stream": stream, "time": f"2025-06-20T01:00:{second:02}.5Z"}
    return json.dumps(stated, ensure_ascii=False, separators=(",", ":")) + "\n"


def printed(line, stream="stdout", second=0):
    """Return the entries of a line: full buffers without a newline, then what is left with it."""
    said = line.encode()
    whole = len(said) // BUFFER * BUFFER
    pieces = [said[at : at + BUFFER] for at in range(0, whole, BUFFER)]
    return [entry(piece, stream, second) for piece in (*pieces, said[whole:] + b"\n")]


def test_a_line_in_pieces_is_one_record_with_the_time_of_its_first():
    line = json.dumps({"level": 50, "time": 1750381200599, "pid": 1, "hostname": "x1", "msg": "x" * 40_000})
    pieces = printed(line)
    assert len(pieces) == 3
    first, second = read("".join([*pieces, *printed("[App] next", second=9)]), **DOCKER).events
    assert (first["format"], first["message"], first["severity"]) == ("pino", "x" * 40_000, "error")
    assert (first["line_no"], first["line_count"], first["line_spans"]) == (1, 3, None)
    assert (second["message"], second["line_no"], second["line_count"]) == ("[App] next", 4, 1)
    text = printed("w" * BUFFER)[0] + entry(b"ords\n", second=8)
    [told] = read(text, **DOCKER).events
    assert (told["message"], told["ts"].second, told["ts_source"]) == ("w" * BUFFER + "ords", 0, "envelope")


@pytest.mark.parametrize(
    ("length", "entries"), [(BUFFER - 1, 1), (BUFFER, 2), (BUFFER + 1, 2), (2 * BUFFER, 3)]
)
def test_a_line_is_whole_at_every_bound_of_the_buffer(length, entries):
    text = "".join([*printed("y" * length), *printed("z" * length)])
    found = read(text, **DOCKER)
    assert found.column("message") == ["y" * length, "z" * length]
    assert found.column("line_count") == [entries, entries]


def test_pieces_of_two_streams_by_turns_are_put_together_apart():
    out, err = printed("[App] " + "o" * 2 * BUFFER), printed("[Db] " + "e" * BUFFER, "stderr")
    text = out[0] + err[0] + out[1] + err[1] + out[2]
    first, second = read(text, **DOCKER).events
    assert (first["message"], second["message"]) == ("[App] " + "o" * 2 * BUFFER, "[Db] " + "e" * BUFFER)
    assert [tuple(span.values()) for span in first["line_spans"]] == [(1, 1), (3, 1), (5, 1)]
    assert [tuple(span.values()) for span in second["line_spans"]] == [(2, 1), (4, 1)]


def test_what_lacks_its_newline_without_filling_the_buffer_is_a_line():
    """A container that ended in the middle of one, and entries that something took the newlines off."""
    text = "".join(
        entry(said) for said in (b"[App] one", b"[App] two", b"y" * (BUFFER - 1), b"[App] three\n")
    )
    assert read(text, **DOCKER).column("message") == [
        "[App] one",
        "[App] two",
        "y" * (BUFFER - 1),
        "[App] three",
    ]


def test_a_long_line_outside_of_an_entry_is_no_piece():
    text = "".join(["y" * 2 * BUFFER + "\n", *printed("[App] one")])
    assert read(text, **DOCKER).column("message") == ["y" * 2 * BUFFER, "[App] one"]


def test_a_secret_that_stands_in_two_pieces_is_none_the_less():
    line = "x" * (BUFFER - 12) + " password=hunter2 user=u1"
    text = "".join(printed(line))
    assert "hunter2" not in text
    assert read(text, **DOCKER).column("message") == ["x" * (BUFFER - 12) + " password=[redacted] user=u1"]


@pytest.mark.parametrize("before", range(BUFFER - 5, BUFFER + 1))
@pytest.mark.parametrize("character", ["가", "𝄞"])
def test_a_character_that_docker_halved_stays_what_it_became(before, character):
    """Its bytes are lost before the entry is written; the line is one, and all of its lines are counted."""
    pieces = printed("a" * before + character + "끝")
    found = read("".join([*pieces, *printed("next")]), **DOCKER)
    first, second = found.column("message")
    cut = BUFFER - before
    halved = "\ufffd" * len(character.encode()) if 0 < cut < len(character.encode()) else character
    ending = "\ufffd" * 3 if 0 < cut - len(character.encode()) < 3 else "끝"
    assert (first, second) == ("a" * before + halved + ending, "next")
    assert (found.rejects, found.covered()) == ([], [1, 2, 3])


SAID = st.sampled_from(
    [
        "[App] start",
        "    at f (/x.js:1:2)",
        "}",
        "",
        "나...",
        "[App] " + "a" * 60,
        "가" * 6000,
        "b" * 2 * BUFFER,
    ]
)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), SAID), max_size=8),
    st.randoms(use_true_random=False),
    st.integers(1, 100_000),
)
def test_the_blocks_into_which_a_log_is_cut_change_no_record(said, random, block_bytes):
    """The streams print by turns, entry by entry; all the lines are counted once."""
    begun = "[App] " + "x" * 60
    waiting = {"stdout": printed(begun), "stderr": []}
    for stream, line in said:
        waiting[stream] += printed(line, stream)
    text = waiting["stdout"].pop(0)
    while left := [stream for stream in waiting if waiting[stream]]:
        text += waiting[random.choice(left)].pop(0)
    source = plan(**DOCKER)
    whole, cut = Read([lines(text)], source), read_in_blocks(text.encode(), source, block_bytes)
    assert cut.events == whole.events
    assert cut.blank == whole.blank
    assert sorted(whole.covered() + whole.blank) == list(range(1, text.count("\n") + 1))


def test_a_growing_file_gives_what_it_gives_in_one_go_wherever_it_was_cut(tmp_path, monkeypatch):
    out, err = printed("[App] " + "o" * BUFFER), printed("Error: " + "e" * BUFFER, "stderr")
    parts = [
        *printed("[App] " + "x" * 60),
        out[0],
        err[0],
        out[1],
        err[1],
        *printed("    at f (/x.js:1:2)", "stderr"),
    ]
    text = "".join([*parts, *printed("[App] last")]).encode()
    ends = [at + 1 for at, byte in enumerate(text) if byte == ord("\n")]
    results = [
        grown(tmp_path / str(number), monkeypatch, "docker.log", text, cuts)
        for number, cuts in enumerate([[], *([end] for end in ends[:-1]), [ends[1] + 20, ends[3] - 1]])
    ]
    assert [event[-1] for event in results[0]] == [
        "[App] " + "x" * 60,
        "[App] " + "o" * BUFFER,
        "Error: " + "e" * BUFFER + "\n    at f (/x.js:1:2)",
        "[App] last",
    ]
    assert all(found == results[0] for found in results)
