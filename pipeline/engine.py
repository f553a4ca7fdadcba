"""The map seam: pure functions over independent pieces, here on threads, elsewhere on what maps.

The parse kernel releases the interpreter while Rust and C work, so threads use all cores without copies.
Processes (see `processes`) cost copies and memory, and keep what kills one from killing the run.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

#: M_ARENA_MAX of the C library's malloc.h.
_ARENA_MAX = -8

T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """Return the number of processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def one_thread_each() -> None:
    """Let Polars work in the thread that calls it: where as many call as there are cores, its own only cost.

    To be called before Polars is imported, which reads it then and never again; what the user set stays.
    """
    os.environ.setdefault("POLARS_MAX_THREADS", "1")


def no_idle_threads() -> None:
    """Let NumPy's linear algebra, next to unused here, start no threads: they spin 0.1 s before they sleep.

    To be called before NumPy is imported, which reads it then and never again; what the user set stays.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def memory_shared() -> None:
    """Let threads use what others freed, and let what none has used for a while go back.

    Polars' allocator has four arenas per core and marks what it has not used for half a second as free to
    take, which counts as ours until the system is short of memory; the C library's has eight arenas per core:
    a tenth of the memory is saved. What goes back sooner is asked for again by the next block: given back
    after 0.3 s and 10 ms (Arrow's way), pages cost a fortieth of a run's processor time.
    To be called before Polars and Arrow are imported, which read it then and never again; what the user set
    stays.

    https://jemalloc.net/jemalloc.3.html#tuning, https://man7.org/linux/man-pages/man3/mallopt.3.html,
    https://microsoft.github.io/mimalloc/environment.html
    """
    import ctypes

    kept = f"narenas:{cores()},dirty_decay_ms:1500,muzzy_decay_ms:0"
    os.environ.setdefault("_RJEM_MALLOC_CONF", kept)
    os.environ.setdefault("MIMALLOC_PURGE_DELAY", "200")
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None and "MALLOC_ARENA_MAX" not in os.environ:
        mallopt(_ARENA_MAX, 1)


def map_ordered(
    function: Callable[[T], R], items: Iterable[T], jobs: int | None = None
) -> Generator[R, None, None]:
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
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(workers) as pool:
        try:
            yield from in_order(lambda item: pool.submit(function, item), items, workers)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def in_order(submit: Callable[[T], Future[R]], items: Iterable[T], most: int) -> Iterator[R]:
    """Yield the result of each item in the items' order; at most one more than `most` are under way.

    Args:
        submit: begins with an item.
        items: drawn lazily.
        most: how many results are waited for before another item is drawn.
    """
    waiting: deque[Future[R]] = deque()
    for item in items:
        waiting.append(submit(item))
        if len(waiting) > most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
