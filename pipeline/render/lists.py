"""Check lists, signals and error budgets as the page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup

from pipeline.render import charts
from pipeline.render.cards import unbroken
from pipeline.render.list_words import evidence
from pipeline.render.panel_words import panel_words
from pipeline.render.words import MARKS, quantity
from pipeline.summary import Budget, CheckList, Item, Verdict


@dataclass(frozen=True)
class ItemRow:
    """One item: its verdict, what it asks, and what was found."""

    verdict: Verdict
    badge: str
    title: str
    evidence: str
    place: str
    query: str


@dataclass(frozen=True)
class ListRow:
    """One list: its verdict, its time, its items."""

    name: str
    kind: str
    title: str
    verdict: Verdict
    badge: str
    span: str
    counts: str
    items: tuple[ItemRow, ...]


@dataclass(frozen=True)
class BudgetRow:
    """One budget: what is left of it, in events and minutes, and how fast it goes."""

    title: str
    verdict: Verdict
    badge: str
    drawing: Markup
    facts: tuple[str, ...]


def list_rows(lists: Sequence[CheckList], timezone: str, language: str) -> list[ListRow]:
    """Return the lists in their order."""
    zone = ZoneInfo(timezone)
    return [
        ListRow(
            name=one.name,
            kind=one.kind,
            title=one.titles[language],
            verdict=one.verdict,
            badge=_badge(one.verdict),
            span=_span(one, zone, language),
            counts=", ".join(
                f"{count} {verdict}"
                for verdict in reversed(Verdict)
                if (count := sum(item.verdict is verdict for item in one.items))
            ),
            items=tuple(_item(item, language) for item in one.items),
        )
        for one in lists
    ]


def _item(item: Item, language: str) -> ItemRow:
    return ItemRow(
        verdict=item.verdict,
        badge=_badge(item.verdict),
        title=unbroken(item.titles[language]),
        evidence=unbroken(evidence(item, language)),
        place=f"{item.source}:{item.line_no}" if item.source else "",
        query=item.query or "",
    )


def _badge(verdict: Verdict) -> str:
    return f"{MARKS[verdict]} {verdict}"


def _span(one: CheckList, zone: ZoneInfo, language: str) -> str:
    """Return the time that a list looks at; what fails before its end may still recover, so that is said."""
    if one.since is None or one.until is None:
        return ""
    text = f"{one.since.astimezone(zone):%Y-%m-%d %H:%M} – {one.until.astimezone(zone):%Y-%m-%d %H:%M}"
    return text if one.is_over else f"{text} · {panel_words(language)['not_over']}"


def budget_rows(budgets: Sequence[Budget], timezone: str, language: str) -> list[BudgetRow]:
    """Return the budgets of which anything is known."""
    zone = ZoneInfo(timezone)
    return [_budget(one, zone, language) for one in budgets if one.left is not None]


def _budget(one: Budget, zone: ZoneInfo, language: str) -> BudgetRow:
    say = panel_words(language)
    spent = 1 - (one.left or 0.0)
    facts = [
        say["objective"].format(objective=quantity(one.objective, "ratio"), days=one.days),
        say["bad_of"].format(bad=f"{one.total - one.good:,}", total=f"{one.total:,}"),
        say["minutes"].format(
            used="–" if one.used_minutes is None else f"{one.used_minutes:.1f}",
            allowed=f"{one.allowed_minutes:.1f}",
        ),
    ]
    facts += [
        say["burn"].format(rate=f"{burn.rate:.2g}", days=burn.days)
        for burn in one.burns
        if burn.rate is not None
    ]
    if one.worst_hour is not None and one.worst_bad:
        at = f"{one.worst_hour.astimezone(zone):%m-%d %H:%M}"
        facts.append(say["worst"].format(hour=at, bad=f"{one.worst_bad:,}"))
    if one.days_left is not None:
        facts.append(say["days_left"].format(days=f"{one.days_left:.1f}"))
    told = say["spent"].format(spent=quantity(spent, "ratio"))
    return BudgetRow(
        title=f"{one.titles[language]}: {told}",
        verdict=one.verdict,
        badge=_badge(one.verdict),
        drawing=charts.budget(spent, told),
        facts=tuple(unbroken(fact) for fact in facts),
    )
