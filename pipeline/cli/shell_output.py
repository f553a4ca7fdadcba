"""How the shell shows an answer: a table, paged where it is long, and bars where it is two columns."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pipeline import instants
from pipeline.render.bars import bars
from pipeline.render.rows import FORMATS, Setting
from pipeline.render.sink import Sink
from pipeline.render.text import safe

if TYPE_CHECKING:
    import pyarrow as pa

# A chart of more lines than this says less than the table.
_MOST_BARS = 60


def show(rows: pa.RecordBatchReader, timezone: str) -> None:
    """Write an answer for people; results of any size pass through."""
    setting = Setting(instants.zone(timezone), shutil.get_terminal_size((80, 24)).columns)
    drawn = _Drawn(rows, setting)
    with _pager() as out:
        FORMATS["table"].write(drawn.passed(), out, setting)
        for line in drawn.chart():
            out.write(f"{line}\n".encode())


class _Drawn:
    """Keeps the first rows of two columns as they pass, for a chart."""

    def __init__(self, rows: pa.RecordBatchReader, setting: Setting) -> None:
        import pyarrow.types as pat

        self._rows, self._setting = rows, setting
        kinds = rows.schema.types
        self._is_chart = len(kinds) == 2 and any(
            test(kinds[1]) for test in (pat.is_integer, pat.is_floating, pat.is_decimal)
        )
        self._kept: list[tuple[str, float | None]] = []

    def passed(self) -> pa.RecordBatchReader:
        """Return the rows, some of them noted on the way."""
        import pyarrow as pa

        def batches() -> Iterator[pa.RecordBatch]:
            for batch in self._rows:
                if self._is_chart and len(self._kept) <= _MOST_BARS:
                    self._note(batch)
                yield batch

        return pa.RecordBatchReader.from_batches(self._rows.schema, batches())

    def _note(self, batch: pa.RecordBatch) -> None:
        from pipeline.render import values

        few = batch.slice(0, _MOST_BARS + 1)
        labels = values.texts(few.column(0), self._setting.zone).to_pylist()
        numbers = few.column(1).to_pylist()
        self._kept += [
            (label or "-", None if number is None else float(number))
            for label, number in zip(labels, numbers, strict=True)
        ]

    def chart(self) -> Iterator[str]:
        """Yield the lines of the chart; none where the answer is no chart."""
        if self._is_chart and 2 <= len(self._kept) <= _MOST_BARS:
            yield ""
            yield from bars(self._kept, self._setting.columns)


def lines(texts: Iterable[str]) -> None:
    """Write lines of ours."""
    with _pager() as out:
        for text in texts:
            out.write(f"{safe(text)}\n".encode())


def complain(message: str) -> None:
    """Tell what went wrong, in one line."""
    print(safe(message), file=sys.stderr, flush=True)


@contextmanager
def _pager() -> Iterator[Sink]:
    """Yield where an answer goes: through `less` on a terminal, which leaves at once when all fits."""
    sys.stdout.flush()
    command = shutil.which("less") if sys.stdout.isatty() else None
    if command is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    # LESSSECURE: an answer is shown, no command is run from it.
    environment = {**os.environ, "LESSSECURE": "1", "LESSCHARSET": "utf-8"}
    with subprocess.Popen([command, "-FRSX"], stdin=subprocess.PIPE, env=environment) as pager:
        if pager.stdin is None:
            raise RuntimeError("no pipe")
        # Who leaves the pager early has seen enough.
        with suppress(BrokenPipeError):
            yield pager.stdin
        with suppress(BrokenPipeError):
            pager.stdin.close()
