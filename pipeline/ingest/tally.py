"""Counts a source's lines and records: each physical line counts once.

`events` are the lines on which a stored record starts, `rejected` all other lines of rejects, `blank` the
white-space lines between records, `continuation` the rest. Records may share a line, and one may be closed
long after the lines around it: a line is counted when no record on it can still come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]

#: What a line may be beside a continuation, the strongest last: where a record starts, an event is.
KINDS = ("blank", "rejected", "events")


class Tally:
    """Counters of a source from its first line to the last one settled, and what is known of later ones."""

    def __init__(self) -> None:
        self.records = 0
        self.first_ts: datetime | None = None
        self.last_ts: datetime | None = None
        self._formats: Counter[str] = Counter()
        self._redactions: Counter[str] = Counter()
        self._counts = dict.fromkeys(KINDS, 0)
        self._settled_before = 1
        self._waiting: dict[str, list[Ints]] = {kind: [] for kind in KINDS}

    def add(
        self, table: pa.Table, rejects: pa.Table, blank: Ints, redactions: Mapping[str, int], label: str
    ) -> None:
        """Count records, rejects and blank lines.

        Args:
            table: records in their table's schema.
            rejects: in the schema of rejects.
            blank: line numbers.
            redactions: by rule.
            label: the format of records that state none.
        """
        self.records += table.num_rows
        self._redactions.update(redactions)
        if "format" in table.column_names:
            for entry in table["format"].value_counts().to_pylist():
                self._formats[entry["values"]] += entry["counts"]
        elif table.num_rows:
            self._formats[label] += table.num_rows
        if "ts" in table.column_names:
            self._see(table["ts"])
        self._waiting["events"].append(_ints(table, "line_no"))
        self._waiting["rejected"].append(_spans(_ints(rejects, "line_no"), _ints(rejects, "line_count")))
        self._waiting["blank"].append(blank)

    def settle(self, before: int | None = None) -> None:
        """Count the lines before a line, all of them when None."""
        if before is None:
            before = max((int(part.max()) + 1 for part in self._parts() if len(part)), default=0)
        if before <= self._settled_before:
            return
        strongest = np.zeros(before - self._settled_before, np.int8)
        for strength, kind in enumerate(KINDS, 1):
            for part in self._waiting[kind]:
                done = part[(part >= self._settled_before) & (part < before)]
                strongest[done - self._settled_before] = strength
            self._waiting[kind] = [late for part in self._waiting[kind] if len(late := part[part >= before])]
        for strength, kind in enumerate(KINDS, 1):
            self._counts[kind] += int(np.count_nonzero(strongest == strength))
        self._settled_before = before

    def _parts(self) -> Iterator[Ints]:
        for parts in self._waiting.values():
            yield from parts

    def columns(self, lines: int) -> dict[str, Any]:
        """Return the counters as columns of the ledger, when all is settled.

        Args:
            lines: physical lines of the source.
        """
        return {
            "lines": lines,
            "records": self.records,
            **self._counts,
            "continuation": lines - sum(self._counts.values()),
            "first_ts": self.first_ts,
            "last_ts": self.last_ts,
            "format": self.format,
        }

    @property
    def format(self) -> str | None:
        """The label of most of the records, the first by name among equals; None without records."""
        return min(self._formats, key=lambda label: (-self._formats[label], label), default=None)

    @property
    def redactions(self) -> dict[str, int]:
        """Redactions by rule."""
        return dict(sorted(self._redactions.items()))

    def dump(self) -> dict[str, Any]:
        """Return the state as JSON holds it."""
        return {
            "records": self.records,
            "first_ts": self.first_ts and self.first_ts.isoformat(),
            "last_ts": self.last_ts and self.last_ts.isoformat(),
            "formats": dict(self._formats),
            "redactions": self.redactions,
            "counts": dict(self._counts),
            "settled_before": self._settled_before,
            "waiting": {
                kind: [n for part in parts for n in part.tolist()] for kind, parts in self._waiting.items()
            },
        }

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> Tally:
        """Return the tally that was dumped."""
        tally = cls()
        tally.records = state["records"]
        tally.first_ts = state["first_ts"] and datetime.fromisoformat(state["first_ts"])
        tally.last_ts = state["last_ts"] and datetime.fromisoformat(state["last_ts"])
        tally._formats.update(state["formats"])
        tally._redactions.update(state["redactions"])
        tally._counts = dict(state["counts"])
        tally._settled_before = state["settled_before"]
        tally._waiting = {kind: [np.array(lines, np.int64)] for kind, lines in state["waiting"].items()}
        return tally

    def _see(self, ts: pa.ChunkedArray) -> None:
        seen = pc.min_max(ts).as_py()
        if seen["min"] is not None:
            self.first_ts = min(self.first_ts or seen["min"], seen["min"])
            self.last_ts = max(self.last_ts or seen["max"], seen["max"])


def _ints(table: pa.Table, column: str) -> Ints:
    values: Ints = table[column].to_numpy().astype(np.int64)
    return values


def _spans(first: Ints, count: Ints) -> Ints:
    """Return the numbers of runs of lines.

    >>> _spans(np.array([3, 9]), np.array([2, 1])).tolist()
    [3, 4, 9]
    """
    if not len(first):
        return first
    begins = np.cumsum(count) - count
    return np.repeat(first - begins, count) + np.arange(count.sum())
