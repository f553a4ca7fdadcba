"""Before and after: how much slower, and how many fewer. Each with an interval, for the plan's criteria."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.gate.rates import wilson
from pipeline.percentiles import fewest, rank, value

#: How many groups users are divided into, and how often those are drawn.
BAGS = 20
_DRAWS = 1000

#: Fewest users' groups in each arm for an interval.
_LEAST_BAGS = 5


class Change(NamedTuple):
    """A value after over the value before, with its interval, and what was counted on either side."""

    ratio: float | None
    low: float | None
    high: float | None
    before: float | None
    after: float | None
    n_before: int
    n_after: int


#: Stands for the bucket that 0 ms has not: below every one that a duration can have.
NO_BUCKET = -(10**6)


class Counted(NamedTuple):
    """Requests by group of users and duration bucket: equally long arrays; a pair may come more than once."""

    bags: NDArray[np.int64]
    buckets: NDArray[np.int64]
    counts: NDArray[np.int64]


def latency_change(before: Counted, after: Counted, permille: int) -> Change:
    """Return the ratio of a latency percentile with its 90 % interval.

    Requests of one user are alike, so not they but groups of users are drawn again and again, the same groups
    on both sides (Field and Welsh (2007), J. R. Stat. Soc. B 69, 369-390). The draws are always the same.

    Args:
        before: counts of the baseline.
        after: counts since the release.
        permille: 950 for P95.
    """
    buckets = np.unique(np.concatenate([before.buckets, after.buckets]))
    tables = [_table(side, buckets) for side in (before, after)]
    n_before, n_after = (int(table.sum()) for table in tables)
    whole = np.ones((1, BAGS))
    known = [
        _quantiles(whole, table, buckets, permille)[0] if table.sum() >= fewest(permille) else None
        for table in tables
    ]
    if not (known[0] and known[1]):
        return Change(None, None, None, known[0], known[1], n_before, n_after)
    ratio = float(known[1] / known[0])
    low = high = None
    if min(np.count_nonzero(table.sum(axis=1)) for table in tables) >= _LEAST_BAGS:
        draws = np.random.default_rng(33).multinomial(BAGS, np.full(BAGS, 1 / BAGS), _DRAWS)
        first, second = (_quantiles(draws, table, buckets, permille) for table in tables)
        ratios = second[first > 0] / first[first > 0]
        low, high = (float(bound) for bound in np.quantile(ratios, (0.05, 0.95)))
    return Change(ratio, low, high, float(known[0]), float(known[1]), n_before, n_after)


def _table(side: Counted, buckets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the counts as a table of bags by buckets."""
    place = side.bags * len(buckets) + np.searchsorted(buckets, side.buckets)
    table = np.zeros(BAGS * len(buckets))
    np.add.at(table, place, side.counts)
    return table.reshape(BAGS, len(buckets))


def _quantiles(
    draws: NDArray[np.float64] | NDArray[np.int64],
    table: NDArray[np.float64],
    buckets: NDArray[np.int64],
    permille: int,
) -> NDArray[np.float64]:
    """Return the percentile of each draw of bags; 0 where a draw holds nothing."""
    if not len(buckets):
        return np.zeros(len(draws))
    cumulated = draws @ np.cumsum(table, axis=1)
    wanted = rank(cumulated[:, -1].astype(np.int64), permille)
    column = (cumulated < wanted[:, np.newaxis]).sum(axis=1)
    values = np.array([0.0 if bucket == NO_BUCKET else value(bucket) for bucket in buckets.tolist()])
    return np.where(wanted > 0, values[np.minimum(column, len(values) - 1)], 0.0)


def count_change(before: float, days_before: float, after: float, days_after: float) -> Change:
    """Return the ratio of two counts per day with its 95 % interval.

    Given their sum, the count after is binomial (Przyborowski and Wilenski (1940), Biometrika 31, 313-323);
    its share has Wilson's interval.

    Events are taken for independent of each other, and both lengths are more than 0.

    >>> change = count_change(80, 10, 30, 10)
    >>> [round(x, 3) for x in (change.ratio, change.low, change.high)]
    [0.375, 0.247, 0.568]
    """
    told = int(before), int(after)
    if before == 0:
        return Change(None, None, None, 0.0, after / days_after, *told)
    longer = days_before / days_after
    share = wilson(after, before + after)
    ratio, low, high = (bound / (1 - bound) * longer for bound in share)
    return Change(ratio, low, high, before / days_before, after / days_after, *told)
