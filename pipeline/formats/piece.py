"""What formats give: some rows of a column of text, and the columns that they have become."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Rows = npt.NDArray[np.uint32]

#: Polars' types for the short names of the table definitions.
TYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "int16": pl.Int16(),
    "int32": pl.Int32(),
    "int64": pl.Int64(),
    "double": pl.Float64(),
    "bool": pl.Boolean(),
    "timestamp": pl.Datetime("us", "UTC"),
}


#: The column of masks that a format states; see `line`.
MASK = "mask"


@dataclass(frozen=True)
class Piece:
    """What one format found: the rows it claims, ascending, and their columns, a row each."""

    label: str
    rows: Rows
    columns: pl.DataFrame
