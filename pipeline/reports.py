"""SQL over a snapshot: a query of ours by its header, or a statement of the user's.

A query's parameters come in as people type them or as Python values; results leave as Arrow.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

from pipeline import catalog, sql

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from pipeline.lake import Snapshot


def connect(snapshot: Snapshot, timezone: str, *, trusted: bool = True) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB connection that sees a snapshot: `lake.<table>`, the macros and the views.

    Args:
        snapshot: what is read; it never changes.
        timezone: IANA name of the reporting zone.
        trusted: False for a stranger's SQL: no file, network or setting can then be reached from it.
    """
    return catalog.connect(snapshot.files, timezone, sealed=not trusted)


def execute(connection: duckdb.DuckDBPyConnection, query: sql.Query, params: Mapping[str, Any]) -> pa.Table:
    """Return a query's rows."""
    return connection.sql(query.text, params=dict(params)).to_arrow_table()


def run(
    snapshot: Snapshot, name: str, params: Mapping[str, Any], timezone: str, kind: str = "reports"
) -> pa.Table:
    """Return the rows of a report over a snapshot."""
    with closing(connect(snapshot, timezone)) as connection:
        return execute(connection, sql.load(kind, name), params)
