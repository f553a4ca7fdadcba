"""A day's summary as one page: self-contained, no script, nothing fetched, readable in ten seconds.

The style sheet is inline and allowed by its hash; the content security policy allows nothing else. Every
value goes through Jinja's autoescape or markupsafe.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup

from pipeline.render.charts import Bar, bars, sparkline
from pipeline.render.text import one_line
from pipeline.render.words import (
    MARKS,
    attention,
    badge,
    denominator,
    footer,
    headline,
    limits,
    long_date,
    quantity,
    sentence,
    words,
)
from pipeline.summary import Evidence, HourLoad, Result, SkewBin, SourceRow, Summary, Verdict

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class _Card:
    """One figure as the template shows it; every text is ready but not escaped."""

    name: str
    title: str
    verdict: Verdict | Literal["UNLIMITED"]
    badge: str
    value: str
    denominator: str
    sentence: str
    limits: str
    before: str
    median: str
    sparkline: Markup


@dataclass(frozen=True)
class _Group:
    title: str
    cards: tuple[_Card, ...]


@dataclass(frozen=True)
class _Chart:
    """A drawing with its numbers as a table; `marked` names the marked part of its bars."""

    title: str
    drawing: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    marked: str = ""


@dataclass(frozen=True)
class _Source:
    path: str
    format: str
    records: str
    rejected: str
    first: str
    last: str
    status: str


def kpi_html(summary: Summary, evidence: Evidence, language: str) -> str:
    """Return the page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    cards = [(result.figure.said("group", language), _card(result, language)) for result in summary.results]
    return environment.get_template("page.html.j2").render(
        language=language,
        say=words(language),
        marks=MARKS,
        summary=summary,
        date=long_date(summary.day.date, language),
        headline=headline(summary, language),
        attention=[_card(result, language) for result in attention(summary)],
        groups=[
            _Group(title, tuple(card for _, card in members))
            for title, members in groupby(cards, key=lambda pair: pair[0])
        ],
        charts=[*_hours(evidence.hours, language), *_skew(evidence.skew, language)],
        sources=[_source(row, ZoneInfo(summary.timezone)) for row in evidence.sources],
        footer=footer(summary, language),
        # Ours, not data: escaping would change its bytes and with them its hash.
        style=Markup(style),  # noqa: S704
        style_hash=b64encode(sha256(style.encode()).digest()).decode(),
    )


def _card(result: Result, language: str) -> _Card:
    figure, unit = result.figure, result.figure.unit
    days = ", ".join(f"{point.day:%m-%d} {quantity(point.value, unit)}" for point in result.history)
    limit = result.warn if result.warn is not None else result.fail
    return _Card(
        name=figure.name,
        title=_unbroken(figure.said("title", language)),
        verdict=result.verdict if result.limited or result.gap else "UNLIMITED",
        badge=badge(result, language),
        value=quantity(result.value, unit),
        denominator=denominator(result, language),
        sentence=_unbroken(sentence(result, language)),
        limits=_unbroken(limits(result, language)),
        before=_unbroken(quantity(result.before, unit)),
        median=_unbroken(quantity(result.median, unit)),
        sparkline=sparkline(
            [point.value for point in result.history], limit, f"{words(language)['last_days']}: {days}"
        ),
    )


def _hours(hours: Sequence[HourLoad], language: str) -> list[_Chart]:
    if not hours:
        return []
    say = words(language)
    requests, errors = [hour.requests or 0 for hour in hours], [hour.errors or 0 for hour in hours]
    drawn = [
        Bar(f"{hour.hour:%H}" if hour.hour.hour % 3 == 0 else "", n, failed)
        for hour, n, failed in zip(hours, requests, errors, strict=True)
    ]
    label = f"{say['requests']}: {sum(requests):,}; {say['errors']}: {sum(errors):,}"
    return [
        _Chart(
            title=say["requests_by_hour"],
            drawing=bars(drawn, label, f"{max(requests):,}"),
            columns=(say["hour"], say["requests"], say["errors"]),
            rows=tuple((f"{hour.hour:%H:%M}", _count(hour.requests), _count(hour.errors)) for hour in hours),
            marked=say["errors"],
        )
    ]


def _count(n: int | None) -> str:
    return "–" if n is None else f"{n:,}"


def _skew(bins: Sequence[SkewBin], language: str) -> list[_Chart]:
    if not bins:
        return []
    say = words(language)
    counts = [bin_.memos for bin_ in bins]
    drawn = [Bar("" if bin_.low is None else span(bin_.low), bin_.memos) for bin_ in bins]
    return [
        _Chart(
            title=say["skew"],
            drawing=bars(drawn, f"{say['memos']}: {sum(counts):,}", f"{max(counts):,}"),
            columns=(say["difference"], say["memos"]),
            rows=tuple((_between(bin_, say), _count(bin_.memos)) for bin_ in bins),
        )
    ]


def span(minutes: int) -> str:
    """Return a difference of clocks, short enough to stand below a bar.

    >>> span(-540), span(15), span(0)
    ('−9h', '15m', '0')
    """
    sign, size = "−" if minutes < 0 else "", abs(minutes)
    return sign + ("0" if size == 0 else f"{size // 60}h" if size % 60 == 0 else f"{size}m")


def _between(bin_: SkewBin, say: dict[str, str]) -> str:
    if bin_.low is None or bin_.high is None:
        return (
            say["less"].format(span(bin_.high or 0))
            if bin_.low is None
            else say["more"].format(span(bin_.low))
        )
    return f"{span(bin_.low)} … {span(bin_.high)}"


def _source(row: SourceRow, zone: ZoneInfo) -> _Source:
    return _Source(
        path=one_line(row.path),
        format=row.format,
        records=_count(row.records),
        rejected=_count(row.rejected),
        first=f"{row.first_ts.astimezone(zone):%H:%M:%S}",
        last=f"{row.last_ts.astimezone(zone):%H:%M:%S}",
        status=row.status,
    )


def _unbroken(text: str) -> str:
    """Return the text with a number and its unit kept on one line."""
    return _UNIT.sub("\\1\u00a0\\2", text)


_UNIT = re.compile(r"([0-9]) (%|ms|h)")
