"""Publishes what was judged: a folder for each day, week and month, and the calendar of them all.

A folder holds the page (`kpi.html`), Markdown for messages and issues, JSON for programs, CSV, a picture.
What late data changed is told on the new page, beside the verdict that was published before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.evidence import evidence_of
from pipeline.figures.counting import Counting
from pipeline.kpi import of_windows
from pipeline.pages import document_of, folder_name, join, links_of, publish, published_pages
from pipeline.render.around import Links
from pipeline.render.html import kpi_html
from pipeline.render.index import index_html
from pipeline.render.kpi_json import kpi_json
from pipeline.render.kpi_rows import kpi_csv
from pipeline.render.markdown import kpi_markdown
from pipeline.render.picture import kpi_png
from pipeline.summary import Earlier, Evidence, Result, Summary, Verdict, Window

if TYPE_CHECKING:
    from pipeline.config import Settings
    from pipeline.instants import Day
    from pipeline.lake import Snapshot


def publish_windows(snapshot: Snapshot, settings: Settings, day: Day, now: datetime) -> tuple[Summary, Path]:
    """Judge and publish a day and the week and month that end with it, and renew the calendar.

    Args:
        snapshot: what is judged.
        settings: folders, zone, limits.
        day: the last one.
        now: the present instant, aware.

    Returns:
        The day's summary and where its page is.

    Raises:
        H33Error: the files cannot be written.
    """
    with Counting(snapshot, settings) as counting:
        summaries = of_windows(counting, day, Window, now)
        found = {window: publish_summary(counting, summaries[window]) for window in Window}
        counting.save()
    reports = settings.paths.reports
    join(reports, day.date)
    publish(reports, {"index.html": index_html(published_pages(reports), settings.language)})
    return found[Window.DAY]


def renew_days(
    snapshot: Snapshot, settings: Settings, days: Iterable[Day], now: datetime
) -> list[tuple[Summary, Path]]:
    """Judge days again that have new data, renew their pages, and return each summary and page.

    Raises:
        H33Error: the files cannot be written.
    """
    with Counting(snapshot, settings) as counting:
        summaries = [of_windows(counting, day, [Window.DAY], now)[Window.DAY] for day in days]
        found = [publish_summary(counting, summary) for summary in summaries]
        counting.save()
    return found


def publish_summary(counting: Counting, summary: Summary) -> tuple[Summary, Path]:
    """Write the files of a window, with what its snapshot shows beside; return summary and page."""
    settings, window, day = counting.settings, summary.window, summary.day
    folder = settings.paths.reports / folder_name(window, day.date)
    summary = beside(summary, document_of(folder))
    unknown = {result.figure.name for result in summary.results if result.verdict is Verdict.NODATA}
    evidence = evidence_of(counting, day, window.days, unknown)
    links = links_of(settings.paths.reports, window, day.date, settings.language)
    publish(folder, documents(summary, evidence, settings.language, links))
    return summary, folder / "kpi.html"


def documents(
    summary: Summary, evidence: Evidence, language: str, links: Links | None = None
) -> dict[str, str | bytes]:
    """Return the files of a window by name; the page last, so that where it is new all are."""
    return {
        "kpi.json": kpi_json(summary),
        "kpi.csv": kpi_csv(summary),
        "kpi.md": kpi_markdown(summary, language),
        "kpi.png": kpi_png(summary, language),
        "kpi.html": kpi_html(summary, evidence, language, links),
    }


def beside(summary: Summary, before: Mapping[str, Any] | None) -> Summary:
    """Return a summary that tells what was published of its time before, where that was something else.

    Args:
        summary: what is to be published.
        before: the document that stands there now; what it says of a page before it stays said. A
            provisional page was announced to change and is not told.
    """
    if before is None:
        return summary
    figures = {entry["name"]: entry for entry in before["figures"]}
    results = tuple(
        replace(result, earlier=_earlier_of(result, figures.get(result.figure.name), before))
        for result in summary.results
    )
    changed = before["verdict"] != summary.verdict and not before["provisional"]
    earlier = (
        Earlier(Verdict(before["verdict"]), None, None, before["snapshot"])
        if changed
        else _told(before["earlier"])
    )
    return replace(summary, results=results, earlier=earlier)


def _earlier_of(result: Result, entry: Mapping[str, Any] | None, before: Mapping[str, Any]) -> Earlier | None:
    if entry is None:
        return None
    same = (entry["verdict"], entry["value"], entry["n"]) == (result.verdict, result.value, result.n)
    if same or before["provisional"]:
        return _told(entry["earlier"])
    return Earlier(Verdict(entry["verdict"]), entry["value"], entry["n"], before["snapshot"])


def _told(entry: Mapping[str, Any] | None) -> Earlier | None:
    if entry is None:
        return None
    return Earlier(Verdict(entry["verdict"]), entry["value"], entry["n"], entry["snapshot"])
