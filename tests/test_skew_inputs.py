"""Files of events: what is read, what is left out and said, what is refused in one line."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skew_lab import START, frame, steady

from pipeline.cli import main
from pipeline.errors import InputFault
from pipeline.skew import analysis, inputs, times

HOUR = 3600.0
KEYS = ["device", "class", "offset_s", "drift_s_per_day", "confidence", "n"]


class Done(NamedTuple):
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def h33(capfdbinary, monkeypatch, tmp_path):
    """Run `h33 skew` in a folder without settings."""
    monkeypatch.chdir(tmp_path)

    def run(*args, before=()):
        with pytest.raises(SystemExit) as left:
            main([*before, "skew", *map(str, args)])
        out, err = capfdbinary.readouterr()
        return Done(int(left.value.code or 0), out.decode(), err.decode())

    return run


@pytest.fixture
def classes(h33):
    """Return what `h33 skew` says of a file: how it ended, and the class of each device."""

    def run(path):
        done = h33("--input", path, "--format", "json")
        return done, {row["device"]: row["class"] for row in json.loads(done.stdout)}

    return run


def iso(seconds, form="%Y-%m-%dT%H:%M:%S.%fZ"):
    return datetime.fromtimestamp(seconds, UTC).strftime(form)


def write(path, rows, header=("device", "server_ts", "client_ts")):
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([header, *rows])
    return path


@pytest.fixture
def devices():
    return frame(right=steady(0), seoul=steady(9 * HOUR), unit=[(s, c * 1000) for s, c in steady(0)])


def test_json_is_an_array_of_exactly_the_promised_keys_sorted_by_device(tmp_path, devices, h33):
    devices.write_parquet(tmp_path / "e.parquet")
    done = h33("--input", tmp_path / "e.parquet", "--format", "json")
    rows = json.loads(done.stdout)
    assert done.returncode == 0
    assert [list(row) for row in rows] == [KEYS] * 3
    assert [row["device"] for row in rows] == ["right", "seoul", "unit"]
    seoul = rows[1]
    assert (seoul["class"], seoul["n"], seoul["confidence"]) == ("zone", 20, 0.8389)
    assert seoul["offset_s"] == pytest.approx(32_400, abs=1)
    assert seoul["drift_s_per_day"] == pytest.approx(0, abs=0.2)
    assert "3 devices: unit 1, zone 1, ok 1; of 60 memos 40 show a wrong time (66.7%" in done.stderr


def test_a_pipe_gets_csv_and_nothing_else_on_stdout(tmp_path, devices, h33):
    devices.write_csv(tmp_path / "e.csv")
    rows = list(csv.reader(io.StringIO(h33("--input", tmp_path / "e.csv").stdout)))
    assert rows[0] == KEYS
    assert [row[:2] for row in rows[1:]] == [["right", "ok"], ["seoul", "zone"], ["unit", "unit"]]


FORMS = {
    "iso": iso,
    "iso without offset": lambda s: iso(s, "%Y-%m-%d %H:%M:%S.%f"),
    "seconds": str,
    "milliseconds": lambda s: str(round(s * 1e3)),
    "microseconds": lambda s: str(round(s * 1e6)),
    "nanoseconds": lambda s: str(round(s * 1e6) * 1000),
}


@pytest.mark.parametrize("form", FORMS)
def test_instants_and_epoch_numbers_of_any_unit_give_the_same(form, tmp_path, devices, classes):
    rows = [
        (d, FORMS[form](s), FORMS[form](c)) for d, s, c in devices.filter(pl.col("device") != "unit").rows()
    ]
    _, found = classes(write(tmp_path / "e.csv", rows))
    assert found == {"right": "ok", "seoul": "zone"}


def test_numbers_are_compared_as_they_stand(tmp_path, classes):
    # Milliseconds of the server beside seconds of the client, and the other way round.
    rows = [("slow", round(s * 1000), round(c)) for s, c in steady(0)]
    rows += [("fast", round(s), round(c * 1000)) for s, c in steady(0)]
    rows += [("mixed", iso(s), round(c * 1000)) for s, c in steady(0)]
    done, found = classes(write(tmp_path / "e.csv", rows))
    assert found == {"slow": "unit", "fast": "unit", "mixed": "unit"}
    assert done.returncode == 0


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_parquet_times_of_every_unit_are_instants(unit, tmp_path, devices, classes):
    micros = (pl.col("server_ts", "client_ts") * 1e6).round().cast(pl.Int64).cast(pl.Datetime("us", "UTC"))
    told = micros.dt.convert_time_zone("Asia/Seoul").dt.cast_time_unit(unit)
    devices.filter(pl.col("device") != "unit").with_columns(told).write_parquet(tmp_path / "e.parquet")
    assert classes(tmp_path / "e.parquet")[1] == {"right": "ok", "seoul": "zone"}


def test_devices_may_be_numbers(tmp_path, classes):
    rows = frame(**{"10": steady(0), "9": steady(9 * HOUR)}).with_columns(pl.col("device").cast(pl.Int64))
    rows.write_parquet(tmp_path / "e.parquet")
    assert classes(tmp_path / "e.parquet")[1] == {9: "zone", 10: "ok"}


def test_rows_that_say_nothing_are_left_out_and_counted(tmp_path, classes):
    rows = [("a", s, c) for s, c in steady(0)]
    rows += [rows[0], ("a", "", START), ("a", START, "NaN"), ("", START, START), ("silent", "null", START)]
    done, found = classes(write(tmp_path / "e.csv", rows))
    assert (found, done.returncode) == ({"a": "ok", "silent": "insufficient"}, 0)
    assert (
        "rows left out: 1 without a device, 3 without one of the times, 1 that repeat another\n"
        in done.stderr
    )


def test_a_time_that_cannot_be_read_is_named_and_the_rest_is_judged(tmp_path, classes):
    rows = [("a", iso(s), iso(c)) for s, c in steady(9 * HOUR)]
    rows[7] = ("a", rows[7][1], "yesterday-ish")
    done, found = classes(write(tmp_path / "e.csv", rows))
    assert (found, done.returncode) == ({"a": "zone"}, 3)
    assert (
        "1 with a time that cannot be read (row 8: server_ts '2025-06-11T08:00:00.000000Z', client_ts 'yester"
        in (done.stderr)
    )


def test_files_without_events_give_an_empty_array(tmp_path, h33):
    for text in ("", "\n", "device,server_ts,client_ts\n"):
        (tmp_path / "e.csv").write_text(text)
        done = h33("--input", tmp_path / "e.csv", "--format", "json")
        assert (done.returncode, json.loads(done.stdout)) == (0, [])
    frame().write_parquet(tmp_path / "e.parquet")
    assert json.loads(h33("--input", tmp_path / "e.parquet", "--format", "json").stdout) == []


def test_bad_files_are_refused_in_one_line(tmp_path, h33):
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
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1), done.stderr
        assert said in done.stderr
        assert name in done.stderr


def test_options_that_do_not_go_together_are_refused(tmp_path, h33):
    file = write(tmp_path / "e.csv", [])
    for args in ("--by class --show hours", "--show fallbacks", "--show nothing", "--since 7d"):
        done = h33("--input", file, *args.split())
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert h33("--input", file, "--by", "browser").returncode == 3


def test_names_of_devices_cannot_steer_a_terminal_or_a_spreadsheet(tmp_path, h33):
    hostile = ["\x1b[31mred\x07", "=1+1", "\u202egnp", 'quo"te,', "한글"]
    write(tmp_path / "e.csv", [(device, s, c) for device in hostile for s, c in steady(0)])
    for form in ("table", "csv", "json", "ndjson", "markdown"):
        done = h33("--input", tmp_path / "e.csv", "--format", form)
        assert done.returncode == 0
        text = done.stdout + done.stderr
        if form != "csv":
            assert not {"\x1b", "\x07", "\u202e"} & set(text), form
    told = [
        row["device"] for row in json.loads(h33("--input", tmp_path / "e.csv", "--format", "json").stdout)
    ]
    assert sorted(told) == sorted(hostile)
    assert "'=1+1" in h33("--input", tmp_path / "e.csv", "--format", "csv").stdout


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_and_further_columns_are_fine(separator, tmp_path, classes, h33):
    lines = [separator.join((" device", "browser", "server_ts", "client_ts"))]
    lines += [separator.join(("a", "Whale, 4", iso(s), iso(c))) for s, c in steady(9 * HOUR)]
    (tmp_path / "e.csv").write_text("\ufeff" + "\r\n".join(lines))
    assert classes(tmp_path / "e.csv")[1] == {"a": "zone"}
    done = h33("--input", tmp_path / "e.csv", "--by", "browser", "--format", "json")
    (row,) = json.loads(done.stdout)
    assert (row["value"], row["memos"], row["wrong"], row["wrong_ratio"]) == ("Whale, 4", 20, 20, 1.0)


def test_evidence_is_a_sentence_in_the_language_asked_for(tmp_path, devices, h33):
    devices.write_csv(tmp_path / "e.csv")

    def told(language):
        file = tmp_path / "e.csv"
        done = h33("--input", file, "--evidence", "--format", "json", before=["--lang", language])
        return {row["device"]: row["evidence"] for row in json.loads(done.stdout)}

    assert told("en")["seoul"] == "20 events sent at once show UTC+09:00 (Asia/Seoul) taken for UTC; 0 waited"
    assert told("en")["unit"] == "20 of 20 client times are 10^3 times the server's"
    assert told("ko")["right"] == "20건 중 20건이 서버 시계와 1분 안에서 일치합니다"


def test_shares_count_memos_by_the_hour_of_the_reporting_zone(tmp_path, h33):
    # Three memos a day, at 00, 08 and 16 UTC: 09, 17 and 01 in Seoul.
    frame(seoul=steady(9 * HOUR, n=21), right=steady(0, n=21)).write_csv(tmp_path / "e.csv")
    done = h33("--input", tmp_path / "e.csv", "--by", "hour", "--format", "json")
    rows = [(row["value"], row["memos"], row["wrong"], row["wrong_ratio"]) for row in json.loads(done.stdout)]
    assert rows == [(1, 14, 7, 0.5), (9, 14, 7, 0.5), (17, 14, 7, 0.5)]
    assert json.loads(done.stdout)[0]["zone_devices"] == 1


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
