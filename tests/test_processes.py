"""The map seam in processes: whatever dies, each item has its result, in order, and nothing stays behind."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from multiprocessing import connection, spawn
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit, setrlimit

import apart_lab as lab
import pytest

from pipeline.errors import H33Error
from pipeline.processes import Processes, map_apart

LAB = Path(lab.__file__)


@pytest.fixture
def processes():
    """Return a function: processes for a function, ended with the test."""
    made = []

    def make(function):
        made.append(Processes(function, lab.negative))
        return made[-1]

    yield make
    for one in made:
        one.kill()


def ended(process):
    """Wait until a child has ended, without asking for it as its parent would."""
    os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_come_in_the_items_order(jobs):
    assert list(map_apart(str, repr, range(30), jobs)) == [str(n) for n in range(30)]


def test_only_a_few_items_are_drawn_ahead_of_the_results_taken():
    drawn = []
    results = map_apart(str, repr, (drawn.append(n) or n for n in range(100)), 2)
    next(results)
    assert len(drawn) == 3
    next(results)
    assert len(drawn) == 4
    results.close()


def test_the_engines_in_a_process_keep_to_one_thread():
    assert list(map_apart(lab.setting, repr, ["POLARS_MAX_THREADS"], 1)) == ["1"]


@pytest.mark.parametrize(("times", "result"), [(1, 6), (2, 6), (3, -3)])
def test_an_item_is_given_up_when_it_has_killed_three_processes_and_costs_no_other_one(
    tmp_path, times, result
):
    items = [(n, times if n == 3 else 0, tmp_path) for n in range(8)]
    assert list(map_apart(lab.deadly, lab.negative, items, 2)) == [0, 2, 4, result, 8, 10, 12, 14]
    assert len(list(tmp_path.iterdir())) == times


def test_a_process_that_dies_while_it_waits_is_replaced_and_no_item_is_blamed(processes, tmp_path):
    """The item after it kills two more, and is done by the next."""
    pool = processes(lab.pid)
    first = pool.run(0)
    assert pool.run(0) == first
    os.kill(first, signal.SIGKILL)
    ended(first)
    assert pool.run(0) not in (first, os.getpid())
    pool = processes(lab.deadly)
    assert pool.run((1, 0, tmp_path)) == 2
    (waiting,) = (worker.process for worker in pool.started)
    os.kill(waiting.pid, signal.SIGKILL)
    ended(waiting.pid)
    assert pool.run((4, 2, tmp_path)) == 8


def test_a_process_that_dies_with_half_of_a_large_answer_sent_answers_again(tmp_path):
    assert [len(answer) for answer in map_apart(lab.torn, repr, [(5 << 20, tmp_path)], 2)] == [5 << 20]
    assert len(list(tmp_path.iterdir())) == 1


def test_all_processes_killed_at_once_cost_nothing(tmp_path):
    def kill_all():
        doomed = lab.begun(tmp_path, 3)
        for process in doomed:
            os.kill(process, signal.SIGKILL)
        (tmp_path / "go").touch()

    killer = threading.Thread(target=kill_all)
    killer.start()
    assert list(map_apart(lab.wait, repr, [(n, tmp_path) for n in range(6)], 3)) == [*range(6)]
    killer.join()
    assert len(list(tmp_path.glob("pid-*"))) > 3


def test_an_error_in_a_process_is_raised_at_its_items_turn_with_its_place():
    results = map_apart(int, repr, ["1", "x", "2"], 2)
    assert next(results) == 1
    with pytest.raises(ValueError, match="invalid literal") as caught:
        next(results)
    assert "in _answer" in "".join(caught.value.__notes__)


@pytest.mark.parametrize(
    ("how", "error", "told"),
    [
        ("unsendable", RuntimeError, "Unsendable: this and that"),
        ("unsendable at all", RuntimeError, "UnsendableAtAll: this"),
        ("exit", SystemExit, "7"),
        ("answer", (AttributeError, TypeError), "pickle"),
    ],
)
def test_what_cannot_be_sent_is_told(how, error, told):
    with pytest.raises(error, match=told):
        list(map_apart(lab.fail, repr, [how], 1))


def test_an_item_that_cannot_be_sent_is_told():
    with pytest.raises((AttributeError, TypeError), match="pickle"):
        list(map_apart(repr, repr, [lambda: None], 1))


def stop_by_closing(results):
    results.close()


def stop_by_error(results):
    with pytest.raises(ZeroDivisionError):
        results.throw(ZeroDivisionError)


def stop_by_letting_go(results):
    del results


@pytest.mark.parametrize("stop", [stop_by_closing, stop_by_error, stop_by_letting_go])
def test_who_wants_no_more_results_waits_for_none_and_leaves_no_process(tmp_path, stop):
    """Two of the three wait for a file that never comes."""
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "go").touch()
    places = [tmp_path / "first", tmp_path, tmp_path]
    results = map_apart(lab.wait, repr, [(n, place) for n, place in enumerate(places)], 2)
    assert next(results) == 0
    at_work = lab.begun(tmp_path, 2) | lab.begun(tmp_path / "first", 1)
    results = [results]
    stop(results.pop())
    assert not [process for process in at_work if lab.runs(process)]


def test_an_interrupted_draw_leaves_no_process(tmp_path):
    def items():
        yield 1, tmp_path
        at_work.update(lab.begun(tmp_path, 1))
        raise KeyboardInterrupt

    at_work = set()
    with pytest.raises(KeyboardInterrupt):
        list(map_apart(lab.wait, repr, items(), 2))
    assert len(at_work) == 1
    assert not [process for process in at_work if lab.runs(process)]


@pytest.fixture
def run(tmp_path):
    """A run in a process group of its own, whose two processes wait for a file; and those processes."""
    environment = {**os.environ, "PYTHONPATH": f"{LAB.parent}:{LAB.parent.parent}"}
    parent = subprocess.Popen(
        [sys.executable, LAB, tmp_path],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with parent:
        yield parent, lab.begun(tmp_path, 2)
        with suppress(ProcessLookupError):
            os.killpg(parent.pid, signal.SIGKILL)


def test_ctrl_c_ends_all_and_only_the_parent_speaks_of_it(run):
    parent, workers = run
    os.killpg(parent.pid, signal.SIGINT)
    told = parent.communicate()[1]
    assert told.count("Traceback") == told.count("KeyboardInterrupt\n") == 1
    assert not [process for process in workers if lab.runs(process)]


def test_when_the_parent_is_killed_its_processes_end_by_themselves(run, tmp_path):
    """They end with what they are at: nobody takes the answer."""
    parent, workers = run
    watched = [os.pidfd_open(worker) for worker in workers]
    parent.kill()
    parent.wait()
    (tmp_path / "go").touch()
    for descriptor in watched:
        assert connection.wait([descriptor], 60)
        os.close(descriptor)
    assert parent.stderr.read() == ""


def test_processes_that_die_at_once_end_the_run_with_a_word(monkeypatch):
    monkeypatch.setattr(spawn, "_python_exe", b"/bin/false")
    with pytest.raises(H33Error, match="no process to work in can be started: 5 in a row died at once"):
        list(map_apart(str, repr, [1], 2))


def test_a_system_that_gives_no_process_ends_the_run_with_a_word():
    soft, hard = getrlimit(RLIMIT_NOFILE)
    setrlimit(RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(H33Error, match="no process to work in can be started: Too many open files"):
            list(map_apart(str, repr, [1], 2))
    finally:
        setrlimit(RLIMIT_NOFILE, (soft, hard))
