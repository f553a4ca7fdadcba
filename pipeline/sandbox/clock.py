"""Time as a limit counts it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Counts work: the child's while it is waited for, and this process's own; not the pauses of who reads.

    Args:
        seconds: how much there is.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._waited = 0.0
        self._worked_from = time.process_time()
        self._waiting_since: float | None = None

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the time inside the block by the wall."""
        worked, self._waiting_since = time.process_time(), time.monotonic()
        try:
            yield
        finally:
            self._waited += time.monotonic() - self._waiting_since
            self._waiting_since = None
            # What was worked meanwhile is counted already.
            self._worked_from += time.process_time() - worked

    @property
    def is_over(self) -> bool:
        """Whether all is used up."""
        waiting = 0.0 if self._waiting_since is None else time.monotonic() - self._waiting_since
        return self._waited + waiting + time.process_time() - self._worked_from > self.seconds
