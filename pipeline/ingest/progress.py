"""How far a run is: bytes, records, rejects, and the time that is left at this pace."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.ingest.inputs.landing import Found, Refused

if TYPE_CHECKING:
    from pipeline.ingest.intake import Intake
    from pipeline.ingest.model import Parsed

#: So small a part of the bytes tells nothing of the pace.
_TOO_LITTLE = 0.01


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        path: of the input that is under way.
        number, inputs: which of how many it is, from 1.
        bytes_done, bytes_all: of the files as they lie there; all None where some input is a stream.
        records, rejects: of this run so far.
        seconds: since its first block began.
        seconds_left: at the pace so far; None where that cannot be said.
    """

    path: str
    number: int
    inputs: int
    bytes_done: int
    bytes_all: int | None
    records: int
    rejects: int
    seconds: float
    seconds_left: float | None

    @property
    def records_per_second(self) -> float:
        """Records in a second, so far."""
        return self.records / self.seconds if self.seconds else 0.0


class Gauge:
    """Keeps count of a run and tells how far it is.

    Args:
        inputs: all of them.
        progress: told of each block.
        clock: seconds that only rise.
    """

    def __init__(
        self,
        inputs: Sequence[Found | Refused | str],
        progress: Callable[[Progress], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._progress = progress
        self._clock = clock
        self._begun = clock()
        self._first: int | None = None
        self._records = self._rejects = 0
        self._before = [0]
        for entry in inputs:
            self._before.append(self._before[-1] + (entry.size if isinstance(entry, Found) else 0))
        self._has_stream = any(isinstance(entry, str) for entry in inputs)

    def tell(self, number: int, intake: Intake, parsed: Parsed) -> None:
        """Tell how far the run is when a block of an input is taken; inputs count from 0."""
        self._records += parsed.table.num_rows
        self._rejects += parsed.rejects.num_rows
        # What lies before the first input that is read was seen to be unchanged, and took no time.
        self._first = self._before[number] if self._first is None else self._first
        done = self._before[number] + intake.bytes_read
        total = None if self._has_stream else self._before[-1]
        seconds = self._clock() - self._begun
        left = None
        if total is not None and done - self._first > _TOO_LITTLE * (total - self._first):
            left = seconds * max(0, total - done) / (done - self._first)
        self._progress(
            Progress(
                path=intake.path,
                number=number + 1,
                inputs=len(self._before) - 1,
                bytes_done=done,
                bytes_all=total,
                records=self._records,
                rejects=self._rejects,
                seconds=seconds,
                seconds_left=left,
            )
        )
