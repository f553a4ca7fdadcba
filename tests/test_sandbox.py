"""SQL that is not ours: what the walls refuse, what the parent ends, and that nothing is read or changed."""

import hashlib
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lake_rows import make_lake

from pipeline.config import Limits
from pipeline.errors import QueryFault
from pipeline.sandbox import walls
from pipeline.sandbox.desk import Desk

ROWS = [{"ts": f"2025-06-{day}T01:00:00Z", "message": f"saved {day}"} for day in (20, 21)]
OUTSIDE = "code,word\n1,canary-7261\n"
SECONDS = 0.4
GRACE = 2.0


def statements(verdict):
    """Return the statements of `hostile.sql` that must get a verdict."""
    text = (Path(__file__).parent / "hostile.sql").read_text(encoding="utf-8")
    found, current = [], None
    for line in text.splitlines():
        if head := re.match(r"-- (refused|harmless|ended): ", line):
            current = head[1]
        elif line and not line.startswith("--") and current == verdict:
            found.append(line)
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a lake, a file beside it that nobody may read, and names for the statements."""
    root = tmp_path_factory.mktemp("hostile")
    lake = make_lake(root / "lake", events=ROWS)
    (root / "secret.csv").write_text(OUTSIDE)
    data = Path(lake.snapshot().files("events")[0].path)
    stale = data.with_name("stale.parquet")
    stale.write_bytes(data.read_bytes())
    names = {"lake": lake.path, "data": data, "stale": stale, "secret": root / "secret.csv"}
    return lake, root, {**names, "out": root / "out"}


@pytest.fixture(scope="module", params=[True, False], ids=["landlock", "arrow"])
def desk(place, request):
    """Return a desk with the kernel's walls, and one as where the kernel has none."""
    lake, *_ = place
    limits = Limits(seconds=SECONDS, memory=200 * 10**6, disk=20 * 10**6)
    with Desk(lake.path, limits, landlock=request.param) as laid:
        laid.lay(lake.snapshot().files, "Asia/Seoul")
        yield laid


def written(root):
    """Return every file below a folder with the SHA-256 of its bytes."""
    return {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in root.rglob("*") if p.is_file()}


def asked(desk, statement, place):
    """Return the rows of a statement as text, after checking that it changed no byte and read no secret."""
    _, root, names = place
    [spill] = desk.ask("SELECT current_setting('temp_directory') AS d").read_all()["d"].to_pylist()
    before = written(root)
    try:
        return str(desk.ask(statement.format(**names, spill=spill)).read_all().to_pylist())
    finally:
        assert written(root) == before
        assert not list(Path("/tmp").glob("h33-hostile*"))  # noqa: S108 - the name that statements try


BEHIND_WALLS = """
import socket, sys
from pathlib import Path
from pipeline.sandbox import walls

lake, outside, spill = map(Path, sys.argv[1:])
assert walls.shut([lake, Path("/nowhere")], spill)
(spill / "x").write_text("mine")
assert (spill / "x").read_text() == "mine"
(spill / "x").unlink()
print(len((lake / "file").read_bytes()))
for reach in (
    lambda: outside.read_bytes(),
    lambda: (lake / "file").write_bytes(b""),
    lambda: (lake / "new").write_bytes(b""),
    lambda: (lake / "file").unlink(),
    lambda: (lake / "file").rename(spill / "file"),
    lambda: (spill / "folder").mkdir(),
    lambda: list(outside.parent.iterdir()),
    lambda: Path("/proc/self/environ").read_bytes(),
    lambda: socket.create_connection(("127.0.0.1", 9)),
    lambda: socket.create_server(("127.0.0.1", 0)),
):
    try:
        reach()
        print("reached")
    except PermissionError:
        print("refused")
"""


def test_behind_the_walls_the_kernel_itself_refuses_all_but_reading_there_and_writing_here(tmp_path):
    if not walls.landlock_version():
        pytest.skip("this kernel has no Landlock")
    for name in ("lake", "spill"):
        (tmp_path / name).mkdir()
    (tmp_path / "lake" / "file").write_bytes(b"held")
    (tmp_path / "outside").write_text(OUTSIDE)
    places = [str(tmp_path / name) for name in ("lake", "outside", "spill")]
    done = subprocess.run(
        [sys.executable, "-c", BEHIND_WALLS, *places], capture_output=True, text=True, check=False
    )
    assert (done.stdout.split(), done.stderr) == (["4", *["refused"] * 10], "")
    assert (tmp_path / "lake" / "file").read_bytes() == b"held"


def test_a_kernel_without_landlock_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(walls, "landlock_version", lambda: 0)
    assert walls.shut([tmp_path], tmp_path) is False


def test_there_are_a_hundred_statements_and_more():
    everything = [line for verdict in ("refused", "harmless", "ended") for line in statements(verdict)]
    assert len(set(everything)) == len(everything) >= 100


def test_the_walls_stand_where_the_kernel_has_them(desk, request):
    assert desk.is_walled == ("landlock" in request.node.name and walls.landlock_version() > 0)


@pytest.mark.parametrize("statement", statements("refused"))
def test_a_statement_that_reaches_out_is_refused_in_one_line(statement, desk, place):
    with pytest.raises(QueryFault) as refused:
        asked(desk, statement, place)
    assert "\n" not in str(refused.value)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("statement", statements("harmless"))
def test_what_is_answered_gives_nothing_away(statement, desk, place):
    assert "canary" not in asked(desk, statement, place)


@pytest.mark.parametrize("desk", [True], ids=["landlock"], indirect=True)
@pytest.mark.parametrize("statement", statements("ended"))
def test_a_statement_beyond_a_limit_is_ended_and_the_next_one_answered(statement, desk, place):
    started = time.monotonic()
    with pytest.raises(QueryFault, match=r"^(too much for the|not answered in|a row of)"):
        asked(desk, statement, place)
    assert time.monotonic() - started < SECONDS + GRACE
    assert asked(desk, "SELECT count(*) AS n FROM events", place) == "[{'n': 2}]"
