"""The time that a check list looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Span:
    """The time a list looks at: [since, until), and when it is meant to end; nothing where it lies ahead."""

    since: datetime
    until: datetime
    ends: datetime

    @property
    def is_over(self) -> bool:
        """Whether all of it has been looked at."""
        return self.ends <= self.until

    @property
    def share(self) -> float:
        """The share of it that has been looked at, 0 to 1."""
        return (self.until - self.since) / (self.ends - self.since)

    @property
    def has_begun(self) -> bool:
        """Whether any of it has."""
        return self.since < self.until
