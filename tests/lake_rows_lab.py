"""What a lake holds, told so that two lakes can be compared whatever runs made them."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path

from pipeline import reports
from pipeline.lake import Lake, Snapshot
from pipeline.schema import TABLES

#: What differs from run to run: which run it was, when, how its files are called, where they lay.
OF_THE_RUN = {"run_id", "run_ts", "run_date", "data_files", "tail_files", "stat"}

Rows = dict[str, Counter[str]]


def rows(lake: Path | Snapshot, but: frozenset[str] = frozenset()) -> Rows:
    """Return every row of every table with how often it is there, but for columns that belong to the run.

    Of the ledger the newest row of each source. `but` names further columns to leave out.
    """
    snapshot = lake if isinstance(lake, Snapshot) else Lake(lake).snapshot()
    with closing(reports.connect(snapshot, "UTC")) as connection:
        found = {t.name: connection.sql(f"SELECT * FROM lake.{t.name}").to_arrow_table() for t in TABLES[:-1]}
    found["files"] = snapshot.ledger()
    return {
        name: Counter(map(str, table.drop_columns((OF_THE_RUN | but) & set(table.column_names)).to_pylist()))
        for name, table in found.items()
    }
