"""A format that knows its records knows their mask: nothing is searched for what varies in them."""

import numpy as np
import polars as pl
import pytest
from kernel_lab import plan, read

from pipeline import formats
from pipeline.enrich import masks
from pipeline.errors import SettingsFault
from pipeline.formats import line, match
from pipeline.formats.piece import MASK


def templates(text, **stated):
    """Return the mask of each record of a source."""
    from pipeline.ingest.model import Block
    from pipeline.ingest.records import kernel

    parsed = kernel.parse(Block(text.encode(), 1, 0, begins=True, ends=True), plan(**stated))
    by_id = {row["mask_id"]: row["text"] for row in parsed.masks.to_pylist()}
    return [by_id[mask_id] for mask_id in parsed.table["mask_id"].to_pylist()]


CLF = '10.0.0.7 - - [22/Nov/2026:18:35:26 +0000] "GET /a/b?c=1 HTTP/1.1"'
RESULT = "[TimeProcessor] memo=d1272a253bb4 user=u18173 source=server diff=-878ms tz=Asia/Seoul"
FALLBACK = "[TimeProcessor] 클라이언트 시간 검증 실패, 서버 시간으로 대체:"
FAILURE = "[TimeProcessor] ERROR 시간 처리 오류:"
INVALID = f'{FAILURE} Invalid Date "<*>" at memo=<*>'
#: Of each format a record for each of the masks that it states.
RECORDS = {
    "combined-log": [
        f'{CLF} 200 5 "https://h/" "curl/8.4"',
        f'{CLF} 200 5 "-" "curl/8.4"',
        f'{CLF} 304 - "https://h/" "curl/8.4"',
        f'{CLF} 304 - "-" "curl/8.4"',
        f'{CLF} 200 5 "-" "-"',
    ],
    "common-log": [f"{CLF} 200 5", f"{CLF} 304 -"],
    "morgan-dev": [
        "GET /a 200 1.5 ms - 5 rid=0f3c",
        "GET /a 200 1.5 ms - 5",
        "GET /a 304 1.5 ms - - rid=0f3c",
        "GET /a 304 1.5 ms - -",
    ],
    "morgan-tiny": ["GET /a 200 5 - 1.5 ms"],
    "time-processor-failure": [
        f"{FAILURE} Invalid Date '493156411813' at memo=ab1\n    at f (/app/x.js:1:2)"
    ],
    "time-processor-fallback": [f"{FALLBACK} diff=-88241177ms user=u41120"],
    "time-processor-line": [
        f'{RESULT} browser="Chrome 126" rid=d73c43fa',
        f'{RESULT} browser="Safari"',
        RESULT,
    ],
}


def test_all_formats_with_masks_are_held_to_the_search():
    assert {entry.label for entry in formats.library() if entry.masks} == set(RECORDS)


def test_records_none_of_which_has_a_mask_that_their_format_states_are_read_all_the_same():
    lines = [
        f'10.0.0.{number} - kim [22/Nov/2026:18:35:26 +0000] "GET /a HTTP/1.1" 200 {number}'
        for number in range(3)
    ]
    found = read("\n".join(lines), formats=("common-log",))
    assert found.column("format") == ["common-log"] * 3
    assert found.column("user_id") == ["kim"] * 3
    assert found.column("response_bytes") == [0, 1, 2]
    assert found.column("mask_id") == masks.of(pl.Series(lines))[0].to_list()


@pytest.mark.parametrize("label", RECORDS)
def test_a_stated_mask_is_what_the_search_finds(label):
    entry, lines = formats.get(label), pl.Series("text", RECORDS[label])
    piece = match.read_body(entry, lines, np.arange(len(lines), dtype=np.uint32))
    stated = piece.columns[MASK]
    assert len(stated) == len(entry.masks)
    for text, mask in zip(lines, stated, strict=True):
        assert mask is not None
        searched, known = masks.of(pl.Series([text])), masks.of(pl.Series([text]), pl.Series([mask]))
        assert searched[1].rows() == known[1].rows()


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ("GET /api/books 200 69.932 ms - 7081 rid=873c7488", "GET <*> rid=<*>"),
        ("PUT /api/books 200 69.932 ms - 7081", "PUT <*>"),
        ("GET /api/books 304 1.5 ms - -", "GET <*> - -"),
        # No mask is stated for a request that was given up.
        ("GET /api/books - - ms - -", "GET <*> - - ms - -"),
        # Paths that the search takes apart are one value to the format.
        ("GET //a;x=1,b?c=(d)&e=[f] 404 1 ms - 0", "GET <*>"),
        ("GET /a/1 200 5 - 1.2 ms", "GET <*>"),
        # Browsers say the same in their own words.
        (f'{CLF} 200 5 "-" "Mozilla/5.0 (X11; Linux)"', '<*> - - [<*>] "GET <*>" <*> "<*>" "<*>"'),
        (f'::1 - - [{CLF.partition("[")[2]} 200 5', '<*> - - [<*>] "GET <*>" <*>'),
        # What stands behind a record's end is in no mask that a format states.
        (f'{CLF} 200 5 "-" "curl/8.4" more', '<*> - - [<*>] "GET <*>" <*> "<*>" "<*>" more'),
        ("[TimeProcessor] memo=ab1 user=bob source=client diff=-1ms tz=UTC",
         "[TimeProcessor] memo=<*> user=<*> source=<*> diff=<*> tz=<*>"),
        (f"{FALLBACK} diff=5ms user=bob", f"{FALLBACK} diff=<*> user=<*>"),
        (f"{FAILURE} Invalid Date '' at memo=abc", INVALID),
        (f"{FAILURE} Invalid Date 'a,7' at memo=0\n    at f (x.js:1:2)\n  at g", INVALID),
        # No mask is stated where more is said, behind or below.
        (f"{FAILURE} Invalid Date '5' at memo=ab1, again", f"{INVALID}, again"),
        (f"{FAILURE} Invalid Date '5' at memo=ab1\n  code: 7", f"{INVALID} code: <*>"),
        # No mask is stated for the other order, and none where nobody is named.
        (f"{FALLBACK} user=u41120 diff=5ms", f"{FALLBACK} user=<*> diff=<*>"),
        (f"{FALLBACK} diff=5ms user=[unknown]", f"{FALLBACK} diff=<*> user=[unknown]"),
    ],
)  # fmt: skip
def test_the_mask_is_the_one_of_the_groups_that_take_part(text, mask):
    assert templates(f"{text}\n") == [mask]
    assert templates(f"warned 7 times\n{text}\nfailed after 3 tries\n")[1] == mask


def test_records_of_a_block_have_the_masks_that_each_has_alone():
    found = ["GET /a 200 1 ms - 5", "GET /a - - ms - -", "cache miss 7", "GET /a 304 1 ms - - rid=1"]
    assert templates("\n".join(found) + "\n") == [templates(f"{text}\n")[0] for text in found]
    assert [event["mask_id"] for event in read("GET /b 200 1 ms - 5\n").events] == [masks.mask_id("GET <*>")]


@pytest.mark.parametrize(
    ("stated", "problem"),
    [
        ('pattern = "^(?P<user_id>a)"\n[masks]\n"" = "a"', "from ^ to $"),
        ('pattern = "^(?P<user_id>a)$"\n[masks]\n"logger" = "a"', "no group of 'pattern': logger"),
        ('pattern = "^(?P<user_id>a)$"\n[masks]\n"" = "{logger}"', "no group of 'pattern': logger"),
        (
            'pattern = "^(?P<user_id>a)?b$"\n[masks]\n"user_id" = "{user_id}b"',
            "group that is absent: user_id",
        ),
    ],
)
def test_a_mask_that_cannot_hold_is_refused(stated, problem, tmp_path):
    sample = '[[sample]]\nline = "a"\ngives = { user_id = "a" }\n'
    (tmp_path / "mine.toml").write_text(f'title = "t"\nurl = "u"\n{stated}\n{sample}')
    with pytest.raises(SettingsFault, match=problem.replace("^", r"\^").replace("$", r"\$")):
        line.read(tmp_path / "mine.toml")
