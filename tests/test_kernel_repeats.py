"""Entries that overlapping pages hold twice: each is kept as a copy of the one that it repeats."""

from datetime import UTC, datetime

from kernel_lab import GROUP_A, Read, entry, printed, render, values


def test_repeated_entries_are_stored_again_as_copies_of_what_they_repeat():
    """A page that begins inside a group repeats its end; the copy has the group's key, time and text."""
    first_page = printed("a", ["[App] start"]) + printed("a", GROUP_A, 100)
    second_page = [*printed("a", GROUP_A, 100)[2:], *printed("a", ["[App] end"], 500)]
    found = Read([values(first_page + second_page)], render())
    whole = "\n".join(GROUP_A)
    begun = datetime(2025, 6, 20, 1, 0, 0, 100_000, tzinfo=UTC)
    assert [(event["message"], event["dedupe_key"]) for event in found.events] == [
        ("[App] start", "a-01:00:00.000"),
        (whole, "a-01:00:00.100"),
        (whole, "a-01:00:00.100"),
        ("[App] end", "a-01:00:00.500"),
    ]
    assert [event["ts"] for event in found.events[1:3]] == [begun, begun]
    assert sorted(found.covered()) == list(range(1, 9))


def test_an_entry_may_repeat_more_than_once():
    page = printed("a", ["[App] one", "[App] two"])
    found = Read([values(page * 3)], render())
    assert sorted(found.column("dedupe_key")) == ["a-01:00:00.000"] * 3 + ["a-01:00:00.010"] * 3


def test_an_entry_without_an_id_repeats_none_and_keeps_no_repeat_from_being_read():
    page = printed("a", ["[App] one", "[App] two"])
    nameless = {**entry("[App] nameless", "01:00:00.500"), "id": None}
    found = Read([values([*page, nameless, nameless, *page])], render())
    assert found.rejects == []
    assert sorted(found.column("message")) == [
        *["[App] nameless"] * 2,
        *["[App] one"] * 2,
        *["[App] two"] * 2,
    ]


def test_an_entry_repeats_none_of_another_instance_that_has_its_id():
    found = [
        entry("one", "01:00:00", instance="a", entry_id="x"),
        entry("one", "01:00:00", instance="a", entry_id="x"),
        entry("two", "01:00:01", instance="b", entry_id="x"),
    ]
    events = Read([values(found)], render()).events
    assert [(event["line_no"], event["instance"], event["message"]) for event in events] == [
        (1, "a", "one"),
        (2, "a", "one"),
        (3, "b", "two"),
    ]


def test_an_entry_repeats_none_of_another_time_that_has_its_id():
    found = [entry(said, f"01:00:0{at}", entry_id="x") for said, at in [("one", 0), ("one", 0), ("two", 1)]]
    assert Read([values(found)], render()).column("message") == ["one", "one", "two"]
