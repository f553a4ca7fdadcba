"""The generated landing folder: its files and stories are what its truth states, by an independent count."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
import sample_reading as read

from pipeline.sample import Sample, generate


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return generate(tmp_path_factory.mktemp("ordinary"), stories=False, scale=0.3)


# Files ----------------------------------------------------------------------------------------------------


def test_every_input_is_in_the_truth_and_its_counters_add_up(sample: Sample) -> None:
    inputs = read.contents(sample.folder).keys() - {"attested.toml", "h33.toml", "last-day", "truth.json"}
    assert inputs == sample.truth["files"].keys()
    for name, counts in sample.truth["files"].items():
        assert counts["lines"] == len(read.lines(sample.folder / name)), name
        parts = ("events", "continuation", "rejected", "blank")
        assert counts["lines"] == sum(counts[part] for part in parts), name


def test_render_pages_are_at_most_100_entries_that_go_forward_and_repeat_the_last_ones(
    sample: Sample,
) -> None:
    for day, path in read.render_files(sample.folder):
        pages = read.pages(path)
        ids = [[entry["id"] for entry in page["logs"]] for page in pages]
        counts = sample.truth["files"][f"render/{path.name}"]
        assert max(map(len, ids)) == 100
        assert [page["hasMore"] for page in pages] == [True] * (len(pages) - 1) + [False]
        repeated = 0
        for before, after in pairwise(ids):
            common = sum(entry in before for entry in after)
            assert 1 <= common <= 4
            assert before[-common:] == after[:common]
            repeated += common
        assert counts["repeated_entries"] == repeated, day
        assert counts["entries"] == sum(map(len, ids))
        assert counts["pages"] == counts["lines"] == len(pages)
        stamps = [read.microseconds(entry["timestamp"]) for entry in read.entries(path)]
        assert stamps == sorted(stamps)


def test_render_records_are_the_requests_and_the_console_calls(sample: Sample) -> None:
    for _, path in read.render_files(sample.folder):
        counts = sample.truth["files"][f"render/{path.name}"]
        calls = read.calls(path)
        assert counts["requests"] == len(read.requests(path))
        assert counts["app_records"] == len(calls)
        assert counts["app_lines"] == sum(len(call.lines) for call in calls)
        assert counts["records"] == counts["requests"] + counts["app_records"]


def test_a_page_counts_as_an_event_line_where_a_record_starts_on_it(sample: Sample) -> None:
    for _, path in read.render_files(sample.folder):
        starting = 0
        for page in read.pages(path):
            messages = [entry["message"] for entry in page["logs"]]
            starting += not all(map(read.goes_on, messages))
        assert sample.truth["files"][f"render/{path.name}"]["events"] == starting


def test_blocks_of_one_instance_stand_together_and_others_fall_between(sample: Sample) -> None:
    interleaved = 0
    for _, path in read.render_files(sample.folder):
        entries = [e for e in read.entries(path) if e["labels"]["type"] == "app"]
        for one, other in pairwise(entries):
            inside = other["message"].startswith("  ")
            interleaved += inside and one["labels"]["instance"] != other["labels"]["instance"]
    assert interleaved > 50


def test_console_file_holds_coloured_requests_without_time(sample: Sample) -> None:
    counts = sample.truth["files"]["console/legacy-1.log"]
    lines = read.lines(sample.folder / "console/legacy-1.log")
    dev = re.compile(
        r"\x1b\[0m[A-Z]+ /\S+ \x1b\[(?:(\d\d)m(\d{3})|0m-)\x1b\[0m (?:\d+\.\d{3}|-) ms - (?:\d+|-)\x1b\[0m"
    )
    matches = [match for line in lines if (match := dev.fullmatch(line))]
    assert len(matches) == counts["requests"]
    assert Counter(match[2] or "aborted" for match in matches) == counts["statuses"]
    assert {(m[1], m[2][0]) for m in matches if m[2]} == {("32", "2"), ("36", "3"), ("33", "4"), ("31", "5")}
    inside = [line for line in lines if read.goes_on(line)]
    assert counts["continuation"] == len(inside)
    assert counts["blank"] == lines.count("") == counts["boots"]
    assert counts["records"] == counts["events"] == len(lines) - len(inside) - lines.count("")


def test_app_log_has_a_time_with_zone_and_a_level_on_every_first_line(sample: Sample) -> None:
    counts = sample.truth["files"]["var/log/app.log"]
    lines = read.lines(sample.folder / "var/log/app.log")
    head = re.compile(r"(2025-06-\d\dT\d\d:\d\d:\d\d\.\d{3}\+09:00) (DEBUG|INFO|WARN|ERROR) \S.*")
    heads = [match for line in lines if (match := head.fullmatch(line))]
    assert counts["records"] == counts["events"] == len(heads)
    assert Counter(match[2].lower() for match in heads) == counts["severities"]
    assert counts["continuation"] == sum(line.startswith("    at ") for line in lines) > 0
    assert counts["blank"] == lines.count("") > 0
    assert [m[1] for m in heads] == sorted(m[1] for m in heads)
    assert sum(counts["errors_by_hour"].values()) == counts["severities"]["error"]


def test_every_2xx_memo_without_session_has_its_document(sample: Sample) -> None:
    days = sample.truth["days"]
    newest = read.documents(sample.folder / sample.truth["exports"][-1]["path"])
    for day, path in read.render_files(sample.folder):
        made = sum(r[2:5] == ("POST", "/api/notes", 201) for r in read.requests(path))
        stored = [n for n in newest if n["originSession"] is None]
        assert made == sum(read.kst_day(read.milliseconds(n["createdAt"])) == day for n in stored)
        assert days[day]["notes"]["all"] > made


# Secrets --------------------------------------------------------------------------------------------------


def test_every_planted_secret_is_where_the_truth_says(sample: Sample) -> None:
    secrets = sample.truth["secrets"]
    texts = {name: read.text(sample.folder / name) for name in sample.truth["files"]}
    everything = "".join(texts.values())
    for kind, secret in secrets.items():
        assert all(text in everything for text in secret["texts"]), kind
    # Repeats of overlapping pages are planted once more: count each entry once.
    messages = [e["message"] for _, path in read.render_files(sample.folder) for e in read.entries(path)]
    others = [
        line for name, text in texts.items() if not name.startswith("render") for line in text.split("\n")
    ]
    planted = "\n".join(messages + others)
    password = secrets["mongo_password"]
    assert password["planted"] == planted.count("MongoDB URI: mongodb+srv://")
    assert password["planted"] == sum(planted.count(f":{text}@") for text in password["texts"])
    memo = secrets["memo_text"]
    holding = [line for line in messages + others if re.search(r'memoContent: |, content=|"content":"', line)]
    assert memo["planted"] == len(holding)
    openers = [text for text in memo["texts"] if any(text in line for line in holding)]
    assert all(any(text in line for text in openers) for line in holding)


def test_the_character_that_splits_careless_readers_stands_raw_in_an_export(sample: Sample) -> None:
    text = read.text(sample.folder / sample.truth["exports"][-1]["path"])
    assert "\u2028" in text
    assert '\\"인용\\"' in text
    assert "\\n" in text


# Stories --------------------------------------------------------------------------------------------------


def test_without_stories_there_is_none_and_every_day_is_ordinary(ordinary: Sample) -> None:
    truth = ordinary.truth
    assert set(truth["stories"].values()) == {None}
    assert len(truth["instances"]) == 3
    assert [e["vanished"] for e in truth["exports"]] == [[]] * 8
    for day in truth["days"].values():
        assert day["mongo_failures"]["total"] == 0
        assert day["notes"]["delta"]["over_1h"] == 0
        assert day["time_checks"]["reasons"].get("excessive_difference", 0) == 0


def test_an_ordinary_week_stays_far_from_every_threshold(tmp_path: Path) -> None:
    truth = generate(tmp_path, seed=1, stories=False).truth
    for day in truth["days"].values():
        assert day["notes"]["use_of_eligible"] >= 0.9
        assert day["requests"]["error_ratio"] < 0.005
        assert 110 <= day["memo_create"]["p50_ms"] <= 150
        assert 50 <= day["memo_read"]["p50_ms"] <= 65
        assert max(day["memo_create"]["p99_ms"], day["memo_read"]["p99_ms"]) < 1000


def test_the_release_slows_memo_creation_on_its_instance_only(tmp_path: Path) -> None:
    release = generate(tmp_path).truth["stories"]["release"]
    assert release["at"] == "2025-06-24T05:00:00.000000Z"
    p50 = {name: arm["p50_ms"] for name, arm in release["after"].items() if arm["n"]}
    before = release["before"]["p50_ms"]
    assert 1.2 < p50.pop(release["instance"]) / before < 1.4
    assert all(0.93 < value / before < 1.07 for value in p50.values())
    assert release["after"][release["replaces"]]["n"] == 0


def test_the_outage_fails_everything_but_health_for_seven_minutes(sample: Sample) -> None:
    outage = sample.truth["stories"]["outage"]
    path = sample.folder / "render" / f"{sample.last_day}.json"
    assert (outage["start"], outage["end"]) == ("2025-06-27T12:04:00.000000Z", "2025-06-27T12:11:00.000000Z")
    slow = [r for r in read.requests(path) if r.took_ms >= 10_000]
    assert {r.status for r in slow} == {500}
    assert len(slow) == outage["failures"] > 20
    # An answer leaves ten seconds after its request came.
    inside = [
        entry["labels"]["statusCode"]
        for entry in read.entries(path)
        if "2025-06-27T12:04:11" < entry["timestamp"] < "2025-06-27T12:11:00"
        and entry["labels"]["type"] == "request"
        and entry["labels"]["path"] != "/api/health"
    ]
    assert set(inside) == {"500"}


def test_wrong_clocks_show_their_fault_in_the_notes_of_their_users(sample: Sample) -> None:
    newest = read.documents(sample.folder / sample.truth["exports"][-1]["path"])
    clocks = sample.truth["stories"]["clocks"]
    kinds = {"unit", "epoch_default", "zone", "dst", "drift", "constant", "queued"}
    assert {clock["fault"] for clock in clocks} == kinds
    for clock in clocks:
        notes = [n for n in newest if n["userId"]["$oid"] == clock["user_id"] and "clientCreatedAt" in n]
        minutes = [
            (read.milliseconds(n["clientCreatedAt"]) - read.milliseconds(n["createdAt"])) / 60_000
            for n in notes
            if n["clientCreatedAt"]
        ]
        assert len(notes) == clock["notes"] >= 5
        assert len(minutes) == clock["value"]
        match clock["fault"]:
            case "unit" | "epoch_default":
                assert not minutes
            case "zone":
                assert all(abs(value - 540) < 1 for value in minutes)
            case "dst":
                assert {round(value / 60) for value in minutes} == {0, 1}
            case "constant":
                assert all(abs(value - clock["amount"] / 60) < 1 for value in minutes)
            case "drift":
                assert abs(minutes[-1] - minutes[0]) > 1
            case "queued":
                assert max(minutes) < 1
                assert sum(value < -5 for value in minutes) >= 0.2 * len(minutes)
