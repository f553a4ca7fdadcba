"""The calendar of all pages: each day with its verdict, the months newest first."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from pipeline.render.html import page
from pipeline.render.panel_words import WEEKDAYS, panel_words
from pipeline.render.words import long_month
from pipeline.summary import Verdict, Window


@dataclass(frozen=True)
class Entry:
    """A published page: its window, last day and verdict, and its address beside the calendar."""

    window: Window
    date: date
    verdict: Verdict
    page: str


@dataclass(frozen=True)
class _Day:
    number: int
    page: str
    verdict: str


@dataclass(frozen=True)
class _Month:
    name: str
    title: str
    weeks: tuple[tuple[_Day | None, ...], ...]


@dataclass(frozen=True)
class _Window:
    title: str
    page: str
    verdict: Verdict


def index_html(entries: Iterable[Entry], language: str) -> str:
    """Return the calendar of these pages."""
    known = sorted(entries, key=lambda entry: entry.date)
    days = [entry for entry in known if entry.window is Window.DAY]
    say = panel_words(language)
    return page(
        "index.html.j2",
        language,
        weekdays=WEEKDAYS[language],
        months=[
            _month(year, month, list(members), language)
            for (year, month), members in reversed(
                [(key, list(group)) for key, group in groupby(days, lambda e: (e.date.year, e.date.month))]
            )
        ],
        windows=[
            _Window(f"{say[entry.window.value]} {entry.date}", entry.page, entry.verdict)
            for entry in reversed(known)
            if entry.window is not Window.DAY
        ],
    )


def _month(year: int, month: int, entries: Sequence[Entry], language: str) -> _Month:
    """Return a month's weeks from Monday on; days of other months are empty."""
    at = {entry.date.day: entry for entry in entries}
    weeks = tuple(
        tuple(_day(number, at.get(number)) if number else None for number in week)
        for week in Calendar().monthdayscalendar(year, month)
    )
    return _Month(f"{year}-{month:02}", long_month(year, month, language), weeks)


def _day(number: int, entry: Entry | None) -> _Day:
    return _Day(number, entry.page if entry else "", str(entry.verdict) if entry else "")
