"""How far a run is and how it ended, on stderr: a line that renews itself, in cron a line now and then."""

from __future__ import annotations

import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from math import ceil
from types import TracebackType
from typing import TYPE_CHECKING

from pipeline.cli.said import said
from pipeline.errors import ExitCode
from pipeline.render.text import clip, one_line

if TYPE_CHECKING:
    from pipeline.cli.common import GlobalOptions
    from pipeline.ingest.run import Progress, SourceResult

#: Seconds between two signs of life.
_ON_TERMINAL, _IN_CRON = 0.1, 10.0


class ProgressLine:
    """`with ProgressLine(options) as show:`, then `show(progress)` as often as there is something to tell."""

    def __init__(self, options: GlobalOptions) -> None:
        self._options = options
        self._quiet = options.quiet
        self._terminal = sys.stderr.isatty()
        self._shown = False
        self._last = time.monotonic()

    def __enter__(self) -> ProgressLine:
        return self

    def __call__(self, progress: Progress) -> None:
        """Show how far the run is, unless that was shown just now."""
        now = time.monotonic()
        if self._quiet or now - self._last < (_ON_TERMINAL if self._terminal else _IN_CRON):
            return
        self._last = now
        line = one_line(told(progress, self._options.settings.language))
        if self._terminal:
            width = shutil.get_terminal_size().columns
            self._shown = True
            print(f"\r\x1b[K{clip(line, width - 1)}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def told(progress: Progress, language: str = "en") -> str:
    """Return one line that says how far a run is."""
    size = f"{progress.bytes_done / 1e6:.0f}"
    if progress.bytes_all is not None:
        size = said(language, "of_size", done=size, all=f"{progress.bytes_all / 1e6:.0f}")
    left = progress.seconds_left
    return said(
        language,
        "progress",
        number=progress.number,
        inputs=progress.inputs,
        size=size,
        pace=f"{progress.records_per_second:,.0f}",
        rejects=f"{progress.rejects:,}",
        left="" if left is None else said(language, "left", clock=_clock(left)),
        path=progress.path,
    )


def _clock(seconds: float) -> str:
    """Return a time that is left, as minutes and seconds.

    >>> _clock(75.2), _clock(3700)
    ('1:16', '1:01:40')
    """
    minutes, rest = divmod(ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def tell_outcomes(options: GlobalOptions, results: Sequence[SourceResult]) -> ExitCode:
    """Tell on stderr what could not be read and how many inputs ended how; return the exit code."""
    for result in results:
        if result.problem:
            print(one_line(f"h33: {result.path}: {result.problem}"), file=sys.stderr)
    redacted: Counter[str] = Counter()
    for result in results:
        redacted.update(result.redactions)
    if redacted:
        counts = ", ".join(f"{rule} {n:,}" for rule, n in redacted.most_common())
        options.narrate(options.said("redacted", total=redacted.total(), counts=counts))
    told = Counter(result.status for result in results)
    ended = ", ".join(f"{n} {options.word(status)}" for status, n in sorted(told.items()))
    options.narrate(ended or options.said("no_files"))
    return ExitCode.INPUT if any(result.problem for result in results) else ExitCode.DONE
