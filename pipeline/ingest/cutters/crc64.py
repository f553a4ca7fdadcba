"""CRC-64 of ECMA-182 as Go's standard library has it, many bytes at a time.

https://pkg.go.dev/hash/crc64: reflected, all bits set before and turned over after (CRC-64/XZ). A register
without input is linear over GF(2), so lanes of bytes are worked through side by side and put together by
what so many zero bytes make of a register.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

_POLYNOMIAL = 0xC96C5795D7870F42
_ALL = (1 << 64) - 1
#: Lanes, and bytes of each.
_LANES, _LANE = 1024, 2048

Words = npt.NDArray[np.uint64]


def update(crc: int, data: bytes) -> int:
    """Return the CRC of what `crc` is of, followed by data; that of nothing is 0.

    >>> hex(update(update(0, b"12345"), b"6789"))
    '0x995dc9bbdf1939fa'
    """
    register, at = crc ^ _ALL, 0
    while len(data) - at >= _LANES * _LANE:
        block = np.frombuffer(data, np.uint8, _LANES * _LANE, at).reshape(_LANES, _LANE)
        for lane in _registers(np.zeros(_LANES, np.uint64), block).tolist():
            register = _behind_lane(register) ^ lane
        at += _LANES * _LANE
    table = _byte_table().tolist()
    for byte in data[at:]:
        register = table[(register ^ byte) & 0xFF] ^ (register >> 8)
    return register ^ _ALL


@cache
def _byte_table() -> Words:
    table = np.arange(256, dtype=np.uint64)
    for _ in range(8):
        odd = (table & np.uint64(1)).astype(bool)
        table = (table >> np.uint64(1)) ^ np.where(odd, np.uint64(_POLYNOMIAL), np.uint64(0))
    return table


def _registers(registers: Words, lanes: npt.NDArray[np.uint8]) -> Words:
    """Return the registers after their lanes' bytes, a row each."""
    table, low, eight = _byte_table(), np.uint64(0xFF), np.uint64(8)
    for column in np.ascontiguousarray(lanes.T):
        registers = table[(registers ^ column) & low] ^ (registers >> eight)
    return registers


@cache
def _zero_tables() -> list[list[int]]:
    """Return for each byte of a register, and each of its values, what a lane of zeros makes of it."""
    bits = _registers(np.uint64(1) << np.arange(64, dtype=np.uint64), np.zeros((64, _LANE), np.uint8))
    values = np.arange(256)
    tables = []
    for first in range(0, 64, 8):
        table = np.zeros(256, np.uint64)
        for bit in range(8):
            table ^= np.where(values >> bit & 1, bits[first + bit], np.uint64(0))
        tables.append(table.tolist())
    return tables


def _behind_lane(register: int) -> int:
    result = 0
    for number, table in enumerate(_zero_tables()):
        result ^= table[register >> (8 * number) & 0xFF]
    return result
