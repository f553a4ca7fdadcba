"""The child as its parent sees it: started, asked, listened to, and ended when it is beyond a limit."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import select
import signal
import subprocess
import sys
import sysconfig
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pipeline import errors, sql
from pipeline.errors import H33Error, QueryFault
from pipeline.sandbox import wire
from pipeline.sandbox.clock import Clock
from pipeline.sandbox.spill import Spill
from pipeline.sandbox.wire import Kind

if TYPE_CHECKING:
    from pipeline.config import Limits

# How often the parent looks at the clock and at the spill folder, seconds.
_LOOK = 0.1
# Starting and laying out the tables is no question's work, but it ends too.
_START_SECONDS = 60.0

_RUN = "import sys; sys.path[:] = {path!r}; from pipeline.sandbox import child; child.main()"


class Process:
    """One child process and its spill folder; see `Desk` for the arguments.

    Attributes:
        has_tables: it was told the tables.
        is_at_rest: no answer is on its way.
    """

    def __init__(self, root: Path, limits: Limits, *, landlock: bool) -> None:
        self._limits = limits
        self._spill = Spill()
        self._process, self._in, self._out = _started(self._spill.path)
        self.end = weakref.finalize(self, _end, self._process, self._in, self._out, self._spill)
        self._clock = Clock(_START_SECONDS)
        self.has_tables = False
        self.is_at_rest = True
        self._walled: bool | None = None
        self._send(
            wire.line(
                readable=[str(root.resolve()), *_libraries()],
                spill=str(self._spill.path),
                memory=limits.memory,
                disk=limits.disk,
                cpu_seconds=limits.seconds * (os.cpu_count() or 1) + 1,
                landlock=landlock,
            )
        )

    def lay(self, tables: bytes) -> None:
        """Hand over the tables; the child lays them out while we go on."""
        self._send(tables)
        self.has_tables = True

    def is_walled(self) -> bool:
        """Wait until the tables are laid out; return whether the kernel's walls stand.

        Raises:
            LakeDamaged: a data file cannot be read.
        """
        if self._walled is None:
            walls, _ = (json.loads(self._receive(Kind.READY)[1]) for _ in range(2))
            self._walled = bool(walls["landlock"])
        return self._walled

    def ask(self, question: bytes) -> Iterator[bytes]:
        """Yield the schema and the batches of an answer, as messages of Arrow's IPC format."""
        self.is_walled()
        self._clock = Clock(self._limits.seconds)
        self.is_at_rest = False
        self._send(question)
        yield self._receive(Kind.SCHEMA)[1]
        while True:
            kind, data = self._receive(Kind.ROWS, Kind.END)
            if kind is Kind.END:
                self.is_at_rest = True
                return
            yield data

    def _send(self, line: bytes) -> None:
        try:
            self._in.write(line)
            self._in.flush()
        except BrokenPipeError:
            raise self._epitaph() from None

    def _receive(self, *expected: Kind) -> tuple[Kind, bytes]:
        """Return the next frame, which is of one of these kinds, or raise the fault that it is."""
        try:
            kind, data = wire.receive(self._read)
        except ValueError:
            raise QueryFault("the engine broke off") from None
        if kind is Kind.FAULT:
            self.is_at_rest = True
            said = json.loads(data)
            raise getattr(errors, said["type"])(said["what"], where=said["where"], hint=said["hint"])
        if kind not in expected:
            raise QueryFault("the engine broke off")
        return kind, data

    def _read(self, size: int) -> bytes:
        """Return exactly so many bytes, waiting no longer than the limits allow."""
        parts: list[bytes] = []
        while size:
            with self._clock.waiting():
                while not select.select([self._out], [], [], _LOOK)[0]:
                    self._look()
            self._look()
            part = os.read(self._out.fileno(), min(size, 1 << 20))
            if not part:
                raise self._epitaph()
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _look(self) -> None:
        """Give a question up that is beyond its limits."""
        if self._clock.is_over:
            raise _too_long(self._clock.seconds)
        if self._spill.size() > self._limits.disk:
            raise _too_large("disk")

    def _epitaph(self) -> H33Error:
        """Return what a child died of."""
        match -self._process.wait():
            case signal.SIGXCPU:
                return _too_long(self._clock.seconds)
            case signal.SIGXFSZ:
                return _too_large("disk")
            case _:
                # An allocation that fails where nothing can handle it ends in abort().
                return _too_large("memory")


def _too_long(seconds: float) -> QueryFault:
    return QueryFault(f"not answered in {seconds:g} s", hint="narrow the time, or raise sql.seconds")


def _too_large(what: str) -> QueryFault:
    return QueryFault(f"too much for the {what} it may use", hint=f"narrow the time, or raise sql.{what}")


def _started(folder: Path) -> tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]:
    """Start a child that works in a folder; return it with the way in and the way out."""
    path = [entry for entry in sys.path if Path(entry).is_absolute()]
    (asked, asking), (answering, answered) = os.pipe(), os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-X", "utf8", "-c", _RUN.format(path=path)],
        stdin=asked,
        stdout=answered,
        stderr=subprocess.DEVNULL,
        env={},
        cwd=folder,
        # Ctrl-C is for us; we end the child.
        start_new_session=True,
    )
    os.close(asked)
    os.close(answered)
    return process, os.fdopen(asking, "wb"), os.fdopen(answering, "rb")


def _end(process: subprocess.Popen[bytes], way_in: IO[bytes], way_out: IO[bytes], spill: Spill) -> None:
    """Kill a child and remove its folder."""
    process.kill()
    process.wait()
    with contextlib.suppress(BrokenPipeError):
        way_in.close()
    way_out.close()
    spill.remove()


def _libraries() -> list[str]:
    """Return where the child's own code lies: Python, the engine, this package and its SQL."""
    specs = (importlib.util.find_spec(name) for name in ("duckdb", "pyarrow"))
    packages = [Path(spec.origin).parent.parent for spec in specs if spec and spec.origin]
    own = [Path(__file__).parent.parent, sql.folder()]
    python = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), f"{sys.base_prefix}/lib"]
    system = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache"]
    return list(dict.fromkeys(map(str, (*packages, *own, *python, *system))))
