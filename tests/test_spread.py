"""Pieces of a block's records, each read by its format, come back in the order of the records."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.formats import match
from pipeline.formats.piece import Piece

TYPES = {"user_id": pl.String, "http_status": pl.Int16, "duration_ms": pl.Float64}
VALUES = {
    "user_id": st.sampled_from(["", "u1", "이름이 긴 사용자, longer than a view"]),
    "http_status": st.integers(100, 599),
    "duration_ms": st.floats(allow_nan=False),
}


@st.composite
def claimed(draw):
    """Draw which piece claims each row, none as -1, and the columns of each, of which some are all null."""
    owners = draw(st.lists(st.integers(-1, 2), min_size=1, max_size=12))
    columns = []
    for piece in range(3):
        count = owners.count(piece)
        names = draw(st.sets(st.sampled_from(sorted(TYPES)), min_size=1))
        columns.append(
            {
                name: draw(st.lists(st.none() | VALUES[name], min_size=count, max_size=count))
                for name in sorted(names)
            }
        )
    return owners, columns


@given(claimed())
def test_each_row_gets_what_its_piece_says_of_it_and_null_where_it_says_nothing(drawn):
    owners, columns = drawn
    pieces = []
    for number, said in enumerate(columns):
        rows = np.flatnonzero(np.array(owners) == number).astype(np.uint32)
        frame = pl.DataFrame(said, schema={name: TYPES[name] for name in said})
        pieces.append(Piece(str(number), rows, frame))
    found = match.spread(pieces, len(owners))
    by_hand = {
        name: [
            columns[owner].get(name, [None] * len(owners))[owners[:row].count(owner)] if owner >= 0 else None
            for row, owner in enumerate(owners)
        ]
        for name in found.columns
    }
    assert found.to_dict(as_series=False) == by_hand
    assert found.height == len(owners)
    assert found.schema == {name: TYPES[name] for name in found.columns}
    assert set(found.columns) == {
        name for owner, said in enumerate(columns) if owner in owners for name in said
    }
