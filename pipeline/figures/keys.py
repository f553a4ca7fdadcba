"""What a counted number rests on, as one short text: when the text is the same, so is the number.

A number of a span rests on its SQL, its parameters and the data files of the span's days. The name of a
data file ends in its SHA-256, so a list of names stands for their content: late data bring new files, and
with them a new key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pipeline import sql

if TYPE_CHECKING:
    from pipeline.lake import Snapshot

#: The tables that a view reads; those not named here are views of `events`.
_READ = {
    "requests": ("events", "repeats", "rollups"),
    "metrics": ("metrics",),
    "notes": ("documents",),
    "files": ("files",),
    "exports": ("exports",),
}
#: Formats whose rows are few: how far their exports reach tells nothing happening from nothing known.
_SPARSE = ("ticket", "render-event")
_OF_EVENTS = ("events", "repeats")
#: Where rows without a time are.
_NO_DATE = "None"


class Keys:
    """The keys of one snapshot."""

    def __init__(self, snapshot: Snapshot, timezone: str) -> None:
        self._snapshot = snapshot
        self._timezone = timezone
        self._named: dict[str, dict[str, list[str]]] = {}
        self._days: dict[tuple[str, str], bytes] = {}
        self._questions: dict[tuple[str, str], bytes] = {}

    @cached_property
    def _definitions(self) -> str:
        return sql.macros() + sql.views()

    def key(
        self,
        query: sql.Query,
        params: Mapping[str, Any],
        needs: tuple[str, ...],
        since: datetime,
        until: datetime,
    ) -> str:
        """Return the key of what a query finds between two instants."""
        digest = sha256(self._question(query, params))
        back = timedelta(days=int(query.keys.get("looks_back", 0)))
        for table in sorted({table for view in needs for table in _READ.get(view, _OF_EVENTS)}):
            if table == "exports":
                digest.update(str(self._reach(since, until)).encode())
                continue
            for date in self._dates(table, since - back, until):
                digest.update(self._files(table, date))
        if "checks" in needs:
            # Captured output often tells its time in the file's name only.
            digest.update(self._files("events", _NO_DATE))
        return digest.hexdigest()[:32]

    def _question(self, query: sql.Query, params: Mapping[str, Any]) -> bytes:
        """Return the digest of what is asked, whatever the time."""
        told = str(sorted((name, str(v)) for name, v in params.items() if name not in {"since", "until"}))
        if (query.text, told) not in self._questions:
            text = f"{self._definitions}{query.text}{self._timezone}{told}"
            self._questions[query.text, told] = sha256(text.encode()).digest()
        return self._questions[query.text, told]

    def has_rows(self, needs: tuple[str, ...], since: datetime, until: datetime) -> bool:
        """Whether any file may hold a row of a span that the first of the views shows."""
        if "exports" in needs:
            return any(self._reach(since, until))
        return any(
            self._by_date(table).get(date)
            for table in _READ.get(needs[0], _OF_EVENTS)
            for date in self._dates(table, since, until)
        )

    def _reach(self, since: datetime, until: datetime) -> list[tuple[datetime, datetime] | None]:
        """Return the part of a span that the exports of each sparse format reach."""
        return [
            (max(first, since), min(last, until)) if first < until and last >= since else None
            for first, last in self._exports
        ]

    @cached_property
    def _exports(self) -> list[tuple[datetime, datetime]]:
        rows = self._snapshot.ledger().select(["format", "first_ts", "last_ts"]).to_pylist()
        found = []
        for format_ in _SPARSE:
            told = [row for row in rows if row["format"] == format_ and row["first_ts"] and row["last_ts"]]
            if told:
                found.append((min(row["first_ts"] for row in told), max(row["last_ts"] for row in told)))
        return found

    def _dates(self, table: str, since: datetime, until: datetime) -> list[str]:
        """Return the partitions that a span's rows may lie in; a document's export says nothing of them."""
        if table in {"documents", "files"}:
            return [_NO_DATE]
        first, last = since.astimezone(UTC).date(), (until - timedelta(microseconds=1)).astimezone(UTC).date()
        return [str(first + timedelta(days=day)) for day in range((last - first).days + 1)]

    def _files(self, table: str, date: str) -> bytes:
        if (table, date) not in self._days:
            names = "".join(f"{table}:{name}\n" for name in sorted(self._by_date(table).get(date, [])))
            self._days[table, date] = sha256(names.encode()).digest() if names else b""
        return self._days[table, date]

    def _by_date(self, table: str) -> dict[str, list[str]]:
        if table not in self._named:
            found: dict[str, list[str]] = defaultdict(list)
            for file in self._snapshot.files(table):
                found[str(file.partition.get("date"))].append(file.name)
            self._named[table] = found
        return self._named[table]
