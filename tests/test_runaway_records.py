"""Records that do not end are cut into parts: each has as many lines and bytes as it may, or one line."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ingest.records import assemble


@pytest.fixture(autouse=True, scope="module")
def small():
    """Let a record have four lines and twenty bytes at most, newlines among them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assemble, "MOST_LINES", 4)
        patch.setattr(assemble, "LONGEST", 20)
        yield


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), min_size=1, max_size=60))
def test_a_part_is_as_large_as_it_may_be_and_no_record_goes_on_in_anothers_part(rows):
    begins = np.array([True, *(begin for begin, _ in rows[1:])])
    text = pl.Series([(("é" * (length // 2)) + "x" * (length % 2)) for _, length in rows])
    bounds = assemble._capped(begins, text)
    assert bounds[begins].all()
    expected, lines, taken = [], 0, 0
    for begin, (_, length) in zip(begins.tolist(), rows, strict=True):
        lines, taken = lines + 1, taken + length + 1
        is_bound = begin or lines > 4 or taken > 20
        if is_bound:
            lines, taken = 1, length + 1
        expected.append(is_bound)
    assert bounds.tolist() == expected
