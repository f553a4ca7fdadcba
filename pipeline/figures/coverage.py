"""How much of some time a source covers: before a figure says anything, how much of it could be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline import instants, sql

if TYPE_CHECKING:
    from pipeline.figures.counting import Counting
    from pipeline.summary import Figure, Merge

KIND = "coverage"


@dataclass(frozen=True)
class Source:
    """A view whose covered hours can be told: `queries/coverage/<view>.sql`."""

    query: sql.Query
    needs: tuple[str, ...]
    merge: Merge = "sum"
    choices: Mapping[str, Any] = field(default_factory=dict)


def sources() -> dict[str, Source]:
    """Return the sources by view."""
    found = {name: sql.load(KIND, name) for name in sql.names(KIND)}
    return {name: Source(query, tuple(query.keys["needs"].split())) for name, query in found.items()}


class Coverage:
    """The covered share of any time, for any figure."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting
        self._sources = sources()

    def over(self, figure: Figure, days: Sequence[date]) -> float | None:
        """Return the share of the days' hours that every source of a figure covers; None where none tells."""
        bounds = [instants.day_of(day, self._counting.zone) for day in days]
        hours = sum((day.end - day.start) / timedelta(hours=1) for day in bounds)
        found = [self._counting.over(source, days) for source in self._of(figure)]
        return _least([measure.value or 0.0 if measure else 0.0 for measure in found], hours)

    def span(self, figure: Figure, since: datetime, until: datetime) -> float | None:
        """Return the share of a span's hours, likewise."""
        found = [self._counting.span(source, since, until) for source in self._of(figure)]
        covered = [measure.value or 0.0 if measure else 0.0 for measure in found]
        return _least(covered, (until - since) / timedelta(hours=1))

    def _of(self, figure: Figure) -> list[Source]:
        return [self._sources[view] for view in figure.needs if view in self._sources]


def _least(covered: Sequence[float], hours: float) -> float | None:
    """Return the share of the source that covers least; a cut hour counts as one, yet never above 1."""
    return min(1.0, min(covered) / hours) if covered and hours else None
