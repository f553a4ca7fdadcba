"""What the time since the release is compared with, and by how much it differs: latency and counts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pipeline import sql
from pipeline.figures.baselines import Baselines
from pipeline.figures.comparisons import Change, Counted, count_change, latency_change
from pipeline.summary import Figure

if TYPE_CHECKING:
    from pipeline.figures.counting import Counting
    from pipeline.figures.items import Span

#: Counts of requests by scope, group of users and duration bucket.
_BAGS = ("inputs", "latency_bags")


class Changes:
    """Compares spans after the release with the time before it.

    Args:
        counting: counts both.
        figures: all; those of incidents say which days of the baseline are breached.
    """

    def __init__(self, counting: Counting, figures: Sequence[Figure]) -> None:
        self._counting = counting
        self._baselines = Baselines(counting, figures)

    def latency(self, scope: str, permille: int, span: Span) -> Change | None:
        """Return how a latency percentile changed; None without requests before.

        Args:
            scope: "all", "create" or "read".
            permille: 950 for P95.
            span: since the release.
        """
        for since, until in self._windows(span):
            before = self._bags(scope, self._unbreached(since, until))
            if before:
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

    def _bags(self, scope: str, parts: Sequence[tuple[datetime, datetime]]) -> list[Counted]:
        counted: Counter[tuple[int, int | None]] = Counter()
        for since, until in parts:
            for of, bag, bucket, n in self._counting.table(sql.load(*_BAGS), since, until):
                if scope in {of, "all"}:
                    counted[bag, bucket] += n
        return [(bag, bucket, n) for (bag, bucket), n in counted.items()]
