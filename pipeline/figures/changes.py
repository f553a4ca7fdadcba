"""What the time since the release is compared with, and by how much it differs: latency and counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from pipeline import sql
from pipeline.figures.baselines import Baselines
from pipeline.figures.comparisons import NO_BUCKET, Change, Counted, count_change, latency_change
from pipeline.summary import Figure

if TYPE_CHECKING:
    from pipeline.figures.counting import Counting
    from pipeline.figures.spans import Span
    from pipeline.figures.store import Row

#: Counts of requests by scope, group of users and duration bucket.
_BAGS = ("inputs", "latency_bags")
_NOTHING = Counted(*(np.empty(0, dtype=np.int64) for _ in Counted._fields))


class Changes:
    """Compares spans after the release with the time before it.

    Args:
        counting: counts both.
        figures: all; those of incidents say which days of the baseline are breached.
    """

    def __init__(self, counting: Counting, figures: Sequence[Figure]) -> None:
        self._counting = counting
        self._baselines = Baselines(counting, figures)
        self._compared: dict[tuple[str, int, Span], Change | None] = {}
        self._parts: dict[tuple[datetime, datetime], dict[str, Counted]] = {}

    def latency(self, scope: str, permille: int, span: Span) -> Change | None:
        """Return how a latency percentile changed; None without requests before.

        Args:
            scope: "all", "create" or "read".
            permille: 950 for P95.
            span: since the release.
        """
        asked = (scope, permille, span)
        if asked not in self._compared:
            self._compared[asked] = self._latency(*asked)
        return self._compared[asked]

    def _latency(self, scope: str, permille: int, span: Span) -> Change | None:
        for since, until in self._windows(span):
            before = self._bags(scope, self._unbreached(since, until))
            if len(before.counts):
                return latency_change(before, self._bags(scope, [(span.since, span.until)]), permille)
        return None

    def counts(self, figure: Figure, span: Span) -> Change | None:
        """Return how a count per day changed since the release; None where no day before it is known."""
        length = max(span.ends - span.since, timedelta(days=self._counting.settings.baseline.days))
        since = span.since - length
        days = self._counting.whole_days(since, span.since)
        found = self._counting.days(figure, days)
        known = [measure.value for measure in found.values() if measure.value is not None]
        after = self._counting.span(figure, span.since, span.until)
        if not known or after is None or after.value is None:
            return None
        return count_change(
            sum(known), len(known), after.value, (span.until - span.since) / timedelta(days=1)
        )

    def _windows(self, span: Span) -> list[tuple[datetime, datetime]]:
        """Return the spans to compare with, the best first: the same hours of the week, else right before."""
        weeks = timedelta(weeks=math.ceil((span.ends - span.since) / timedelta(weeks=1)))
        length = span.until - span.since
        return [(span.since - weeks, span.until - weeks), (span.since - length, span.since)]

    def _unbreached(self, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
        """Return the parts of a span that lie on no day of an incident."""
        zone = self._counting.zone
        first, last = (
            since.astimezone(zone).date(),
            (until - timedelta(microseconds=1)).astimezone(zone).date(),
        )
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        breached = self._baselines.breached(days)
        parts = [self._counting.bounds(day, day) for day in days if day not in breached]
        return [(max(start, since), min(end, until)) for start, end in parts]

    def _bags(self, scope: str, parts: Sequence[tuple[datetime, datetime]]) -> Counted:
        """Return the counts of a scope over some spans."""
        found = [
            counted for part in parts for of, counted in self._part(*part).items() if scope in {of, "all"}
        ]
        return Counted(*map(np.concatenate, zip(_NOTHING, *found, strict=True)))

    def _part(self, since: datetime, until: datetime) -> dict[str, Counted]:
        """Return the counts of a span by scope; every percentile of every scope reads them."""
        part = since, until
        if part not in self._parts:
            self._parts[part] = _by_scope(self._counting.table(sql.load(*_BAGS), since, until))
        return self._parts[part]


def _by_scope(rows: Sequence[Row]) -> dict[str, Counted]:
    """Return rows of `latency_bags` as arrays by scope."""
    found: dict[str, tuple[list[int], list[int], list[int]]] = {}
    for scope, bag, zeros, its_buckets, its_counts in rows:
        bags, buckets, counts = found.setdefault(scope, ([], [], []))
        bags += [bag] * (len(its_buckets) + 1)
        buckets += [NO_BUCKET, *its_buckets]
        counts += [zeros, *its_counts]
    return {
        scope: Counted(*(np.array(column, dtype=np.int64) for column in columns))
        for scope, columns in found.items()
    }
