"""What Render's tools leave in the landing folder, its truth found by an independent count."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import sample_reading as read

from pipeline.sample import Sample

LAST = "2025-06-27"


def test_the_command_lines_objects_follow_each_other_and_stand_in_the_pages_too(sample: Sample) -> None:
    path, file = read.only(sample, "render_cli")
    objects = read.values(path)
    whole = read.text(path)
    assert whole.count("}{\n") == len(objects) - 1 == file["entries"] - 1
    assert whole.startswith('{\n  "id": "lg')
    pages = {e["id"]: e for p in read.pages(sample.folder / f"render/{LAST}.json") for e in p["logs"]}
    assert all(pages[value["id"]] == value for _, value in objects)
    starting = [(line, value) for line, value in objects if not read.goes_on(value["message"])]
    assert file["records"] == file["copies"] == len(starting) > 10
    assert file["events"] == len({line for line, _ in starting})
    assert read.stated(file) == read.reach([value["timestamp"] for _, value in starting])
    window = ("2025-06-27T12:03:00", "2025-06-27T12:06:00")
    assert all(window[0] <= value["timestamp"] < window[1] for _, value in starting)
    assert any("buffering timed out" in value["message"] for _, value in objects)


def test_the_dashboards_copy_has_a_local_time_on_every_line_and_no_zone(sample: Sample) -> None:
    path, file = read.only(sample, "render_text")
    lines = [re.fullmatch(r"(2025-06-27 \d\d:\d\d:\d\d)  (\S.*|  +\S.*)", s) for s in read.lines(path)]
    assert all(lines)
    heads = [match[1] for match in lines if match and not match[2].startswith(" ")]
    assert file["records"] == file["events"] == len(heads)
    assert file["continuation"] == len(lines) - len(heads) > 0
    # Half past five ahead of UTC.
    utc = [read.instant(stamp.replace(" ", "T")) - timedelta(hours=5, minutes=30) for stamp in heads]
    assert read.stated(file) == read.reach([stamp.isoformat()[:19] for stamp in utc])
    assert 'timezone = "Asia/Kolkata"' in (sample.folder / "h33.toml").read_text()


def test_syslog_lines_are_frames_whose_calls_stand_together_by_instance_only(sample: Sample) -> None:
    path, file = read.only(sample, "render_syslog")
    frame = re.compile(r"<14>1 (\S+Z) habitus33-jobs (srv-\S+) 1 \2 - (.+)")
    lines = [match for line in read.lines(path) if (match := frame.fullmatch(line))]
    assert len(lines) == file["lines"]
    heads = [match[1] for match in lines if not match[3].startswith(" ")]
    assert file["records"] == file["events"] == len(heads)
    assert read.stated(file) == read.reach(heads)
    assert [read.microseconds(m[1]) for m in lines] == sorted(read.microseconds(m[1]) for m in lines)
    last: dict[str, str] = {}
    for match in lines:
        if match[3].startswith(" "):
            assert last[match[2]].startswith(("[summary] 모델", "TypeError", " "))
        last[match[2]] = match[3]
    assert len(last) == 2


def test_deploys_are_those_of_the_stories(sample: Sample) -> None:
    path, file = read.only(sample, "render_events")
    events = read.documents(path)
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
    found = read.files(sample, "render_metrics")
    assert {path: file["unit"] for path, file in found.items()} == {
        "render-metrics/cpu.json.gz": "cpu",
        "render-metrics/memory.json.gz": "GB",
    }
    for path, file in found.items():
        (series,) = read.documents(sample.folder / path)
        points = {one["labels"][1]["value"]: one["values"] for one in series}
        assert {one["unit"] for one in series} == {file["unit"]}
        assert {instance: len(values) for instance, values in points.items()} == file["points"]
        assert file["records"] == sum(file["points"].values())
        highest = {instance: max(v["value"] for v in values) for instance, values in points.items()}
        assert highest == file["highest"]
        story = sample.truth["stories"]["release"]
        assert points[story["instance"]][0]["timestamp"] == "2025-06-24T05:00:00Z"
        assert points[story["replaces"]][-1]["timestamp"] == "2025-06-24T04:55:00Z"
        assert read.stated(file) == read.reach([v["timestamp"] for values in points.values() for v in values])
