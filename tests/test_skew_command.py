"""`h33 skew` over a file: what it writes, in which words, and which options it refuses."""

import csv
import io
import json

import pytest
from skew_lab import HOUR, frame, h33, steady, three, write

DEVICES = three()
KEYS = ["device", "class", "offset_s", "drift_s_per_day", "confidence", "n"]


def test_json_is_an_array_of_exactly_the_promised_keys_sorted_by_device(tmp_path):
    DEVICES.write_parquet(tmp_path / "e.parquet")
    done = h33("--input", tmp_path / "e.parquet", "--format", "json")
    rows = json.loads(done.stdout)
    assert done.code == 0
    assert [list(row) for row in rows] == [KEYS] * 3
    assert [row["device"] for row in rows] == ["right", "seoul", "unit"]
    seoul = rows[1]
    assert (seoul["class"], seoul["n"], seoul["confidence"]) == ("zone", 20, 0.8389)
    assert seoul["offset_s"] == pytest.approx(32_400, abs=1)
    assert seoul["drift_s_per_day"] == pytest.approx(0, abs=0.2)
    assert "3 devices: unit 1, zone 1, ok 1; of 60 memos 40 show a wrong time (66.7%" in done.stderr


def test_a_pipe_gets_csv_and_nothing_else_on_stdout(tmp_path):
    DEVICES.write_csv(tmp_path / "e.csv")
    rows = list(csv.reader(io.StringIO(h33("--input", tmp_path / "e.csv").stdout)))
    assert rows[0] == KEYS
    assert [row[:2] for row in rows[1:]] == [["right", "ok"], ["seoul", "zone"], ["unit", "unit"]]


def test_options_that_do_not_go_together_are_refused(tmp_path):
    file = write(tmp_path / "e.csv", [])
    for args in ("--by class --show hours", "--show fallbacks", "--show nothing", "--since 7d"):
        done = h33("--input", file, *args.split())
        assert (done.code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert h33("--input", file, "--by", "browser").code == 3


def test_names_of_devices_cannot_steer_a_terminal_or_a_spreadsheet(tmp_path):
    hostile = ["\x1b[31mred\x07", "=1+1", "\u202egnp", 'quo"te,', "한글"]
    write(tmp_path / "e.csv", [(device, s, c) for device in hostile for s, c in steady(0)])
    for form in ("table", "csv", "json", "ndjson", "markdown"):
        done = h33("--input", tmp_path / "e.csv", "--format", form)
        assert done.code == 0
        text = done.stdout + done.stderr
        if form != "csv":
            assert not {"\x1b", "\x07", "\u202e"} & set(text), form
    told = [
        row["device"] for row in json.loads(h33("--input", tmp_path / "e.csv", "--format", "json").stdout)
    ]
    assert sorted(told) == sorted(hostile)
    assert "'=1+1" in h33("--input", tmp_path / "e.csv", "--format", "csv").stdout


def test_evidence_is_a_sentence_in_the_language_asked_for(tmp_path):
    DEVICES.write_csv(tmp_path / "e.csv")

    def told(language):
        file = tmp_path / "e.csv"
        done = h33("--input", file, "--evidence", "--format", "json", before=["--lang", language])
        return {row["device"]: row["evidence"] for row in json.loads(done.stdout)}

    assert told("en")["seoul"] == "20 events sent at once show UTC+09:00 (Asia/Seoul) taken for UTC; 0 waited"
    assert told("en")["unit"] == "20 of 20 client times are 10^3 times the server's"
    assert told("ko")["right"] == "20건 중 20건이 서버 시계와 1분 안에서 일치합니다"


def test_shares_count_memos_by_the_hour_of_the_reporting_zone(tmp_path):
    # Three memos a day, at 00, 08 and 16 UTC: 09, 17 and 01 in Seoul.
    frame(seoul=steady(9 * HOUR, n=21), right=steady(0, n=21)).write_csv(tmp_path / "e.csv")
    done = h33("--input", tmp_path / "e.csv", "--by", "hour", "--format", "json")
    rows = [(row["value"], row["memos"], row["wrong"], row["wrong_ratio"]) for row in json.loads(done.stdout)]
    assert rows == [(1, 14, 7, 0.5), (9, 14, 7, 0.5), (17, 14, 7, 0.5)]
    assert json.loads(done.stdout)[0]["zone_devices"] == 1
