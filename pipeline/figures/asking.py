"""Asks one snapshot many questions on one connection: what many of them need is made ready once.

Binding a question costs more than its rows: the views of requests alone bind a hundred times in a night. So a
span of whole hours is counted from the rollups without the views of single requests, and the newest version
of each memo is looked up once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline import instants, reports
from pipeline.figures.requests import COUNTS, KeptRequests

if TYPE_CHECKING:
    from types import TracebackType

    import duckdb
    import pyarrow as pa

    from pipeline.lake import Snapshot
    from pipeline.sql import Query

#: What `local_day(ts)` is when rows stand for days.
DAYS = "CAST(ts AS DATE)"
#: Where they stand for hours.
HOURS = "utc_hour(ts)"

_OF_NOTES = re.compile(r"\b(FROM|JOIN) notes\b")
#: What of a question's text says that it reads a count of requests.
_READS = {
    "request_days": ("request_days(", "memo_latency("),
    "request_hours": ("request_hours(", "slow_hours("),
}
#: How long before its span a question may look.
_LOOKED_BACK = timedelta(days=7)

Rows = list[dict[str, Any]]


class Asking(AbstractContextManager["Asking"]):
    """Questions to one snapshot; a context, since it holds a connection once one is needed.

    Args:
        snapshot: what is asked.
        timezone: IANA name of the reporting zone.
        requests: the counts of requests that are kept.
    """

    def __init__(self, snapshot: Snapshot, timezone: str, requests: KeptRequests) -> None:
        self.snapshot = snapshot
        self.timezone = timezone
        self._requests = requests
        self._hidden: set[str] = set()
        self._zone = instants.zone(timezone)
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._period = DAYS
        self._has_notes = False
        self._counts_hours = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()

    def rows(self, query: Query, params: Mapping[str, Any], period: str = DAYS) -> Rows:
        """Return the rows of a query of ours.

        Args:
            query: its text and header.
            params: a value for each of its parameters.
            period: what a row of a figure stands for, SQL over `ts`.
        """
        connection = self._opened()
        since, until = params.get("since"), params.get("until")
        for count in COUNTS:
            if any(text in query.text for text in _READS[count]):
                self._take_kept(connection, count, self._whole_days(since, until) if period != HOURS else [])
        self._stand_for(connection, period)
        self._count_hours(connection, since, until)
        if not self._has_notes and _OF_NOTES.search(query.text):
            # A temporary table hides the view.
            connection.execute("CREATE TEMP TABLE notes AS FROM notes")
            self._has_notes = True
        found: Rows = reports.execute(connection, query, params).to_pylist()
        return found

    def _opened(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = reports.connect(self.snapshot, self.timezone, comments=False)
        return self._connection

    def _stand_for(self, connection: duckdb.DuckDBPyConnection, period: str) -> None:
        if period != self._period:
            connection.execute(f"CREATE OR REPLACE MACRO local_day(ts) AS {period}")
            self._period = period

    def _take_kept(self, connection: duckdb.DuckDBPyConnection, count: str, days: list[date]) -> None:
        """Let a macro be what is kept of whole days, and itself for any other span."""
        missing = self._requests.missing(count, days)
        if count in self._hidden and (missing or not days):
            connection.execute(f"DROP MACRO TABLE temp.{count}")
            self._hidden.remove(count)
        if missing:
            self._requests.provide(connection, count, missing, self._counted)
        if days and count not in self._hidden and self._requests.has_table(count):
            connection.execute(
                f"CREATE TEMP MACRO {count}(since, until) AS TABLE "
                f"SELECT * REPLACE (local_day(CAST(day AS TIMESTAMPTZ)) AS day) FROM kept_{count} "
                "WHERE day >= CAST(since AS DATE) AND day < CAST(until AS DATE)"
            )
            self._hidden.add(count)

    def _counted(self, query: Query, since: datetime, until: datetime) -> pa.Table:
        connection = self._opened()
        self._stand_for(connection, DAYS)
        self._count_hours(connection, since, until)
        return reports.execute(connection, query, {"since": since, "until": until})

    def _whole_days(self, since: datetime | None, until: datetime | None) -> list[date]:
        """Return the reporting days that a span consists of; none where it cuts one."""
        if since is None or until is None:
            return []
        first, end = since.astimezone(self._zone).date(), until.astimezone(self._zone).date()
        days = [first + timedelta(days=n) for n in range((end - first).days)]
        if not days or instants.day_of(first, self._zone).start != since:
            return []
        return days if instants.day_of(days[-1], self._zone).end == until else []

    def _count_hours(
        self, connection: duckdb.DuckDBPyConnection, since: datetime | None, until: datetime | None
    ) -> None:
        """Let `request_counts` be that of whole hours where a span has no others: a macro hides it."""
        whole = since is not None and until is not None and self._are_whole(since, until)
        if whole != self._counts_hours:
            connection.execute(
                "CREATE TEMP MACRO request_counts(since, until) AS TABLE FROM whole_hour_counts(since, until)"
                if whole
                else "DROP MACRO TABLE temp.request_counts"
            )
            self._counts_hours = whole

    def _are_whole(self, since: datetime, until: datetime) -> bool:
        """Whether a span begins and ends on whole UTC hours, as the days of its zone do."""
        hour = timedelta(hours=1)
        bounds = (since - _LOOKED_BACK, since, until)
        return all(
            at.timestamp() % hour.total_seconds() == 0
            and not (at.astimezone(self._zone).utcoffset() or hour) % hour
            for at in bounds
        )
