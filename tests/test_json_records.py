"""JSON records: what claims them, what their fields become, and that nothing in them stops anything else."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_lab import Read, entry, one, plan, read, render, values

from pipeline.formats import derived, levels

GOOD = '{"level":30,"time":1750381200599,"pid":1,"hostname":"x1","msg":"ok"}'


def at(second=0, micro=0):
    return datetime(2025, 6, 20, 1, 0, second, micro, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "ts"),
    [
        (1750381200, at()),
        (1750381200.25, at(0, 250_000)),
        (1750381200250, at(0, 250_000)),
        (1750381200250001, at(0, 250_001)),
        (1750381200250001999, at(0, 250_001)),
        ("1750381200250", at(0, 250_000)),
        ("2025-06-20T10:00:00+09:00", at()),
        ("2025-06-20 10:00:00,5", at(0, 500_000)),  # no zone: Seoul by the plan
        (99_999_999, None),  # 1973: a number of something else
        (100_000_000, datetime(1973, 3, 3, 9, 46, 40, tzinfo=UTC)),
        (-1750381200, None),
        ("yesterday", None),
        (True, None),
    ],
)
def test_a_time_is_read_by_its_size_or_its_form(told, ts):
    event = one({"ts": told, "msg": "x"})
    assert event["ts"] == ts
    assert event["attrs"] == ({} if ts else {"ts": told})


def test_only_a_time_without_a_zone_is_assumed_to_be_in_one():
    stamps = ["2025-06-20 10:00:00", "2025-06-20T01:00:00Z", 1750381200]
    events = read("\n".join(json.dumps({"ts": stamp, "msg": "x"}) for stamp in stamps)).events
    assert [event["ts"] for event in events] == [at()] * 3
    assert [event["ts_assumed"] for event in events] == [["zone"], None, None]


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        (10, "trace"),
        (35, "info"),
        (60, "fatal"),
        (0, "fatal"),
        (3, "error"),
        (7, "debug"),
        (8, None),
        (100, None),
        ("30", "info"),
        ("Warning", "warn"),
        ("CRIT", "fatal"),
        ("silly", "trace"),
        ("loud", None),
    ],
)
def test_levels_have_names_and_numbers(level, severity):
    assert levels.of(level, {}) == severity
    assert one({"level": level, "msg": "x"})["severity"] == severity


def test_a_level_that_is_no_number_is_not_taken_for_an_equal_one_beside_it():
    said = [{"level": level, "msg": "x"} for level in (1, True, 1.0, 0, False)]
    events = read("\n".join(map(json.dumps, said))).events
    assert [event["severity"] for event in events] == ["fatal", None, "fatal", "fatal", None]


def test_json_between_plain_lines_and_stacks_is_read_where_it_stands():
    text = (
        f"Connected to MongoDB\n{GOOD}\n    at late (x.js:1:1)\n{{not json}}\nTypeError: x\n    at y\n{GOOD}"
    )
    events = read(text).events
    assert [(event["format"], event["line_no"], event["line_count"]) for event in events] == [
        ("boot", 1, 1),
        ("pino", 2, 2),
        ("generic", 4, 1),
        ("node-error", 5, 2),
        ("pino", 7, 1),
    ]
    assert events[1]["message"] == "ok\n    at late (x.js:1:1)"
    assert events[2]["message"] == "{not json}"


def test_an_object_over_several_lines_is_one_record():
    [event] = read('{\n  "level": "error",\n  "msg": "boom",\n  "n": 3\n}\n').events
    assert (event["severity"], event["message"], event["attrs"]) == ("error", "boom", {"n": 3})
    assert event["line_count"] == 5


DEEP = '{"msg":"deep","a":' + '{"b":' * 200 + "1" + "}" * 201
WIDE = '{"msg":"wide",' + ",".join(f'"k{number}":{number}' for number in range(5000)) + "}"
BROKEN = [
    '{"level":30,"msg":"a',
    '{"level":30}{"level":40}',
    '{"a":' * 1200 + "1" + "}" * 1200,
    '{"level":30,"time":' + "9" * 400 + ',"msg":"x"}',
    '{"time":1e999,"msg":"x"}',
    '{"msg":"\\ud800 half of a pair"}',
    '{"msg":NaN}',
]
ODD = [
    '{"msg":"twice","msg":"again","level":1}',
    '{"time":1e18,"level":{"a":1},"msg":[1,{"b":2}]}',
    '{"":1,"msg":""}',
    '{"msg":null,"level":null}',
    '{"msg":"nul \\u0000 inside"}',
    '{"t":{},"s":"I","c":"X","id":51803,"attr":{}}',
    '{"t":{"$date":5},"s":"I","c":"X","id":51803,"attr":{"command":{"pipeline":[7],"sort":{}},"ns":7}}',
    '{"op":"query","ns":"a.b","millis":5,"ts":{"$date":{"$numberLong":"1750381200599"}},"command":null}',
    '{"probe_at":"x","http_status":"abc","body":[]}',
    '{"id":"e","serviceId":"s","timestamp":"t","type":"x","details":[]}',
    '{"req":{"url":5,"method":[]},"res":{"statusCode":99999},"level":30,"time":1}',
    DEEP,
    WIDE,
]


def test_what_is_broken_or_odd_takes_nothing_else_along():
    text = "\n".join(part for text in [*BROKEN, *ODD] for part in (GOOD, text)) + "\n" + GOOD
    found = read(text)
    assert [event["message"] for event in found.events[::2]] == ["ok"] * (len(BROKEN + ODD) + 1)
    strange = found.events[1::2]
    assert [event["format"] for event in strange[: len(BROKEN)]] == ["generic"] * len(BROKEN)
    assert [event["message"] for event in strange[: len(BROKEN)]] == BROKEN
    assert "generic" not in {event["format"] for event in strange[len(BROKEN) :]}
    assert found.rejects == []


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["level", "time", "msg", "req", "t", "id", "x"]), inner, max_size=4
                )
            ),
            max_leaves=8,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_every_value_is_one_record_and_its_neighbours_stand(found):
    text = "\n".join(part for value in found for part in (GOOD, json.dumps({"msg": "m", "v": value})))
    events = read(text).events
    assert len(events) == 2 * len(found)
    assert [event["message"] for event in events[::2]] == ["ok"] * len(found)


def test_more_kinds_of_records_than_are_remembered_are_still_told():
    kinds = [json.dumps({f"k{number}": number, "msg": str(number)}) for number in range(2500)]
    events = read("\n".join(kinds)).events
    assert [event["attrs"] for event in events] == [{f"k{number}": number} for number in range(2500)]
    assert [event["message"] for event in events] == [str(number) for number in range(2500)]


def test_records_of_two_kinds_by_turns_stay_in_their_order():
    said = [{"msg": str(number), **({"a": number} if number % 2 else {"b": number})} for number in range(6)]
    events = read("\n".join(map(json.dumps, said))).events
    assert [event["message"] for event in events] == ["0", "1", "2", "3", "4", "5"]
    assert [event["attrs"] for event in events] == [{"ba"[n % 2]: n} for n in range(6)]


def test_what_does_not_fit_its_column_stays_with_the_rest():
    event = one(
        {"msg": "x", "http_status": "none", "duration_ms": "NaN", "method": "card", "status": "failed"}
    )
    assert (event["http_status"], event["duration_ms"], event["http_method"]) == (None, None, None)
    assert event["attrs"] == {
        "http_status": "none",
        "duration_ms": "NaN",
        "method": "card",
        "status": "failed",
    }


@pytest.mark.parametrize("count", [1, 200])
def test_a_number_that_its_column_cannot_hold_stays_with_the_rest_whatever_stands_beside_it(count):
    said = [{"msg": "x", "http_status": status} for status in (404, 100_404, "none")]
    events = read("\n".join(json.dumps(value) for value in said for _ in range(count))).events
    told = [(event["http_status"], event["attrs"]) for event in events]
    assert told[::count] == [(404, {}), (None, {"http_status": 100_404}), (None, {"http_status": "none"})]
    assert told == [one for one in told[::count] for _ in range(count)]


def test_a_request_whose_path_is_none_takes_no_path_from_those_beside_it():
    said = [{"msg": "x", "method": "GET", "path": path} for path in (5, "/a", ["/b"])]
    events = read("\n".join(map(json.dumps, said))).events
    assert [event["http_path"] for event in events] == [None, "/a", None]


def test_of_too_many_fields_the_first_are_kept_and_too_deep_ones_are_told_as_such():
    assert list(one(WIDE)["attrs"]) == [f"k{number}" for number in range(199)]
    assert one(DEEP)["attrs"] == {"a" + ".b" * 12: "…"}


def test_a_message_is_read_by_its_own_format_too():
    event = one({"level": 30, "time": 1750381200599, "msg": "GET /api/notes 404 12.5 ms - 45"})
    assert (event["format"], event["http_status"], event["duration_ms"]) == ("pino", 404, 12.5)
    event = one({"level": 50, "time": 1750381200599, "msg": "TypeError: x is null", "error_name": "mine"})
    assert event["attrs"] == {"error_name": "mine", "error_message": "x is null"}


def test_inside_render_s_entries_a_record_has_its_own_time_and_level():
    inside = entry(GOOD, "01:00:07", host="h")
    [event] = Read([values([inside])], render()).events
    assert (event["format"], event["severity"], event["message"]) == ("pino", "info", "ok")
    assert (event["ts"], event["ts_source"]) == (at(0, 599_000), "line")
    assert (event["instance"], event["dedupe_key"]) == ("a", "a-01:00:07")
    assert event["attrs"] == {"host": "h", "pid": 1, "hostname": "x1"}


def test_equal_lines_of_mongod_have_equal_keys_and_others_do_not():
    said = '{"t":{"$date":"2025-06-20T01:00:00Z"},"s":"I","c":"A","id":%d,"ctx":"x","msg":"m"}'
    keys = read("\n".join(said % number for number in (1, 2, 1))).column("dedupe_key")
    assert keys[0] == keys[2] != keys[1]


@pytest.mark.parametrize(
    ("command", "shape"),
    [
        ({"find": "n", "filter": {"b": 1, "a": {"$lt": 1, "$gt": 0}}}, "find n {a: {$gt: ?, $lt: ?}, b: ?}"),
        (
            {"find": "n", "filter": {"a": {"$oid": "x"}}, "sort": {"b": -1, "a": 1}},
            "find n {a: ?} sort {b: -1, a: 1}",
        ),
        ({"find": "n", "filter": {"$or": [{"b": 1}, {"a": 1}]}}, "find n {$or: [{a: ?}, {b: ?}]}"),
        ({"find": "n", "filter": {}, "projection": {"a": 1}}, "find n {} projection {a: 1}"),
        (
            {"aggregate": "n", "pipeline": [{"$match": {"a": 1}}, {"$sort": {"b": 1}}]},
            "aggregate n {a: ?} sort {b: 1}",
        ),
        ({"q": {"_id": 1}, "u": {"$set": {"content": "x"}}}, "update n {_id: ?}"),
        ({"update": "n", "updates": [{"q": {"a": 1}, "u": {}}]}, "update n {a: ?}"),
        ({"getMore": 5, "collection": "n"}, "getMore n"),
    ],
)
def test_the_shape_of_an_operation_has_its_keys_and_no_value(command, shape):
    kind = "update" if "q" in command else "command"
    found = derived.mongo_operation({"attr": {"type": kind, "ns": "h.n", "command": command}})
    assert found["$shape"] == shape


def test_each_value_of_an_array_is_a_record_and_what_is_broken_is_rejected_alone():
    block = values([json.loads(GOOD), b'{"level":30,', [1, 2], json.loads(GOOD)], line_nos=[1, 1, 2, 4])
    found = Read([block], plan(layout="json", record_path="[]"))
    assert [(event["format"], event["line_no"]) for event in found.events] == [
        ("pino", 1),
        ("generic", 2),
        ("pino", 4),
    ]
    assert [(row["line_no"], row["reason"].split(":")[0]) for row in found.rejects] == [(1, "invalid JSON")]


def test_a_message_tells_only_what_its_record_leaves_open():
    """Level and logger are the record's where it states them, whether all records of a block do or some."""
    whole = '{"level":"warn","message":"[cart] [ERROR] full","service":"api"}'
    without = '{"level":"warn","message":"[cart] [ERROR] full"}'
    told = [(event["severity"], event["logger"]) for event in read(f"{whole}\n{whole}").events]
    assert told == [("warn", "api"), ("warn", "api")]
    told = [(event["severity"], event["logger"]) for event in read(f"{whole}\n{without}").events]
    assert told == [("warn", "api"), ("warn", "cart")]
