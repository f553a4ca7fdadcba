"""The page's panels: drawings of the evidence, each with a sentence and its numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup

from pipeline.render import charts
from pipeline.render.charts import Bar, Limit, Mark, Series
from pipeline.render.panel_words import WEEKDAYS, panel_words
from pipeline.render.text import one_line
from pipeline.render.words import limit_text, quantity
from pipeline.summary import (
    DayShare,
    ErrorTrend,
    Evidence,
    Happening,
    HourLatency,
    HourLoad,
    SkewBin,
    WeekHour,
)

#: How far the histogram of clock differences reaches, minutes: every zone there is, and its bins.
_REACH, _BIN = 14 * 60, 15


@dataclass(frozen=True)
class Key:
    """What a colour means: the class of its patch, and its text."""

    style: str
    text: str


@dataclass(frozen=True)
class Panel:
    """A drawing, what it says, and its numbers."""

    name: str
    title: str
    drawing: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True)
class ErrorRow:
    """One kind of error as the page's table shows it."""

    label: str
    pattern: str
    records: str
    trend: Markup
    first_seen: str
    is_new: bool
    sample: str
    place: str


def panels(evidence: Evidence, limit: float | None, timezone: str, language: str) -> list[Panel]:
    """Return the panels that have data, in reading order.

    Args:
        evidence: what they draw.
        limit: the share of memos with client time below which the plan warns; None: no such limit.
        timezone: the reporting zone.
        language: of all words.
    """
    zone = ZoneInfo(timezone)
    made = (
        load(evidence.load, language),
        latency(evidence.latency, language),
        client_time(evidence.client_time, evidence.happenings, limit, zone, language),
        skew(evidence.skew, language),
        week(evidence.week, language),
    )
    return [panel for panel in made if panel is not None]


def load(hours: Sequence[HourLoad], language: str) -> Panel | None:
    """Return requests by hour with the failed part marked."""
    if not hours:
        return None
    say = panel_words(language)
    requests, errors = [hour.requests or 0 for hour in hours], [hour.errors or 0 for hour in hours]
    drawn = [
        Bar(
            f"{hour.hour:%H}" if hour.hour.hour % 3 == 0 else "",
            n,
            failed,
            f"{hour.hour:%H:%M} {n:,} · {failed:,}",
        )
        for hour, n, failed in zip(hours, requests, errors, strict=True)
    ]
    label = f"{say['requests']}: {sum(requests):,}; {say['server_errors']}: {sum(errors):,}"
    return Panel(
        name="load",
        title=say["load"],
        drawing=charts.bars(drawn, label, f"{max(requests):,}"),
        columns=(say["hour"], say["requests"], say["server_errors"]),
        rows=tuple((f"{h.hour:%H:%M}", _count(h.requests), _count(h.errors)) for h in hours),
        keys=(Key("bar", say["requests"]), Key("bar marked", say["server_errors"])),
    )


def latency(hours: Sequence[HourLatency], language: str) -> Panel | None:
    """Return percentiles by hour over the band of what was usual at that hour."""
    if not any(hour.p50 is not None for hour in hours):
        return None
    say = panel_words(language)
    names = ("P50", "P90", "P99")
    series = (
        Series("first", [hour.p50 for hour in hours]),
        Series("second", [hour.p90 for hour in hours]),
        Series("third", [hour.p99 for hour in hours]),
    )
    known = [v for v in series[1].values if v is not None]
    label = f"{say['latency']}: P90 {quantity(max(known, default=None), 'ms')}"
    drawing = charts.lines(
        series,
        [f"{hour.hour:%H}" if hour.hour.hour % 3 == 0 else "" for hour in hours],
        lambda value: quantity(value, "ms"),
        label,
        band=([hour.usual_low for hour in hours], [hour.usual_high for hour in hours]),
        logarithmic=True,
    )
    return Panel(
        name="latency",
        title=say["latency"],
        drawing=drawing,
        columns=(say["hour"], *names, say["usual"]),
        rows=tuple(
            (
                f"{h.hour:%H:%M}",
                *(quantity(value, "ms") for value in (h.p50, h.p90, h.p99)),
                say["none"]
                if h.usual_low is None
                else f"{quantity(h.usual_low, 'ms')} … {quantity(h.usual_high, 'ms')}",
            )
            for h in hours
        ),
        note=say["latency_note"],
        keys=(
            *(Key(s.style, name) for s, name in zip(series, names, strict=True)),
            Key("band", say["usual"]),
        ),
    )


def client_time(
    days: Sequence[DayShare],
    happenings: Sequence[Happening],
    limit: float | None,
    zone: ZoneInfo,
    language: str,
) -> Panel | None:
    """Return the share of memos with client time over days, its limit, and the deploys."""
    if not any(day.value is not None for day in days):
        return None
    say = panel_words(language)
    first = days[0].day
    marks = []
    for happening in happenings:
        local = happening.at.astimezone(zone)
        at = (local.date() - first).days + (local.hour * 60 + local.minute) / 1440
        if 0 <= at <= len(days):
            marks.append(Mark(min(at, len(days) - 1), one_line(happening.what)))
    limits = (
        () if limit is None else (Limit(limit, say["warn_limit"].format(limit=limit_text(limit, "ratio"))),)
    )
    drawing = charts.lines(
        [Series("first", [day.value for day in days])],
        [f"{day.day:%m-%d}" if (len(days) - 1 - i) % 7 == 0 else "" for i, day in enumerate(days)],
        lambda value: f"{value * 100:.0f} %",
        f"{say['client_time']}: {quantity(days[-1].value, 'ratio')}",
        limits=limits,
        marks=marks,
        least=None,
    )
    return Panel(
        name="client-time",
        title=say["client_time"],
        drawing=drawing,
        columns=(say["day"], say["share"], say["of"]),
        rows=tuple((str(day.day), quantity(day.value, "ratio"), _count(day.n)) for day in days),
    )


def skew(bins: Sequence[SkewBin], language: str) -> Panel | None:
    """Return the signed differences of clocks on the lattice of quarter hours."""
    if not bins:
        return None
    say = panel_words(language)
    known = {bin_.low: bin_.memos for bin_ in bins}
    beyond = sum(n for low, n in known.items() if not -_REACH <= low < _REACH)
    drawn = []
    for low in range(-_REACH, _REACH, _BIN):
        n = known.get(low, 0)
        # A clock that is whole hours ahead lies just below that hour: queued writes and delays shift it down.
        whole = low not in {-_BIN, 0} and (low + _BIN) % 60 in {0, _BIN}
        label = span(low) if low % 180 == 0 else ""
        drawn.append(Bar(label, n, n if whole else 0, f"{span(low)} … {span(low + _BIN)}: {n:,}"))
    total = sum(known.values())
    note = say["skew_note"] + (f" {say['beyond'].format(n=f'{beyond:,}')}" if beyond else "")
    peak = max(known.values())
    return Panel(
        name="skew",
        title=say["skew"],
        drawing=charts.bars(drawn, f"{say['memos']}: {total:,}", f"{peak:,}", root=True),
        columns=(say["difference"], say["memos"]),
        rows=tuple((f"{span(low)} … {span(low + _BIN)}", f"{n:,}") for low, n in sorted(known.items())),
        note=note,
    )


def week(hours: Sequence[WeekHour], language: str) -> Panel | None:
    """Return the heat map of the hours of the week."""
    if not hours:
        return None
    say, days = panel_words(language), WEEKDAYS[language]
    at = {(hour.weekday, hour.hour): hour for hour in hours}
    titles = {
        place: f"{days[place[0]]} {place[1]:02}:00 {hour.requests:,} · {hour.errors:,}"
        for place, hour in at.items()
    }
    busiest = max(hours, key=lambda hour: hour.requests)
    label = f"{say['heat']}: {days[busiest.weekday]} {busiest.hour:02}:00 {busiest.requests:,}"
    return Panel(
        name="week",
        title=say["heat"],
        drawing=charts.heat({place: hour.requests for place, hour in at.items()}, days, titles, label),
        columns=(say["hour"], *days),
        rows=tuple(
            (f"{h:02}:00", *(_count(at[d, h].requests) if (d, h) in at else say["none"] for d in range(7)))
            for h in range(24)
        ),
        note=say["heat_note"],
    )


def error_rows(errors: Sequence[ErrorTrend], timezone: str, language: str) -> list[ErrorRow]:
    """Return the kinds of errors as the table shows them, the commonest first."""
    say, zone = panel_words(language), ZoneInfo(timezone)
    return [
        ErrorRow(
            label=one_line(error.label or ""),
            pattern=one_line(error.pattern),
            records=f"{error.records:,}",
            trend=charts.sparkline(
                error.by_day, None, f"{say['trend']}: {', '.join(f'{n:,}' for n in error.by_day)}"
            ),
            first_seen=f"{error.first_seen.astimezone(zone):%Y-%m-%d %H:%M}",
            is_new=error.is_new,
            sample=one_line(error.sample),
            place=one_line(error.place),
        )
        for error in errors
    ]


def span(minutes: int) -> str:
    """Return a difference of clocks, short enough to stand below a bar.

    >>> span(-540), span(15), span(0), span(75)
    ('−9h', '15m', '0', '1h15m')
    """
    sign, size = "−" if minutes < 0 else "", abs(minutes)
    hours, rest = divmod(size, 60)
    if size == 0:
        return "0"
    return sign + (f"{hours}h" if hours else "") + (f"{rest}m" if rest else "")


def _count(n: int | None) -> str:
    return "–" if n is None else f"{n:,}"
