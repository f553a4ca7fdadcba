"""The links of a page to those around it: the time before and after, what holds it, what it holds."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from pipeline.render.panel_words import panel_words

_OPEN, _CLOSE = "<nav ", "</nav>"


@dataclass(frozen=True)
class Link:
    """A page that is there: its address from this one, its text, and what that stands for at length."""

    address: str
    text: str
    label: str


@dataclass(frozen=True)
class Links:
    """The pages around one; None and empty where there are none.

    Attributes:
        index: the calendar's address; "" where there is none.
        before, after: the same length of time next to this one.
        wider: the week and the month that end with its last day.
        days: the days that it holds, oldest first.
    """

    index: str = ""
    before: Link | None = None
    after: Link | None = None
    wider: tuple[Link, ...] = ()
    days: tuple[Link, ...] = ()


def nav(links: Links, language: str) -> Markup:
    """Return the links as the one `nav` of a page; it stands there even while it is empty."""
    say = panel_words(language)
    parts = [_anchor(links.before, "← {}", "prev"), _anchor(links.after, "{} →", "next")]
    parts += [_anchor(link) for link in links.wider]
    if links.index:
        parts.append(Markup('<a href="{}">{}</a>').format(links.index, say["index"]))
    rows = Markup("\n").join(part for part in parts if part)
    if links.days:
        days = Markup(" ").join(_anchor(link) for link in links.days)
        rows += Markup('\n<p class="days">{} {}</p>').format(say["days"], days)
    return Markup('<nav aria-label="{}">\n{}\n</nav>').format(say["around"], rows)


def _anchor(link: Link | None, form: str = "{}", relation: str = "") -> Markup:
    if link is None:
        return Markup()
    rel = Markup(' rel="{}"').format(relation) if relation else Markup()
    shown = form.format(link.text)
    return Markup('<a href="{}"{} aria-label="{}">{}</a>').format(link.address, rel, link.label, shown)


def renewed(page: str, links: Links, language: str) -> str:
    """Return a page with other links in its `nav`; one without a `nav` as it is.

    Whatever a page shows of data is escaped, so the first `<nav` in it is ours.
    """
    start = page.find(_OPEN)
    end = page.find(_CLOSE, start)
    if start < 0 or end < 0:
        return page
    return page[:start] + str(nav(links, language)) + page[end + len(_CLOSE) :]
