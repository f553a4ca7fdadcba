"""The files in tar and zip archives: each in its order, whole as far as it is there, within the limits."""

import io
import os
import tarfile
import zipfile

import pytest

from pipeline.config import Unpacking
from pipeline.errors import InputFault
from pipeline.ingest.inputs import archives, containers

TEXT = b"".join(b"line %d of a log\n" % n for n in range(20_000))
LONG = b"".join(b"%016x %d of a log\n" % (n * 0x9E3779B97F4A7C15 % 2**64, n) for n in range(40_000))


def tar(members, mode="w", **options):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, **options) as archive:
        for name, data in members:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(data), 1_750_000_000
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def files_in(chunks, limits=None):
    """Return names and contents of a tar archive's files, and the fault that ended it."""
    found = []
    try:
        for member in archives.from_tar(chunks, limits or Unpacking()):
            found.append([member.name, b""])
            for chunk in member.chunks:
                found[-1][1] += chunk
    except InputFault as fault:
        return found, fault.what
    return found, None


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_the_files_of_a_tar_archive_come_in_their_order(form):
    long_name = "logs/" + "n" * 90 + ".log"
    data = tar([("./a.log", TEXT), (long_name, b""), ("../up.log", b"x\n")], format=form)
    found = [["a.log", TEXT], [long_name, b""], ["../up.log", b"x\n"]]
    assert files_in(iter([data[i : i + 700] for i in range(0, len(data), 700)])) == (found, None)


def test_a_tar_archive_cut_short_gives_what_there_is_of_its_last_file():
    data = tar([("a.log", b"whole\n"), ("b.log", TEXT)])
    found, fault = files_in(iter([data[:100_000]]))
    assert found[0] == ["a.log", b"whole\n"]
    assert TEXT.startswith(found[1][1])
    assert len(found[1][1]) == 100_000 - 3 * 512  # two heads, and a block of the first file
    assert fault == "tar cut short"


def test_links_devices_folders_and_hidden_files_in_a_tar_archive_are_passed_over():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            entry = tarfile.TarInfo("odd")
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
        for name in (".hidden", "x/.git/config", "__MACOSX/a.log", "kept.log"):
            archive.addfile(tarfile.TarInfo(name))
    assert files_in(iter([out.getvalue()])) == ([["kept.log", b""]], None)


def test_an_archive_of_more_files_than_may_be_is_read_up_to_there():
    data = tar([(f"{n}.log", b"x\n") for n in range(4)])
    found, fault = files_in(iter([data]), Unpacking(members=3))
    assert [name for name, _ in found] == ["0.log", "1.log", "2.log"]
    assert fault == "an archive of more than 3 files"


def zipped(members, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **options) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def in_zip(tmp_path, data, limits=None):
    """Return names and contents of a zip archive's files with their faults, and the archive's own fault."""
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    found = []
    try:
        for member in archives.from_zip(descriptor, len(data), limits or Unpacking()):
            content, problem = b"", None
            try:
                for chunk in member.chunks:
                    content += chunk
            except InputFault as fault:
                problem = fault.what
            found.append((member.name, content, problem))
    except InputFault as fault:
        return found, fault.what
    finally:
        os.close(descriptor)
    return found, None


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_the_files_of_a_zip_archive_come_in_their_order(tmp_path, method):
    data = zipped([("a.log", TEXT), ("d/", b""), ("d/b.log", b"x\n"), ("e.log", b"")], compression=method)
    assert in_zip(tmp_path, data) == (
        [("a.log", TEXT, None), ("d/b.log", b"x\n", None), ("e.log", b"", None)],
        None,
    )


def test_a_zip_archive_cut_short_gives_its_files_as_far_as_they_are_there(tmp_path):
    data = zipped([("a.log", TEXT), ("b.log", LONG)], compression=zipfile.ZIP_DEFLATED)
    found, fault = in_zip(tmp_path, data[: len(data) // 2])
    assert found[0] == ("a.log", TEXT, None)
    assert (found[1][0], found[1][2]) == ("b.log", "deflate cut short")
    assert LONG.startswith(found[1][1])
    assert len(found[1][1]) > 100_000
    assert fault == "zip damaged: the list of its files is missing"


def test_a_damaged_file_of_a_zip_archive_costs_none_of_its_neighbours(tmp_path):
    data = bytearray(zipped([("a.log", TEXT), ("b.log", TEXT), ("c.log", TEXT)]))
    data[data.index(b"line 77 of", len(TEXT) + 100)] ^= 1
    found, fault = in_zip(tmp_path, bytes(data))
    assert [problem for _, _, problem in found] == [None, "zip damaged: incorrect data check", None]
    assert [len(content) for _, content, _ in found] == [len(TEXT)] * 3
    assert fault is None


def test_what_cannot_be_unpacked_in_a_zip_archive_is_told_and_its_neighbours_are_in(tmp_path):
    data = bytearray(zipped([("a.log", b"secret"), ("b.log", b"x\n"), ("c.log", b"y\n")]))
    listed = data.index(b"PK\x01\x02")
    data[listed + 8] |= 1  # the list says: encrypted
    data[data.index(b"PK\x01\x02", listed + 4) + 10] = 14  # and of the next: LZMA
    found, _ = in_zip(tmp_path, bytes(data))
    assert found == [
        ("a.log", b"", "encrypted: not read"),
        ("b.log", b"", "packed by method 14 of zip: not read"),
        ("c.log", b"y\n", None),
    ]


def test_all_files_of_a_zip_archive_share_its_limit(tmp_path):
    data = zipped([(f"{n}.log", bytes(1 << 20)) for n in range(4)], compression=zipfile.ZIP_DEFLATED)
    found, _ = in_zip(tmp_path, data, Unpacking(free_bytes=5 << 19, ratio=1))
    assert [problem is None for _, _, problem in found] == [True, True, False, False]


def test_an_archive_is_told_by_its_first_bytes():
    assert archives.kind_of(tar([("a", b"")]), ("gzip",)) == "tar"
    assert archives.kind_of(zipped([("a", b"")]), ()) == "zip"
    assert archives.kind_of(zipped([("a", b"")]), ("gzip",)) is None
    assert archives.kind_of(TEXT, ()) is None
    assert containers.of(zipped([("a", b"")])) is None
