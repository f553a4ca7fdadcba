"""How columns are encoded in data files: smallest where it matters, and readable by all that read Delta."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import lake_lab as lab
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, QueryBuilder
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest.datafiles import hours_of
from pipeline.lake import Lake
from pipeline.schema import EVENTS, TABLES
from pipeline.table import Table, spelled_out

DAY = "2025-06-20"
SINCE = datetime(2025, 6, 20, 5, tzinfo=UTC)
SAMPLES = {
    "string": "한글\u2028\x00", "list<string>": ["zone", "year"], "double": -0.5, "int16": -1, "int32": 2,
    "list<span>": [{"line_no": 1, "line_count": 2}], "int64": 2**60,
    "timestamp": datetime(2025, 6, 20, 23, 59, 59, 999999, UTC),
}  # fmt: skip


def events(count: int, **columns: list[object]) -> pa.Table:
    """Return rows of events of one day, with these columns and null in all others."""
    arrays = [pa.array(columns.get(f.name, [None] * count), f.type) for f in EVENTS.file_arrow]
    return pa.table(arrays, schema=EVENTS.file_arrow)


def written(root: Path, *groups: pa.Table) -> str:
    """Write groups of rows into a file of a new lake; return its path."""
    with Lake(root).writer() as writer:
        change = writer.change(writer.run_id(lab.START))
        with change.file("events", {"date": DAY}) as out:
            for group in groups:
                out.write(group)
        (file,) = change.commit().files("events")
    return file.path


def encodings(path: str, number: int = 0) -> dict[str, set[str]]:
    """Return the encodings of each column in a row group; that of levels is among them."""
    group = pq.ParquetFile(path).metadata.row_group(number)
    columns = [group.column(at) for at in range(group.num_columns)]
    return {column.path_in_schema: set(column.encodings) for column in columns}


def every_kind(count: int, first_line: int) -> pa.Table:
    """Return rows where each column has nulls in no order, and text repeats, grows, or is random."""
    draw = random.Random(first_line)
    lines = range(first_line, first_line + count)
    columns: dict[str, list[object]] = {
        column.name: [SAMPLES[column.type] if draw.random() < 0.5 else None for _ in lines]
        for column in EVENTS.columns[1:]
    }
    columns |= {
        "ts": [datetime(2025, 6, 20, tzinfo=UTC) + timedelta(seconds=n, microseconds=n % 7) for n in lines],
        "message": [f"GET /api/notes/{draw.getrandbits(96):024x} {'€' * draw.randint(0, 3)}" for _ in lines],
        "request_id": [f"{draw.getrandbits(32):08x}" if draw.random() < 0.9 else None for _ in lines],
        "session_id": [f"session-of-the-day-{n:09}" for n in lines],
        "user_id": [f"u{draw.randint(1, 300)}" if draw.random() < 0.5 else None for _ in lines],
        "duration_ms": [draw.choice([None, round(draw.lognormvariate(4, 1), 3)]) for _ in lines],
        "line_no": list(lines),
    }
    return events(count, **columns)


GROUPS = (every_kind(2000, 1), every_kind(1, 2001), every_kind(20_000, 2002))
READERS: dict[str, Callable[[Path, str], object]] = {
    "Arrow": lambda _, path: pq.ParquetFile(path).read(),
    "DuckDB": lambda _, path: duckdb.from_parquet(path, hive_partitioning=False).to_arrow_table(),
    "Polars": lambda _, path: pl.read_parquet(path, hive_partitioning=False).to_arrow(),
    "Polars, by the log": lambda root, _: pl.read_delta(str(root / "events")).to_arrow(),
    "delta-rs": lambda root, _: DeltaTable(str(root / "events")).to_pyarrow_table(),
    "delta-rs, its engine": lambda root, _: pa.table(
        QueryBuilder().register("t", DeltaTable(str(root / "events"))).execute("SELECT * FROM t").read_all()
    ),
}


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_gives_back_what_was_written_in_several_groups(tmp_path: Path, reader: str) -> None:
    path = written(tmp_path, *GROUPS)
    read = pa.table(READERS[reader](tmp_path, path)).select(EVENTS.file_arrow.names)
    read = pa.table([column.cast(field.type) for column, field in zip(read, EVENTS.file_arrow, strict=True)],
                    schema=EVENTS.file_arrow)  # fmt: skip
    assert read.sort_by("line_no").equals(pa.concat_tables(GROUPS))


def test_every_reader_finds_the_rows_of_a_time_and_of_a_user(tmp_path: Path) -> None:
    path = written(tmp_path, *GROUPS)
    rows = pa.concat_tables(GROUPS).select(["ts", "user_id", "line_no"]).to_pylist()
    wanted = [row["line_no"] for row in rows if row["ts"] >= SINCE and row["user_id"] == "u7"]
    text = (
        f"SELECT line_no FROM '{path}' WHERE ts >= TIMESTAMPTZ '{SINCE}' AND user_id = 'u7' ORDER BY line_no"
    )
    assert wanted
    assert [number for (number,) in duckdb.sql(text).fetchall()] == wanted
    asked = pl.scan_delta(str(tmp_path / "events")).filter(pl.col("ts") >= SINCE, pl.col("user_id") == "u7")
    assert sorted(asked.select("line_no").collect()["line_no"].to_list()) == wanted


def compressed(values: list[str], level: int) -> int:
    """Return the bytes that values take as they stand, by a level of zstd."""
    out = pa.BufferOutputStream()
    pq.write_table(
        pa.table({"text": values}), out, compression="zstd", compression_level=level, use_dictionary=False,
        column_encoding={"text": "PLAIN"}, data_page_version="2.0", write_statistics=False,
    )  # fmt: skip
    return int(pq.read_metadata(pa.BufferReader(out.getvalue())).row_group(0).column(0).total_compressed_size)


def test_text_is_compressed_harder_only_where_that_spares_a_tenth(tmp_path: Path) -> None:
    draw = random.Random(6)
    words = ["".join(draw.choices("abcdefgh", k=40)) for _ in range(300)]
    wordy = ["".join(draw.choice(words)[: draw.randint(5, 40)] for _ in range(6)) for _ in range(4096)]
    mixed = [f"{text} {draw.getrandbits(768):0192x}" for text in wordy]
    assert compressed(wordy, 6) < 0.9 * compressed(wordy, 1)
    assert 0.92 < compressed(mixed, 6) / compressed(mixed, 1) < 0.95
    path = written(tmp_path, events(4096, message=wordy, session_id=mixed))
    group = pq.ParquetFile(path).metadata.row_group(0)
    sizes = {
        group.column(at).path_in_schema: group.column(at).total_compressed_size
        for at in range(group.num_columns)
    }
    # As it stands, or in a way that is a little smaller.
    assert sizes["message"] < 1.01 * compressed(wordy, 6)
    assert 0.96 < sizes["session_id"] / compressed(mixed, 1) < 1.01


def test_text_that_stands_there_twice_on_average_goes_by_a_dictionary_and_else_is_spelled_out(
    tmp_path: Path,
) -> None:
    count = 1024
    twice = [f"u{n // 2}" for n in range(count)]
    path = written(
        tmp_path, events(count, user_id=twice, session_id=[*twice[:-1], "another"], service=["api"] * count)
    )
    found = encodings(path)
    assert "RLE_DICTIONARY" in found["user_id"] & found["service"] & found["client_address"]
    assert "RLE_DICTIONARY" not in found["session_id"]


def test_text_is_spelled_out_in_the_way_that_is_smallest(tmp_path: Path) -> None:
    draw, count = random.Random(33), 4096
    path = written(
        tmp_path,
        events(
            count,
            session_id=[f"session-of-the-day-{n:09}" for n in range(count)],
            request_id=[f"{draw.getrandbits(32):08x}" for _ in range(count)],
        ),
    )
    found = encodings(path)
    assert "DELTA_BYTE_ARRAY" in found["session_id"]
    assert "DELTA_LENGTH_BYTE_ARRAY" in found["request_id"]


def test_of_fewer_than_1024_rows_nothing_is_told(tmp_path: Path) -> None:
    assert (
        "RLE_DICTIONARY"
        in encodings(written(tmp_path, events(1023, user_id=[f"u{n}" for n in range(1023)])))["user_id"]
    )


def test_numbers_go_by_differences_and_those_of_few_values_by_a_dictionary(tmp_path: Path) -> None:
    found = encodings(written(tmp_path, events(2, line_no=[1, 2], http_status=[200, 404])))
    assert "DELTA_BINARY_PACKED" in found["line_no"] & found["ts"] & found["response_bytes"]
    assert "RLE_DICTIONARY" in found["http_status"] & found["line_count"]


def test_coded_text_is_written_as_the_text_it_stands_for_whatever_its_code(tmp_path: Path) -> None:
    first, second = ["a", "b", None], ["c", None, "a"]
    coded = [
        events(3, format=values).cast(pa.schema([EVENTS.made.field(f.name) for f in EVENTS.file_arrow]))
        for values in (first, second)
    ]
    path = written(tmp_path, pa.concat_tables(coded), events(3, format=second), coded[0])
    read = pq.read_table(path, columns=["format"], partitioning=None)
    assert read["format"].to_pylist() == first + second + second + first
    assert pq.read_schema(path).field("format").type == pa.string()


def test_a_file_is_the_same_whether_its_text_comes_spelled_out_or_as_views_and_codes(tmp_path: Path) -> None:
    made = pa.schema([EVENTS.made.field(name) for name in EVENTS.file_arrow.names])
    plain = [every_kind(3000, 1), every_kind(40, 3001)]
    files = [
        Path(written(tmp_path / way, *groups))
        for way, groups in (("plain", plain), ("made", [rows.cast(made) for rows in plain]))
    ]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert spelled_out(plain[0].cast(made).drop_columns(EVENTS.coded)).equals(
        plain[0].drop_columns(EVENTS.coded)
    )


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_file_says_the_types_of_its_table_without_the_schema_of_any_engine(
    tmp_path: Path, table: Table
) -> None:
    with Lake(tmp_path).writer() as writer:
        change = writer.change(writer.run_id(lab.START))
        with change.file(table.name, dict.fromkeys(table.partition)) as out:
            out.write(pa.Table.from_pylist([{}], schema=table.file_arrow))
        (file,) = change.files(table.name)
        assert pq.read_schema(file.path).equals(table.file_arrow)
        assert pq.read_metadata(file.path).metadata is None


instants = st.datetimes(datetime(1969, 12, 1), datetime(1970, 2, 1), timezones=st.just(UTC))


@given(st.lists(st.none() | instants))
@settings(max_examples=50)
def test_the_hours_of_instants_are_those_that_each_lies_in(ts: list[datetime | None]) -> None:
    by_hand = {each.replace(minute=0, second=0, microsecond=0) for each in ts if each}
    assert hours_of(pa.chunked_array([pa.array(ts, pa.timestamp("us", tz="UTC"))])) == by_hand
