"""The inputs beside the main ones: each in its tool's own shape, its truth found by an independent count."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import sample_reading as read

from pipeline.sample import Sample, generate

SCALE = 0.2
LAST = "2025-06-27"
FIRST = "2025-06-20"
OUTAGE = ("2025-06-27T12:04:00", "2025-06-27T12:11:00")


# The whole folder -----------------------------------------------------------------------------------------


def test_every_rule_of_the_settings_is_for_files_that_are_there(sample: Sample) -> None:
    globs = re.findall(r'^match = "(.+)"$', (sample.folder / "h33.toml").read_text(), re.MULTILINE)
    assert len(globs) > 20
    for glob in globs:
        assert any(Path(path).match(glob) for path in sample.truth["files"]), glob


def test_no_service_but_the_api_writes_under_its_name(sample: Sample) -> None:
    services = {file["service"] for file in sample.truth["files"].values() if "service" in file}
    assert len(services) == 8
    assert sample.truth["service"] not in services


# Probes, tickets, checks ----------------------------------------------------------------------------------


def test_probes_are_down_in_the_outage_though_all_is_well_by_status_and_http(sample: Sample) -> None:
    down_by_day = {}
    for path, file in read.files(sample, "health_probes").items():
        probes = read.documents(sample.folder / path)
        assert read.stated(file) == read.reach([probe["probe_at"] for probe in probes])
        day = path[7:17]
        if day < FIRST:
            assert (len(probes), file["down"], file["missing"]) == (1440, 0, 0)
            continue
        figures = sample.truth["days"][day]["probes"]
        lost = [p for p in probes if p["body"] and p["body"]["database"]["status"] == "disconnected"]
        refused = [p for p in probes if p["http_status"] != 200]
        assert all(p["http_status"] == 200 and p["body"]["status"] == "ok" for p in lost)
        assert all(OUTAGE[0] <= p["probe_at"] < OUTAGE[1] for p in lost)
        assert figures["probes"] == len(probes) == 1440 - figures["missing"]
        assert figures["down_at"] == [p["probe_at"].replace("Z", ".000000Z") for p in refused + lost]
        causes = {"database_disconnected": len(lost), "http_502": len(refused)}
        assert figures["causes"] == {cause: n for cause, n in causes.items() if n}
        assert all(p["body"]["timezone"]["isKoreanTime"] for p in probes if p["body"])
        down_by_day[day] = figures["down"]
    assert down_by_day == dict.fromkeys(sample.truth["days"], 0) | {LAST: 7, "2025-06-24": 1}
    assert [d["probes"]["missing"] for d in sample.truth["days"].values()] == [0, 20, 0, 0, 0, 0, 0, 0]
    # They begin with the day of the release, two days before Render's logs.
    assert sorted(read.files(sample, "health_probes"))[0] == "probes/2025-06-18.ndjson.gz"


def test_tickets_are_korean_csv_whose_texts_may_have_lines(sample: Sample) -> None:
    path, file = read.only(sample, "tickets")
    whole = read.text(path)
    assert whole.startswith("\ufeff접수번호,접수일시,")
    assert whole.count("\r\n") == whole.count("\n") == file["lines"]
    rows = read.rows(path)
    assert len(rows) == file["records"] == file["events"]
    assert any("\r\n" in row["내용"] for row in rows)
    counted = Counter((row["접수일시"][:10], row["분류"]) for row in rows)
    for day, figures in sample.truth["days"].items():
        assert figures["tickets"]["total"] == sum(n for (on, _), n in counted.items() if on == day)
        assert figures["tickets"]["by_topic"] == {topic: n for (on, topic), n in counted.items() if on == day}
    assert "2025-06-11" <= rows[0]["접수일시"][:10] < FIRST
    failing = [row["접수일시"] for row in rows if row["분류"] == "저장 실패"]
    assert 7 <= len(failing) <= 11
    assert all("2025-06-27 21:06" <= at <= "2025-06-27 23:34" for at in failing)


def test_check_scripts_tell_by_their_marks_alone(sample: Sample) -> None:
    found = read.files(sample, "check_output")
    assert len(found) == 9
    failed = []
    for path, file in found.items():
        lines = read.lines(sample.folder / path)
        assert file["passed"] == sum(line.startswith("✅ ") for line in lines)
        assert file["failed"] == [line[2:] for line in lines if line.startswith("❌ ")]
        assert file["passed"] + len(file["failed"]) == 4
        assert file["blank"] == lines.count("")
        assert path.endswith(f"-{file['when']}-deploy.{file['script']}.txt")
        failed += [path] * len(file["failed"])
    assert failed == ["checks/2025-06-24T1405-after-deploy.integration-test.txt"]


# Small services -------------------------------------------------------------------------------------------

_CLIENT = r"::ffff:[\d.]+"
_STYLES = {
    "combined": rf'{_CLIENT} - - \[(.+) \+0000\] "[A-Z]+ \S+ HTTP/1\.1" (\S+) \S+ ".+" ".+"',
    "common": rf'{_CLIENT} - - \[(.+) \+0000\] "[A-Z]+ \S+ HTTP/1\.1" (\S+) \S+',
    "short": rf"{_CLIENT} - ([A-Z]+) \S+ HTTP/1\.1 (\S+) \S+ - \S+ ms",
    "tiny": r"([A-Z]+) \S+ (\S+) \S+ - \S+ ms",
}


@pytest.mark.parametrize("style", _STYLES)
def test_access_lines_are_in_their_style(sample: Sample, style: str) -> None:
    path, file = read.only(sample, f"morgan_{style}")
    matches = [re.fullmatch(_STYLES[style], line) for line in read.lines(path)]
    assert all(matches)
    statuses = Counter(match[2].replace("-", "aborted") for match in matches if match)
    assert statuses == file["statuses"]
    assert file["requests"] == file["records"] == len(matches)
    assert ("first_ts" in file) == (style in {"combined", "common"})


def test_pino_tells_levels_and_times_as_numbers(sample: Sample) -> None:
    names = {10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal"}
    path, file = read.only(sample, "pino")
    lines = read.documents(path)
    assert Counter(names[line["level"]] for line in lines) == file["severities"]
    assert all(("err" in line) == (line["level"] >= 50) for line in lines)
    epoch = read.instant("1970-01-01T00:00:00Z")
    times = [(epoch + timedelta(milliseconds=line["time"])).isoformat()[:-6] for line in lines]
    assert read.stated(file) == read.reach(times)


def test_pino_http_logs_its_500s_at_level_30(sample: Sample) -> None:
    path, file = read.only(sample, "pino_http")
    lines = read.documents(path)
    assert Counter(str(line["res"]["statusCode"]) for line in lines) == file["statuses"]
    assert {line["level"] for line in lines} == {30}
    assert all(("err" in line) == (line["res"]["statusCode"] == 500) for line in lines)
    assert file["statuses"]["500"] > 0


def test_winston_has_times_where_they_were_configured(sample: Sample) -> None:
    path, file = read.only(sample, "winston")
    lines = read.documents(path)
    assert Counter(line["level"] for line in lines) == file["severities"]
    assert read.stated(file) == read.reach([line["timestamp"] for line in lines])
    path, file = read.only(sample, "winston_simple")
    matches = [re.fullmatch(r'(\w+): .+ \{"files":\d+\}', line) for line in read.lines(path)]
    assert Counter(match[1] for match in matches if match) == file["severities"]
    assert file["severities"].keys() == {"info", "warn", "error"}
    assert "first_ts" not in file


# Secrets --------------------------------------------------------------------------------------------------


def test_personal_data_are_planted_as_often_as_the_truth_says(sample: Sample) -> None:
    texts = [read.text(sample.folder / name) for name in sample.truth["files"]]
    for kind in ("ticket_phone", "ticket_email", "user_email", "user_password_hash"):
        (secret,) = sample.truth["secrets"][kind]["texts"]
        assert "".join(texts).count(secret) == sample.truth["secrets"][kind]["planted"] > 0, kind


def test_an_ordinary_week_is_never_down_and_nobody_complains_of_lost_memos(tmp_path: Path) -> None:
    made = generate(tmp_path, days=2, scale=0.1, stories=False)
    for day in made.truth["days"].values():
        assert (day["probes"]["down"], day["probes"]["missing"]) == (0, 0)
        assert "저장 실패" not in day["tickets"]["by_topic"]
    assert not [file for file in made.truth["files"].values() if file.get("failed")]
    deploys = made.truth["files"]["render-events/events.ndjson"]["deploys"]
    assert [d["ended"] for d in deploys if d["status"] == "succeeded"] == [made.truth["deployed_at"]]
