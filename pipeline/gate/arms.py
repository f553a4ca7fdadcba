"""The requests of the two arms as arrays: what the gate judges, and what it had to leave out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

HOUR_US = 3_600_000_000
MINUTE_US = 60_000_000

#: `status` of a request whose status is null or no HTTP status.
UNKNOWN = -1

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pair:
    """A count in each arm."""

    baseline: int = 0
    canary: int = 0

    @property
    def total(self) -> int:
        """Both arms together."""
        return self.baseline + self.canary


@dataclass(frozen=True)
class Arms:
    """All requests of both arms, one array element each, in any order.

    Attributes:
        ts: instants, microseconds since 1970 UTC.
        canary: True for the canary, False for the baseline.
        status: HTTP status 100-599, or UNKNOWN.
        duration: milliseconds, finite and >= 0; NaN where it is unusable; None where nobody measured it.
        user: a number per user from 0, -1 where none is known; None where users are not told apart.
        left_out: how many values of each kind could not be used, by kind.
    """

    ts: Ints
    canary: Bools
    status: NDArray[np.int16]
    duration: Floats | None = None
    user: Ints | None = None
    left_out: dict[str, Pair] = field(default_factory=dict)

    @cached_property
    def known(self) -> Bools:
        """Requests whose status is known: the ones that are judged."""
        known: Bools = self.status != UNKNOWN
        return known

    @cached_property
    def error(self) -> Bools:
        """Requests that the server failed: status 500-599."""
        return self.status >= 500

    @cached_property
    def hour(self) -> Ints:
        """The hour of each request, counted from 1970 UTC."""
        return self.ts // HOUR_US

    @cached_property
    def rows(self) -> Pair:
        """Requests of each arm, judged or not."""
        return self.count(np.ones(len(self.ts), dtype=bool))

    def count(self, mask: Bools) -> Pair:
        """Return how many requests of each arm the mask holds."""
        canary = int(np.count_nonzero(mask & self.canary))
        return Pair(int(np.count_nonzero(mask)) - canary, canary)

    def where(self, mask: Bools) -> Arms:
        """Return the requests that the mask holds; what was left out stays told."""
        return Arms(
            self.ts[mask],
            self.canary[mask],
            self.status[mask],
            None if self.duration is None else self.duration[mask],
            None if self.user is None else self.user[mask],
            self.left_out,
        )


def from_arrow(table: pa.Table) -> Arms:
    """Return the arms of a table with the gate's columns.

    Args:
        table: `ts` timestamp, `arm` text (baseline or canary), `http_status` integer; `duration_ms` double
            and `user_id` text may be missing. `ts` and `arm` hold no null.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    canary = pc.equal(table["arm"], "canary").to_numpy()
    ts = table["ts"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy()
    left_out: dict[str, Pair] = {}
    status = _status(table["http_status"], canary, left_out)
    duration = user = None
    if "duration_ms" in table.column_names:
        duration = _durations(table["duration_ms"], canary, left_out)
    if "user_id" in table.column_names:
        codes = table["user_id"].combine_chunks().dictionary_encode()
        user = pc.fill_null(codes.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        left_out["user_null"] = _pair(user < 0, canary)
    return Arms(ts, canary, status, duration, user, left_out)


def _status(column: pa.ChunkedArray, canary: Bools, left_out: dict[str, Pair]) -> NDArray[np.int16]:
    import pyarrow as pa
    import pyarrow.compute as pc

    null = pc.is_null(column).to_numpy()
    status = pc.fill_null(column.cast(pa.int64()), UNKNOWN).to_numpy()
    real = (status >= 100) & (status <= 599)
    left_out["status_null"] = _pair(null, canary)
    left_out["status_invalid"] = _pair(~real & ~null, canary)
    return np.where(real, status, UNKNOWN).astype(np.int16)


def _durations(column: pa.ChunkedArray, canary: Bools, left_out: dict[str, Pair]) -> Floats:
    """Keep finite durations from 0 up; count null, NaN, infinite and negative ones apart."""
    import pyarrow as pa
    import pyarrow.compute as pc

    null = pc.is_null(column).to_numpy()
    duration = pc.fill_null(column.cast(pa.float64()), 0.0).to_numpy()
    negative = np.less(duration, 0) & np.isfinite(duration)
    left_out["duration_null"] = _pair(null, canary)
    left_out["duration_nan"] = _pair(np.isnan(duration), canary)
    left_out["duration_infinite"] = _pair(np.isinf(duration), canary)
    left_out["duration_negative"] = _pair(negative, canary)
    usable = np.isfinite(duration) & ~negative & ~null
    return np.where(usable, duration, np.nan)


def _pair(mask: Bools, canary: Bools) -> Pair:
    in_canary = int(np.count_nonzero(mask & canary))
    return Pair(int(np.count_nonzero(mask)) - in_canary, in_canary)
