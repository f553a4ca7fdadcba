"""Whatever happens to log files between runs, the lake holds each line that a run could see, once.

The model knows what was written; the landing folder is real. A *life* is what a program writes into a
file from its making, or from when it was emptied, until it is emptied or gone: its bytes only grow. Of
each life the lake must hold the longest beginning that lay there when some run looked, under however many
names it lay there.
"""

import gzip
import io
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from ingest_lab import Landing

from pipeline.ingest.cutters import cutter

SMALL_BLOCK = 150
NAMES = ("app.log", "db.log")
WHICH = st.integers(0, 99)


class Disk(RuleBasedStateMachine):
    """Files as programs, rotations and people treat them, ingest now and then."""

    @initialize(jobs=st.sampled_from([1, 2]))
    def begin(self, jobs):
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(cutter, "BLOCK", SMALL_BLOCK)
        self.folder = Path(tempfile.mkdtemp())
        self.landing = Landing(self.folder, self.patch)
        self.jobs = jobs
        self.written = {}  # life: all its bytes
        self.seen = {}  # life: how many of them a run could see
        self.files = {}  # name: the life in it, and how much of it
        self.offsets = {}  # name: where a program that holds the file open would write next
        self.old = self.clock = 0

    def teardown(self):
        if hasattr(self, "folder"):
            self.patch.undo()
            shutil.rmtree(self.folder)

    def touched(self, name):
        """Give a file a time of its own: on some systems changes within milliseconds share one."""
        self.clock += 1
        os.utime(self.folder / name, ns=(self.clock * 10**9, self.clock * 10**9))

    def store(self, name, data):
        (self.folder / name).write_bytes(data)
        self.touched(name)

    def lines(self, life, count, torn):
        first = self.written[life].count(b"\n")
        # No life begins as another one does, not even in a torn line: nobody could tell them apart.
        text = [b"life-%03d event %03d\n" % (life, n) for n in range(first, first + count + 1)]
        return b"".join(text[:-1]) + (text[-1][: 8 + torn] if torn else b"")

    def append(self, name, count, torn):
        """Write lines behind what a live file holds; a line that was torn is finished first."""
        life, length = self.files[name]
        before = self.written[life]
        is_torn = before.strip(b"\x00") and not before.endswith(b"\n")
        self.written[life] = before + b" goes on\n" if is_torn else before
        self.written[life] += self.lines(life, count, torn)
        with (self.folder / name).open("ab") as out:
            out.write(self.written[life][length:])
        length = len(self.written[life])
        for other in self.linked(name):
            self.files[other] = life, length
        self.touched(name)

    def linked(self, name):
        """Return the names of a file."""
        inode = (self.folder / name).stat().st_ino
        return [other for other in self.files if (self.folder / other).stat().st_ino == inode]

    def new_life(self, hole=0):
        life = len(self.written)
        self.written[life] = b"\x00" * hole
        return life

    def live(self):
        return [name for name in NAMES if name in self.files]

    def choose(self, names, which):
        return names[which % len(names)]

    # What programs do.

    @rule(which=WHICH, count=st.integers(0, 12), torn=st.sampled_from([0, 0, 1, 5, 9]))
    def write(self, which, count, torn):
        name = self.choose(NAMES, which)
        if name not in self.files:
            self.files[name] = self.new_life(), 0
            self.store(name, b"")
        self.append(name, count, torn)

    @precondition(lambda self: self.live())
    @rule(which=WHICH, count=st.integers(1, 12))
    def empty_and_write_again(self, which, count):
        """Truncated, perhaps regrown past its old length."""
        name = self.choose(self.live(), which)
        self.truncate(name)
        self.append(name, count, 0)

    @precondition(lambda self: self.live())
    @rule(which=WHICH, count=st.integers(1, 12))
    def empty_under_a_program_that_writes_on_where_it_was(self, which, count):
        """What lies before is a hole of NULs."""
        name = self.choose(self.live(), which)
        hole = (self.folder / name).stat().st_size
        self.truncate(name, hole)
        self.append(name, count, 0)

    def truncate(self, name, hole=0):
        life = self.new_life(hole)
        names = self.linked(name)
        self.store(name, b"\x00" * hole)
        for other in names:
            self.files[other] = life, hole

    # What rotations and people do.

    def next_old(self, name):
        self.old += 1
        return f"{name}.{self.old:03}"

    @precondition(lambda self: self.live())
    @rule(which=WHICH)
    def rename(self, which):
        name = self.choose(self.live(), which)
        to = self.next_old(name)
        (self.folder / name).rename(self.folder / to)
        self.files[to] = self.files.pop(name)

    @precondition(lambda self: self.live())
    @rule(which=WHICH)
    def copy_and_truncate(self, which):
        name = self.choose(self.live(), which)
        to = self.next_old(name)
        self.store(to, (self.folder / name).read_bytes())
        self.files[to] = self.files[name]
        self.truncate(name)

    @precondition(lambda self: self.olds())
    @rule(which=WHICH, how=st.sampled_from(["gz", "zst", "tar.gz"]), keep=st.booleans())
    def compress(self, which, how, keep):
        name = self.choose(self.olds(), which)
        data = (self.folder / name).read_bytes()
        if how == "gz":
            packed = gzip.compress(data)
        elif how == "zst":
            packed = zstandard.ZstdCompressor(write_checksum=True).compress(data)
        else:
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode="w:gz") as archive:
                entry = tarfile.TarInfo("old/app.log")
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
            packed = out.getvalue()
        self.store(f"{name}.{how}", packed)
        self.files[f"{name}.{how}"] = self.files[name]
        if not keep:
            self.remove(name)

    def olds(self):
        """Return what was rotated and is not compressed."""
        return sorted(name for name in self.files if name.count(".") == 2)

    @precondition(lambda self: self.files)
    @rule(which=WHICH)
    def link(self, which):
        name = self.choose(sorted(self.files), which)
        self.old += 1
        to = f"{name}-{self.old}"
        (self.folder / to).hardlink_to(self.folder / name)
        self.files[to] = self.files[name]

    @precondition(lambda self: self.files)
    @rule(which=WHICH)
    def delete(self, which):
        self.remove(self.choose(sorted(self.files), which))

    def remove(self, name):
        (self.folder / name).unlink()
        del self.files[name]

    @precondition(lambda self: self.files)
    @rule(which=WHICH)
    def touch(self, which):
        self.touched(self.choose(sorted(self.files), which))

    @rule()
    def ingest(self):
        results = self.landing.ingest(jobs=self.jobs)
        assert not [result.problem for result in results.values() if result.problem]
        for life, length in self.files.values():
            self.seen[life] = max(self.seen.get(life, 0), length)
        assert self.landing.texts() == self.expected()

    def expected(self):
        told = []
        for life, length in self.seen.items():
            lines = self.written[life][:length].lstrip(b"\x00").split(b"\n")
            told += [line.decode() for line in lines if line]
        return sorted(told)


TestDisk = Disk.TestCase
TestDisk.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def landing(tmp_path, monkeypatch):
    return Landing(tmp_path, monkeypatch)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_that_grows_three_bytes_at_a_time_while_it_is_read_is_whole_after_every_run(
    landing, monkeypatch, jobs
):
    """Each look at the file finds three bytes more; what a run saw is in the lake, each line once."""
    text = b"".join(b"line %d of a growing file\n" % n for n in range(12)) + b"an end without newline"
    path = landing.write("app.log", b"")
    pread = os.pread
    looks = []

    def grown(descriptor, size, offset):
        if path.stat().st_size < len(text) and len(looks) % 7 < 5:
            with path.open("ab") as out:
                out.write(text[path.stat().st_size :][:3])
        looks.append(offset)
        return pread(descriptor, size, offset)

    monkeypatch.setattr(cutter, "BLOCK", 40)
    monkeypatch.setattr("pipeline.ingest.inputs.raw.os.pread", grown)
    while path.stat().st_size < len(text):
        looks.append(0)  # else a run could begin where the last one stopped growing
        with path.open("ab") as out:
            out.write(text[path.stat().st_size :][:3])
        result = landing.ingest(jobs=jobs)["app.log"]
        [row] = [row for row in landing.lake.ledger().to_pylist() if row["path"] == "app.log"]
        seen = text[: row["bytes"]]
        assert landing.texts() == sorted(line.decode() for line in seen.split(b"\n") if line)
        assert result.lines == seen.count(b"\n") + (not seen.endswith(b"\n"))
    landing.ingest(jobs=jobs)
    assert landing.texts() == sorted(text.decode().split("\n"))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(8)), runs=st.lists(st.integers(1, 7), max_size=3))
def test_late_and_shuffled_files_give_what_sorted_ones_give(tmp_path_factory, order, runs):
    """Eight hours over two days, each a file, in any order and in any number of runs."""
    hours = [
        b"".join(
            b"2025-06-%02dT%02d:%02d:00Z INFO hour %d line %d\n" % (19 + n // 4, 20 + n % 4, m, n, m)
            for m in range(5)
        )
        for n in range(8)
    ]
    with pytest.MonkeyPatch.context() as patch:
        whole = Landing(tmp_path_factory.mktemp("sorted"), patch)
        for n in range(8):
            whole.write(f"{n}.log", hours[n])
        whole.ingest()
        late = Landing(tmp_path_factory.mktemp("late"), patch)
        for place, n in enumerate(order):
            late.write(f"{n}.log", hours[n])
            if place in runs:
                late.ingest()
        late.ingest()
        assert late.events() == whole.events()
        for lake in (late.lake, whole.lake):
            days = {name.split("/")[1] for name in lake.data if name.startswith("events")}
            assert days == {"2025-06-19", "2025-06-20"}
