"""The lake from Python: a DuckDB connection with the views, reports as Arrow, events as a lazy Polars frame.

    import pipeline

    with pipeline.open("data/lake") as lake:
        lake.sql("SELECT local_day(ts) AS day, count(*) AS n FROM events GROUP BY day").pl()
        lake.report("latency_by_route", since="2025-06-20", until="2025-06-21")
        lake.events("2025-06-20", "2025-06-21").filter(pl.col("severity") == "error").collect()

It is for programs of one's own: what it runs is not walled off, as `h33 sql` is. It writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pipeline import config, instants, own_reports, reports, sql
from pipeline.errors import UsageFault
from pipeline.lake import Lake, Snapshot
from pipeline.schema import BY_NAME, EVENTS, REPEATS
from pipeline.sql import Query

if TYPE_CHECKING:
    import duckdb
    import polars as pl
    import pyarrow as pa

    from pipeline.config import Settings

#: An instant as a person types it, or as Python has it.
Instant = str | date | datetime


class OpenLake:
    """One snapshot of a lake, open for reading.

    Attributes:
        snapshot: what is read; it never changes.
        settings: those in force: the reporting zone, the release, the folder of reports of one's own.
        connection: DuckDB in memory with the tables (`lake.<name>`), macros and views of the snapshot.
    """

    def __init__(self, snapshot: Snapshot, settings: Settings) -> None:
        self.snapshot = snapshot
        self.settings = settings
        self.connection: duckdb.DuckDBPyConnection = reports.connect(snapshot, settings.timezone)

    def __enter__(self) -> OpenLake:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def sql(self, text: str, params: Mapping[str, Any] | None = None) -> duckdb.DuckDBPyRelation:
        """Return DuckDB's relation of a query: `.pl()`, `.to_arrow_table()`, `.df()`, `.show()`.

        Args:
            text: over the views; `lake.<table>` for the tables themselves.
            params: values of its $names.
        """
        return self.connection.sql(text, params=dict(params or {}))

    def report(self, name: str, **given: object) -> pa.Table:
        """Return the rows of a report; `polars.from_arrow` makes a frame of them.

        Args:
            name: as `h33 report` lists it, one's own included.
            given: its parameters as texts (`"yesterday"`, `"24h"`), numbers, dates or datetimes; its defaults
                where none is given.

        Raises:
            UsageFault: no such report, no such parameter, or a value that does not fit it.
        """
        query = self._query(name)
        known = [param.name for param in query.params]
        for key in given:
            if key not in known:
                close = get_close_matches(key, known, n=1)
                guess = f"did you mean {close[0]}? " if close else ""
                raise UsageFault(f"{name} has no {key!r}", hint=f"{guess}there are {', '.join(known)}")
        texts = {key: _text(value) for key, value in given.items() if value is not None}
        params = reports.parameters(query, texts, self.settings, datetime.now(UTC))
        return reports.execute(self.connection, query, params)

    def _query(self, name: str) -> Query:
        folder = self.settings.paths.queries
        if name in own_reports.names(folder):
            return own_reports.load(folder, name)
        return sql.load("reports", name)

    def events(self, since: Instant | None = None, until: Instant | None = None) -> pl.LazyFrame:
        """Return the log records of [since, until) as a lazy frame, each once, columns as in `lake.events`.

        Only the files of those UTC days are opened. Without bounds, records without a time are there too.

        Args:
            since: first instant, or None for the first there is.
            until: first instant not wanted, or None.
        """
        import polars as pl

        first, end = (None if bound is None else self._instant(bound) for bound in (since, until))
        days = (first.date() if first else None, end.date() if end else None)
        rows = _scan(self.snapshot, EVENTS.name, *days)
        if first:
            rows = rows.filter(pl.col("ts") >= first)
        if end:
            rows = rows.filter(pl.col("ts") < end)
        copies = _scan(self.snapshot, REPEATS.name, *days)
        return rows.join(copies, on=["date", "file_id", "byte_offset"], how="anti")

    def _instant(self, value: Instant) -> datetime:
        """Return an instant in UTC; one without an offset is of the reporting zone."""
        zone = instants.zone(self.settings.timezone)
        return instants.parse(_text(value), zone, datetime.now(UTC))


def open_lake(
    lake: str | Path | None = None,
    *,
    at: int | datetime | None = None,
    timezone: str | None = None,
    settings: str | Path | None = None,
) -> OpenLake:
    """Return a lake, open for reading; see `pipeline.open`."""
    overrides = {"lake": str(lake) if lake is not None else None, "timezone": timezone}
    loaded = config.load(Path(settings) if settings is not None else None, overrides)
    return OpenLake(Lake(loaded.paths.lake).snapshot(at), loaded)


def _scan(snapshot: Snapshot, table: str, first: date | None, last: date | None) -> pl.LazyFrame:
    """Return a table's rows of some UTC days, with the schema's columns in its order.

    The files are chosen here, by their partition: Polars would open one of them for its schema.
    """
    import polars as pl

    schema = pl.Schema(BY_NAME[table].arrow)
    files = [file.path for file in snapshot.files(table) if _is_of(file.partition["date"], first, last)]
    if not files:
        return pl.LazyFrame(schema=schema)
    partition = {name: schema[name] for name in BY_NAME[table].partition}
    return pl.scan_parquet(files, hive_partitioning=True, hive_schema=partition).select(list(schema))


def _is_of(day: str | None, first: date | None, last: date | None) -> bool:
    """Whether a partition's day lies between two days; one without a day does where there is no bound."""
    if day is None:
        return first is None and last is None
    return (first is None or day >= str(first)) and (last is None or day <= str(last))


def _text(value: object) -> str:
    """Return a value as a person would type it."""
    return value.isoformat() if isinstance(value, date) else str(value)
