"""The calendar of all pages: each day with its verdict, its week's and its month's, newest month first."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from pipeline.render.html import page
from pipeline.render.panel_words import WEEKDAYS, panel_words
from pipeline.render.words import long_month
from pipeline.summary import Verdict, Window


@dataclass(frozen=True)
class Entry:
    """A published page: its window, last day and verdict, its address beside the calendar, its marks."""

    window: Window
    date: date
    verdict: Verdict
    page: str
    is_provisional: bool = False
    is_revised: bool = False


@dataclass(frozen=True)
class _Wider:
    """A week or a month that ends with a day: what its link shows, and what it stands for."""

    text: str
    label: str
    page: str
    verdict: Verdict


@dataclass(frozen=True)
class _Day:
    number: int
    page: str = ""
    verdict: str = ""
    marks: tuple[str, ...] = ()
    wider: tuple[_Wider, ...] = ()


@dataclass(frozen=True)
class _Month:
    name: str
    title: str
    weeks: tuple[tuple[_Day | None, ...], ...]


def index_html(entries: Iterable[Entry], language: str) -> str:
    """Return the calendar of these pages."""
    known = sorted(entries, key=lambda entry: entry.date)
    months = [(key, list(found)) for key, found in groupby(known, lambda e: (e.date.year, e.date.month))]
    return page(
        "index.html.j2",
        language,
        weekdays=WEEKDAYS[language],
        months=[_month(year, month, found, language) for (year, month), found in reversed(months)],
    )


def _month(year: int, month: int, entries: Sequence[Entry], language: str) -> _Month:
    """Return a month's weeks from Monday on; days of other months are empty."""
    at = {day: list(found) for day, found in groupby(entries, lambda entry: entry.date.day)}
    days = {day: _day(day, {one.window: one for one in found}, language) for day, found in at.items()}
    weeks = tuple(
        tuple(days.get(number, _Day(number)) if number else None for number in week)
        for week in Calendar().monthdayscalendar(year, month)
    )
    return _Month(f"{year}-{month:02}", long_month(year, month, language), weeks)


def _day(number: int, entries: Mapping[Window, Entry], language: str) -> _Day:
    """Return a day with what is published of it."""
    say = panel_words(language)
    wider = tuple(
        _Wider(
            text=say["short"].format(days=one.window.days),
            label=say["until"].format(days=one.window.days, date=one.date),
            page=one.page,
            verdict=one.verdict,
        )
        for one in (entries[window] for window in Window if window in entries)
        if one.window is not Window.DAY
    )
    day = entries.get(Window.DAY)
    if day is None:
        return _Day(number, wider=wider)
    marks = ((day.is_provisional, "provisional_mark"), (day.is_revised, "revised_mark"))
    return _Day(number, day.page, str(day.verdict), tuple(say[key] for is_so, key in marks if is_so), wider)
