"""Figures in, verdicts out: the KPI of a day and of the seven days before it, from one snapshot.

Each figure is one file, `queries/kpi/<name>.sql`; its header carries its texts and its limits.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import date, timedelta
from math import sqrt
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, Any

from pipeline import instants, reports, sql
from pipeline.config import Settings, Thresholds
from pipeline.errors import ContractFault, ExitCode
from pipeline.summary import DAYS_BEFORE, Direction, Figure, Gap, Point, Result, Summary, Unit, Verdict

if TYPE_CHECKING:
    from pipeline.lake import Snapshot

#: A rising limit is worked out from no fewer days than this.
LEAST_BASELINE = 3

_UNITS: dict[str, Unit] = {"ratio": "ratio", "ms": "ms", "count": "count"}
_DIRECTIONS: dict[str, Direction] = {"lower": "lower", "higher": "higher"}


def figures(settings: Settings) -> tuple[Figure, ...]:
    """Return every figure with the limits in force, in reading order."""
    found = [_figure(sql.load("kpi", name), settings) for name in sql.names("kpi")]
    return tuple(sorted(found, key=lambda figure: int(figure.query.keys["order"])))


def _figure(query: sql.Query, settings: Settings) -> Figure:
    keys = query.keys
    own = settings.kpi.get(query.name, Thresholds())
    try:
        rising = keys["warn"] == "rising"
        return Figure(
            query=query,
            unit=_UNITS[keys["unit"]],
            direction=_DIRECTIONS[keys["direction"]],
            warn=_limit("none" if rising else keys["warn"]) if own.warn is None else own.warn,
            fail=_limit(keys["fail"]) if own.fail is None else own.fail,
            rising=rising and own.warn is None,
            required=keys["required"] == "true" if own.required is None else own.required,
            minimum=int(keys["minimum"]),
            set_by="default" if own == Thresholds() else str(settings.file),
        )
    except (KeyError, ValueError) as error:
        raise ContractFault(f"queries/kpi/{query.name}.sql: {error}") from error


def _limit(text: str) -> float | None:
    return None if text == "none" else float(text)


def day_summary(snapshot: Snapshot, settings: Settings, day: instants.Day) -> Summary:
    """Return the day's figures, each judged against its limits; its SQL runs once, over all eight days."""
    days = [day.date - timedelta(days=back) for back in range(DAYS_BEFORE, -1, -1)]
    since = instants.day_of(days[0], instants.zone(settings.timezone)).start
    known = {"since": since, "until": day.end, "deploy": settings.deploy.at, "service": settings.service}
    results = []
    with closing(reports.connect(snapshot, settings.timezone)) as connection:
        for figure in figures(settings):
            params = {param.name: known[param.name] for param in figure.query.params}
            rows = reports.execute(connection, figure.query, params).to_pylist()
            results.append(judge(figure, _history(rows, days)))
    return Summary(day, settings.timezone, snapshot.version, tuple(results))


def _history(rows: Iterable[dict[str, Any]], days: Iterable[date]) -> tuple[Point, ...]:
    by_day = {row["day"]: row for row in rows}
    nothing: dict[str, Any] = {"value": None, "n": None}
    return tuple(Point(day, row["value"], row["n"]) for day in days for row in (by_day.get(day, nothing),))


def judge(figure: Figure, history: tuple[Point, ...]) -> Result:
    """Return the verdict on the last day of a history: without a source or a denominator it is NODATA."""
    today = history[-1]
    warn = rising_limit(today, history[:-1]) if figure.rising else figure.warn
    gap = _gap(today)
    verdict = Verdict.NODATA if gap or today.value is None else _verdict(figure, today.value, warn)
    return Result(figure, history, warn, figure.fail, verdict, gap)


def _gap(point: Point) -> Gap | None:
    if point.value is not None:
        return None
    if point.n is None:
        return Gap.MISSING
    return Gap.EMPTY if point.n == 0 else Gap.FEW


def _verdict(figure: Figure, value: float, warn: float | None) -> Verdict:
    """Return the verdict of a value: beyond a limit, not on it, is worse."""
    worse = 1 if figure.direction == "lower" else -1
    if figure.fail is not None and (value - figure.fail) * worse > 0:
        return Verdict.FAIL
    if warn is not None and (value - warn) * worse > 0:
        return Verdict.WARN
    return Verdict.PASS


def rising_limit(today: Point, before: Iterable[Point]) -> float | None:
    """Return the share above which today is more than the days before explain; None with fewer than three.

    The upper control limit of a p-chart: the pooled share of the days before + 3 sigma. Rows of one user come
    in clusters, so days differ by more than chance: sigma is the larger of the binomial one for today's n and
    the spread between the days. Laney, "Improved control charts for attributes", Quality Eng. 14, 2002.
    """
    shares = [(p.value, p.n) for p in before if p.value is not None and p.n]
    if len(shares) < LEAST_BASELINE or not today.n:
        return None
    pooled = sum(share * n for share, n in shares) / sum(n for _, n in shares)
    binomial = sqrt(pooled * (1 - pooled) / today.n)
    between = pstdev([share for share, _ in shares], mu=fmean([share for share, _ in shares]))
    return min(1.0, pooled + 3 * max(binomial, between))


def exit_code(summary: Summary) -> ExitCode:
    """Return what `--exit-code` says of a summary: FAIL, WARN, or DONE for the rest."""
    return {Verdict.FAIL: ExitCode.FAIL, Verdict.WARN: ExitCode.WARN}.get(summary.verdict, ExitCode.DONE)
