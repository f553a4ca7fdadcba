"""What others use of the sandbox: lay a snapshot's tables out, ask, take the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pipeline.sandbox import wire
from pipeline.sandbox.process import Process

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.catalog import FilesOf
    from pipeline.config import Limits


class Desk:
    """A child process that answers questions in SQL over one snapshot, one after the other.

    A question that is ended by a limit, or left before its last row, ends the child; the next gets a new one.

    Args:
        root: the lake's folder: all that the child may read beside its own libraries.
        limits: of each question.
        landlock: False leaves the kernel's walls out, as where there are none: Arrow then serves the tables.
    """

    def __init__(self, root: Path, limits: Limits, *, landlock: bool = True) -> None:
        self._start = partial(Process, root, limits, landlock=landlock)
        self._tables: bytes | None = None
        # Started before the tables are known: it loads the engine while they are looked up.
        self._child: Process | None = self._start()

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child and remove what it spilled."""
        if self._child is not None:
            self._child.end()
            self._child = None

    def lay(self, files_of: FilesOf, timezone: str) -> None:
        """Lay the tables of a snapshot out; `timezone` is the reporting zone's IANA name.

        The child does it on its own: whoever asks first learns of a data file that cannot be read.
        """
        from pipeline.schema import TABLES

        tables = {t.name: [(f.path, dict(f.partition)) for f in files_of(t.name)] for t in TABLES}
        self._tables = wire.line(timezone=timezone, tables=tables)
        self._child_at_work()

    @property
    def is_walled(self) -> bool:
        """Whether the kernel guards the files; else only the engine's own settings do.

        Raises:
            LakeDamaged: a data file cannot be read.
        """
        return self._child_at_work().is_walled()

    def ask(self, text: str, params: Mapping[str, Any] | None = None) -> pa.RecordBatchReader:
        """Return the rows of one statement that reads, batch by batch.

        Args:
            text: the statement.
            params: a value for each of its $names: aware datetimes, dates, numbers, texts.

        Raises:
            QueryFault: here or while the rows are read: it is wrong, refused, or asked for too much.
            LakeDamaged: a data file cannot be read.
        """
        import pyarrow as pa

        values = {name: wire.packed(value) for name, value in (params or {}).items()}
        question = wire.line(text=text, params=values)
        child = self._child_at_work()
        answer = self._kept(child, child.ask(question))
        schema = pa.ipc.read_schema(pa.py_buffer(next(answer)))
        batches = (pa.ipc.read_record_batch(pa.py_buffer(data), schema) for data in answer)
        return pa.RecordBatchReader.from_batches(schema, batches)

    def _kept(self, child: Process, answer: Iterator[bytes]) -> Iterator[bytes]:
        """Yield an answer; a child that has not ended it cannot be asked again."""
        try:
            yield from answer
        finally:
            if not child.is_at_rest:
                self.close()

    def _child_at_work(self) -> Process:
        """Return a child that has the tables, or is laying them out."""
        if self._tables is None:
            raise RuntimeError("no tables are laid out")
        if self._child is None:
            self._child = self._start()
        if not self._child.has_tables:
            self._child.lay(self._tables)
        return self._child
