"""Check lists, signals and error budgets: what the plan asks beside single figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipeline.summary.figures import Verdict


@dataclass(frozen=True)
class Item:
    """One item of a check list, judged.

    Attributes:
        key: its name within the list.
        titles: by language.
        verdict: WARN where the data do not decide.
        value, low, high, n: what was found, with its 95 % interval; in `unit`.
        limit: what it was compared with.
        unit: of these: "ratio", "ms", "count", "number", or "change" (a ratio of two values).
        reason: a key of `render.list_words` with what fills its gaps: the evidence, or what is missing.
        facts: the values of those gaps.
        source, line_no: where the evidence stands, if it is one line.
        query: the SQL that found it, as a path in the project; None for what a person attests.
    """

    key: str
    titles: Mapping[str, str]
    verdict: Verdict
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    limit: float | None = None
    unit: str = "ratio"
    source: str | None = None
    line_no: int | None = None
    query: str | None = None


@dataclass(frozen=True)
class CheckList:
    """A named list of the plan.

    Attributes:
        name: that of its file in `queries/checklists/`.
        kind: "criteria", "steps", "danger" or "success".
        titles: by language.
        since, until: the time it looks at; None where no release is known.
        is_over: whether that time lies wholly before the judged day's end.
        items: in the plan's order.
    """

    name: str
    kind: str
    titles: Mapping[str, str]
    since: datetime | None
    until: datetime | None
    is_over: bool
    items: tuple[Item, ...]

    @property
    def verdict(self) -> Verdict:
        """FAIL where an item failed, else WARN where one is undecided, else NODATA where one is unknown.

        PASS takes all of them: nothing passes by what is missing. A danger is raised by one item alone.
        """
        found = {item.verdict for item in self.items}
        for verdict in (Verdict.FAIL, Verdict.WARN, Verdict.NODATA):
            if verdict in found:
                return verdict
        return Verdict.PASS

    @property
    def missing(self) -> tuple[Item, ...]:
        """The items of which nothing is known."""
        return tuple(item for item in self.items if item.verdict is Verdict.NODATA)


@dataclass(frozen=True)
class Burn:
    """How fast a budget was used over some days: errors over those allowed; None without any event."""

    days: int
    bad: int
    total: int
    rate: float | None


@dataclass(frozen=True)
class Budget:
    """The error budget of one objective over 30 days.

    Attributes:
        figure: whose events are counted.
        objective: share of good events that was promised.
        good, total: events.
        low, high: 95 % interval of good/total.
        coverage: share of the hours that are known.
        left: share of the budget that is left; below 0 where it is overdrawn.
        allowed_minutes, used_minutes: the same in minutes of the window.
        burns: over 1, 7 and 30 days.
        worst_hour: start of the hour with the most bad events, with `worst_bad` of them.
        days_left: until nothing is left, at the pace of 7 days; None where nothing is being used.
    """

    figure: str
    titles: Mapping[str, str]
    objective: float
    days: int
    good: int
    total: int
    low: float | None
    high: float | None
    coverage: float | None
    left: float | None
    allowed_minutes: float
    used_minutes: float | None
    burns: tuple[Burn, ...]
    worst_hour: datetime | None
    worst_bad: int
    days_left: float | None

    @property
    def verdict(self) -> Verdict:
        """FAIL where the budget is overdrawn, WARN where it is used faster than it grows back."""
        if self.left is None:
            return Verdict.NODATA
        if self.left < 0:
            return Verdict.FAIL
        week = next((burn.rate for burn in self.burns if burn.days == 7), None)
        return Verdict.WARN if week is not None and week > 1 else Verdict.PASS
