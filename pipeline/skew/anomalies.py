"""Hours in which unusually many clocks were far off, against the same hour of the other weeks.

Devices are counted, not memos: the memos of one device are not independent. An hour is anomalous when three
things hold together: a robust score (Iglewicz and Hoaglin, "How to detect and handle outliers", 1993: 3.5
scaled median absolute deviations), a minimum effect, and a false discovery rate over all hours that were
tested.
"""

from __future__ import annotations

import math
from contextlib import closing

import numpy as np
import polars as pl

from pipeline.errors import UsageFault
from pipeline.skew.groups import Floats, Ints
from pipeline.skew.inputs import Events

#: A clock this far off is counted, seconds.
FAR = 3600.0
#: The score of an anomalous hour, and the least that it exceeds the median by, devices.
SCORE, LEAST_EFFECT = 3.5, 3.0
#: The share of false alarms among the hours that are called anomalous.
FALSE_DISCOVERIES = 0.05
#: An hour is judged by the same hour of at least so many other weeks.
OTHER_WEEKS = 3
_HOURS_OF_WEEK = 168


def hours(events: Events, zone: str) -> pl.DataFrame:
    """Return every hour that was tested, ascending.

    Columns: hour (its start) · devices (seen in it) · far (those with a memo more than an hour off) · usual
    (median of far in the same hour of the other weeks) · score (see `robust_scores`) · p (chance of so many
    far ones, one-sided) · q (p after Benjamini and Hochberg) · anomalous.

    Args:
        events: of more than three weeks; an hour with fewer than three others in its slot scores 0.
        zone: IANA name of the zone whose week counts.

    Raises:
        UsageFault: too few weeks.
    """
    counts = _counts(events)
    known = counts["hour"].to_numpy()
    first = int(known[0]) if len(known) else 0
    total = int(known[-1]) - first + 1 if len(known) else 0
    if total <= OTHER_WEEKS * _HOURS_OF_WEEK:
        raise UsageFault(
            f"{total / _HOURS_OF_WEEK:.1f} weeks of events",
            hint=f"an hour is judged by {OTHER_WEEKS} other weeks: more than {OTHER_WEEKS} are needed",
        )
    devices, far = np.zeros(total), np.zeros(total)
    at = known - first
    devices[at], far[at] = counts["devices"].to_numpy(), counts["far"].to_numpy()
    slots = _slots(first + np.arange(total), zone)
    usual, score = robust_scores(far, slots)
    chance = excess_chance(far, devices, slots)
    tested = devices > 0
    q = np.ones(total)
    q[tested] = false_discovery_rates(chance[tested])
    anomalous = (score > SCORE) & (far - usual >= LEAST_EFFECT) & (q <= FALSE_DISCOVERIES)
    return pl.DataFrame(
        {
            "hour": pl.Series((first + np.arange(total)) * 3_600_000_000).cast(pl.Datetime("us", "UTC")),
            "devices": devices.astype(np.int64),
            "far": far.astype(np.int64),
            "usual": usual,
            "score": score,
            "p": chance,
            "q": q,
            "anomalous": anomalous,
        }
    ).filter(tested)


def _counts(events: Events) -> pl.DataFrame:
    """Return for each hour since 1970 the devices seen and those far off."""
    parts = [pl.DataFrame(schema={"hour": pl.Int64, "devices": pl.Int64, "far": pl.Int64})]
    with closing(events.pieces()) as pieces:
        for piece in pieces:
            rows = pl.DataFrame(
                {
                    "hour": np.floor(piece.server / 3600).astype(np.int64),
                    "device": piece.events.ids,
                    "far": np.abs(piece.client - piece.server) > FAR,
                }
            )
            of_device = rows.group_by("hour", "device").agg(pl.col("far").any())
            counted = of_device.group_by("hour").agg(
                devices=pl.len().cast(pl.Int64), far=pl.col("far").sum().cast(pl.Int64)
            )
            parts.append(counted)
    return pl.concat(parts).group_by("hour").sum().sort("hour")


def _slots(hours_since_1970: Ints, zone: str) -> Ints:
    """Return the hour of the week, 0 to 167, that each hour is in the zone."""
    local = (
        pl.Series(hours_since_1970 * 3_600_000_000).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone)
    )
    return ((local.dt.weekday().cast(pl.Int64) - 1) * 24 + local.dt.hour().cast(pl.Int64)).to_numpy()


def robust_scores(counts: Floats, slots: Ints) -> tuple[Floats, Floats]:
    """Return each count's usual value (median of the same slot's other counts) and how far it is off it.

    The unit is 1.4826 times the median absolute deviation of the others, but no less than 1 % of the median
    and than one: where most counts are equal, the deviation is 0 and any other count would be infinitely far
    off.

    >>> usual, score = robust_scores(np.array([2.0, 2, 2, 2, 9]), np.zeros(5, dtype=int))
    >>> usual[-1], score[-1]
    (np.float64(2.0), np.float64(7.0))
    """
    usual, score = np.zeros(len(counts)), np.zeros(len(counts))
    for slot in np.unique(slots):
        rows = np.flatnonzero(slots == slot)
        others = np.broadcast_to(counts[rows], (len(rows), len(rows)))[~np.eye(len(rows), dtype=bool)]
        if len(rows) <= OTHER_WEEKS:
            continue
        others = others.reshape(len(rows), len(rows) - 1)
        middle = np.median(others, axis=1)
        deviation = np.median(np.abs(others - middle[:, None]), axis=1)
        unit = np.maximum(np.maximum(1.4826 * deviation, 0.01 * middle), 1.0)
        usual[rows], score[rows] = middle, np.abs(counts[rows] - middle) / unit
    return usual, score


def excess_chance(hits: Floats, of: Floats, slots: Ints) -> Floats:
    """Return how likely so many hits or more are if each row's rate is that of its slot's other rows.

    Given all hits of the slot, those of one row are binomial with its part of the trials: exact for rare
    hits, and the other rows' own uncertainty is in it (Przyborowski and Wilenski, Biometrika 31, 1940).
    """
    all_hits, all_of = (np.bincount(slots, values, _HOURS_OF_WEEK)[slots] for values in (hits, of))
    share = np.divide(of, all_of, out=np.zeros(len(of)), where=all_of > 0)
    return np.array(
        [binomial_tail(int(k), int(n), float(p)) for k, n, p in zip(hits, all_hits, share, strict=True)]
    )


def binomial_tail(hits: int, trials: int, share: float) -> float:
    """Return the probability of at least so many hits in so many trials.

    >>> round(binomial_tail(9, 10, 0.5), 7)
    0.0107422
    """
    if hits <= 0 or share >= 1:
        return 1.0
    if share <= 0 or hits > trials:
        return 0.0
    odds = math.log(share) - math.log1p(-share)
    term = (
        math.lgamma(trials + 1)
        - math.lgamma(hits + 1)
        - math.lgamma(trials - hits + 1)
        + hits * math.log(share)
        + (trials - hits) * math.log1p(-share)
    )
    terms = [term]
    for k in range(hits, trials):
        term += math.log(trials - k) - math.log(k + 1) + odds
        terms.append(term)
    top = max(terms)
    return min(1.0, math.exp(top) * sum(math.exp(term - top) for term in terms))


def false_discovery_rates(chances: Floats) -> Floats:
    """Return the least false discovery rate at which each test would still count.

    Benjamini and Hochberg, Journal of the Royal Statistical Society B 57 (1995).

    >>> false_discovery_rates(np.array([0.01, 0.04, 0.03, 0.5])).round(4)
    array([0.04  , 0.0533, 0.0533, 0.5   ])
    """
    n = len(chances)
    order = np.argsort(chances)
    scaled = chances[order] * n / np.arange(1, n + 1)
    rates = np.empty(n)
    rates[order] = np.minimum.accumulate(scaled[::-1])[::-1].clip(max=1.0)
    return rates
