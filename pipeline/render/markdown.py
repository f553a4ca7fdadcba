"""A summary as Markdown: for a wiki, a message, a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.render import headings
from pipeline.render.panel_words import panel_words
from pipeline.render.words import (
    MARKS,
    badge,
    denominator,
    footer,
    headline,
    limits,
    quantity,
    sentence,
    words,
)
from pipeline.summary import Result, Summary, Verdict

# Everything that could begin markup, a link or a new cell.
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~&])")


def escape(text: str) -> str:
    r"""Return the text so that Markdown shows it as it is, on one line.

    >>> print(escape("<b>|x|"))
    \<b\>\|x\|
    """
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def kpi_markdown(summary: Summary, language: str) -> str:
    """Return the summary: title, what must be known first, the table of figures, a sentence a figure."""
    say = words(language)
    head = (
        say["figure"],
        say["verdict"],
        say["value"],
        say["of"],
        say["limit"],
        headings.before(summary, language),
        headings.median(summary, language),
    )
    lines = [
        f"# {escape(headings.title(summary, language))} · {escape(headings.span(summary, language))}",
        "",
        *(f"> {escape(notice)}\n" for notice in _notices(summary, language)),
        f"**{MARKS[summary.verdict]} {summary.verdict}** — {escape(headline(summary, language))}",
        "",
        _row(head),
        "|---|---|---:|---|---|---:|---:|",
        *(_row(_cells(result, language)) for result in summary.results),
        "",
        f"## {say['meaning']}",
        "",
        *(
            f"- **{escape(result.figure.said('title', language))}**: {escape(sentence(result, language))}"
            for result in summary.results
        ),
        "",
        escape(footer(summary, language)),
        "",
    ]
    return "\n".join(lines)


def _notices(summary: Summary, language: str) -> list[str]:
    """Return what must be known first, signals of danger among it."""
    found = headings.notices(summary, language)
    if summary.dangers:
        named = " · ".join(item.titles[language] for item in summary.dangers)
        found.append(f"{MARKS[Verdict.FAIL]} {panel_words(language)['danger']} {named}")
    return found


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(result: Result, language: str) -> list[str]:
    unit = result.figure.unit
    return [
        escape(result.figure.said("title", language)),
        badge(result, language),
        quantity(result.value, unit),
        escape(denominator(result, language)),
        escape(limits(result, language)),
        quantity(result.before, unit),
        quantity(result.median, unit),
    ]
