"""What was asked of the generator, and how a large sample is divided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from pipeline.sample.events import DAY, HOUR, days_between, midnight

#: The least scale: a part that would be smaller is left out.
LEAST = 0.01


@dataclass(frozen=True)
class Plan:
    """The arguments of a sample; the same plan gives the same bytes.

    Attributes:
        days: length of the simulation, KST days.
        end: its last day.
        seed: of all chance.
        stories: whether the release, the outage, the wrong clocks and the incomplete export take place.
        scale: of users and traffic; 1 is a small service with about 6,700 requests a day.
    """

    days: int
    end: date
    seed: int
    stories: bool = True
    scale: float = 1.0

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """The KST days."""
        return tuple(days_between(self.end - timedelta(days=self.days - 1), self.end))

    @property
    def first(self) -> int:
        """The first instant of the first day, µs."""
        return midnight(self.dates[0])

    @property
    def last(self) -> int:
        """The first instant after the last day, µs."""
        return midnight(self.end) + DAY

    @property
    def deployed(self) -> int:
        """When the time system went live: two days before the logs begin, at 10:00 KST, µs."""
        return self.first - 2 * DAY + 10 * HOUR

    @cached_property
    def parts(self) -> tuple[float, ...]:
        """The scales of the parts that the readers are divided into, 1 at most.

        Each part is played by itself, so that memory and the time for a request do not grow with the scale.

        >>> Plan(1, date(2025, 6, 27), 33, scale=2.5).parts
        (1.0, 1.0, 0.5)
        """
        whole = int(self.scale)
        rest = round(self.scale - whole, 9)
        return (1.0,) * whole + ((rest,) if rest >= LEAST or not whole else ())
