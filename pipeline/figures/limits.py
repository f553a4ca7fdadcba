"""Figures in, verdicts out: limits as they stand, limits that rise from a baseline, gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from math import sqrt
from statistics import fmean, pstdev

from pipeline.gate.rates import wilson
from pipeline.summary import Baseline, Figure, Gap, Measure, Point, Result, Verdict

#: A rising limit is worked out from no fewer days than this.
LEAST_BASELINE = 3

#: A rising count lies at least this many above the mean of its baseline: one or two more are no surge.
LEAST_RISE = 3.0


def judge(
    figure: Figure,
    history: tuple[Point, ...],
    judged: Point | None = None,
    *,
    days: int = 1,
    compared: Sequence[Point] | None = None,
    before: float | None = None,
    coverage: float | None = None,
    least_coverage: float = 0.0,
    baseline: Baseline | None = None,
) -> Result:
    """Return the verdict on a window: without a source or a denominator it is NODATA.

    Args:
        figure: with its limits.
        history: days, oldest first, the window's last day last.
        judged: the window's value; None where it is that of the last day, `before` that of the day before.
        days: length of the window.
        compared: the days that a rising limit is worked out from; None for those of the history.
        before: the value of the window before.
        coverage: share of the window that the source covers.
        least_coverage: share below which the value is said to stand on a part only.
        baseline: what the value is compared with.
    """
    if judged is None:
        judged = history[-1]
        before = history[-2].value if len(history) > 1 else None
    steady = history[:-1] if compared is None else compared
    warn = rising(figure, judged, steady, days) if figure.rising else figure.warn
    gap = _gap(judged)
    return Result(
        figure=figure,
        point=judged,
        history=history,
        warn=warn,
        fail=figure.fail,
        verdict=Verdict.NODATA if gap or judged.value is None else verdict_of(figure, judged.value, warn),
        gap=gap,
        before=before,
        coverage=coverage,
        is_holey=gap is None and coverage is not None and coverage < least_coverage,
        baseline=baseline,
    )


def _gap(point: Point) -> Gap | None:
    if point.value is not None:
        return None
    if point.n is None:
        return Gap.MISSING
    return Gap.EMPTY if point.n == 0 else Gap.FEW


def verdict_of(figure: Figure, value: float, warn: float | None) -> Verdict:
    """Return the verdict of a value: beyond a limit, not on it, is worse."""
    if figure.fail is not None and beyond(figure, value, figure.fail):
        return Verdict.FAIL
    if warn is not None and beyond(figure, value, warn):
        return Verdict.WARN
    return Verdict.PASS


def beyond(figure: Figure, value: float, limit: float) -> bool:
    """Whether a value lies on the worse side of a limit."""
    return value > limit if figure.direction == "lower" else value < limit


def rising(figure: Figure, judged: Point, before: Sequence[Point], days: int = 1) -> float | None:
    """Return the limit above which a value is more than the days before explain; None with under three."""
    return _control(figure)(judged, rising_days(figure, before), days)


def rising_days(figure: Figure, days: Sequence[Point]) -> list[Point]:
    """Return the days, oldest first, that were not themselves beyond the limit of the days before them.

    A bad run thus never becomes the baseline.
    """
    limit = _control(figure)
    steady: list[Point] = []
    for one in days:
        bound = limit(one, steady, 1)
        if one.value is not None and (bound is None or one.value <= bound):
            steady.append(one)
    return steady


def _control(figure: Figure) -> Callable[[Point, Sequence[Point], int], float | None]:
    return count_limit if figure.unit == "count" else share_limit


def share_limit(judged: Point, before: Iterable[Point], days: int = 1) -> float | None:
    """Return the upper control limit of a share: the pooled share of the days before + 3 sigma.

    Rows of one user come in clusters, so days differ by more than chance: sigma is the larger of the binomial
    one for the judged n and the spread between the days. Laney, "Improved control charts for attributes",
    Quality Eng. 14, 2002.

    Args:
        judged: only its n counts.
        before: the baseline's days.
        days: how many days the judged point spans; its n says it already.
    """
    shares = [(p.value, p.n) for p in before if p.value is not None and p.n]
    if len(shares) < LEAST_BASELINE or not judged.n:
        return None
    pooled = sum(share * n for share, n in shares) / sum(n for _, n in shares)
    binomial = sqrt(pooled * (1 - pooled) / judged.n)
    between = _spread([share for share, _ in shares])
    return min(1.0, pooled + 3 * max(binomial, between))


def count_limit(judged: Point, before: Iterable[Point], days: int = 1) -> float | None:
    """Return the upper control limit of a count: the mean of the days before + 3 sigma, at least 3 above it.

    Sigma is the larger of Poisson's and the spread between the days; for a longer window both the mean and
    the variance add up. Montgomery, Introduction to Statistical Quality Control, 8th ed., section 7.3.1.

    Args:
        judged: a count of whose source something is known.
        before: the baseline's days.
        days: how many days the judged count spans.
    """
    counts = [p.value for p in before if p.value is not None]
    if len(counts) < LEAST_BASELINE or judged.n is None:
        return None
    mean = fmean(counts)
    sigma = max(sqrt(mean), _spread(counts))
    return days * mean + max(3 * sigma * sqrt(days), LEAST_RISE)


def _spread(values: Sequence[float]) -> float:
    return pstdev(values, mu=fmean(values))


def interval(figure: Figure, measure: Measure) -> tuple[float | None, float | None]:
    """Return the 95 % interval of a value: Wilson's for a share, Byar's for events, else what the SQL says.

    Both take events for independent of each other.
    """
    if measure.value is None:
        return None, None
    if figure.unit == "ratio" and measure.n:
        rate = wilson(round(measure.value * measure.n), measure.n)
        return rate.low, rate.high
    if figure.unit == "count" and figure.merge == "sum":
        return poisson(measure.value)
    return measure.low, measure.high


def poisson(events: float, z: float = 1.959964) -> tuple[float, float]:
    """Return the interval of an expected count by Byar's approximation.

    Breslow and Day, Statistical Methods in Cancer Research II, IARC 1987, p. 69.

    >>> [round(bound, 1) for bound in poisson(10)]
    [4.8, 18.4]
    """
    above = events + 1
    high = above * (1 - 1 / (9 * above) + z / (3 * sqrt(above))) ** 3
    low = 0.0 if events == 0 else events * (1 - 1 / (9 * events) - z / (3 * sqrt(events))) ** 3
    return low, high


def point(figure: Figure, day: date, measure: Measure | None) -> Point:
    """Return a measure as the point of a day, with its interval; too few for a value give none."""
    if measure is None:
        return Point(day, None, None)
    if measure.n < figure.minimum:
        return Point(day, None, measure.n)
    return Point(day, measure.value, measure.n, *interval(figure, measure))
