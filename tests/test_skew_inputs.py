"""Files of events: what is read, what is left out and said, what is refused in one line."""

import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skew_lab import HOUR, START, classes, frame, h33, iso, steady, three, write

from pipeline.errors import InputFault
from pipeline.skew import analysis, inputs, times

DEVICES = three()


FORMS = {
    "iso": iso,
    "iso without offset": lambda s: iso(s, "%Y-%m-%d %H:%M:%S.%f"),
    "seconds": str,
    "milliseconds": lambda s: str(round(s * 1e3)),
    "microseconds": lambda s: str(round(s * 1e6)),
    "nanoseconds": lambda s: str(round(s * 1e6) * 1000),
}


@pytest.mark.parametrize("form", FORMS)
def test_instants_and_epoch_numbers_of_any_unit_give_the_same(form, tmp_path):
    rows = [
        (d, FORMS[form](s), FORMS[form](c)) for d, s, c in DEVICES.filter(pl.col("device") != "unit").rows()
    ]
    _, found = classes(write(tmp_path / "e.csv", rows))
    assert found == {"right": "ok", "seoul": "zone"}


def test_numbers_are_compared_as_they_stand(tmp_path):
    # Milliseconds of the server beside seconds of the client, and the other way round.
    rows = [("slow", round(s * 1000), round(c)) for s, c in steady(0)]
    rows += [("fast", round(s), round(c * 1000)) for s, c in steady(0)]
    rows += [("mixed", iso(s), round(c * 1000)) for s, c in steady(0)]
    done, found = classes(write(tmp_path / "e.csv", rows))
    assert found == {"slow": "unit", "fast": "unit", "mixed": "unit"}
    assert done.code == 0


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_parquet_times_of_every_unit_are_instants(unit, tmp_path):
    micros = (pl.col("server_ts", "client_ts") * 1e6).round().cast(pl.Int64).cast(pl.Datetime("us", "UTC"))
    told = micros.dt.convert_time_zone("Asia/Seoul").dt.cast_time_unit(unit)
    DEVICES.filter(pl.col("device") != "unit").with_columns(told).write_parquet(tmp_path / "e.parquet")
    assert classes(tmp_path / "e.parquet")[1] == {"right": "ok", "seoul": "zone"}


def test_devices_may_be_numbers(tmp_path):
    rows = frame(**{"10": steady(0), "9": steady(9 * HOUR)}).with_columns(pl.col("device").cast(pl.Int64))
    rows.write_parquet(tmp_path / "e.parquet")
    assert classes(tmp_path / "e.parquet")[1] == {9: "zone", 10: "ok"}


def test_rows_that_say_nothing_are_left_out_and_counted(tmp_path):
    rows = [("a", s, c) for s, c in steady(0)]
    rows += [rows[0], ("a", "", START), ("a", START, "NaN"), ("", START, START), ("silent", "null", START)]
    done, found = classes(write(tmp_path / "e.csv", rows))
    assert (found, done.code) == ({"a": "ok", "silent": "insufficient"}, 0)
    assert (
        "rows left out: 1 without a device, 3 without one of the times, 1 that repeat another\n"
        in done.stderr
    )


def test_a_time_that_cannot_be_read_is_named_and_the_rest_is_judged(tmp_path):
    rows = [("a", iso(s), iso(c)) for s, c in steady(9 * HOUR)]
    rows[7] = ("a", rows[7][1], "yesterday-ish")
    done, found = classes(write(tmp_path / "e.csv", rows))
    assert (found, done.code) == ({"a": "zone"}, 3)
    assert (
        "1 with a time that cannot be read (row 8: server_ts '2025-06-11T08:00:00.000000Z', client_ts 'yester"
        in (done.stderr)
    )


def test_files_without_events_give_an_empty_array(tmp_path):
    for text in ("", "\n", "device,server_ts,client_ts\n"):
        (tmp_path / "e.csv").write_text(text)
        done = h33("--input", tmp_path / "e.csv", "--format", "json")
        assert (done.code, json.loads(done.stdout)) == (0, [])
    frame().write_parquet(tmp_path / "e.parquet")
    assert json.loads(h33("--input", tmp_path / "e.parquet", "--format", "json").stdout) == []


def test_bad_files_are_refused_in_one_line(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\x7fELF\0\0\0")
    (tmp_path / "torn.parquet").write_bytes(b"PAR1" + b"x" * 50)
    write(tmp_path / "short.csv", [("a", 1)], ("device", "server_ts"))
    pl.DataFrame({"device": ["a"], "server_ts": [True], "client_ts": [1]}).write_parquet(
        tmp_path / "kind.parquet"
    )
    for name, said in {
        "none.csv": "No such file",
        "folder": "not a regular file",
        "binary": "neither CSV nor Parquet",
        "torn.parquet": "damaged Parquet",
        "short.csv": "no column client_ts; there are device, server_ts",
        "kind.parquet": "column server_ts has type Boolean",
    }.items():
        done = h33("--input", tmp_path / name, "--format", "json")
        assert (done.code, done.stdout, done.stderr.count("\n")) == (3, "", 1), done.stderr
        assert said in done.stderr
        assert name in done.stderr


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_and_further_columns_are_fine(separator, tmp_path):
    lines = [separator.join((" device", "browser", "server_ts", "client_ts"))]
    lines += [separator.join(("a", "Whale, 4", iso(s), iso(c))) for s, c in steady(9 * HOUR)]
    (tmp_path / "e.csv").write_text("\ufeff" + "\r\n".join(lines))
    assert classes(tmp_path / "e.csv")[1] == {"a": "zone"}
    done = h33("--input", tmp_path / "e.csv", "--by", "browser", "--format", "json")
    (row,) = json.loads(done.stdout)
    assert (row["value"], row["memos"], row["wrong"], row["wrong_ratio"]) == ("Whale, 4", 20, 20, 1.0)


def test_the_pieces_make_no_difference(monkeypatch, tmp_path):
    several = {f"d{n:03d}": steady(9 * HOUR if n % 2 else 5000.0 * n, n=5 + n % 30) for n in range(60)}
    events = frame(**several).sample(fraction=1, shuffle=True, seed=1)
    events.write_parquet(tmp_path / "e.parquet")
    whole = analysis.devices(inputs.read(tmp_path / "e.parquet"))
    monkeypatch.setattr(inputs, "_PART_ROWS", 100)
    monkeypatch.setattr(inputs, "_PIECE_ROWS", 37)
    reader = inputs.read(tmp_path / "e.parquet")
    pieces = list(reader.pieces())
    assert len(pieces) > 20
    assert sum(len(piece.server) for piece in pieces) == len(events)
    assert analysis.devices(inputs.read(tmp_path / "e.parquet")).equals(whole)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2025-06-20T01:00:00Z", 1_750_381_200),
        ("2025-06-20T10:00:00+09:00", 1_750_381_200),
        ("2025-06-20T10:00:00+0900", 1_750_381_200),
        ("2025-06-20T01:00:00.5Z", 1_750_381_200.5),
        ("2025-06-20 01:00:00.123456", 1_750_381_200.123456),
        ("2025-06-20T01:00", 1_750_381_200),
        ("2025-06-20", 1_750_377_600),
    ],
)
def test_an_instant_is_read_alone_and_among_others(text, seconds):
    others = ["1750381200", "2025-06-20T01:00:00Z", "2025-06-20 01:00:00", None, "x"]
    for column in ([text], [text, *others]):
        read = pl.DataFrame({"t": column}).select(times.read("t", pl.String(), "test"))["t"].struct
        assert read["instant"][0] == pytest.approx(seconds, abs=1e-5)
        assert read["unreadable"].to_list() == [False, *[False] * 4, True][: len(column)]


def test_events_of_a_device_come_in_the_order_of_the_server(tmp_path):
    # The last one was written first.
    waited = [(START + n, START + n) for n in range(5)] + [(START + 9, START - 9)]
    frame(a=waited[::-1], b=waited).write_parquet(tmp_path / "e.parquet")
    (piece,) = inputs.read(tmp_path / "e.parquet").pieces()
    assert piece.server.tolist() == [server for server, _ in waited] * 2
    assert piece.client.tolist() == [client for _, client in waited] * 2


@settings(deadline=None)
@given(st.floats(1e8, 4e9))
def test_the_unit_is_told_by_the_servers_number(seconds):
    for factor in (1, 1e3, 1e6, 1e9):
        number = pl.DataFrame({"s": [seconds * factor], "c": [seconds * factor * 1000]})
        structs = number.select(times.read(name, pl.Float64(), "t").alias(name) for name in ("s", "c"))
        pair = structs.select(times.pair(pl.col("s"), pl.col("c")))
        assert pair["server"][0] == pytest.approx(seconds)
        assert pair["client"][0] == pytest.approx(seconds * 1000)


def test_an_unknown_column_names_those_there_are():
    with pytest.raises(InputFault, match="no column browser; there are device, server_ts, client_ts"):
        inputs.from_arrow(frame(a=steady(0)).to_arrow(), "test", ("browser",))
