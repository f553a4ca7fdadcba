"""What the truth says of the generated days agrees with an independent count of the files."""

from __future__ import annotations

import re
from collections import Counter

import sample_reading as read

from pipeline.sample import Sample

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
