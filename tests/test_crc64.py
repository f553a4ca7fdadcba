"""CRC-64/XZ, the sum that mongodump writes behind each collection of an archive."""

from bson_lab import slow_crc
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest.cutters import crc64


def test_the_check_value_of_crc_64_xz():
    # https://reveng.sourceforge.io/crc-catalogue/all.htm
    assert crc64.update(0, b"123456789") == 0x995DC9BBDF1939FA


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 200))
def test_a_crc_goes_on_where_it_stopped(data, at):
    assert crc64.update(crc64.update(0, data[:at]), data[at:]) == slow_crc(data) == crc64.update(0, data)


def test_many_bytes_at_a_time_give_what_few_do(monkeypatch):
    data = bytes(n * n % 251 for n in range(5000))
    monkeypatch.setattr(crc64, "_LANES", 8)
    monkeypatch.setattr(crc64, "_LANE", 16)
    crc64._zero_tables.cache_clear()
    assert crc64.update(0, data) == slow_crc(data)
    crc64._zero_tables.cache_clear()
