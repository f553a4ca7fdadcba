"""The plan's check lists: criteria after the release, steps around it, signals of danger and of success.

A list is a TOML file, `queries/checklists/<name>.toml`: its texts, the time it looks at, and an item a rule.
What a rule finds is judged in `items.py`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from pipeline import instants, sql
from pipeline.errors import UsageFault
from pipeline.figures.items import Judge
from pipeline.figures.spans import Span
from pipeline.summary import CheckList, Figure

if TYPE_CHECKING:
    from pipeline.figures.counting import Counting

KINDS = ("criteria", "steps", "danger", "success")


@dataclass(frozen=True)
class Definition:
    """A check list as its file says it.

    Attributes:
        span: the time it looks at: "24h", "7d" or "30d" after the release, "before" it, or the judged "day".
        items: each rule with its texts, as in the file.
    """

    name: str
    kind: str
    order: int
    titles: Mapping[str, str]
    span: str
    items: tuple[Mapping[str, Any], ...]


@cache
def definitions() -> tuple[Definition, ...]:
    """Return every list, in the plan's order."""
    found = []
    for file in (sql.folder() / "checklists").glob("*.toml"):
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
        items = tuple(raw.pop("item"))
        found.append(Definition(name=file.stem, titles=raw.pop("title"), items=items, **raw))
    return tuple(sorted(found, key=lambda one: one.order))


def named(name: str) -> Definition:
    """Return one list.

    Raises:
        UsageFault: there is none of that name.
    """
    found = {one.name: one for one in definitions()}
    if name not in found:
        raise UsageFault(f"no check list {name!r}", hint=f"there are {', '.join(found)}")
    return found[name]


def check_lists(
    counting: Counting,
    figures: Sequence[Figure],
    day: instants.Day,
    asked: Sequence[Definition] | None = None,
) -> tuple[CheckList, ...]:
    """Return the lists as of the end of a day, each item judged; all of them where none are named."""
    judge = Judge(counting, figures)
    found = []
    for one in definitions() if asked is None else asked:
        span = _span(one.span, day, counting.settings.deploy.at)
        since, until = (span.since, span.ends) if span else (None, None)
        items = tuple(judge.item(item, span) for item in one.items)
        found.append(
            CheckList(one.name, one.kind, one.titles, since, until, span is not None and span.is_over, items)
        )
    return tuple(found)


def _span(text: str, day: instants.Day, released: datetime | None) -> Span | None:
    """Return the time that a list looks at, as far as the judged day reaches; None without a release."""
    if text == "day":
        return Span(day.start, day.end, day.end)
    if released is None:
        return None
    if text == "before":
        return Span(released - timedelta(days=7), min(released, day.end), released)
    lengths = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}
    ends = released + lengths[text]
    return Span(released, min(ends, day.end), ends)
