"""The state of an alarm from day to day: every path, with days counted by hand."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alerts.machine import Seen, State, Status, Transition, step, telling

FIRST = date(2025, 6, 20)


def play(days, bad_days=1, repeat_days=1, quiet=""):
    """Return the states and what is told, a pair a day; b, g, n: bad, good, no data; q: held back."""
    seen = {"b": Seen.BAD, "g": Seen.GOOD, "n": Seen.NODATA}
    status, told = None, []
    for i, letter in enumerate(days):
        day = FIRST + timedelta(days=i)
        after = step(status, seen[letter], day, bad_days)
        held = i < len(quiet) and quiet[i] == "q"
        status, transition = telling(status, after, None, day, repeat_days, quiet=held)
        told.append((status.state.value, transition.value if transition else None))
    return told


def test_a_critical_rule_fires_on_the_first_bad_day_and_resolves_after_two_good_ones():
    assert play("gbgg") == [("ok", None), ("firing", "firing"), ("firing", None), ("ok", "resolved")]


def test_a_warning_waits_for_a_second_bad_day():
    assert play("bb", bad_days=2) == [("pending", None), ("firing", "firing")]
    assert play("bgb", bad_days=2) == [("pending", None), ("ok", None), ("pending", None)]


def test_a_bad_day_between_good_ones_starts_the_count_to_the_end_anew():
    assert [t for _, t in play("bgbgg")] == ["firing", None, "repeat", None, "resolved"]


def test_days_without_data_never_resolve_and_never_count():
    assert play("bnnn", repeat_days=9)[-1] == ("firing", None)
    assert play("bgng", repeat_days=9)[-1] == ("ok", "resolved")
    assert play("bnb", bad_days=2) == [("pending", None), ("nodata", None), ("firing", "firing")]


def test_no_data_is_a_state_of_its_own():
    assert [state for state, _ in play("gngnb")] == ["ok", "nodata", "ok", "nodata", "firing"]


def test_a_firing_rule_is_told_again_after_the_days_set():
    assert [t for _, t in play("bbbbb", repeat_days=2)] == ["firing", None, "repeat", None, "repeat"]


def test_what_was_held_back_is_told_when_the_silence_ends_if_it_still_fires():
    assert [t for _, t in play("bbb", quiet="qq")] == [None, None, "firing"]
    assert [t for _, t in play("bggg", quiet="q")] == [None, None, None, None]


def test_a_day_that_turns_out_good_takes_its_alarm_back():
    good = step(None, Seen.GOOD, FIRST, 1)
    fired = Status(State.FIRING, FIRST, bad=1, told_on=FIRST)
    status, transition = telling(None, good, fired, FIRST, 1, quiet=False)
    assert (status.state, status.told_on, transition) == (State.OK, None, Transition.WITHDRAWN)


@given(st.text("bgn", max_size=30), st.integers(1, 3), st.integers(1, 3))
def test_what_fires_was_told_once_before_it_resolves_and_after_two_good_days_nothing_fires(days, bad, repeat):
    told = [t for _, t in play(days, bad, repeat) if t]
    for before, after in zip([None, *told], told, strict=False):
        if after == "firing":
            assert before in {None, "resolved"}
        else:
            assert before in {"firing", "repeat"}
    states = [state for state, _ in play(days, bad, repeat)]
    for i in range(1, len(days)):
        if days[i - 1 : i + 1] == "gg":
            assert states[i] == "ok"


@pytest.mark.parametrize("letter", "bgn")
def test_the_day_on_which_a_state_began_is_kept(letter):
    seen = {"b": Seen.BAD, "g": Seen.GOOD, "n": Seen.NODATA}[letter]
    first = step(None, seen, FIRST, 1)
    assert step(first, seen, FIRST + timedelta(days=1), 1).since == first.since == FIRST
