"""What a counted number rests on, as one short text: when the text is the same, so is the number.

A number of a span rests on its SQL, its parameters and the data files of the span's days. The name of a
data file ends in its SHA-256, so a list of names stands for their content: late data bring new files, and
with them a new key. Days of a zone share UTC dates: files whose sources end before a span, or begin after
it, are not among its own, so that a new day leaves the day before as it is.
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

#: The tables that a view reads; those not named here are of `events`. Repeats and rollups follow from it.
_READ = {
    "metrics": ("metrics",),
    "notes": ("documents",),
    "files": ("files",),
    "exports": ("exports",),
}
#: Formats whose rows are few: how far their exports reach tells nothing happening from nothing known.
_SPARSE = ("ticket", "render-event")
_OF_EVENTS = ("events",)
#: Tables whose rows lie at the instants that their sources' range in the ledger tells.
_TIMED = frozenset({"events", "metrics"})
#: Where rows without a time are.
_NO_DATE = "None"


class Keys:
    """The keys of one snapshot."""

    def __init__(self, snapshot: Snapshot, timezone: str) -> None:
        self._snapshot = snapshot
        self._timezone = timezone
        self._named: dict[str, dict[str, list[str]]] = {}
        self._days: dict[tuple[str, str, datetime, datetime], bytes] = {}
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
                digest.update(self._files(table, date, since, until))
        if "checks" in needs:
            # Captured output often tells its time in the file's name only.
            digest.update(self._files("events", _NO_DATE, since, until))
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
            self._names(table, date, since, until)
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

    def _files(self, table: str, date: str, since: datetime, until: datetime) -> bytes:
        """Return a digest of the files of a partition that may hold rows of a span; b"" where none may."""
        place = table, date, since, until
        if place not in self._days:
            names = "".join(f"{table}:{name}\n" for name in sorted(self._names(*place)))
            self._days[place] = sha256(names.encode()).digest() if names else b""
        return self._days[place]

    def _names(self, table: str, date: str, since: datetime, until: datetime) -> list[str]:
        names = self._by_date(table).get(date, [])
        if table not in _TIMED or date == _NO_DATE:
            return names
        # What one log reports of an hour decides which requests of another count in it.
        first, end = _hour(since), _hour(until + _HOUR - timedelta(microseconds=1))
        return [name for name in names if _meets(self._ranges.get(name), first, end)]

    @cached_property
    def _ranges(self) -> dict[str, tuple[datetime, datetime] | None]:
        """Return the instants between which each data file's rows lie, as far as its sources tell."""
        found: dict[str, tuple[datetime, datetime] | None] = {}
        for row in self._snapshot.ledger().select(["first_ts", "last_ts", "data_files"]).to_pylist():
            told = (row["first_ts"], row["last_ts"]) if row["first_ts"] and row["last_ts"] else None
            for name in row["data_files"] or ():
                known = found.get(name, told)
                found[name] = (min(known[0], told[0]), max(known[1], told[1])) if known and told else None
        return found

    def _by_date(self, table: str) -> dict[str, list[str]]:
        if table not in self._named:
            found: dict[str, list[str]] = defaultdict(list)
            for file in self._snapshot.files(table):
                found[str(file.partition.get("date"))].append(file.name)
            self._named[table] = found
        return self._named[table]


_HOUR = timedelta(hours=1)


def _hour(at: datetime) -> datetime:
    """Return the start of the UTC hour of an instant."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _meets(span: tuple[datetime, datetime] | None, first: datetime, end: datetime) -> bool:
    """Whether a range has an instant in [first, end); one that is not known may."""
    return span is None or (span[0] < end and span[1] >= first)
