"""How far a run is: on a terminal a line that renews itself, in cron one now and then, none when quiet."""

import io
import re
from types import SimpleNamespace

import pytest

from pipeline.cli import progress as shown
from pipeline.cli.progress import ProgressLine, told
from pipeline.ingest.inputs.landing import Found, Refused
from pipeline.ingest.progress import Gauge, Progress

HALF = Progress(
    path="in/app.log",
    number=2,
    inputs=3,
    bytes_done=5_000_000,
    bytes_all=20_000_000,
    records=40_000,
    rejects=1_200,
    seconds=4.0,
    seconds_left=12.0,
)


class Stream(io.StringIO):
    """Standard error, which may be a terminal."""

    def __init__(self, terminal):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


@pytest.fixture
def line(monkeypatch):
    """Return a function: a progress line, and where it shows itself; `clock[0]` is the time."""
    clock = [100.0]
    monkeypatch.setattr(shown.time, "monotonic", lambda: clock[0])

    def made(*, terminal=False, quiet=False):
        out = Stream(terminal)
        monkeypatch.setattr(shown.sys, "stderr", out)
        options = SimpleNamespace(quiet=quiet, settings=SimpleNamespace(language="en"))
        return ProgressLine(options), out, clock

    return made


def test_bytes_pace_rejects_and_the_time_left_are_told():
    line = "2 of 3 inputs, 5 of 20 MB, 10,000 records/s, 1,200 rejects, 0:12 left: in/app.log"
    assert told(HALF) == line


def test_of_a_stream_nobody_knows_the_end():
    stream = Progress("-", 1, 1, 5_000_000, None, 10, 0, 2.0, None)
    assert told(stream) == "1 of 1 inputs, 5 MB, 5 records/s, 0 rejects: -"


def test_a_terminal_has_one_line_that_renews_itself_and_goes(line):
    progress, out, clock = line(terminal=True)
    with progress:
        for _ in range(3):
            clock[0] += 0.2
            progress(HALF)
    assert re.fullmatch(r"(\r\x1b\[K2 of 3 inputs[^\r\n]*){3}\r\x1b\[K", out.getvalue())


def test_cron_has_plain_lines_ten_seconds_apart(line):
    progress, out, clock = line()
    with progress:
        for _ in range(25):
            clock[0] += 1
            progress(HALF)
    assert out.getvalue() == f"{told(HALF)}\n" * 2


@pytest.mark.parametrize("terminal", [True, False])
def test_quiet_is_quiet(line, terminal):
    progress, out, clock = line(terminal=terminal, quiet=True)
    with progress:
        clock[0] += 100
        progress(HALF)
    assert out.getvalue() == ""


def test_a_name_steers_no_terminal(line):
    progress, out, clock = line(terminal=True)
    with progress:
        clock[0] += 1
        progress(Progress("\x1b[2J\nx", 1, 1, 0, 1, 0, 0, 1.0, None))
    assert "\x1b[2J" not in out.getvalue()
    assert "\\x1b[2J\\nx" in out.getvalue()


def found(size):
    return Found("x", "/x", "/x", "[]", size, 0)


def test_the_time_left_goes_by_the_bytes_that_were_read_not_by_those_that_were_known():
    """Of 1,000 bytes 400 were known; 150 of the other 600 took three seconds: nine are left."""
    seen = []
    clock = [10.0]
    inputs = [found(400), Refused("y", "gone"), found(600)]
    gauge = Gauge(inputs, seen.append, lambda: clock[0])
    parsed = SimpleNamespace(table=SimpleNamespace(num_rows=50), rejects=SimpleNamespace(num_rows=2))
    clock[0] = 11.5
    gauge.tell(2, SimpleNamespace(path="x", bytes_read=75), parsed)
    clock[0] = 13.0
    gauge.tell(2, SimpleNamespace(path="x", bytes_read=150), parsed)
    last = seen[-1]
    assert (last.number, last.inputs, last.bytes_done, last.bytes_all) == (3, 3, 550, 1000)
    assert (last.records, last.rejects, last.seconds, last.seconds_left) == (100, 4, 3.0, 9.0)
    assert last.records_per_second == pytest.approx(100 / 3)


def test_no_time_is_promised_from_the_first_hundredth_of_the_bytes():
    seen = []
    clock = [0.0]
    gauge = Gauge([found(1000)], seen.append, lambda: clock[0])
    parsed = SimpleNamespace(table=SimpleNamespace(num_rows=1), rejects=SimpleNamespace(num_rows=0))
    clock[0] = 5.0
    gauge.tell(0, SimpleNamespace(path="x", bytes_read=10), parsed)
    gauge.tell(0, SimpleNamespace(path="x", bytes_read=20), parsed)
    assert [told.seconds_left for told in seen] == [None, 5.0 * 980 / 20]
