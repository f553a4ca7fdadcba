"""A figure as the page shows it: its value and verdict, and, opened, where it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from markupsafe import Markup

from pipeline.render.charts import sparkline
from pipeline.render.panel_words import panel_words
from pipeline.render.text import one_line, plural
from pipeline.render.words import badge, denominator, limits, moment, quantity, sentence, words
from pipeline.summary import Baseline, RawLine, Result, Summary, Verdict


@dataclass(frozen=True)
class Line:
    """A raw line: when, where, what."""

    at: str
    place: str
    what: str


@dataclass(frozen=True)
class Card:
    """One figure as the template shows it; every text is ready but not escaped."""

    name: str
    title: str
    verdict: Verdict | Literal["UNLIMITED"]
    badge: str
    value: str
    interval: str
    denominator: str
    sentence: str
    notes: tuple[str, ...]
    limits: str
    before: str
    median: str
    sparkline: Markup
    query: str
    sql: str
    lines: tuple[Line, ...]


def card(result: Result, summary: Summary, lines: Mapping[str, Sequence[RawLine]], language: str) -> Card:
    """Return a figure's card; `lines` are raw lines by figure."""
    figure, unit = result.figure, result.figure.unit
    days = ", ".join(f"{point.day:%m-%d} {quantity(point.value, unit)}" for point in result.history)
    drawn = words(language)["last_days"].format(days=len(result.history))
    limit = result.warn if result.warn is not None else result.fail
    return Card(
        name=figure.name,
        title=unbroken(figure.said("title", language)),
        verdict=result.verdict if result.limited or result.gap else "UNLIMITED",
        badge=badge(result, language),
        value=quantity(result.value, unit),
        interval=unbroken(_interval(result)),
        denominator=denominator(result, language),
        sentence=unbroken(sentence(result, language)),
        notes=tuple(_notes(result, language)),
        limits=unbroken(limits(result, language)),
        before=unbroken(quantity(result.before, unit)),
        median=unbroken(quantity(result.median, unit)),
        sparkline=sparkline([point.value for point in result.history], limit, f"{drawn}: {days}"),
        query=f"queries/kpi/{figure.name}.sql",
        sql=figure.query.text.strip(),
        lines=tuple(_line(line, ZoneInfo(summary.timezone)) for line in lines.get(figure.name, ())),
    )


def _interval(result: Result) -> str:
    """Return the 95 % interval of the value; "" where none is known."""
    low, high, unit = result.point.low, result.point.high, result.figure.unit
    if low is None or high is None:
        return ""
    return f"{quantity(low, unit)} … {quantity(high, unit)}"


def _notes(result: Result, language: str) -> list[str]:
    """Return what must be known beside the value: holes, the baseline, an earlier verdict."""
    say, notes = panel_words(language), []
    if result.is_holey and result.coverage is not None:
        notes.append(say["holey"].format(coverage=quantity(result.coverage, "ratio")))
    if result.baseline is not None:
        notes.append(_baseline(result, result.baseline, language))
    if result.earlier is not None:
        value = quantity(result.earlier.value, result.figure.unit)
        notes.append(say["earlier"].format(verdict=result.earlier.verdict, value=value))
    return [unbroken(note) for note in notes]


def _baseline(result: Result, found: Baseline, language: str) -> str:
    say = panel_words(language)
    told = plural(say["baseline"], len(found.days)).format(
        value=quantity(found.value, result.figure.unit),
        days=len(found.days),
        kind=say[f"baseline_{found.kind}"],
    )
    if not found.left_out:
        return told
    return told + plural(say["left_out"], len(found.left_out)).format(days=len(found.left_out))


def _line(line: RawLine, zone: ZoneInfo) -> Line:
    return Line(moment(line.at, zone), one_line(line.place), one_line(line.what))


def unbroken(text: str) -> str:
    """Return the text with a number and its unit kept on one line."""
    return _UNIT.sub("\\1\u00a0\\2", text)


_UNIT = re.compile(r"([0-9]) (%|ms|h)")
