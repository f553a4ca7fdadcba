"""Counts a source's lines and records: each physical line counts once.

`events` are the lines on which a stored record starts, `rejected` all other lines of rejects, `blank` the
white-space lines between records, `continuation` the rest. Records may share a line, and one may be closed
long after the lines around it: a line is counted when no record on it can still come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]

#: What a line is. The strongest holds: where a record starts, an event is, whatever else is on the line.
KINDS = ("continuation", "blank", "rejected", "events")
_BLANK, _REJECTED, _EVENT = 1, 2, 3


class Tally:
    """Counters of a source from its first line to the last one settled, and what is known of later ones."""

    def __init__(self) -> None:
        self.records = 0
        self.first_ts: datetime | None = None
        self.last_ts: datetime | None = None
        self._formats: Counter[str] = Counter()
        self._redactions: Counter[str] = Counter()
        self._counts = np.zeros(len(KINDS), np.int64)
        self._lines = np.zeros(0, np.int64)
        self._kinds = np.zeros(0, np.int64)

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
        self._know(_ints(table, "line_no"), _EVENT)
        self._know(_spans(_ints(rejects, "line_no"), _ints(rejects, "line_count")), _REJECTED)
        self._know(blank, _BLANK)

    def settle(self, before: int | None = None) -> None:
        """Count the lines before a line, all of them when None."""
        done = self._lines < before if before is not None else np.ones(len(self._lines), bool)
        self._counts += np.bincount(self._kinds[done], minlength=len(KINDS))
        self._lines, self._kinds = self._lines[~done], self._kinds[~done]

    def columns(self, lines: int) -> dict[str, Any]:
        """Return the counters as columns of the ledger, when all is settled.

        Args:
            lines: physical lines of the source.
        """
        counted = {kind: int(n) for kind, n in zip(KINDS, self._counts, strict=True) if kind != KINDS[0]}
        return {
            "lines": lines,
            "records": self.records,
            **counted,
            KINDS[0]: lines - sum(counted.values()),
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
            "counts": self._counts.tolist(),
            "waiting": [self._lines.tolist(), self._kinds.tolist()],
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
        tally._counts = np.array(state["counts"], np.int64)
        tally._lines, tally._kinds = (np.array(values, np.int64) for values in state["waiting"])
        return tally

    def _see(self, ts: pa.ChunkedArray) -> None:
        seen = pc.min_max(ts).as_py()
        if seen["min"] is not None:
            self.first_ts = min(self.first_ts or seen["min"], seen["min"])
            self.last_ts = max(self.last_ts or seen["max"], seen["max"])

    def _know(self, lines: Ints, kind: int) -> None:
        """Note what lines are; of one that is known already the stronger kind stays."""
        lines = np.concatenate((self._lines, lines))
        kinds = np.concatenate((self._kinds, np.full(len(lines) - len(self._kinds), kind)))
        order = np.lexsort((-kinds, lines))
        self._lines, first = np.unique(lines[order], return_index=True)
        self._kinds = kinds[order][first]


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
