"""The map seam: order, laziness, errors, and processes that die."""

import os
import signal
from pathlib import Path

import pytest

from pipeline import engine


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_come_in_the_items_order(jobs):
    assert list(engine.map_ordered(lambda x: x * 2, range(50), jobs)) == [x * 2 for x in range(50)]


def test_only_a_few_items_are_drawn_ahead_of_the_results_taken():
    drawn = []

    def items():
        for i in range(100):
            drawn.append(i)
            yield i

    results = engine.map_ordered(lambda x: x, items(), 2)
    next(results)
    assert len(drawn) <= 4
    results.close()


def test_an_error_is_raised_at_its_items_turn():
    results = engine.map_ordered(lambda x: 1 // x, [1, 0, 1], 2)
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def double(item):
    """Return twice the item; one that names a file dies with its process, once or always."""
    number, victim, always = item
    if victim and (always or not Path(victim).exists()):
        Path(victim).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * 2


def given_up(item):
    return -item[0]


@pytest.mark.parametrize("always", [False, True])
def test_a_process_that_dies_costs_no_other_item_and_its_own_only_when_it_kills_again(tmp_path, always):
    items = [(n, str(tmp_path / "died") if n == 3 else None, always) for n in range(8)]
    results = list(engine.map_apart(double, given_up, items, 2))
    assert results == [0, 2, 4, -3 if always else 6, 8, 10, 12, 14]


def test_an_error_in_a_process_is_raised_at_its_items_turn():
    results = engine.map_apart(int, given_up, ["1", "x"], 2)
    assert next(results) == 1
    with pytest.raises(ValueError, match="invalid literal"):
        next(results)
