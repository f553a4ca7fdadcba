"""The record of looks: what was seen once is not forgotten."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from gate_lab import traffic

from pipeline.errors import H33Error, InputFault
from pipeline.gate import record
from pipeline.gate.checks import Verdict
from pipeline.gate.verdict import Terms, judge

NOW = datetime(2025, 6, 24, 3, 0, tzinfo=UTC)
GO, HOLD, ROLLBACK = Verdict
ARMS = traffic(seed=21, n=100_000, hours=480, users=10_000)


@pytest.fixture(scope="module")
def good():
    return judge(ARMS, Terms(0.1))


@pytest.fixture(scope="module")
def part():
    """An earlier look at the same rollout."""
    return judge(ARMS.where(np.arange(len(ARMS.ts)) < 30_000), Terms(0.1))


def test_each_look_is_a_line_with_its_figures(tmp_path, good, part):
    file = tmp_path / "state" / "gate" / "r.jsonl"
    record.take(file, part, 10, NOW)
    said, looks = record.take(file, good, 10, NOW)
    assert said is good
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["look"] for line in lines] == [1, 2] == [look.look for look in looks]
    assert lines[1] == {
        "look": 2,
        "at": "2025-06-24T03:00:00Z",
        "stage": 10,
        "verdict": "GO",
        "first_ts": lines[0]["first_ts"],
        "last_ts": lines[1]["last_ts"],
        "n_baseline": good.rows.baseline,
        "n_canary": good.rows.canary,
        "errors_baseline": good.errors.baseline,
        "errors_canary": good.errors.canary,
        "log_evidence": next(c.value for c in good.checks if c.name == "error_evidence"),
        "reasons": ["all 14 checks pass"],
    }
    assert lines[0]["last_ts"] < lines[1]["last_ts"]
    assert lines[0]["first_ts"].startswith("2025-06-20T00:0")


def test_only_the_owner_writes_a_record_and_its_group_reads_it(tmp_path, good):
    before = os.umask(0)
    try:
        record.take(tmp_path / "gate" / "r.jsonl", good, None, NOW)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "gate" / "r.jsonl").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "gate").stat().st_mode) == 0o750


def test_a_roll_back_stands_whatever_later_looks_see(tmp_path, good, part):
    file = tmp_path / "r.jsonl"
    record.take(file, replace(part, verdict=ROLLBACK), 10, NOW)
    said, looks = record.take(file, good, 50, NOW)
    assert (said.verdict, said.reasons[0].key, looks[-1].verdict) == (ROLLBACK, "rolled_back", "ROLLBACK")
    assert "look 1 of 2025-06-24 03:00 +0000 rolled back" in looks[-1].reasons[0]


def test_a_look_that_leaves_out_earlier_requests_does_not_go_on(tmp_path, good, part):
    file = tmp_path / "r.jsonl"
    record.take(file, good, 10, NOW)
    later = judge(ARMS.where(ARMS.hour > ARMS.hour[0] + 24), Terms(0.1))
    assert later.verdict is GO
    said, _ = record.take(file, later, 10, NOW)
    assert (said.verdict, said.reasons[0].key) == (HOLD, "window_moved")
    # Another stage has a window of its own.
    assert record.take(file, later, 50, NOW)[0].verdict is GO


def test_the_same_look_twice_is_two_looks(tmp_path, good):
    file = tmp_path / "r.jsonl"
    record.take(file, good, None, NOW)
    said, looks = record.take(file, good, None, NOW)
    assert (said.verdict, len(looks)) == (GO, 2)


def test_what_a_crash_left_of_a_line_is_written_over(tmp_path, good):
    file = tmp_path / "r.jsonl"
    record.take(file, good, None, NOW)
    with file.open("a") as out:
        out.write('{"look": 2, "at": "2025' + "x" * 5_000)
    _, looks = record.take(file, good, None, NOW)
    assert [json.loads(line)["look"] for line in file.read_text().splitlines()] == [1, 2]
    assert len(looks) == 2


@pytest.mark.parametrize("line", ["not json", "[1]", '{"look": 1}', "{}"])
def test_a_damaged_record_is_named_by_its_line(tmp_path, good, line):
    file = tmp_path / "r.jsonl"
    record.take(file, good, None, NOW)
    file.write_text(file.read_text() + line + "\n")
    before = file.read_bytes()
    with pytest.raises(InputFault, match=r"r\.jsonl:2: no line of a record"):
        record.take(file, good, None, NOW)
    assert file.read_bytes() == before


def test_a_record_that_cannot_be_written_is_told(tmp_path, good):
    (tmp_path / "file").write_text("")
    with pytest.raises(H33Error, match="the record cannot be written"):
        record.take(tmp_path / "file" / "r.jsonl", good, None, NOW)


def test_looks_at_the_same_time_are_all_recorded(tmp_path, good):
    file = tmp_path / "r.jsonl"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: record.take(file, good, None, NOW), range(24)))
    assert [json.loads(line)["look"] for line in file.read_text().splitlines()] == list(range(1, 25))


def test_rollouts_without_requests_are_recorded_too(tmp_path):
    nothing = judge(ARMS.where(np.zeros(len(ARMS.ts), dtype=bool)), Terms())
    said, looks = record.take(tmp_path / "r.jsonl", nothing, None, NOW)
    assert (said.verdict, looks[0].first_ts) == (HOLD, None)
    assert record.take(tmp_path / "r.jsonl", nothing, None, NOW)[0].verdict is HOLD


def test_other_names_have_other_files_and_all_are_plain_names():
    names = [record.file_name(name) for name in ("v2 / time", "v2-time", "../../v2 time", "v2:time", "시간")]
    assert len(set(names)) == 5
    assert all("/" not in name and not name.startswith(".") for name in names)
    assert record.file_name("a", "b") != record.file_name("b", "a")
    assert names[0].startswith("v2-time.")
    assert names[4].startswith("시간.")
