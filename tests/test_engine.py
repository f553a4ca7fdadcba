"""The map seam: order, laziness, errors."""

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
