"""A day, a week or a month as one page: self-contained, no script, nothing fetched, readable in ten seconds.

The style sheet is inline and allowed by its hash; the content security policy allows nothing else. Every
value goes through Jinja's autoescape or markupsafe.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup

from pipeline.render import headings, panels
from pipeline.render.around import Links, nav
from pipeline.render.cards import Card, card
from pipeline.render.lists import budget_rows, list_rows
from pipeline.render.panel_words import panel_words
from pipeline.render.text import one_line
from pipeline.render.words import MARKS, attention, footer, headline, words
from pipeline.summary import Evidence, SourceRow, Summary

_HERE = Path(__file__).parent
#: The figure whose warning limit is drawn into the line of client-time use.
_CLIENT_TIME = "client_time_use_eligible"


@dataclass(frozen=True)
class _Group:
    title: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class _Source:
    path: str
    format: str
    records: str
    rejected: str
    first: str
    last: str
    status: str
    fingerprint: str


def kpi_html(summary: Summary, evidence: Evidence, language: str, links: Links | None = None) -> str:
    """Return the page.

    Args:
        summary: figures, lists, budgets.
        evidence: what is drawn beside them.
        language: "ko" or "en".
        links: to the pages around it.
    """
    shown = [
        (result.figure.said("group", language), card(result, summary, evidence.lines, language))
        for result in summary.results
    ]
    cards = {one.name: one for _, one in shown}
    limits = {result.figure.name: result.warn for result in summary.results}
    return page(
        "page.html.j2",
        language,
        summary=summary,
        nav=nav(links, language) if links else "",
        title=headings.title(summary, language),
        date=headings.span(summary, language),
        notices=headings.notices(summary, language),
        before=headings.before(summary, language),
        median=headings.median(summary, language),
        headline=headline(summary, language),
        attention=[cards[result.figure.name] for result in attention(summary)],
        groups=[
            _Group(title, tuple(one for _, one in members))
            for title, members in groupby(shown, key=lambda pair: pair[0])
        ],
        panels=panels.panels(evidence, limits.get(_CLIENT_TIME), summary.timezone, language),
        errors=panels.error_rows(evidence.errors, summary.timezone, language),
        lists=list_rows(summary.lists, summary.timezone, language),
        budgets=budget_rows(summary.budgets, summary.timezone, language),
        sources=[_source(row, ZoneInfo(summary.timezone)) for row in evidence.sources],
        footer=footer(summary, language),
    )


def page(template: str, language: str, **shown: Any) -> str:
    """Return a page of a template: the shared words and the style sheet are added."""
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    return (
        _environment()
        .get_template(template)
        .render(
            language=language,
            say={**words(language), **panel_words(language)},
            marks=MARKS,
            # Ours, not data: escaping would change its bytes and with them its hash.
            style=Markup(style),  # noqa: S704
            style_hash=b64encode(sha256(style.encode()).digest()).decode(),
            **shown,
        )
    )


@cache
def _environment() -> jinja2.Environment:
    """Return what compiles the templates, each once."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )


def _source(row: SourceRow, zone: ZoneInfo) -> _Source:
    return _Source(
        path=one_line(row.path),
        format=row.format,
        records=f"{row.records:,}",
        rejected=f"{row.rejected:,}",
        first=f"{row.first_ts.astimezone(zone):%m-%d %H:%M:%S}",
        last=f"{row.last_ts.astimezone(zone):%m-%d %H:%M:%S}",
        status=row.status,
        fingerprint=row.fingerprint,
    )
