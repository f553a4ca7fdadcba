"""What may lie in a landing folder that others write to: nothing there hangs a run or leads it elsewhere."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.config import Unpacking
from pipeline.errors import InputFault
from pipeline.ingest.cutters import json_cutter
from pipeline.ingest.inputs.landing import Found, Refused, find, shown
from pipeline.ingest.inputs.source import Source

LINE = b"2025-06-20T10:00:00Z INFO x\n"


@pytest.fixture
def landing(tmp_path):
    folder = tmp_path / "landing"
    folder.mkdir()
    (folder / "app.log").write_bytes(LINE)
    return folder


def looked(folder):
    """Return what is found in a folder: None of a file, else why it is none."""
    return {
        shown(entry.path): entry.problem if isinstance(entry, Refused) else None
        for entry in find([str(folder)], str(folder))
    }


def test_links_are_followed_inside_the_folder_only(landing, tmp_path):
    """R27: to a file, through a folder, through another link, in a ring, or to nothing."""
    (tmp_path / "secret.log").write_bytes(LINE)
    (tmp_path / "landing-too").mkdir()
    (tmp_path / "landing-too" / "secret.log").write_bytes(LINE)
    (landing / "inside.log").symlink_to(landing / "app.log")
    (landing / "out.log").symlink_to(tmp_path / "secret.log")
    (landing / "neighbour.log").symlink_to(tmp_path / "landing-too" / "secret.log")
    (landing / "up").symlink_to(tmp_path)
    (landing / "twice.log").symlink_to(landing / "up" / "secret.log")
    (landing / "ring").symlink_to(landing / "ring")
    (landing / "self").symlink_to(landing)
    (landing / "gone.log").symlink_to(landing / "nothing")
    outside = "a symbolic link that leads out of the folder"
    assert looked(landing) == {
        "app.log": None,
        "gone.log": "no such file",
        "inside.log": None,
        "neighbour.log": outside,
        "out.log": outside,
        "ring": "cannot be read: Too many levels of symbolic links",
        "twice.log": outside,
        "up": outside,
    }


def test_devices_are_refused_by_link_and_by_name(landing):
    (landing / "null").symlink_to("/dev/null")
    assert looked(landing)["null"] == "a symbolic link that leads out of the folder"
    assert [entry.problem for entry in find(["/dev/zero", "/dev/tty"])] == ["a device, not a file"] * 2


@pytest.mark.parametrize("name", ["fifo", "socket", "folder", "link"])
def test_what_takes_a_files_place_before_it_is_opened_hangs_nothing(landing, tmp_path, name):
    """R27: between the look and the opening somebody may put anything there."""
    import socket

    found = next(find([str(landing / "app.log")]))
    assert isinstance(found, Found)
    (landing / "app.log").unlink()
    if name == "fifo":
        os.mkfifo(landing / "app.log")
    elif name == "socket":
        before = Path.cwd()
        os.chdir(landing)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("app.log")
        os.chdir(before)
    elif name == "folder":
        (landing / "app.log").mkdir()
    else:
        (landing / "app.log").symlink_to("/etc/hostname")
    with pytest.raises(InputFault):
        Source.open(found, Unpacking())


@contextmanager
def as_somebody_who_may_not_read_everything():
    """Be another user where this one is root: modes say nothing to root."""
    if os.getuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_that_may_not_be_read_is_told_and_the_rest_is_in():
    """R27: mode 000, of a file and of a folder."""
    with tempfile.TemporaryDirectory() as name:
        landing = Path(name)
        landing.chmod(0o755)
        (landing / "app.log").write_bytes(LINE)
        (landing / "locked.log").write_bytes(LINE)
        (landing / "locked").mkdir()
        (landing / "locked" / "deep.log").write_bytes(LINE)
        (landing / "locked.log").chmod(0)
        (landing / "locked").chmod(0)
        with as_somebody_who_may_not_read_everything():
            assert looked(landing) == {
                "locked": "cannot be read: Permission denied",
                "app.log": None,
                "locked.log": None,
            }
            found = [entry for entry in find([name], name) if isinstance(entry, Found)]
            with Source.open(found[0], Unpacking()) as source:
                assert source.head == LINE
            with pytest.raises(InputFault, match="cannot be read: Permission denied"):
                Source.open(found[1], Unpacking())
        (landing / "locked").chmod(0o700)


def test_any_name_that_a_file_system_takes_is_found_and_shown_as_text(landing):
    names = [bytes([n]) for n in range(1, 256) if n not in b"./"] + [b"x" * 255, b"a!", b"!/".strip(b"/")]
    for name in names:
        (landing / os.fsdecode(name)).write_bytes(b"x\n")
    found = [entry for entry in find([str(landing)], str(landing)) if isinstance(entry, Found)]
    assert {os.fsencode(entry.path) for entry in found} == {*names, b"app.log"}
    for entry in found:
        assert shown(entry.path).encode().decode() == shown(entry.path)


def test_a_folder_whose_name_looks_like_an_archives_is_a_folder(landing):
    (landing / "logs.zip!").mkdir()
    (landing / "logs.zip!" / "a.log").write_bytes(LINE)
    assert looked(landing) == {"app.log": None, "logs.zip!/a.log": None}


def test_what_is_broken_is_passed_over_in_time_that_grows_with_its_length():
    """R23: a pattern that tried each run of spaces in two ways would take hours here."""
    data = b"{\n}" + b" " * 2_000_000 + b"x\n"
    assert json_cutter._next_start(data, 0, b"") is None
    assert json_cutter._next_start(b"{\n}  ,  {", 0, b"") == 8
