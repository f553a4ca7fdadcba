"""Rows in each format: the exact bytes, over every awkward value, by the formats' own rules."""

import io
import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, strategies

from pipeline.render import text, values
from pipeline.render.rows import FORMATS, Setting

SEOUL = ZoneInfo("Asia/Seoul")
INSTANT = pa.timestamp("us", tz="UTC")


def written(form, table, columns=80):
    out = io.BytesIO()
    FORMATS[form].write(table.to_reader(), out, Setting(SEOUL, columns))
    return out.getvalue()


def one(kind, *cells):
    """Return a table of one column v."""
    return pa.table({"v": pa.array(cells, kind)})


def infinite(kind, *numbers):
    """Return instants or dates by the numbers that stand for them."""
    return pa.table({"v": pa.array(numbers, pa.int32() if kind == pa.date32() else pa.int64()).view(kind)})


MOMENT = datetime(2025, 6, 20, 1, 0, 0, 431000, tzinfo=UTC)
FAR = 253402300800_000_000  # 10000-01-01, the first instant that Python's datetime cannot hold
END = 2**63 - 1

#: Of each kind of value: the column, then its cells in csv, json, a table and markdown.
#: None: a table's cells are those of csv, markdown's are those of a table with null empty.
AWKWARD = [
    ("bool", one(pa.bool_(), True, None), ["true", ""], [True, None], ["true", "-"], None),
    ("int", one(pa.int64(), -5, 2**63 - 1), ["-5", "9223372036854775807"], [-5, 2**63 - 1], None, None),
    ("huge", one(pa.decimal128(38, 0), Decimal(10) ** 37), ["1" + "0" * 37], [10**37], None, None),
    ("money", one(pa.decimal128(10, 2), Decimal("-1.50")), ["-1.50"], [-1.5], None, None),
    ("double", one(pa.float64(), 0.1, 1 / 3), ["0.1", "0.3333333333333333"], [0.1, 1 / 3],
     ["0.1", "0.3333"], None),
    ("tiny", one(pa.float64(), 0.00001, 0.0), ["0.00001", "0"], [1e-05, 0.0], None, None),
    ("nan", one(pa.float64(), float("nan"), float("-inf")), ["nan", "-inf"], [None, None], None, None),
    ("text", one(pa.string(), "a", "", None), ["a", '""', ""], ["a", "", None], ["a", "", "-"], None),
    ("hangul", one(pa.string(), "메모"), ["메모"], ["메모"], None, None),
    ("lines", one(pa.string(), "a\nb\tc"), ['"a\nb\tc"'], ["a\nb\tc"], ["a\\nb\\tc"], ["a<br>b c"]),
    ("quotes", one(pa.string(), 'a,"b"'), ['"a,""b"""'], ['a,"b"'], ['a,"b"'], ['a,"b"']),
    ("carriage", one(pa.string(), "a\rb"), ['"a\rb"'], ["a\rb"], ["a\\rb"], ["a\\\\rb"]),
    ("escape", one(pa.string(), "\x1b[31m"), ["\x1b[31m"], ["\x1b[31m"], ["\\x1b[31m"], ["\\\\x1b\\[31m"]),
    ("hidden", one(pa.string(), "a\u202eb\u2028"), ["a\u202eb\u2028"], ["a\u202eb\u2028"],
     ["a\\u202eb\\u2028"], ["a\\\\u202eb\\\\u2028"]),
    ("html", one(pa.string(), "<b>&|`*[x]"), ["<b>&|`*[x]"], ["<b>&|`*[x]"], ["<b>&|`*[x]"],
     ["&lt;b&gt;&amp;\\|\\`\\*\\[x\\]"]),
    ("bytes", one(pa.binary(), b"\x00\xff"), ["00ff"], ["00ff"], None, None),
    ("date", one(pa.date32(), date(2025, 6, 20)), ["2025-06-20"], ["2025-06-20"], None, None),
    ("no date", infinite(pa.date32(), 2**31 - 1, -(2**31) + 1), ["infinity", "-infinity"],
     ["infinity", "-infinity"], None, None),
    ("time", one(pa.time64("us"), time(10, 0, 0, 5)), ["10:00:00.000005"], ["10:00:00.000005"], None, None),
    ("instant", one(INSTANT, MOMENT, None), ["2025-06-20T01:00:00.431000Z", ""],
     ["2025-06-20T01:00:00.431000Z", None], ["2025-06-20 10:00:00.431+09:00", "-"], None),
    ("whole second", one(INSTANT, MOMENT.replace(microsecond=0)), ["2025-06-20T01:00:00.000000Z"],
     ["2025-06-20T01:00:00.000000Z"], ["2025-06-20 10:00:00+09:00"], None),
    ("microsecond", infinite(INSTANT, -1), ["1969-12-31T23:59:59.999999Z"], ["1969-12-31T23:59:59.999999Z"],
     ["1970-01-01 08:59:59.999999+09:00"], None),
    ("far", infinite(INSTANT, FAR, END, -END), ["10000-01-01T00:00:00.000000Z", "infinity", "-infinity"],
     ["10000-01-01T00:00:00.000000Z", "infinity", "-infinity"],
     ["10000-01-01 00:00:00.000000+00:00", "infinity", "-infinity"], None),
    ("session zone", one(pa.timestamp("us", tz="Asia/Seoul"), MOMENT), ["2025-06-20T01:00:00.431000Z"],
     ["2025-06-20T01:00:00.431000Z"], ["2025-06-20 10:00:00.431+09:00"], None),
    ("no zone", one(pa.timestamp("us"), MOMENT.replace(tzinfo=None)), ["2025-06-20T01:00:00.431000"],
     ["2025-06-20T01:00:00.431000"], ["2025-06-20 01:00:00.431"], None),
    ("seconds", one(pa.timestamp("s", tz="UTC"), MOMENT.replace(microsecond=0)),
     ["2025-06-20T01:00:00.000000Z"], ["2025-06-20T01:00:00.000000Z"], ["2025-06-20 10:00:00+09:00"], None),
    ("list", one(pa.list_(pa.int64()), [1, None], [], None), ['"[1,null]"', "[]", ""],
     [[1, None], [], None], ["[1,null]", "[]", "-"], ["\\[1,null\\]", "\\[\\]", ""]),
    ("pairs", one(pa.list_(pa.int64(), 2), [1, 2]), ['"[1,2]"'], [[1, 2]], ["[1,2]"], ["\\[1,2\\]"]),
    ("struct", one(pa.struct([("a", pa.string()), ("t", INSTANT)]), {"a": "x,y", "t": MOMENT}, None),
     ['"{""a"":""x,y"",""t"":""2025-06-20T01:00:00.431000Z""}"', ""],
     [{"a": "x,y", "t": "2025-06-20T01:00:00.431000Z"}, None],
     ['{"a":"x,y","t":"2025-06-20T01:00:00.431000Z"}', "-"], None),
    ("map", one(pa.map_(pa.string(), pa.decimal128(4, 1)), [("k", Decimal("1.5"))]), ['"{""k"":1.5}"'],
     [{"k": 1.5}], ['{"k":1.5}'], None),
    ("nothing", one(pa.null(), None), [""], [None], ["-"], None),
    ("coded", one(pa.string(), "x", None).set_column(0, "v", pa.array(["x", None]).dictionary_encode()),
     ["x", ""], ["x", None], ["x", "-"], None),
]  # fmt: skip
BY_NAME = pytest.mark.parametrize(("table", "csv", "jsons", "shown", "marked"), [a[1:] for a in AWKWARD],
                                  ids=[a[0] for a in AWKWARD])  # fmt: skip


@BY_NAME
def test_csv_writes_each_value_as_a_machine_reads_it(table, csv, jsons, shown, marked):
    assert written("csv", table) == ("\n".join(["v", *csv]) + "\n").encode()


@BY_NAME
def test_json_and_ndjson_hold_the_same_values_one_object_a_row(table, csv, jsons, shown, marked):
    assert json.loads(written("json", table)) == [{"v": value} for value in jsons]
    assert list(map(json.loads, written("ndjson", table).decode().removesuffix("\n").split("\n"))) == [
        {"v": value} for value in jsons
    ]


@BY_NAME
def test_a_table_writes_each_value_for_people(table, csv, jsons, shown, marked):
    lines = written("table", table).decode().removesuffix("\n").split("\n")
    assert (lines[0].strip(), set(lines[1])) == ("v", {"-"})
    assert [line.strip() for line in lines[2:]] == (shown or csv)


@BY_NAME
def test_markdown_shows_each_value_as_it_is(table, csv, jsons, shown, marked):
    rows = written("markdown", table).decode().splitlines()[2:]
    wanted = marked or ["" if cell == "-" else cell for cell in shown or csv]
    assert [row.removeprefix("| ").removesuffix(" |") for row in rows] == wanted


@BY_NAME
def test_parquet_keeps_types_and_values(table, csv, jsons, shown, marked):
    back = pq.read_table(io.BytesIO(written("parquet", table)))
    assert written("csv", back) == written("csv", table)
    kind = back.schema.field("v").type
    assert kind == table.schema.field("v").type or kind.tz == "UTC"


@BY_NAME
def test_no_format_for_terminals_lets_a_value_steer_one(table, csv, jsons, shown, marked):
    for form in ("table", "markdown", "json", "ndjson"):
        assert not text.UNSAFE.search(written(form, table).decode())


def test_json_is_one_array_and_ndjson_a_line_a_row():
    table = pa.table({"n": [1, 2], "s": ["a", "\x7f"]})
    assert written("json", table) == b'[\n{"n":1,"s":"a"},\n{"n":2,"s":"\\u007f"}\n]\n'
    assert written("ndjson", table) == b'{"n":1,"s":"a"}\n{"n":2,"s":"\\u007f"}\n'


def test_no_rows_are_a_result_too():
    table = pa.table({"n": pa.array([], pa.int64()), "s": pa.array([], pa.string())})
    assert {form: written(form, table) for form in ("csv", "json", "ndjson", "markdown", "table")} == {
        "csv": b"n,s\n",
        "json": b"[]\n",
        "ndjson": b"",
        "markdown": b"| n | s |\n| ---: | --- |\n",
        "table": b"n  s\n-  -\n",
    }
    assert pq.read_table(io.BytesIO(written("parquet", table))).schema == table.schema


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_disarms_texts_that_a_spreadsheet_would_run_and_leaves_numbers(start):
    table = pa.table({f"{start}h": [f"{start}1+1", "a" + start], "n": [-1, 1], "d": [-0.5, 0.5]})
    head, first, second = written("csv", table).decode().removesuffix("\n").split("\n")
    quote = '"' if start == "\r" else ""
    assert head == f"{quote}'{start}h{quote},n,d"
    assert first == f"{quote}'{start}1+1{quote},-1,-0.5"
    assert second == f"{quote}a{start}{quote},1,0.5"


def test_a_table_lines_up_wide_characters_and_puts_numbers_to_the_right():
    table = pa.table({"이름": ["느린 독서", "ok", "e\u0301"], "n": [1, 22, None], "끝": ["x", "y", "z"]})
    assert written("table", table).decode() == (
        "이름        n  끝\n"
        "---------  --  --\n"
        "느린 독서   1  x\n"
        "ok         22  y\n"
        "e\u0301           -  z\n"
    )  # fmt: skip


def test_a_table_cuts_texts_to_the_terminal_and_never_numbers_or_instants():
    table = pa.table({"at": pa.array([MOMENT], INSTANT), "message": ["가" * 30], "n": [1234567890123]})
    head, rule, row = written("table", table, columns=70).decode().splitlines()
    assert row == "2025-06-20 10:00:00.431+09:00  가가가가가가가가가가가…   1234567890123"
    assert (text.width(rule), text.width(row)) == (70, 70)
    assert head.split() == ["at", "message", "n"]


def test_the_column_with_most_to_spare_gives_first():
    table = pa.table({"a": ["x" * 50], "b": ["y" * 12], "c": ["z" * 30]})
    *_, row = written("table", table, columns=44).decode().splitlines()
    assert [len(cell) for cell in row.split()] == [14, 12, 14]


def test_rows_that_do_not_fit_are_written_one_below_the_other_uncut():
    table = pa.table({"at": pa.array([MOMENT, None], INSTANT), "message": ["first\nsecond \x1b", None]})
    assert written("table", table, columns=30).decode() == (
        "row 1\n"
        "  at       2025-06-20 10:00:00.431+09:00\n"
        "  message  first\n"
        "           second \\x1b\n"
        "row 2\n"
        "  at       -\n"
        "  message  -\n"
    )


def test_later_rows_keep_the_columns_of_the_first():
    first, later = pa.table({"s": ["ab"] * 1000}), pa.table({"s": ["abcdef"]})
    lines = written("table", pa.concat_tables([first, later])).decode().splitlines()
    assert (lines[1], lines[2], lines[-1]) == ("--", "ab", "a…")


def test_many_batches_are_one_result():
    batches = [pa.record_batch({"n": [n]}) for n in range(3)]
    empty = batches[0].slice(0, 0)
    reader = [empty, batches[0], empty, batches[1], batches[2], empty]
    for form, wanted in (
        ("csv", b"n\n0\n1\n2\n"),
        ("ndjson", b'{"n":0}\n{"n":1}\n{"n":2}\n'),
        ("json", b'[\n{"n":0},\n{"n":1},\n{"n":2}\n]\n'),
        ("markdown", b"| n |\n| ---: |\n| 0 |\n| 1 |\n| 2 |\n"),
        ("table", b"n\n-\n0\n1\n2\n"),
    ):
        out = io.BytesIO()
        stream = pa.RecordBatchReader.from_batches(empty.schema, iter(reader))
        FORMATS[form].write(stream, out, Setting(SEOUL))
        assert out.getvalue() == wanted


NESTED = strategies.one_of(
    strategies.none(),
    strategies.lists(strategies.one_of(strategies.none(), strategies.integers(-9, 9)), max_size=3),
)


@given(strategies.lists(NESTED, max_size=6), strategies.integers(0, 6), strategies.integers(0, 6))
def test_a_slice_of_nested_values_is_that_slice(cells, start, length):
    whole = pa.array(cells, pa.list_(pa.int64()))
    assert values.json_values(whole.slice(start, length)) == cells[start : start + length]
    records = pa.array(
        [None if cell is None else {"v": cell} for cell in cells], pa.struct([("v", whole.type)])
    )
    wanted = [None if cell is None else {"v": cell} for cell in cells[start : start + length]]
    assert values.json_values(records.slice(start, length)) == wanted


@given(strategies.text(max_size=20), strategies.integers(1, 25))
def test_cut_text_is_no_wider_than_asked_and_padded_text_just_as_wide(said, columns):
    cut = text.clip(said, columns)
    assert text.width(cut) <= columns
    assert cut == said or cut.endswith("…")
    assert text.width(text.pad(cut, columns)) == columns
