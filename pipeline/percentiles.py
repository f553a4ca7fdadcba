"""Percentiles: the rank they are read at, how many values they take, and buckets whose counts merge.

The buckets are those of the rollups (`queries/_macros.sql`): bounds grow by gamma = (1 + alpha)/(1 - alpha),
so that the value of a bucket is off by alpha at most, and days merge by adding their counts. Masson, Rim and
Lee (2019), "DDSketch", PVLDB 12, https://www.vldb.org/pvldb/vol12/p2195-masson.pdf
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

#: The relative error of a percentile from buckets.
ALPHA = 0.005

#: One number, or many at once.
_Whole = TypeVar("_Whole", int, NDArray[np.int64])


def rank(n: _Whole, permille: int) -> _Whole:
    """Return a percentile's rank, from 1, among n sorted values: the smallest k with k/n >= permille/1000.

    >>> [rank(100, permille) for permille in (500, 900, 950, 990)]
    [50, 90, 95, 99]
    """
    return (n * permille + 999) // 1000


def fewest(permille: int) -> int:
    """Return how many values bound a percentile from both sides at 95 %.

    With fewer, all of them lie on one side of it with a probability above 2.5 %.

    >>> [fewest(permille) for permille in (500, 900, 950, 990)]
    [6, 36, 72, 368]
    """
    return math.ceil(math.log(0.025) / math.log(max(permille, 1000 - permille) / 1000))


@dataclass(frozen=True)
class Buckets:
    """Values counted by bucket; what has no bucket is counted apart.

    Attributes:
        counts: bucket -> positive finite values in it.
        zero, negative, nan, null: values that are 0, below it, NaN or infinite, and absent.
        alpha: relative error of a bucket's value.
    """

    counts: dict[int, int] = field(default_factory=dict)
    zero: int = 0
    negative: int = 0
    nan: int = 0
    null: int = 0
    alpha: float = ALPHA

    @property
    def n(self) -> int:
        """Values that percentiles are taken of: zero and up."""
        return self.zero + sum(self.counts.values())

    def quantile(self, permille: int) -> float | None:
        """Return a percentile, off by alpha at most; None with fewer than `fewest(permille)` values.

        >>> low, high = Buckets.of(np.arange(1.0, 51.0)), Buckets.of(np.arange(51.0, 101.0))
        >>> abs((low + high).quantile(950) / 95 - 1) <= ALPHA
        True
        """
        if self.n < fewest(permille):
            return None
        left = rank(self.n, permille) - self.zero
        for bucket in sorted(self.counts):
            if left <= 0:
                break
            left -= self.counts[bucket]
            if left <= 0:
                return value(bucket, self.alpha)
        return 0.0

    def __add__(self, other: Buckets) -> Buckets:
        """Return the buckets of both together, exactly as if they had been counted at once."""
        if other.alpha != self.alpha:
            raise ValueError(f"buckets of {self.alpha} and {other.alpha} do not merge")
        counts = dict(self.counts)
        for bucket, count in other.counts.items():
            counts[bucket] = counts.get(bucket, 0) + count
        return replace(
            self,
            counts=counts,
            zero=self.zero + other.zero,
            negative=self.negative + other.negative,
            nan=self.nan + other.nan,
            null=self.null + other.null,
        )

    @classmethod
    def of(
        cls, values: NDArray[np.float64], null: NDArray[np.bool_] | None = None, alpha: float = ALPHA
    ) -> Buckets:
        """Return the buckets of values.

        Args:
            values: in any order.
            null: True where a value is absent, whatever then stands in `values`.
            alpha: relative error, above 0 and below 1.
        """
        present = values if null is None else values[~null]
        finite = present[np.isfinite(present)]
        positive = finite[finite > 0]
        found, counts = np.unique(np.ceil(np.log(positive) / math.log(_gamma(alpha))), return_counts=True)
        return cls(
            dict(zip(found.astype(int).tolist(), counts.tolist(), strict=True)),
            zero=int(np.count_nonzero(finite == 0)),
            negative=int(np.count_nonzero(finite < 0)),
            nan=len(present) - len(finite),
            null=len(values) - len(present),
            alpha=alpha,
        )


def value(bucket: int, alpha: float = ALPHA) -> float:
    """Return the number that a bucket stands for: the one nearest, in proportion, to both of its bounds."""
    return 2 * _gamma(alpha) ** bucket / (_gamma(alpha) + 1)


def _gamma(alpha: float) -> float:
    return (1 + alpha) / (1 - alpha)
