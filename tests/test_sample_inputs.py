"""The inputs beside the main ones: each in its tool's own shape, its truth found by an independent count."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sample_reading as read

from pipeline.sample import Sample, generate

SCALE = 0.2
LAST = "2025-06-27"
FIRST = "2025-06-20"
OUTAGE = ("2025-06-27T12:04:00", "2025-06-27T12:11:00")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return generate(tmp_path_factory.mktemp("every-input"), scale=SCALE)


def files(sample: Sample, kind: str) -> dict[str, dict[str, Any]]:
    """Return the truth of the files of a kind, by path."""
    return {path: file for path, file in sample.truth["files"].items() if file["kind"] == kind}


def only(sample: Sample, kind: str) -> tuple[Path, dict[str, Any]]:
    ((path, file),) = files(sample, kind).items()
    return sample.folder / path, file


def documents(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in read.lines(path)]


def reach(stamps: list[str]) -> dict[str, str]:
    """Return first and last of RFC 3339 instants as the truth writes them."""
    instants = [read.instant(stamp).strftime("%Y-%m-%dT%H:%M:%S.%fZ") for stamp in stamps]
    return {"first_ts": min(instants), "last_ts": max(instants)}


def stated(file: dict[str, Any]) -> dict[str, str]:
    return {"first_ts": file["first_ts"], "last_ts": file["last_ts"]}


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


# Render ---------------------------------------------------------------------------------------------------


def test_the_command_lines_objects_follow_each_other_and_stand_in_the_pages_too(sample: Sample) -> None:
    path, file = only(sample, "render_cli")
    objects = read.values(path)
    whole = read.text(path)
    assert whole.count("}{\n") == len(objects) - 1 == file["entries"] - 1
    assert whole.startswith('{\n  "id": "lg')
    pages = {e["id"]: e for p in read.pages(sample.folder / f"render/{LAST}.json") for e in p["logs"]}
    assert all(pages[value["id"]] == value for _, value in objects)
    starting = [(line, value) for line, value in objects if not read.goes_on(value["message"])]
    assert file["records"] == file["copies"] == len(starting) > 10
    assert file["events"] == len({line for line, _ in starting})
    assert stated(file) == reach([value["timestamp"] for _, value in starting])
    window = ("2025-06-27T12:03:00", "2025-06-27T12:06:00")
    assert all(window[0] <= value["timestamp"] < window[1] for _, value in starting)
    assert any("buffering timed out" in value["message"] for _, value in objects)


def test_the_dashboards_copy_has_a_local_time_on_every_line_and_no_zone(sample: Sample) -> None:
    path, file = only(sample, "render_text")
    lines = [re.fullmatch(r"(2025-06-27 \d\d:\d\d:\d\d)  (\S.*|  +\S.*)", s) for s in read.lines(path)]
    assert all(lines)
    heads = [match[1] for match in lines if match and not match[2].startswith(" ")]
    assert file["records"] == file["events"] == len(heads)
    assert file["continuation"] == len(lines) - len(heads) > 0
    # Half past five ahead of UTC.
    utc = [read.instant(stamp.replace(" ", "T")) - timedelta(hours=5, minutes=30) for stamp in heads]
    assert stated(file) == reach([stamp.isoformat()[:19] for stamp in utc])
    assert 'timezone = "Asia/Kolkata"' in (sample.folder / "h33.toml").read_text()


def test_syslog_lines_are_frames_whose_calls_stand_together_by_instance_only(sample: Sample) -> None:
    path, file = only(sample, "render_syslog")
    frame = re.compile(r"<14>1 (\S+Z) habitus33-jobs (srv-\S+) 1 \2 - (.+)")
    lines = [match for line in read.lines(path) if (match := frame.fullmatch(line))]
    assert len(lines) == file["lines"]
    heads = [match[1] for match in lines if not match[3].startswith(" ")]
    assert file["records"] == file["events"] == len(heads)
    assert stated(file) == reach(heads)
    assert [read.microseconds(m[1]) for m in lines] == sorted(read.microseconds(m[1]) for m in lines)
    last: dict[str, str] = {}
    for match in lines:
        if match[3].startswith(" "):
            assert last[match[2]].startswith(("[summary] 모델", "TypeError", " "))
        last[match[2]] = match[3]
    assert len(last) == 2


def test_deploys_are_those_of_the_stories(sample: Sample) -> None:
    path, file = only(sample, "render_events")
    events = documents(path)
    assert Counter(event["type"] for event in events) == file["types"]
    assert [event["timestamp"] for event in events] == sorted(event["timestamp"] for event in events)
    assert len({event["id"] for event in events}) == len(events)
    ended = {
        event["details"]["deployId"]: (
            event["serviceId"],
            event["timestamp"],
            event["details"]["deployStatus"],
        )
        for event in events
        if event["type"] == "deploy_ended"
    }
    assert ended == {
        deploy["deploy_id"]: (
            deploy["service_id"],
            deploy["ended"].replace(".000000Z", "Z"),
            deploy["status"],
        )
        for deploy in file["deploys"]
    }
    done = [deploy["ended"] for deploy in file["deploys"] if deploy["status"] == "succeeded"]
    assert done == [sample.truth["deployed_at"], sample.truth["stories"]["release"]["at"]]
    up = [e["timestamp"] for e in events if e["details"].get("instanceID", "").endswith("-r8c6n")]
    assert up == ["2025-06-24T04:59:35Z"]
    assert file["types"]["server_failed"] == 1


def test_metrics_are_series_by_instance_and_the_released_one_begins_late(sample: Sample) -> None:
    found = files(sample, "render_metrics")
    assert {path: file["unit"] for path, file in found.items()} == {
        "render-metrics/cpu.json.gz": "cpu",
        "render-metrics/memory.json.gz": "GB",
    }
    for path, file in found.items():
        (series,) = documents(sample.folder / path)
        points = {one["labels"][1]["value"]: one["values"] for one in series}
        assert {one["unit"] for one in series} == {file["unit"]}
        assert {instance: len(values) for instance, values in points.items()} == file["points"]
        assert file["records"] == sum(file["points"].values())
        highest = {instance: max(v["value"] for v in values) for instance, values in points.items()}
        assert highest == file["highest"]
        story = sample.truth["stories"]["release"]
        assert points[story["instance"]][0]["timestamp"] == "2025-06-24T05:00:00Z"
        assert points[story["replaces"]][-1]["timestamp"] == "2025-06-24T04:55:00Z"
        assert stated(file) == reach([v["timestamp"] for values in points.values() for v in values])


# Probes, tickets, checks ----------------------------------------------------------------------------------


def test_probes_are_down_in_the_outage_though_all_is_well_by_status_and_http(sample: Sample) -> None:
    down_by_day = {}
    for path, file in files(sample, "health_probes").items():
        probes = documents(sample.folder / path)
        assert stated(file) == reach([probe["probe_at"] for probe in probes])
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
    assert sorted(files(sample, "health_probes"))[0] == "probes/2025-06-18.ndjson.gz"


def test_tickets_are_korean_csv_whose_texts_may_have_lines(sample: Sample) -> None:
    path, file = only(sample, "tickets")
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
    found = files(sample, "check_output")
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
    path, file = only(sample, f"morgan_{style}")
    matches = [re.fullmatch(_STYLES[style], line) for line in read.lines(path)]
    assert all(matches)
    statuses = Counter(match[2].replace("-", "aborted") for match in matches if match)
    assert statuses == file["statuses"]
    assert file["requests"] == file["records"] == len(matches)
    assert ("first_ts" in file) == (style in {"combined", "common"})


def test_pino_tells_levels_and_times_as_numbers(sample: Sample) -> None:
    names = {10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal"}
    path, file = only(sample, "pino")
    lines = documents(path)
    assert Counter(names[line["level"]] for line in lines) == file["severities"]
    assert all(("err" in line) == (line["level"] >= 50) for line in lines)
    epoch = read.instant("1970-01-01T00:00:00Z")
    times = [(epoch + timedelta(milliseconds=line["time"])).isoformat()[:-6] for line in lines]
    assert stated(file) == reach(times)


def test_pino_http_logs_its_500s_at_level_30(sample: Sample) -> None:
    path, file = only(sample, "pino_http")
    lines = documents(path)
    assert Counter(str(line["res"]["statusCode"]) for line in lines) == file["statuses"]
    assert {line["level"] for line in lines} == {30}
    assert all(("err" in line) == (line["res"]["statusCode"] == 500) for line in lines)
    assert file["statuses"]["500"] > 0


def test_winston_has_times_where_they_were_configured(sample: Sample) -> None:
    path, file = only(sample, "winston")
    lines = documents(path)
    assert Counter(line["level"] for line in lines) == file["severities"]
    assert stated(file) == reach([line["timestamp"] for line in lines])
    path, file = only(sample, "winston_simple")
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
