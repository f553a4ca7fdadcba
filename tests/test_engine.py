"""The map seam: order, laziness, errors; the memory of its threads."""

import os
import subprocess
import sys

import pytest

from pipeline import engine


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_come_in_the_items_order(jobs):
    assert list(engine.map_ordered(lambda x: x * 2, range(50), jobs)) == [x * 2 for x in range(50)]


def test_only_a_few_items_are_drawn_ahead_of_the_results_taken():
    drawn = []

    def items():
        for i in range(100):
            drawn.append(i)
            yield i

    results = engine.map_ordered(lambda x: x, items(), 2)
    next(results)
    assert len(drawn) <= 4
    results.close()


def test_an_error_is_raised_at_its_items_turn():
    results = engine.map_ordered(lambda x: 1 // x, [1, 0, 1], 2)
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


ARENAS = """
import ctypes, sys, threading
from pipeline import engine
engine.memory_shared()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
together = threading.Barrier(9)
def hold():
    libc.malloc(ctypes.c_size_t(1000))
    together.wait()
    together.wait()
for _ in range(8):
    threading.Thread(target=hold).start()
together.wait()
told = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, told)
libc.fclose(told)
together.wait()
"""


def test_threads_share_one_arena_of_memory(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    subprocess.run([sys.executable, "-c", ARENAS, str(tmp_path / "arenas.xml")], check=True, env=environment)
    assert (tmp_path / "arenas.xml").read_text().count("<heap nr=") == 1


def test_what_the_user_set_for_memory_stays(monkeypatch):
    monkeypatch.setenv("MALLOC_ARENA_MAX", "3")
    monkeypatch.setenv("_RJEM_MALLOC_CONF", "narenas:5")
    monkeypatch.setenv("MIMALLOC_PURGE_DELAY", "7")
    engine.memory_shared()
    assert (os.environ["_RJEM_MALLOC_CONF"], os.environ["MIMALLOC_PURGE_DELAY"]) == ("narenas:5", "7")
    monkeypatch.delenv("_RJEM_MALLOC_CONF")
    engine.memory_shared()
    assert os.environ["_RJEM_MALLOC_CONF"].startswith(f"narenas:{engine.cores()},")


IDLE = """
import os
from pipeline import engine
engine.no_idle_threads()
import numpy
print(len(os.listdir("/proc/self/task")))
"""


def test_numpy_starts_no_threads_of_its_own():
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    found = subprocess.run([sys.executable, "-c", IDLE], check=True, env=environment, capture_output=True)
    assert found.stdout == b"1\n"


def test_a_command_begins_with_that():
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    asked = "import click, os; from pipeline.cli import h33; h33.get_command(click.Context(h33), 'report')"
    told = f"{asked}; print(os.environ['OPENBLAS_NUM_THREADS'])"
    found = subprocess.run([sys.executable, "-c", told], check=True, env=environment, capture_output=True)
    assert found.stdout == b"1\n"
