"""What processes are given to do: functions that are found by name, and end the process they run in."""

from __future__ import annotations

import os
import signal
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from pipeline.processes import map_apart


def pid(_: object) -> int:
    """Return the process that it runs in."""
    return os.getpid()


def setting(name: str) -> str | None:
    """Return a variable of the process's environment."""
    return os.environ.get(name)


def die(times: int, folder: Path) -> None:
    """Die if as many processes have not died here before."""
    deaths = len(list(folder.glob("died-*")))
    if deaths < times:
        (folder / f"died-{deaths}").touch()
        os.kill(os.getpid(), signal.SIGKILL)


def deadly(item: tuple[int, int, Path]) -> int:
    """Return twice a number, after this item has killed so many processes."""
    number, times, folder = item
    die(times, folder)
    return number * 2


def negative(item: tuple[int, int, Path]) -> int:
    """Return what stands for an item that is given up."""
    return -item[0]


def torn(item: tuple[int, Path]) -> bytes:
    """Return so many bytes; the first process to answer dies when half of its answer is sent."""
    size, folder = item
    send = Connection._send  # type: ignore[attr-defined]

    def send_half(pipe: Connection, content: memoryview) -> None:
        half = len(content) // 2
        send(pipe, content[:half])
        if half > size // 4:
            die(1, folder)
        send(pipe, content[half:])

    Connection._send = send_half  # type: ignore[attr-defined]
    return b"x" * size


def wait(item: tuple[int, Path]) -> int:
    """Tell which process has begun, then wait for a file that lets all go on; return the number."""
    number, folder = item
    (folder / f"pid-{os.getpid()}").touch()
    until(folder / "go")
    return number


def until(path: Path) -> None:
    """Wait for a file."""
    while not path.exists():
        time.sleep(0.01)


def begun(folder: Path, count: int) -> set[int]:
    """Return the processes that have begun to wait, when there are so many."""
    while len(found := {int(path.name[4:]) for path in folder.glob("pid-*")}) < count:
        time.sleep(0.01)
    return found


def runs(process: int) -> bool:
    """Return whether a process runs; one that has ended and was not asked for yet does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


class Unsendable(Exception):
    """An error that cannot be put together from what it is taken apart to."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} and {two}")


class UnsendableAtAll(Exception):
    """An error that cannot even be taken apart."""

    def __reduce__(self) -> str:
        raise TypeError("no")


def fail(how: str) -> object:
    """Fail in the way that an item names, or return what cannot be sent."""
    if how == "unsendable":
        raise Unsendable("this", "that")
    if how == "unsendable at all":
        raise UnsendableAtAll("this")
    if how == "exit":
        sys.exit(7)
    return lambda: how


if __name__ == "__main__":
    # A run of its own, for tests that interrupt or kill it: two processes wait for a file.
    place = Path(sys.argv[1])
    sys.modules["apart_lab"] = sys.modules["__main__"]
    sys.stdout.write(f"{list(map_apart(wait, str, [(1, place), (2, place)], 2))}\n")
