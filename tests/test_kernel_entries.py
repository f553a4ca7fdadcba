"""Entries of Render's log API: the envelope comes off, and each instance's lines are put together."""

import itertools
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_lab import GROUP_A, Read, entry, printed, render, values

GROUP_B = [
    "[TimeProcessor] 세션 완료 - 64f0aa10bb20cc30dd40ee96",
    "  [TimeProcessor] 클라이언트 시간 처리 시작: 2025-06-20T01:00:00.431Z",
    "  [TimeProcessor] 무효한 시간대 정보: Australia/Sydney, offset: -600",
    "  사용된 시간: 서버 시간",
]


def blocks_of(entries, size):
    """Return the entries in blocks of so many, each entry on a line of its own."""
    found = []
    for first in range(0, len(entries), size):
        part = entries[first : first + size]
        block = values(part, list(range(first + 1, first + 1 + len(part))))
        places = block.places
        found.append(
            type(block)(
                block.data,
                first + 1,
                0,
                type(places)(places.line_no, places.line_count, places.byte_offset + 10_000 * first),
            )
        )
    return found


def outcomes(found):
    return [
        (event["instance"], event["session_id"], event["attrs"].get("outcome"), event["dedupe_key"])
        for event in found.events
        if event["format"] == "time-processor"
    ]


def test_an_app_entry_is_the_line_inside_it_with_the_envelopes_time():
    page = [
        entry(
            "Connected to MongoDB",
            "00:59:58.123456789",
            instance="srv-abc-x1",
            resource="srv-abc",
            level="error",
        )
    ]
    [event] = Read([values(page)], render()).events
    assert (event["service"], event["instance"], event["message"]) == (
        "srv-abc",
        "srv-abc-x1",
        "Connected to MongoDB",
    )
    assert (event["ts"], event["ts_source"]) == (
        datetime(2025, 6, 20, 0, 59, 58, 123456, tzinfo=UTC),
        "envelope",
    )
    assert (event["format"], event["severity"]) == ("boot", None)
    assert event["dedupe_key"] == "srv-abc-x1-00:59:58.123456789"


def test_a_request_entry_takes_its_columns_from_labels_and_message():
    message = (
        'clientIP="203.0.113.9" requestID="8f2c" responseTimeMS=151 responseBytes=812 '
        'userAgent="Mozilla/5.0 (\\"x\\")"'
    )
    labels = {
        "method": "POST",
        "path": "/api/sessions/64f0/complete?token=1",
        "statusCode": "200",
        "host": "h33.example",
    }
    page = [entry(message, "01:00:00.6", instance=None, kind="request", resource="srv-abc", **labels)]
    [event] = Read([values(page)], render()).events
    stated = (
        "format",
        "http_method",
        "http_path",
        "http_route",
        "http_status",
        "duration_ms",
        "response_bytes",
    )
    assert tuple(event[name] for name in stated) == (
        "render-request",
        "POST",
        "/api/sessions/64f0/complete",
        "/api/sessions/:id/complete",
        200,
        151.0,
        812,
    )
    assert (event["client_address"], event["request_id"]) == ("203.0.113.9", "8f2c")
    assert event["user_agent"] == 'Mozilla/5.0 (\\"x\\")'
    assert (event["attrs"], event["instance"]) == ({"host": "h33.example"}, None)


def test_a_request_entry_may_lack_keys_and_order_them_as_it_likes():
    page = [
        entry("responseBytes=7 clientIP=198.51.100.7", "01:00:00", kind="request", statusCode="-"),
        entry("", "01:00:01", kind="request", method="GET", path="/x"),
    ]
    first, second = Read([values(page)], render()).events
    assert (first["response_bytes"], first["client_address"], first["http_status"]) == (
        7,
        "198.51.100.7",
        None,
    )
    assert (second["http_path"], second["duration_ms"], second["format"]) == ("/x", None, "render-request")


def test_labels_may_be_one_object_and_a_build_line_says_so():
    page = [
        {
            "id": "1",
            "labels": {"type": "build", "resource": "s"},
            "message": "==> Building",
            "timestamp": "2025-06-20T01:00:00Z",
        }
    ]
    [event] = Read([values(page)], render()).events
    assert (event["service"], event["logger"], event["message"]) == ("s", "build", "==> Building")


def test_groups_of_interleaved_instances_are_one_event_each():
    mixed = list(itertools.chain(*zip(printed("a", GROUP_A), printed("b", GROUP_B, 5), strict=True)))
    found = Read([values(mixed)], render())
    assert outcomes(found) == [
        ("a", "64f0aa10bb20cc30dd40ee99", "client", "a-01:00:00.000"),
        ("b", "64f0aa10bb20cc30dd40ee96", "server", "b-01:00:00.005"),
    ]
    first, second = found.events
    assert first["message"] == "\n".join(GROUP_A)
    assert first["line_spans"] == [{"line_no": line, "line_count": 1} for line in (1, 3, 5, 7)]
    assert (second["line_no"], second["line_count"]) == (2, 4)
    assert sorted(found.covered()) == list(range(1, 9))


def test_entries_on_one_line_share_it():
    page = printed("a", GROUP_A)
    [event] = Read([values(page, [1, 1, 1, 1])], render()).events
    assert (event["line_no"], event["line_count"], event["line_spans"]) == (1, 1, None)


def test_pages_that_come_newest_first_give_what_sorted_ones_give():
    ordered = printed("a", GROUP_A) + printed("a", GROUP_B, 100) + printed("b", GROUP_B, 50)
    forward = Read(blocks_of(ordered, 3), render())
    backward = Read(blocks_of(ordered[::-1], 3), render())
    assert sorted(outcomes(forward)) == sorted(outcomes(backward))
    assert {event["message"] for event in backward.events} == {"\n".join(GROUP_A), "\n".join(GROUP_B)}


def test_lines_of_one_instant_keep_their_order_both_ways():
    at_once = printed("a", GROUP_A, step=0) + printed("a", GROUP_B, 900, step=0)
    for number, one in enumerate(at_once):
        one["id"] = str(number)
    forward = Read([values(at_once)], render())
    backward = Read([values(at_once[::-1])], render())
    assert [event["message"] for event in forward.events] == ["\n".join(GROUP_A), "\n".join(GROUP_B)]
    assert {event["message"] for event in backward.events} == {"\n".join(GROUP_A), "\n".join(GROUP_B)}


def test_what_the_proxy_logs_between_the_lines_of_a_group_is_an_event_of_its_own():
    request = entry("responseTimeMS=1", "01:00:00.015", kind="request", entry_id="r", path="/x")
    found = Read([values([*printed("a", GROUP_A)[:2], request, *printed("a", GROUP_A)[2:]])], render())
    assert [event["message"] for event in found.events] == ["\n".join(GROUP_A), "responseTimeMS=1"]
    assert sorted(found.covered()) == [1, 2, 3, 4, 5]


def test_an_empty_message_is_a_record_of_its_own_between_others_and_part_of_a_dump_inside():
    page = printed("a", ["[App] a", "", "[App] b", "  in b", "", "  still in b", ""])
    found = Read([values(page)], render())
    assert found.column("message") == ["[App] a", "", "[App] b\n  in b\n\n  still in b", ""]


def test_what_is_no_entry_is_rejected_alone():
    page = [
        *printed("a", ["[App] a"]),
        b'{"id": "x", "labels": [], "message": ',
        {"_id": 1},
        b"[1]",
        {"id": "y", "labels": [], "message": 7, "timestamp": "2025-06-20T01:00:00Z"},
        b"[" * 5000,
        b'{"message": "\\ud800", "labels": [], "timestamp": ""}',
        *printed("a", ["[App] b"], 500),
    ]
    found = Read([values(page)], render())
    assert found.column("message") == ["[App] a", "[App] b"]
    assert [lost["line_no"] for lost in found.rejects] == [2, 3, 4, 5, 6, 7]
    kinds = [lost["reason"].split(":")[0] for lost in found.rejects]
    assert kinds == ["invalid JSON", *["no entry of render_api"] * 3, "invalid JSON", "invalid JSON"]


def test_an_entry_without_a_usable_time_is_kept_with_none():
    page = [
        *printed("a", ["[App] a"]),
        entry("[App] b", "25:61:00", instance="a"),
        *printed("a", ["[App] c"], 500),
    ]
    found = Read([values(page)], render())
    assert [(event["message"], event["ts"] is None) for event in found.events] == [
        ("[App] a", False),
        ("[App] b", True),
        ("[App] c", False),
    ]


def test_the_reach_of_a_record_is_that_of_its_rows():
    from pipeline.ingest.records import kernel

    mixed = list(itertools.chain(*zip(printed("a", GROUP_A), printed("b", GROUP_B, 5), strict=True)))
    block = values([*mixed, *printed("a", ["[App] x"], 900), *printed("b", ["[App] x"], 900)])
    parsed = kernel.parse(block, render())
    offsets = block.places.byte_offset
    assert parsed.reach.tolist() == [[offsets[0], offsets[6]], [offsets[1], offsets[7]]]
    assert parsed.table.num_rows == 2


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=12),
    st.integers(3, 40),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_cuts_and_interleaving_change_no_group(instances, size, newest_first, random):
    """Whatever the blocks and however instances mix, each group is one event with its own lines."""
    waiting = {}
    for number, instance in enumerate(instances):
        group = GROUP_A if number % 2 else GROUP_B
        waiting.setdefault(instance, []).extend((number, line) for line in group)
    entries, clock = [], 0
    while waiting:
        instance = random.choice(sorted(waiting))
        number, line = waiting[instance].pop(0)
        clock += 1
        entries.append(entry(line, f"01:00:{clock / 1000:09.6f}", instance=instance))
        if not waiting[instance]:
            del waiting[instance]
    if newest_first:
        entries.reverse()
    found = Read(blocks_of(entries, size), render())
    wanted = sorted("\n".join(GROUP_A if number % 2 else GROUP_B) for number in range(len(instances)))
    assert sorted(event["message"] for event in found.events) == wanted
    assert sorted(found.covered()) == list(range(1, len(entries) + 1))
