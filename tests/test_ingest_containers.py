"""Containers are checked to their last byte; what is whole is given before damage is told."""

import bz2
import gzip
import lzma
import tracemalloc
import zlib

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import Unpacking
from pipeline.errors import InputFault
from pipeline.ingest.inputs.containers import peel
from pipeline.ingest.inputs.source import Content
from pipeline.ingest.inputs.unpack import CHUNK, bunzip2, from_utf16, gunzip, inflate, unxz
from pipeline.ingest.inputs.zstd import unzstd

TEXT = b"".join(b"line %d of a log\n" % n for n in range(20_000))
#: Logs of a few blocks each: of a megabyte that zstd packs in eight, bzip2 in two.
LONG = b"".join(b"%016x %d of a log\n" % (n * 0x9E3779B97F4A7C15 % 2**64, n) for n in range(40_000))


def zstd(data, **options):
    return zstandard.ZstdCompressor(write_checksum=True, **options).compress(data)


def deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED = {
    "gzip": (gunzip, gzip.compress),
    "zstd": (unzstd, zstd),
    "bzip2": (bunzip2, bz2.compress),
    "xz": (unxz, lzma.compress),
}
KINDS = pytest.mark.parametrize("label", list(PACKED))


def unpacked(unpack, data, size=1000):
    """Return the content, and the fault that ended it."""
    found = bytearray()
    try:
        for chunk in unpack(iter([data[i : i + size] for i in range(0, len(data), size)])):
            found += chunk
    except InputFault as fault:
        return bytes(found), fault.what
    return bytes(found), None


@KINDS
@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
def test_members_one_behind_the_other_are_one_content(label, size):
    unpack, pack = PACKED[label]
    data = pack(TEXT[:100]) + pack(b"") + pack(TEXT[100:2000])
    assert unpacked(unpack, data, size) == (TEXT[:2000], None)


@pytest.mark.parametrize("label", ["gzip", "bzip2", "xz"])
def test_zeros_behind_a_stream_are_no_content(label):
    unpack, pack = PACKED[label]
    assert unpacked(unpack, pack(TEXT) + b"\x00" * 700) == (TEXT, None)


@KINDS
def test_a_stream_cut_anywhere_gives_a_beginning_of_its_content_and_a_fault(label):
    unpack, pack = PACKED[label]
    data = pack(LONG)
    longest = 0
    for end in range(2, len(data), len(data) // 20):
        content, fault = unpacked(unpack, data[:end])
        assert fault == f"{label} cut short"
        assert LONG.startswith(content)
        assert len(content) >= longest
        longest = len(content)
    assert longest > len(LONG) // 3
    assert unpacked(unpack, data[:-1]) == (LONG, f"{label} cut short")


@KINDS
def test_no_flipped_bit_passes_unseen(label):
    """Every byte of a small stream, one bit each: another content is never given without a fault."""
    unpack, pack = PACKED[label]
    content = TEXT[:3000]
    data = pack(content)
    for at in range(len(data)):
        found, fault = unpacked(unpack, data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :])
        assert fault is not None or found == content, at


@pytest.mark.parametrize("behind", [4, 8])
def test_a_wrong_checksum_or_length_of_gzip_is_told_behind_the_content(behind):
    data = bytearray(gzip.compress(TEXT))
    data[-behind] ^= 1
    content, fault = unpacked(gunzip, bytes(data))
    assert content == TEXT
    assert fault == f"gzip damaged: incorrect {'data' if behind == 8 else 'length'} check"


def test_a_wrong_checksum_of_zstd_is_told_behind_the_content():
    data = bytearray(zstd(LONG))
    data[-1] ^= 1
    content, fault = unpacked(unzstd, bytes(data))
    assert content == LONG
    assert "checksum" in fault


@pytest.mark.parametrize("label", ["gzip", "zstd"])
def test_damage_in_the_middle_costs_nothing_that_stands_before_it(label):
    unpack, pack = PACKED[label]
    data = bytearray(pack(LONG))
    middle = len(data) // 2
    data[middle : middle + 40] = b"\xff" * 40
    content, fault = unpacked(unpack, bytes(data))
    assert "damaged" in fault
    before, _ = unpacked(unpack, bytes(data[:middle]))
    assert len(before) > len(LONG) // 3
    assert content.startswith(before)


def test_damage_in_a_block_of_bzip2_leaves_the_blocks_before_it():
    data = bytearray(bz2.compress(LONG, 1))  # blocks of 100 kB
    data[len(data) // 2] ^= 1
    content, fault = unpacked(bunzip2, bytes(data))
    assert fault.startswith("bzip2 damaged")
    assert content[:300_000] == LONG[:300_000]


@KINDS
def test_something_else_behind_a_stream_is_told(label):
    unpack, pack = PACKED[label]
    content, fault = unpacked(unpack, pack(TEXT) + b"text behind it", 1 << 20)
    assert content == TEXT
    assert fault == f"{label} followed by something else"


def test_frames_of_zstd_without_checksum_or_size_and_skippable_ones_are_read():
    stream = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    plain = stream.compress(TEXT) + stream.flush()
    skippable = b"\x53\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"words"
    assert unpacked(unzstd, skippable + plain + skippable + zstd(TEXT[:50])) == (TEXT + TEXT[:50], None)


def test_a_frame_of_zstd_that_looks_too_far_back_is_refused():
    options = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=False)
    stream = zstandard.ZstdCompressor(compression_params=options).compressobj()
    content, fault = unpacked(unzstd, stream.compress(TEXT) + stream.flush())
    assert (content, fault) == (b"", "zstd damaged: Frame requires too much memory for decoding")


def test_deflate_is_read_to_its_end_and_no_further():
    assert unpacked(inflate, deflate(TEXT) + b"more", 13) == (TEXT, None)
    assert unpacked(inflate, deflate(TEXT)[:-2])[1] == "deflate cut short"


UTF16 = "[App] 시작\n메모 😀 둘째 줄\r\nlast"


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40), st.integers(1, 7), st.sampled_from(["utf-16-le", "utf-16-be"]))
def test_utf16_comes_out_as_utf8_wherever_its_chunks_are_cut(text, size, order):
    data = "\ufeff".encode(order) + text.encode(order)
    assert unpacked(from_utf16, data, size) == (text.encode(), None)


def test_utf16_that_ends_in_a_character_is_told_and_a_lone_surrogate_spoils_its_line_alone():
    data = UTF16.encode("utf-16")
    assert unpacked(from_utf16, data[:-1]) == (UTF16[:-1].encode(), "UTF-16 cut short")
    found, fault = unpacked(from_utf16, b"\xff\xfea\x00\n\x00\x00\xd8\n\x00b\x00")
    assert (found, fault) == (b"a\n\xed\xa0\x80\nb", None)


def test_containers_within_containers_are_taken_off_and_labels_stand_outermost_first():
    labels, chunks = peel(iter([gzip.compress(zstd(UTF16.encode("utf-16")))]), Unpacking())
    assert (labels, b"".join(chunks)) == (("gzip", "zstd", "utf-16"), UTF16.encode())
    labels, chunks = peel(iter([bz2.compress(lzma.compress(TEXT))]), Unpacking())
    assert (labels, b"".join(chunks)) == (("bzip2", "xz"), TEXT)
    labels, chunks = peel(iter([TEXT]), Unpacking())
    assert (labels, b"".join(chunks)) == ((), TEXT)


def test_text_that_begins_like_a_container_is_text():
    for text in (b"BZh is how bzip2 begins\n", b"(\xb5 is a micro\n", b"PK\n"):
        labels, chunks = peel(iter([text]), Unpacking())
        assert (labels, b"".join(chunks)) == ((), text)


@KINDS
def test_a_bomb_is_told_in_flat_memory(label):
    """Zeros: a hundred MB are let through by the limit, then the ratio ends it."""
    pack = PACKED[label][1]
    data = pack(bytes(30 << 20)) * 10
    limits = Unpacking(free_bytes=100 << 20, ratio=100)
    tracemalloc.start()
    given = []
    with pytest.raises(InputFault, match="100 times its size"):
        given.extend(map(len, peel(iter([data]), limits)[1]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(given) == 100 << 20
    assert peak < 5 * CHUNK


def test_the_content_tells_the_problem_and_keeps_what_came_before_it():
    content = Content(*peel(iter([gzip.compress(TEXT)[:-3]]), Unpacking()))
    assert content.take(len(TEXT) + 1) == TEXT
    assert (content.at_end(), content.problem) == (True, "gzip cut short")


def test_damage_that_is_salvaged_byte_by_byte_is_told_by_the_content():
    """What is salvaged comes in pieces, some of them empty: none of these is the end."""
    data = bytearray(gzip.compress(LONG))
    data[len(data) // 2 : len(data) // 2 + 40] = b"\xff" * 40
    content = Content(*peel(iter([bytes(data)]), Unpacking()))
    while content.take(10_000):
        pass
    assert content.problem.startswith("gzip damaged")
