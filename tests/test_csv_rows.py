"""Rows of tables as text: wherever blocks are cut they are what was written; a broken one costs itself."""

import hashlib

import pytest
from csv_lab import HEADERS, written
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.formats import spreadsheet_times, table
from pipeline.formats.structured import ticket
from pipeline.ingest.cutters import csv_cutter
from pipeline.ingest.cutters.cutter import Place
from pipeline.ingest.inputs.source import Content
from pipeline.ingest.model import SourcePlan
from pipeline.ingest.records import csv_rows

WIDTH = 3


def plan(separator=",", width=WIDTH):
    columns = tuple(f"c{n}" for n in range(width))
    return SourcePlan("f" * 16, "x", "csv", "events", "UTC", separator=separator, columns=columns)


START = Place()


def read(data, source, block=1 << 20, start=START):
    """Return cells, line and lines of every row, the rejects alike, the blank lines, and the cutter."""
    content = Content((), iter([data[i : i + block] for i in range(start.offset, len(data), block)]))
    content._offset = start.offset
    cutter = csv_cutter.CsvCutter(content, source, start, block)
    rows, rejects, blank = [], [], []
    for part in cutter.blocks():
        found, lost = csv_rows.read(part, source)
        rows += [(cells, place[:2]) for cells, place in found]
        rejects += [(entry.line_no, entry.line_count, entry.text) for entry in lost]
        blank += part.blank.tolist()
        for _, (line_no, _, offset) in found:
            assert data.count(b"\n", 0, offset) == line_no - 1
    return rows, rejects, blank, cutter


CELLS = st.text(st.sampled_from('a가,;\t"\n\r |\u2028'), max_size=6)
ROWS = st.lists(st.lists(CELLS, min_size=WIDTH, max_size=WIDTH), max_size=8)


@settings(deadline=None)
@given(ROWS, st.sampled_from(table.SEPARATORS), st.sampled_from(["\n", "\r\n"]), st.integers(1, 40))
def test_rows_are_what_was_written(drawn, separator, end, block):
    text = written([["c0", "c1", "c2"], *drawn], separator, end)
    rows, rejects, blank, cutter = read(text.encode(), plan(separator), block)
    # A line of white space is blank, a row without a value a reject.
    quoted = text.startswith('"')
    kept = [row for row in drawn if any(row) and (quoted or written([row], separator).strip(" \t\r\n"))]
    assert [cells for cells, _ in rows] == kept
    lines = {1 + n for n in range(text.count("\n"))}
    covered = {line + n for _, (line, count) in rows for n in range(count)}
    covered |= {line + n for line, count, _ in rejects for n in range(count)} | set(blank)
    assert lines - covered == {1}
    assert cutter.lines == text.count("\n")


def test_a_broken_row_costs_itself_alone():
    text = b'a,b,c\n1,2,3\n4,5\n6,"x\ny",7\n8,"open,9\n10,11,12\n13,"q"q,14\n1,2,3\n4,5\n'
    text += b'15,16,17,18\n19,20,"z\n\n,z"\n'
    rows, rejects, blank, _ = read(text, plan())
    assert [cells for cells, _ in rows] == [
        ["1", "2", "3"], ["6", "x\ny", "7"], ["10", "11", "12"], ["1", "2", "3"], ["19", "20", "z\n\n,z"],
    ]  # fmt: skip
    assert rejects == [
        (3, 1, "4,5"),
        (6, 1, '8,"open,9'),
        (8, 1, '13,"q"q,14'),
        (10, 1, "4,5"),
        (11, 1, "15,16,17,18"),
    ]
    assert blank == []


def test_a_broken_row_of_several_lines_is_one_reject():
    text = b'a,b,c\n1,"x\ny\nz",2,3\n4,5,6\n'
    rows, rejects, _, _ = read(text, plan())
    assert [cells for cells, _ in rows] == [["4", "5", "6"]]
    assert rejects == [(2, 3, '1,"x\ny\nz",2,3')]


def test_a_file_of_broken_rows_ends_and_each_line_is_told(monkeypatch):
    monkeypatch.setattr(csv_cutter, "MAX_FAULTS", 3)
    data = b"a,b,c\n" + b'1,"2\n' * 400 + b"7,8,9\n"
    rows, rejects, _, cutter = read(data, plan(), 64)
    assert rows[-1][0] == ["7", "8", "9"]
    assert sum(count for _, count, _ in rejects) == 400
    assert cutter.lines == 402


@pytest.mark.parametrize("end", [b"\n4,5,6\n", b"\n", b""])
def test_a_line_without_end_is_known_by_its_hash_and_its_neighbours_are_kept(end):
    long = b'"' + b"x" * (3 << 20)
    content = Content((), iter([b"a,b,c\n1,2,3\n", long[: 1 << 20], long[1 << 20 :], end]))
    cutter = csv_cutter.CsvCutter(content, plan(), Place(), 1 << 18)
    blocks = list(cutter.blocks())
    [skipped] = [one for block in blocks for one in block.skipped]
    assert (skipped.line_no, skipped.byte_offset) == (3, 12)
    assert (skipped.bytes, skipped.sha256) == (
        len(long) + len(end[:1]), hashlib.sha256(long + end[:1]).hexdigest(),
    )  # fmt: skip
    found = [cells for block in blocks for cells, _ in csv_rows.read(block, plan())[0]]
    assert found == [["1", "2", "3"], *([["4", "5", "6"]] if b"4" in end else [])]
    assert cutter.lines == 3 + (b"4" in end)


def test_blank_lines_are_counted_and_rows_without_a_value_rejected():
    rows, rejects, blank, cutter = read(b"a,b,c\r\n\r\n1,2,3\r\n , \r\n,,\r\n  \r\n", plan())
    assert [cells for cells, _ in rows] == [["1", "2", "3"]]
    assert rejects == [(4, 1, " , \r"), (5, 1, ",,\r")]
    assert (blank, cutter.lines) == ([2, 6], 6)


@pytest.mark.parametrize(
    ("tail", "cells"), [(b"4,5,6", ["4", "5", "6"]), (b'4,"open', None), (b'4,"5\n6",7', ["4", "5\n6", "7"])]
)
def test_a_last_row_without_its_newline_may_go_on(tail, cells):
    rows, rejects, _, cutter = read(b"a,b,c\n1,2,3\n" + tail, plan())
    assert [found for found, _ in rows] == [["1", "2", "3"]] + ([cells] if cells else [])
    assert len(rejects) == (cells is None)
    assert cutter.end == cutter.unfinished == Place(12, 3)
    assert cutter.lines == 3 + tail.count(b"\n")


@settings(deadline=None)
@given(ROWS, st.integers(1, 30), st.integers(0, 200))
def test_reading_goes_on_where_it_stopped(drawn, block, share):
    """But for a text with a line that is itself a row: where the file ends there, its quote looks broken."""
    behind = [line for row in drawn for cell in row for line in cell.split("\n")[1:]]
    assume(all(line.count(",") < WIDTH - 1 for line in behind))
    data = written([["c0", "c1", "c2"], *drawn]).encode()
    head = data[: max(12, len(data) * share // 200)]
    rows, rejects, _, cutter = read(head, plan(), block)
    offset, line_no = cutter.end.offset, cutter.end.line_no
    settled = [entry for entry in rows if entry[1][0] < line_no]
    lost = [entry for entry in rejects if entry[0] < line_no]
    more, lost_more, _, _ = read(data, plan(), block, Place(offset, line_no))
    whole, lost_whole, _, _ = read(data, plan())
    assert (settled + more, lost + lost_more) == (whole, lost_whole)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2025-06-20 10:02", "2025-06-20T10:02:00"),
        ("2025/6/2 1:02:03", "2025-06-02T01:02:03"),
        ("2025. 6. 20. 오전 12:02:00", "2025-06-20T00:02:00"),
        ("2025. 6. 20. 오후 12:02", "2025-06-20T12:02:00"),
        ("2025-06-20 1:02 PM", "2025-06-20T13:02:00"),
        ("2025년 6월 20일 10시 02분 03초", "2025-06-20T10:02:03"),
        ("2025-06-20", "2025-06-20T00:00:00"),
        ("2025-06-20T01:02:03.5+09:00", "2025-06-20T01:02:03.5+09:00"),
        ("1750381200", "2025-06-20T01:00:00.000Z"),
        ("1750381200431", "2025-06-20T01:00:00.431Z"),
        ("06/07/2025 10:02", None),
        ("10:02", None),
        ("2025-06-20 1０:02", None),  # a digit of full width
        ("175038120０", None),
        ("", None),
    ],
)
def test_times_of_spreadsheets(text, wanted):
    import polars as pl

    assert spreadsheet_times.iso(pl.Series([text])).to_list() == [wanted]


@pytest.mark.parametrize(
    ("columns", "roles"),
    [
        (tuple(HEADERS), ("id", "at", "topic", "text", "", "status")),
        (
            ("Ticket ID", "Created At", "Category", "Description", "State"),
            ("id", "at", "topic", "text", "status"),
        ),
        (("no", "date", "subject", "status"), ("id", "at", "text", "status")),
    ],
)
def test_customary_names_of_columns_are_known(columns, roles):
    assert ticket.claims(columns)
    assert ticket.roles(columns, {}) == roles
