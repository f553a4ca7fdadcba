"""What MongoDB, Atlas and their tools leave in the landing folder, against an independent count."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import sample_reading as read

from pipeline.sample import Sample

LAST = "2025-06-27"
OUTAGE = ("2025-06-27T12:04:00", "2025-06-27T12:11:00")


def distinct(sample: Sample) -> list[dict[str, Any]]:
    """Return the lines of mongod's log, each once however many downloads hold it."""
    paths = read.files(sample, "mongod_log")
    return [json.loads(line) for line in {s for path in paths for s in read.lines(sample.folder / path)}]


Form = tuple[str, str, tuple[str, ...], str | None, str | None, bool]


def form(ns: str, command: dict[str, Any], plan: str | None, sorts: bool) -> Form:
    """Return what makes operations one shape: namespace, verb, filtered fields, sort, plan, sort stage."""
    by: dict[str, int] = command.get("sort", {})
    if "pipeline" in command:
        stages = {name: value for stage in command["pipeline"] for name, value in stage.items()}
        chosen, by = stages["$match"], stages.get("$sort", {})
    else:
        chosen = command.get("filter", command.get("q", {}))
    verb = next((verb for verb in ("find", "aggregate", "insert") if verb in command), "update")
    return ns, verb, tuple(sorted(chosen)), next(iter(by), None), plan, sorts


def figures_of(operations: list[tuple[Form, dict[str, Any], int]]) -> dict[Form, tuple[int, ...]]:
    """Return count, documents and keys examined, documents returned and longest ms by shape."""
    groups: dict[Form, list[tuple[dict[str, Any], int]]] = {}
    for shape, fields, took_ms in operations:
        groups.setdefault(shape, []).append((fields, took_ms))
    returned = ("nreturned", "nModified", "ninserted")
    return {
        shape: (
            len(group),
            sum(fields.get("docsExamined", 0) for fields, _ in group),
            sum(fields.get("keysExamined", 0) for fields, _ in group),
            sum(fields.get(name, 0) for fields, _ in group for name in returned),
            max(took for _, took in group),
        )
        for shape, group in groups.items()
    }


def stated(figures: dict[str, Any]) -> dict[Form, tuple[int, ...]]:
    """Return the same of the truth's shapes."""
    assert figures["n"] == sum(row["n"] for row in figures["shapes"])
    return {
        (
            row["namespace"],
            row["op"],
            tuple(row["fields"]),
            row["sort"],
            row["plan"],
            row["has_sort_stage"],
        ): (row["n"], row["docs_examined"], row["keys_examined"], row["returned"], row["longest_ms"])
        for row in figures["shapes"]
    }


# mongod ---------------------------------------------------------------------------------------------------


def test_slow_operations_of_every_day_by_shape(sample: Sample) -> None:
    by_day: dict[str, list[tuple[Form, dict[str, Any], int]]] = {day: [] for day in sample.truth["days"]}
    for line in distinct(sample):
        if line["id"] == 51803:
            attr = line["attr"]
            assert attr["durationMillis"] > 100
            assert attr["workingMillis"] <= attr["durationMillis"]
            assert line["c"] == ("WRITE" if attr["type"] == "update" else "COMMAND")
            shape = form(
                attr["ns"], attr["command"], attr.get("planSummary"), attr.get("hasSortStage", False)
            )
            day = read.seoul_day(line["t"]["$date"].replace("+00:00", "Z"))
            by_day[day].append((shape, attr, attr["durationMillis"]))
    for day, found in by_day.items():
        figures = sample.truth["days"][day]["slow_operations"]
        assert figures_of(found) == stated(figures)
        assert figures["collscans"] == sum(shape[4] == "COLLSCAN" for shape, _, _ in found) > 0
        assert figures["in_memory_sorts"] == sum(shape[5] for shape, _, _ in found)


def test_downloads_overlap_by_the_copies_that_the_truth_states(sample: Sample) -> None:
    seen: set[str] = set()
    repeated = 0
    for path, file in read.files(sample, "mongod_log").items():
        lines = read.lines(sample.folder / path)
        assert len(lines) == len(set(lines)) == file["records"]
        assert file["copies"] == len(seen & set(lines)), path
        repeated += file["copies"]
        seen |= set(lines)
        logged = [json.loads(line) for line in lines]
        ids = Counter(line["id"] for line in logged)
        assert (ids[51803], ids[22943], ids[22944]) == (
            file["slow_operations"],
            file["connections_accepted"],
            file["connections_ended"],
        )
        stamps = [line["t"]["$date"] for line in logged]
        assert stamps == sorted(stamps)
        assert file["first_ts"] == stamps[0].replace("+00:00", "000Z")
        assert file["last_ts"] == stamps[-1].replace("+00:00", "000Z")
    assert repeated > 30


def test_lines_are_padded_as_mongod_pads_them(sample: Sample) -> None:
    whole = read.text(sample.folder / f"mongod/{LAST}.log.gz")
    head = re.compile(
        r'\{"t":\{"\$date":"[\d:.T-]{23}\+00:00"\},"s":"I",  '
        r'"c":("[A-Z_]+", *)"id":(\d+, *)"ctx":"[\w-]+","svc":'
    )
    matches = [head.match(line) for line in whole.split("\n")[:-1]]
    assert all(match and (len(match[1]), len(match[2])) == (12, 9) for match in matches)


def test_the_outage_ends_all_connections_and_shows_no_operation(sample: Sample) -> None:
    inside = [line for line in distinct(sample) if OUTAGE[0] <= line["t"]["$date"] < OUTAGE[1]]
    ids = Counter(line["id"] for line in inside)
    assert (ids[51803], ids[22944], ids[22943]) == (0, 12, 0)
    back = [line for line in distinct(sample) if OUTAGE[1] <= line["t"]["$date"] < "2025-06-27T12:12"]
    assert Counter(line["id"] for line in back)[22943] == 12


def test_the_profiler_tells_the_same_in_its_own_words(sample: Sample) -> None:
    path, file = read.only(sample, "system_profile")
    profiled = read.documents(path)
    found = [
        (
            form(one["ns"], one["command"], one.get("planSummary"), one.get("hasSortStage", False)),
            one,
            one["millis"],
        )
        for one in profiled
    ]
    assert all(one["ns"].startswith("habitus33_staging.") for one in profiled)
    assert {one["op"] for one in profiled} == {"query", "command", "insert", "update"}
    assert figures_of(found) == stated(sample.truth["days"][LAST]["profiled_operations"])
    assert file["records"] == len(profiled)


# Atlas and mongostat --------------------------------------------------------------------------------------


def test_measurements_are_null_while_mongodb_is_away(sample: Sample) -> None:
    for path, file in read.files(sample, "atlas_measurements").items():
        (document,) = read.documents(sample.folder / path)
        series = {one["name"]: one["dataPoints"] for one in document["measurements"]}
        assert {name: len(points) for name, points in series.items()} == file["points"]
        gaps = {name: [p["timestamp"] for p in ps if p["value"] is None] for name, ps in series.items()}
        assert {name: len(stamps) for name, stamps in gaps.items()} == file["gaps"]
        dark = ["2025-06-27T12:05:00Z", "2025-06-27T12:10:00Z"] if LAST in path else []
        assert all(stamps == dark for stamps in gaps.values())
        assert file["records"] == sum(file["points"].values()) == 4 * 288


def test_mongostat_tells_texts_and_a_time_without_a_year(sample: Sample) -> None:
    path, file = read.only(sample, "mongostat")
    samples = [line[file["host"]] for line in read.documents(path)]
    assert len(samples) == file["events"]
    assert all(isinstance(value, str) for one in samples for value in one.values())
    words = {"host", "set", "repl", "time"}
    numbers = [len(re.findall(r"\d+(?:\.\d+)?", v)) for k, v in samples[0].items() if k not in words]
    assert sum(numbers) == file["points_per_sample"]
    assert file["records"] == file["events"] * file["points_per_sample"]
    stamps = [one["time"] for one in samples]
    assert all(re.fullmatch(r"Jun 27 2[01]:\d\d:\d\d\.\d{3}", stamp) for stamp in stamps)
    assert not [stamp for stamp in stamps if "Jun 27 21:04:00" <= stamp < "Jun 27 21:11:00"]
    # 20:30:00.003 in Seoul.
    assert file["first_ts"] == f"2025-06-27T11:{stamps[0][10:]}000Z"


# Exports --------------------------------------------------------------------------------------------------


def test_sessions_are_one_array_on_one_line_each_session_once(sample: Sample) -> None:
    path, file = read.only(sample, "jsonarray_export")
    assert read.text(path).count("\n") == file["lines"] == file["events"] == 1
    sessions = json.loads(read.text(path))
    completed = {
        call.lines[0].rsplit(" ", 1)[1]
        for _, rendered in read.render_files(sample.folder)
        for call in read.calls(rendered)
        if call.lines[0].startswith("[TimeProcessor] 세션 완료 - ")
    }
    assert {one["_id"]["$oid"] for one in sessions} == completed
    assert file["records"] == len(sessions) == len(completed)


def test_users_are_canonical_and_wrote_all_notes(sample: Sample) -> None:
    path, file = read.only(sample, "canonical_export")
    users = read.documents(path)
    assert file["records"] == len(users)
    assert all(user["createdAt"]["$date"].keys() == {"$numberLong"} for user in users)
    assert all(user["__v"] == {"$numberInt": "0"} for user in users)
    newest = read.documents(sample.folder / sample.truth["exports"][-1]["path"])
    assert {note["userId"]["$oid"] for note in newest} <= {user["_id"]["$oid"] for user in users}


def test_books_are_csv_with_ids_in_words_and_titles_of_two_lines(sample: Sample) -> None:
    path, file = read.only(sample, "csv_export")
    books = read.rows(path)
    assert file["records"] == len(books)
    assert file["continuation"] == 1 + sum(row["title"].count("\n") for row in books) > 1
    assert all(re.fullmatch(r"ObjectId\([0-9a-f]{24}\)", row["_id"]) for row in books)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z", row["createdAt"]) for row in books)
    newest = read.documents(sample.folder / sample.truth["exports"][-1]["path"])
    assert {f"ObjectId({note['bookId']['$oid']})" for note in newest} <= {row["_id"] for row in books}
