"""Arrow columns as texts and as JSON values: the one place that says how a value of each type is written.

Machines get instants in UTC with `Z` and six digits, and fractions with all digits; people get the reporting
zone with its offset, and four decimals.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pyarrow as pa
import pyarrow.compute as pc

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
# DuckDB's infinite dates and instants are the ends of the range; Arrow would print a day of some far year.
_INFINITE = {64: 2**63 - 1, 32: 2**31 - 1}


def is_number(kind: pa.DataType) -> bool:
    """Whether a column's values are numbers: they stand at the right and are never cut."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def is_text(kind: pa.DataType) -> bool:
    """Whether a column's values are texts that came from outside."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def texts(column: pa.Array, zone: ZoneInfo | None = None) -> pa.Array:
    """Return the values as texts, nulls as nulls.

    Args:
        column: of any type; lists and structures become JSON.
        zone: the reporting zone, for people; None writes for machines.
    """
    kind = column.type
    if is_text(kind):
        return column
    if pa.types.is_temporal(kind) and not pa.types.is_time(kind):
        return _times(column, zone)
    if pa.types.is_binary(kind):
        return pa.array([None if value is None else value.hex() for value in column.to_pylist()], pa.string())
    if pa.types.is_floating(kind) and zone is not None:
        tiny = pc.less(pc.abs(column), 0.0001)
        return pc.if_else(tiny, column, pc.round(column, ndigits=4)).cast(pa.string())
    if pa.types.is_nested(kind):
        values = json_values(column)
        return pa.array([None if v is None else orjson.dumps(v).decode() for v in values], pa.string())
    return column.cast(pa.string())


def _times(column: pa.Array, zone: ZoneInfo | None) -> pa.Array:
    """Return dates and timestamps as texts."""
    kind = column.type
    aware = pa.types.is_timestamp(kind) and kind.tz is not None
    end = _INFINITE[kind.bit_width]
    numbers = column.view(pa.int64() if kind.bit_width == 64 else pa.int32())
    infinite = pc.greater_equal(pc.abs(numbers), end)
    finite = pc.if_else(infinite, pa.scalar(0, numbers.type), numbers)
    if not pa.types.is_timestamp(kind):
        written = finite.view(kind).cast(pa.string())
    elif zone is None:
        plain = finite.view(pa.timestamp(kind.unit))
        written = pc.strftime(plain.cast(pa.timestamp("us")), format="%Y-%m-%dT%H:%M:%S" + "Z" * aware)
    else:
        micros = finite.view(pa.timestamp(kind.unit)).cast(pa.timestamp("us")).view(pa.int64())
        shown = [
            None if value is None else _local(value, zone if aware else None) for value in micros.to_pylist()
        ]
        written = pa.array(shown, pa.string())
    if not pc.any(infinite).as_py():
        return written
    return pc.if_else(infinite, pc.if_else(pc.less(numbers, 0), "-infinity", "infinity"), written)


def _local(micros: int, zone: ZoneInfo | None) -> str:
    """Return an instant in a zone with its offset, or a time without a zone as it is; no needless zeros.

    >>> _local(1750381200431000, ZoneInfo("Asia/Seoul"))
    '2025-06-20 10:00:00.431+09:00'
    """
    try:
        moment = _EPOCH + micros * _MICROSECOND
        if zone is not None:
            moment = moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone)
    except OverflowError:
        # Beyond the year 9999, which no zone's rules reach.
        far = pc.strftime(pa.array([micros]).view(pa.timestamp("us")), format="%Y-%m-%d %H:%M:%S")
        return str(far[0]) + ("+00:00" if zone is not None else "")
    fraction = moment.microsecond
    return moment.isoformat(
        " ", "seconds" if not fraction else "microseconds" if fraction % 1000 else "milliseconds"
    )


def json_values(column: pa.Array) -> list[Any]:
    """Return the values as orjson takes them: numbers with all digits, instants as texts, NaN as null."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return json_values(column.dictionary_decode())
    if pa.types.is_map(kind):
        return [None if v is None else dict(v) for v in _lists(column, _map_items(column))]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _lists(column, json_values(column.values))
    if pa.types.is_fixed_size_list(kind):
        return json_values(column.cast(pa.list_(kind.value_type)))
    if pa.types.is_struct(kind):
        return _structures(column)
    if pa.types.is_decimal(kind):
        return [None if v is None else orjson.Fragment(format(v, "f")) for v in column.to_pylist()]
    if pa.types.is_null(kind) or pa.types.is_boolean(kind) or is_number(kind):
        return list(column.to_pylist())
    return list(texts(column).to_pylist())


def _lists(column: pa.Array, values: list[Any]) -> list[Any]:
    """Return the lists that a column's offsets cut out of the values of all its lists."""
    cuts = pairwise(column.offsets.to_pylist())
    valid = column.is_valid().to_pylist()
    return [values[start:end] if there else None for (start, end), there in zip(cuts, valid, strict=True)]


def _map_items(column: pa.Array) -> list[tuple[str, Any]]:
    return list(zip(texts(column.keys).to_pylist(), json_values(column.items), strict=True))


def _structures(column: pa.Array) -> list[Any]:
    names = [field.name for field in column.type]
    fields = [json_values(column.field(index)) for index in range(len(names))]
    valid = column.is_valid().to_pylist()
    rows = zip(*fields, strict=True) if fields else iter([()] * len(column))
    return [
        dict(zip(names, row, strict=True)) if there else None for row, there in zip(rows, valid, strict=True)
    ]
