"""Requests from CSV and Parquet files: every way to write a value, and a plain word about what is none."""

import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.errors import InputFault
from pipeline.gate import inputs
from pipeline.gate.arms import UNKNOWN, Pair, from_arrow

SEOUL = ZoneInfo("Asia/Seoul")
HEAD = "ts,arm,http_status,duration_ms,user_id\n"
NINE = datetime(2025, 6, 20, 0, 0, tzinfo=UTC)


def csv(tmp_path, text):
    file = tmp_path / "in.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return inputs.read(file, SEOUL)


def refused(tmp_path, text):
    with pytest.raises(InputFault) as caught:
        csv(tmp_path, text)
    said = str(caught.value)
    assert "\n" not in said
    return said.replace(str(tmp_path), "")


def column(tmp_path, name, values):
    usual = {
        "ts": "2025-06-20T09:00:00+09:00",
        "arm": "canary",
        "http_status": "200",
        "duration_ms": "1",
        "user_id": "u",
    }
    rows = [",".join({**usual, name: value}.values()) for value in values]
    return csv(tmp_path, HEAD + "\n".join(rows) + "\n")


def test_instants_are_read_however_they_are_written(tmp_path):
    written = [
        "2025-06-20T00:00:00Z",
        "2025-06-20T09:00:00+09:00",
        "2025-06-20 09:00:00+0900",
        "2025-06-20 09:00:00.000000",
        "2025-06-20T09:00",
        "2025-06-20 00:00:00 Z",
        "2025-06-20T00:00:00.000000000Z",
        "1750377600",
        "1750377600.0",
        "1750377600000",
        "1750377600000000",
        "1750377600000000000",
    ]
    assert column(tmp_path, "ts", written)["ts"].to_pylist() == [NINE] * len(written)


def test_instants_all_of_one_kind_are_read_too(tmp_path):
    for text in ("2025-06-20T09:00:00+09:00", "2025-06-20 09:00:00", "1750377600"):
        assert column(tmp_path, "ts", [text, text])["ts"].to_pylist() == [NINE, NINE]


def test_an_hour_that_a_clock_shows_twice_is_the_first_and_one_that_it_skips_is_none(tmp_path):
    file = tmp_path / "in.csv"
    berlin = ZoneInfo("Europe/Berlin")
    file.write_text(HEAD + "2025-10-26 02:30:00,canary,200,1,u\n")
    assert inputs.read(file, berlin)["ts"].to_pylist() == [datetime(2025, 10, 26, 0, 30, tzinfo=UTC)]
    file.write_text(HEAD + "2025-03-30 02:30:00,canary,200,1,u\n")
    with pytest.raises(InputFault, match="row 1: no instant"):
        inputs.read(file, berlin)


@pytest.mark.parametrize("text", ["yesterday", "2025-13-01T00:00:00Z", "", "-", "09:00"])
def test_what_is_no_instant_is_named_by_its_row(tmp_path, text):
    said = refused(tmp_path, HEAD + f"2025-06-20T00:00:00Z,canary,200,1,u\n{text},canary,200,1,u\n")
    assert said.startswith("/in.csv: row 2: no instant")
    assert "ISO 8601" in said


def test_arms_are_baseline_and_canary(tmp_path):
    assert column(tmp_path, "arm", ["Baseline", " CANARY "])["arm"].to_pylist() == ["baseline", "canary"]
    assert refused(tmp_path, HEAD + "2025-06-20T00:00:00Z,control,200,1,u\n") == (
        "/in.csv: row 1: no arm: 'control'; an arm is baseline or canary"
    )
    assert "row 1: no arm; " in refused(tmp_path, HEAD + "2025-06-20T00:00:00Z,,200,1,u\n")


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path):
    assert refused(tmp_path, "ts,arm,status\n2025-06-20T00:00:00Z,canary,200\n") == (
        "/in.csv: no column http_status; there are ts, arm, status"
    )


def test_durations_and_users_may_be_missing(tmp_path):
    table = csv(tmp_path, "ts,arm,http_status\n2025-06-20T00:00:00Z,canary,200\n")
    arms = from_arrow(table)
    assert (arms.duration, arms.user, arms.rows) == (None, None, Pair(0, 1))


def test_null_statuses_are_unknown_and_counted(tmp_path):
    arms = from_arrow(column(tmp_path, "http_status", ["200", "", "-", "null", "499", "500", "599", "503.0"]))
    assert arms.status.tolist() == [200, UNKNOWN, UNKNOWN, UNKNOWN, 499, 500, 599, 503]
    assert arms.error.tolist() == [False] * 5 + [True] * 3
    assert arms.left_out["status_null"] == Pair(0, 3)
    assert arms.left_out["status_invalid"] == Pair(0, 0)


def test_numbers_that_are_no_status_are_unknown_and_counted_apart(tmp_path):
    arms = from_arrow(
        column(tmp_path, "http_status", ["100", "99", "0", "600", "-200", "200.5", "1e300", "NaN"])
    )
    assert arms.status.tolist() == [100] + [UNKNOWN] * 7
    assert arms.left_out["status_invalid"] == Pair(0, 7)
    assert "row 1: no number: 'teapot'" in refused(
        tmp_path, HEAD + "2025-06-20T00:00:00Z,canary,teapot,1,u\n"
    )


def test_durations_that_cannot_be_ranked_are_counted_apart(tmp_path):
    arms = from_arrow(
        column(tmp_path, "duration_ms", ["1.5", "0", "", "NaN", "inf", "-inf", "-0.5", "-1", "1e3"])
    )
    assert [x for x in arms.duration if not math.isnan(x)] == [1.5, 0, 1000]
    counted = {kind: pair.canary for kind, pair in arms.left_out.items() if kind.startswith("duration")}
    assert counted == {
        "duration_null": 1,
        "duration_nan": 1,
        "duration_infinite": 2,
        "duration_negative": 2,
    }


def test_users_are_told_apart_and_nobody_is_nobody(tmp_path):
    arms = from_arrow(column(tmp_path, "user_id", ["a", "b", "", "a", "-"]))
    assert arms.user.tolist()[0] == arms.user.tolist()[3]
    assert len(set(arms.user.tolist())) == 3
    assert (arms.user.tolist()[2], arms.user.tolist()[4]) == (-1, -1)
    assert arms.left_out["user_null"] == Pair(0, 2)


def test_a_byte_order_mark_carriage_returns_semicolons_quotes_and_spaces_are_no_matter(tmp_path):
    table = csv(
        tmp_path,
        b"\xef\xbb\xbfts ; arm;http_status;duration_ms;user_id;more\r\n"
        b'"2025-06-20T00:00:00Z";canary;200;1;"u;1\n2";x\r\n',
    )
    assert table.column_names == ["ts", "arm", "http_status", "duration_ms", "user_id"]
    assert table["user_id"].to_pylist() == ["u;1\n2"]


def test_parquet_gives_what_csv_gives(tmp_path):
    frame = pl.DataFrame(
        {
            "ts": [NINE, NINE],
            "arm": pl.Series(["canary", "baseline"], dtype=pl.Categorical),
            "http_status": pl.Series([500, None], dtype=pl.Int16),
            "duration_ms": pl.Series([1.5, None], dtype=pl.Float32),
            "user_id": pl.Series([7, None], dtype=pl.Int32),
        }
    )
    frame.write_parquet(tmp_path / "in.parquet")
    table = inputs.read(tmp_path / "in.parquet", SEOUL)
    same = csv(tmp_path, HEAD + "2025-06-20T00:00:00Z,canary,500,1.5,7\n2025-06-20T00:00:00Z,baseline,,,\n")
    assert table.to_pylist() == same.to_pylist()


@pytest.mark.parametrize(
    "ts", [pl.Series([datetime(2025, 6, 20, 9)]), pl.Series([1750377600]), pl.Series([1.7503776e12])]
)
def test_parquet_instants_without_a_zone_or_as_numbers(tmp_path, ts):
    pl.DataFrame({"ts": ts, "arm": ["canary"], "http_status": [200]}).write_parquet(tmp_path / "in.parquet")
    assert inputs.read(tmp_path / "in.parquet", SEOUL)["ts"].to_pylist() == [NINE]


def test_files_that_are_none_are_told_in_one_line(tmp_path):
    assert "binary" in refused(tmp_path, b"\x00\x01\x02\n")
    assert "UTF-16" in refused(tmp_path, HEAD.encode("utf-16"))
    assert "damaged Parquet" in refused(tmp_path, b"PAR1 but no more")
    with pytest.raises(InputFault, match="No such file"):
        inputs.read(tmp_path / "none.csv", SEOUL)
    with pytest.raises(InputFault, match="not a regular file"):
        inputs.read(tmp_path, SEOUL)


def test_an_empty_line_is_no_request(tmp_path):
    line = "2025-06-20T00:00:00Z,canary,200,1,u\n"
    assert len(csv(tmp_path, HEAD + "\n" + line + "\n" + line + "\n\n")) == 2


@pytest.mark.parametrize("text", ["", "\n", HEAD, "\ufeff" + HEAD])
def test_a_file_without_rows_has_no_requests(tmp_path, text):
    assert from_arrow(csv(tmp_path, text)).rows == Pair(0, 0)
