"""The generated landing folder: same arguments, same bytes; its truth agrees with an independent count."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
import sample_reading as read
from click.testing import CliRunner

from pipeline.cli import h33
from pipeline.sample import Sample, generate
from pipeline.sample.app import inspect
from pipeline.sample.events import to_fixed

SCALE = 0.3
COMMITTED = Path(__file__).parents[1] / "data" / "samples"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return generate(tmp_path_factory.mktemp("stories"), scale=SCALE)


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return generate(tmp_path_factory.mktemp("ordinary"), stories=False, scale=SCALE)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# The same arguments give the same bytes -------------------------------------------------------------------


def test_same_arguments_give_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    generate(tmp_path / "here", days=2, seed=5, scale=0.02)
    code = "from pathlib import Path; from pipeline.sample import generate; import sys;"
    code += "generate(Path(sys.argv[1]), days=2, seed=5, scale=0.02)"
    subprocess.run([sys.executable, "-c", code, tmp_path / "there"], check=True, env={"PYTHONHASHSEED": "7"})
    assert contents(tmp_path / "here") == contents(tmp_path / "there")


def test_another_seed_gives_another_folder_of_the_same_shape(tmp_path: Path) -> None:
    for seed in (5, 6):
        generate(tmp_path / str(seed), days=2, seed=seed, scale=0.02)
    five, six = contents(tmp_path / "5"), contents(tmp_path / "6")
    assert five.keys() == six.keys()
    assert [name for name in five if five[name] == six[name]] == ["attested.toml", "last-day"]


def test_the_committed_sample_is_what_its_settings_file_says_it_was_made_by(tmp_path: Path) -> None:
    generate(tmp_path, days=2, scale=0.02)
    made = contents(tmp_path)
    assert "--days 2 --end 2025-06-27 --seed 33 --scale 0.02`" in made["h33.toml"].decode()
    assert contents(COMMITTED).keys() == made.keys()
    # Decompressed, since another zlib may compress to other bytes.
    assert {name: read.text(COMMITTED / name) for name in made} == {
        name: read.text(tmp_path / name) for name in made
    }


def test_nothing_of_ingest_or_reports_takes_part() -> None:
    code = "import pipeline.sample, sys; print(*sorted(m for m in sys.modules if m.startswith('pipeline.')))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert all(module.startswith("pipeline.sample") for module in run.stdout.split())


# Files ----------------------------------------------------------------------------------------------------


def test_every_input_is_in_the_truth_and_its_counters_add_up(sample: Sample) -> None:
    inputs = contents(sample.folder).keys() - {"attested.toml", "h33.toml", "last-day", "truth.json"}
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


# Figures --------------------------------------------------------------------------------------------------


def test_requests_of_every_day_by_status_route_and_hour(sample: Sample) -> None:
    for day, path in read.render_files(sample.folder):
        truth = sample.truth["days"][day]
        asked = read.requests(path)
        api = [r for r in asked if r.route != "/api/health"]
        failed = sum(r.status >= 500 for r in api)
        assert truth["requests"] == {
            "total": len(asked),
            "health": len(asked) - len(api),
            "api": len(api),
            "status_2xx": sum(200 <= r.status < 300 for r in api),
            "status_4xx": sum(400 <= r.status < 500 for r in api),
            "status_5xx": failed,
            "error_ratio": failed / len(api),
            "p95_ms": read.nearest_rank([r.took_ms for r in api], 95),
        }
        assert {(row["method"], row["route"]): row["n"] for row in truth["routes"]} == Counter(
            (r.method, r.route) for r in asked
        )
        for row in truth["routes"]:
            took = [r.took_ms for r in asked if (r.method, r.route) == (row["method"], row["route"])]
            for percent in (50, 90, 99):
                assert row[f"p{percent}_ms"] == read.nearest_rank(took, percent)
        assert {row["hour"]: row["requests"] for row in truth["hours"]} == Counter(r.hour for r in asked)
        assert {row["hour"]: row["status_5xx"] for row in truth["hours"] if row["status_5xx"]} == Counter(
            r.hour for r in api if r.status >= 500
        )


def test_memo_creation_and_reading_are_the_named_routes(sample: Sample) -> None:
    for day, path in read.render_files(sample.folder):
        truth = sample.truth["days"][day]
        asked = read.requests(path)
        create = [
            r.took_ms
            for r in asked
            if r.method == "POST" and r.route in {"/api/notes", "/api/sessions/:id/complete"}
        ]
        reading = [r.took_ms for r in asked if r.method == "GET" and r.route.startswith("/api/notes")]
        for key, took in (("memo_create", create), ("memo_read", reading)):
            assert truth[key]["n"] == len(took)
            for percent in (50, 90, 99):
                assert truth[key][f"p{percent}_ms"] == read.nearest_rank(took, percent)


def test_every_500_has_the_failure_that_caused_it(sample: Sample) -> None:
    for day, path in read.render_files(sample.folder):
        truth = sample.truth["days"][day]
        failures = [
            (call.hour, *match.groups())
            for call in read.calls(path)
            if (match := read.FAILURE.fullmatch(call.lines[0]))
        ]
        assert truth["error_records"] == len(failures) == truth["requests"]["status_5xx"]
        rows = {(row["hour"], row["label"], row["error_name"]): row["n"] for row in truth["errors"]}
        assert rows == Counter(failure[:3] for failure in failures)
        lost = [
            "buffering" if "buffering timed out after 10000ms" in message else name
            for _, _, name, message in failures
            if "buffering timed out" in message
            or name in {"MongooseServerSelectionError", "MongoNetworkError"}
        ]
        assert truth["mongo_failures"]["total"] == len(lost)
        assert truth["mongo_failures"]["by_kind"].get("buffering_timeout", 0) == lost.count("buffering")


def test_time_checks_by_outcome_reason_and_zone(sample: Sample) -> None:
    variants = {
        "no_data": r"클라이언트 시간 데이터 없음 - 서버 시간 사용",
        "client_invalid": r"클라이언트 보고 무효: .+",
        "bad_timestamp": r"무효한 타임스탬프 형식: .+",
        "bad_zone": r"무효한 시간대 정보: (\S+), offset: -?\d+",
        "excessive_difference": r"과도한 시간 차이 감지: \d+\.\d시간",
        "exception": r"처리 중 오류 발생: .+",
    }
    met = set()
    for day, path in read.render_files(sample.folder):
        truth = sample.truth["days"][day]["time_checks"]
        blocks = [c.lines for c in read.calls(path) if c.lines[0].startswith("[TimeProcessor] 세션 완료 - ")]
        used = [lines for lines in blocks if "  사용된 시간: 클라이언트 시간" in lines]
        refused = [lines for lines in blocks if lines[-1] == "  사용된 시간: 서버 시간"]
        assert {len(lines) for lines in used} == {9}
        assert {len(lines) for lines in refused} == {4}
        reasons: Counter[str] = Counter()
        zones: Counter[str] = Counter()
        for lines in refused:
            said = lines[2].removeprefix("  [TimeProcessor] ")
            reason, match = next((r, m) for r, p in variants.items() if (m := re.fullmatch(p, said)))
            reasons[reason] += 1
            if reason == "bad_zone":
                zones[match[1]] += 1
        met |= set(reasons)
        assert truth["attempts"] == len(blocks) == len(used) + len(refused)
        assert (truth["client_time"], truth["server_time"]) == (len(used), len(refused))
        assert (truth["reasons"], truth["refused_zones"]) == (reasons, zones)
    assert met == variants.keys()


def test_notes_of_the_newest_export_by_day(sample: Sample) -> None:
    newest = read.documents(sample.folder / sample.truth["exports"][-1]["path"])
    deployed = sample.truth["deployed_at"]
    for day in sample.truth["days"]:
        truth = sample.truth["days"][day]["notes"]
        notes = [n for n in newest if read.kst_day(read.milliseconds(n["createdAt"])) == day]
        eligible = [n for n in notes if n["originSession"] and n["createdAt"]["$date"] >= deployed]
        deltas = sorted(
            read.milliseconds(n["clientCreatedAt"]) - read.milliseconds(n["createdAt"])
            for n in notes
            if n["clientCreatedAt"]
        )
        used = sum(n["clientCreatedAt"] is not None for n in eligible)
        assert (truth["all"], truth["eligible"], truth["value"]) == (len(notes), len(eligible), len(deltas))
        assert truth["use_of_eligible"] == used / len(eligible)
        assert truth["use_of_all"] == len(deltas) / len(notes)
        assert truth["fallback_ratio"] == (len(eligible) - used) / len(eligible)
        assert truth["delta"]["ms"] == deltas
        assert truth["delta"]["over_1h"] == sum(not -3_600_000 <= delta <= 3_600_000 for delta in deltas)
        for row in truth["delta"]["histogram"]:
            lower = row["from_min"] * 60_000
            assert row["n"] == sum(lower <= delta < lower + 900_000 for delta in deltas)
        assert sum(row["n"] for row in truth["delta"]["histogram"]) == len(deltas)
    assert sample.truth["notes"]["absent"] == sum("clientCreatedAt" not in n for n in newest) > 0


def test_stored_differences_never_exceed_48_hours(sample: Sample) -> None:
    assert max(abs(delta) for delta in sample.truth["notes"]["delta"]["ms"]) <= 48 * 3_600_000


def test_exports_grow_and_one_lacks_40_notes_that_the_next_one_holds_again(tmp_path: Path) -> None:
    made = generate(tmp_path, days=3, scale=0.3)
    ids = [{n["_id"]["$oid"] for n in read.documents(tmp_path / e["path"])} for e in made.truth["exports"]]
    lost = made.truth["stories"]["incomplete_export"]
    assert [len(export) for export in ids] == [e["documents"] for e in made.truth["exports"]]
    assert ids[0] - ids[1] == set(lost["ids"]) == set(made.truth["exports"][1]["vanished"])
    assert len(lost["ids"]) == 40
    assert made.truth["exports"][1]["path"] == lost["path"]
    assert ids[0] | ids[1] < ids[2]


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


# What JavaScript prints -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (-0.005183, 2, "-0.01"),
        (0.125, 2, "0.13"),
        (-0.125, 2, "-0.13"),
        (1.005, 2, "1.00"),
        (540.0, 2, "540.00"),
    ],
)
def test_numbers_are_rounded_as_javascript_rounds_them(value: float, digits: int, shown: str) -> None:
    assert to_fixed(value, digits) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a", "'a'"), ("it's", '"it\'s"'), ("'\"", "`'\"`"), ("a\nb", r"'a\nb'"), ("a\\b", r"'a\\b'")],
)
def test_texts_are_quoted_as_node_inspects_them(text: str, shown: str) -> None:
    assert inspect(text) == shown


# The command ----------------------------------------------------------------------------------------------


def test_the_command_writes_the_folder_and_tells_what_to_do_next(tmp_path: Path) -> None:
    args = ["sample", str(tmp_path / "in"), "--days", "1", "--scale", "0.02", "--end", "2024-02-29"]
    result = CliRunner().invoke(h33, args)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "daily --date 2024-02-29" in result.stderr
    assert (tmp_path / "in" / "last-day").read_text() == "2024-02-29\n"
    truth = json.loads((tmp_path / "in" / "truth.json").read_text())
    assert truth == generate(tmp_path / "b", 1, date(2024, 2, 29), scale=0.02).truth
    assert truth["arguments"]["first_day"] == truth["arguments"]["last_day"] == "2024-02-29"
    assert truth["stories"]["incomplete_export"] is None


def test_quiet_says_nothing(tmp_path: Path) -> None:
    result = CliRunner().invoke(h33, ["sample", str(tmp_path), "--days", "1", "--scale", "0.02", "--quiet"])
    assert (result.exit_code, result.output) == (0, "")


def test_a_folder_that_cannot_be_made_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    program = [sys.executable, "-m", "pipeline", "sample", str(tmp_path / "file" / "in"), "--days", "1"]
    run = subprocess.run(program, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr == f"h33: {tmp_path}/file/in: cannot be written: Not a directory\n"
