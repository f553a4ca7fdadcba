"""The map seam: pure functions over independent pieces, here on threads or processes, elsewhere on what maps.

The parse kernel releases the interpreter while Rust and C work, so threads use all cores without copies.
Processes cost copies and memory, and keep what kills one from killing the run.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from typing import Generic, TypeVar

#: How often in a row a pool may break before the run does, and how often an item is tried alone.
_PATIENCE, _ALONE = 5, 2

T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """Return the number of processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_ordered(function: Callable[[T], R], items: Iterable[T], jobs: int | None = None) -> Iterator[R]:
    """Yield function(item) for each item, in the items' order, at most jobs + 1 of them under way.

    The bound keeps memory flat: an item is drawn from the iterable only when a result has been taken.

    Args:
        function: pure; an exception it raises is raised here, at its item's turn.
        items: drawn lazily.
        jobs: workers; all cores when None; 1 works in the calling thread.

    >>> list(map_ordered(lambda x: x * x, range(4), jobs=2))
    [0, 1, 4, 9]
    """
    workers = jobs or cores()
    if workers == 1:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[R]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def map_apart(
    function: Callable[[T], R], lost: Callable[[T], R], items: Iterable[T], jobs: int | None = None
) -> Iterator[R]:
    """Do as `map_ordered` does, in processes: what was under way when one died is done again.

    An item that kills three processes, the last two alone in them, is given up.

    Args:
        function: pure, and importable by its name, as its items and results are to be pickled.
        lost: gives the result of an item that is given up, here.
        items: drawn lazily.
        jobs: processes; as many as cores when None.
    """
    workers = jobs or cores()
    processes: _Processes[T, R] = _Processes(function, workers)
    try:
        for item in items:
            processes.submit(item)
            if len(processes.waiting) > workers:
                yield processes.next_result(lost)
        while processes.waiting:
            yield processes.next_result(lost)
    finally:
        processes.end()


class _Processes(Generic[T, R]):
    """A pool of processes that is made anew when one of them dies.

    Attributes:
        waiting: items under way, in their order, and their results to be.
    """

    def __init__(self, function: Callable[[T], R], workers: int) -> None:
        self.waiting: deque[tuple[T, Future[R]]] = deque()
        self._function = function
        self._workers = workers
        self._pool = _pool(workers)

    def submit(self, item: T) -> None:
        """Begin an item; a pool that a death broke meanwhile is made anew, a few times in a row."""
        for left in range(_PATIENCE, -1, -1):
            try:
                future = self._pool.submit(self._function, item)
            except (BrokenProcessPool, OSError):  # OSError: its pipes were just closed
                if not left:
                    raise
                self._begin_again()
            else:
                self.waiting.append((item, future))
                return

    def next_result(self, lost: Callable[[T], R]) -> R:
        """Return the result of the item that waits longest."""
        item, future = self.waiting.popleft()
        try:
            return future.result()
        except BrokenProcessPool:
            # Any of those under way may have done it: this one is tried alone, the others begin again.
            self._begin_again()
        for _ in range(_ALONE):
            with _pool(1) as alone, suppress(BrokenProcessPool):
                return alone.submit(self._function, item).result()
        return lost(item)

    def end(self) -> None:
        """Let the processes go; nothing is waited for."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _begin_again(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = _pool(self._workers)
        items = [item for item, _ in self.waiting]
        self.waiting.clear()
        for item in items:
            self.submit(item)


def _pool(workers: int) -> ProcessPoolExecutor:
    """Return a pool whose processes are started afresh: a fork would copy threads' locks as they stand."""
    return ProcessPoolExecutor(workers, get_context("spawn"), initializer=_one_thread_each)


def _one_thread_each() -> None:
    """Keep the engines in a process to one thread: there are as many processes as cores."""
    os.environ["POLARS_MAX_THREADS"] = "1"
