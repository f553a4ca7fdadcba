"""The map seam in processes: what kills one costs the run time, and an item only when it kills again.

A process has one item at a time and a pipe of its own, so its death tells which item was under way. In
Python's own pool one death breaks all, and a finished run may then wait for a thread without end
(https://github.com/python/cpython/issues/94777).
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from queue import Empty, SimpleQueue
from threading import Lock
from traceback import format_exc
from typing import Any, Generic, TypeVar

from pipeline.engine import cores, in_order, memory_shared, one_thread_each
from pipeline.errors import H33Error

#: How many processes an item may kill, and how many may die in a row before they are ready for one.
_DEATHS, _STARTS = 3, 5
#: Processes are started afresh: a fork would copy threads' locks as they stand, and others' pipes.
_FRESH = get_context("spawn")

T = TypeVar("T")
R = TypeVar("R")


def map_apart(
    function: Callable[[T], R], lost: Callable[[T], R], items: Iterable[T], jobs: int | None = None
) -> Generator[R, None, None]:
    """Do as `engine.map_ordered` does, in processes; an item whose process dies is done again in another one.

    Each process has a thread here that waits for it. They end with the last result, with an error, or when
    nobody wants more results; when this process is killed they end by themselves.

    Args:
        function: pure, and importable by its name, as its items and results are to be pickled.
        lost: gives the result, here, of an item that has killed three processes.
        items: drawn lazily.
        jobs: processes; as many as cores when None.

    Raises:
        H33Error: no process can be started.
    """
    workers = jobs or cores()
    processes = Processes(function, lost)
    threads = ThreadPoolExecutor(workers)
    try:
        yield from in_order(lambda item: threads.submit(processes.run, item), items, workers)
    finally:
        processes.kill()
        threads.shutdown(cancel_futures=True)


class _Died(Exception):
    """A process ended before it answered."""


class _Worker:
    """A process that gives an answer to each thing it is sent, one after the other."""

    def __init__(self) -> None:
        self._pipe, theirs = _FRESH.Pipe()
        self.process = _FRESH.Process(target=_answer_all, args=(theirs,), daemon=True)
        # Closed here, so that the pipe ends when the process does.
        with theirs, _uninterrupted():
            self.process.start()

    def ask(self, thing: object) -> tuple[bool, Any]:
        """Return whether it could be done, and what came of it: the result or the exception.

        Raises:
            _Died: the process ended, whatever ended it; nothing is left of it.
        """
        try:
            self._pipe.send(thing)
            answer: tuple[bool, Any] = self._pipe.recv()
        except (EOFError, OSError) as error:
            self.process.kill()
            self.process.join()
            self._pipe.close()
            raise _Died from error
        return answer


class Processes(Generic[T, R]):
    """As many processes as there are threads that call `run` at a time.

    Args:
        function: as `map_apart` takes it.
        lost: as `map_apart` takes it.

    Attributes:
        started: every process so far.
    """

    def __init__(self, function: Callable[[T], R], lost: Callable[[T], R]) -> None:
        self._function = function
        self._lost = lost
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self.started: list[_Worker] = []
        self._ended = False
        self._changing = Lock()

    def run(self, item: T) -> R:
        """Return function(item), or raise what it raised; lost(item) when it has killed too many processes.

        Raises:
            H33Error: no process can be started.
        """
        for _ in range(_DEATHS):
            worker = self._ready()
            with suppress(_Died):
                is_done, answer = worker.ask(item)
                self._idle.put(worker)
                if is_done:
                    result: R = answer
                    return result
                raise answer
        return self._lost(item)

    def kill(self) -> None:
        """End all processes and start no more; who waits for one learns that it died."""
        with self._changing:
            self._ended = True
        for worker in self.started:
            worker.process.kill()
        for worker in self.started:
            worker.process.join()

    def _ready(self) -> _Worker:
        """Return a worker that waits for an item; one that died while it waited is left out."""
        with suppress(Empty):
            while True:
                worker = self._idle.get_nowait()
                if worker.process.is_alive():
                    return worker
        return self._new()

    def _new(self) -> _Worker:
        """Start a process and let it import the function: dying before that is no item's doing."""
        fault: Exception | None = None
        for _ in range(_STARTS):
            try:
                worker = self._start()
                worker.ask(self._function)
            except (_Died, OSError) as error:
                fault = error
            else:
                return worker
        why = fault.strerror if isinstance(fault, OSError) else f"{_STARTS} in a row died at once"
        raise H33Error(f"no process to work in can be started: {why}") from fault

    def _start(self) -> _Worker:
        with self._changing:
            if self._ended:
                raise CancelledError
            worker = _Worker()
            self.started.append(worker)
        return worker


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let a process that is started here sleep through Ctrl-C, which goes to all of a terminal's processes.

    The one that started it is interrupted, and ends it.
    """
    resource_tracker.ensure_running()  # Started by the first process otherwise, and lets signals in again.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _answer_all(pipe: Connection) -> None:
    """Take a function from a pipe, then answer each item with what it makes of it, until the pipe ends."""
    # There are as many processes as cores. Polars is imported with the function, if ever.
    one_thread_each()
    memory_shared()
    with suppress(EOFError, OSError):
        function = pipe.recv()
        pipe.send((True, None))
        while True:
            pipe.send_bytes(_answer(function, pipe.recv()))


def _answer(function: Callable[[Any], object], item: object) -> memoryview:
    try:
        return ForkingPickler.dumps((True, function(item)))
    except BaseException as error:
        # All of them, as a panic of Rust is no Exception: whoever asked raises it.
        error.add_note(format_exc())
        return _pickled(error)


def _pickled(error: BaseException) -> memoryview:
    """Return an answer that raises an error in the parent; one that cannot be sent there is told in words."""
    try:
        answer = ForkingPickler.dumps((False, error))
        ForkingPickler.loads(answer)
    except Exception:
        # Whatever a class raises that cannot be taken apart, or not put together again.
        return ForkingPickler.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
    return answer
