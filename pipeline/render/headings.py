"""What stands above a summary and its columns: title, time, what must be known first; by its window."""

from __future__ import annotations

from pipeline.render.panel_words import panel_words
from pipeline.render.words import long_date, words
from pipeline.summary import Summary, Window


def title(summary: Summary, language: str) -> str:
    """Return the summary's title: daily, weekly or monthly."""
    say = panel_words(language)
    return {Window.WEEK: say["title_week"], Window.MONTH: say["title_month"]}.get(
        summary.window, words(language)["title"]
    )


def span(summary: Summary, language: str) -> str:
    """Return the day, or the days that a longer window ends with."""
    date = long_date(summary.day.date, language)
    if summary.window is Window.DAY:
        return date
    return panel_words(language)["until"].format(days=summary.window.days, date=date)


def notices(summary: Summary, language: str) -> list[str]:
    """Return what a reader must know before the figures."""
    say, found = panel_words(language), []
    if summary.is_provisional:
        found.append(say["provisional"])
    if summary.earlier is not None:
        found.append(say["revised_from"].format(verdict=summary.earlier.verdict))
    elif summary.is_revised:
        found.append(say["revised"])
    return found


def before(summary: Summary, language: str) -> str:
    """Return what the value before is called: that of the day, or of as many days, before."""
    say = words(language)
    if summary.window is Window.DAY:
        return say["before"]
    return say["days_before"].format(days=summary.window.days)


def median(summary: Summary, language: str) -> str:
    """Return what the median is called: beside a sum of many days it is still that of single days."""
    return words(language)["median" if summary.window is Window.DAY else "median_day"]
