"""A CSV or Parquet file of requests becomes the gate's table; what is no value is named by its row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

from pipeline import tabular
from pipeline.errors import InputFault

if TYPE_CHECKING:
    import pyarrow as pa

REQUIRED = ("ts", "arm", "http_status")
OPTIONAL = ("duration_ms", "user_id")
ARMS = ("baseline", "canary")

#: Written where there is no value. NaN is a value: a duration that is counted apart.
_MISSING = ["", "-", "null", "NULL", "None", "none", "NA", "N/A", "\\N"]
_WITH_OFFSET = "%Y-%m-%dT%H:%M:%S%.f%#z"
_WITHOUT_OFFSET = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M")

#: An epoch number below each bound is of that unit: each covers 1973 to 5138 and only that one does.
_UNITS = ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0))
_NANOSECONDS = 1e-3


def read(path: Path, zone: ZoneInfo) -> pa.Table:
    """Return the requests of a file as `pipeline.gate.arms.from_arrow` takes them.

    Args:
        path: CSV (any common separator) or Parquet, told by its first bytes, with the columns `ts, arm,
            http_status` and maybe `duration_ms` and `user_id`; others are ignored.
        zone: of instants without an offset.

    Raises:
        InputFault: the file is missing, damaged or lacks a column, or a row has no instant, no arm, or a
            status or duration that is no number.
    """
    where = str(path)
    frame = _collect(tabular.open_file(path, REQUIRED), where)
    columns = [
        _instants(frame["ts"], zone, where),
        _arms(frame["arm"], where),
        _statuses(frame["http_status"], where),
    ]
    if "duration_ms" in frame.columns:
        columns.append(_numbers(frame["duration_ms"], where))
    if "user_id" in frame.columns:
        columns.append(_texts(frame["user_id"]))
    return pl.DataFrame(columns).to_arrow()


def _collect(opened: tabular.Opened, where: str) -> pl.DataFrame:
    wanted = [name for name in REQUIRED + OPTIONAL if name in opened.schema]
    try:
        frame = opened.frame.select(wanted).collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputFault(tabular.first_line(error), where=where) from None
    # An empty line is no request.
    return frame.filter(~pl.all_horizontal(pl.all().is_null()))


def _texts(values: pl.Series) -> pl.Series:
    """Return the values as text without spaces around it, null where nothing is written."""
    text = values.cast(pl.String).str.strip_chars()
    return text.set(text.is_in(_MISSING).fill_null(value=False), None)


def _arms(values: pl.Series, where: str) -> pl.Series:
    arms = _texts(values).str.to_lowercase()
    known = arms.is_in(ARMS).fill_null(value=False)
    _refuse(~known, values, "no arm", f"an arm is {' or '.join(ARMS)}", where)
    return arms


def _instants(values: pl.Series, zone: ZoneInfo, where: str) -> pl.Series:
    if values.dtype == pl.Date:
        values = values.cast(pl.Datetime("us"))
    if isinstance(values.dtype, pl.Datetime):
        instants = values.cast(pl.Datetime("us", values.dtype.time_zone))
        instants = _in_utc(instants, zone) if values.dtype.time_zone is None else instants
    elif values.dtype.is_numeric():
        instants = _epochs(values.cast(pl.Float64))
    else:
        instants = _written_instants(_texts(values), zone)
    instants = instants.dt.convert_time_zone("UTC").alias("ts")
    _refuse(
        instants.is_null(), values, "no instant", "use ISO 8601, such as 2025-06-20T09:00:00+09:00", where
    )
    return instants


def _written_instants(text: pl.Series, zone: ZoneInfo) -> pl.Series:
    found = _instants_of_one_kind(text, zone)
    if found is not None:
        return found
    iso = text.str.replace(r"^(\d{4}-\d\d-\d\d) +", "${1}T").str.replace(r" +([+-]\d\d:?\d\d|Z)$", "$1")
    offset = iso.str.to_datetime(_WITH_OFFSET, time_unit="us", time_zone="UTC", strict=False)
    local = [
        _in_utc(iso.str.to_datetime(form, time_unit="us", strict=False), zone) for form in _WITHOUT_OFFSET
    ]
    epochs = _epochs(text.cast(pl.Float64, strict=False))
    return pl.select(pl.coalesce(offset, *local, epochs)).to_series()


def _instants_of_one_kind(text: pl.Series, zone: ZoneInfo) -> pl.Series | None:
    """Return the instants where all have an offset or none has, else None; Arrow reads them fast."""
    import pyarrow as pa

    for kind in (pa.timestamp("us", "UTC"), pa.timestamp("us")):
        try:
            instants = pl.Series(text.to_arrow().cast(kind))
        except pa.ArrowInvalid:
            continue
        return instants if kind.tz else _in_utc(instants, zone)
    return None


def _in_utc(local: pl.Series, zone: ZoneInfo) -> pl.Series:
    """Return local times of a zone as instants; null where a clock skips the time."""
    there = local.dt.replace_time_zone(zone.key, ambiguous="earliest", non_existent="null")
    return there.dt.convert_time_zone("UTC")


def _epochs(numbers: pl.Series) -> pl.Series:
    """Return epoch numbers as instants; their size tells the unit, seconds to nanoseconds."""
    size = pl.col("n").abs()
    factor = pl.lit(_NANOSECONDS)
    for bound, microseconds in reversed(_UNITS):
        factor = pl.when(size < bound).then(microseconds).otherwise(factor)
    instants = (pl.col("n") * factor).cast(pl.Int64, strict=False)
    frame = pl.DataFrame({"n": numbers})
    return frame.select(instants.cast(pl.Datetime("us", "UTC"))).to_series()


def _statuses(values: pl.Series, where: str) -> pl.Series:
    """Return whole numbers; 0, which is no status, for a number that is none of a status."""
    numbers = _numbers(values, where)
    whole = numbers.is_finite() & (numbers == numbers.round()) & numbers.is_between(0, 999)
    status = numbers.set(~whole, 0.0).cast(pl.Int64)
    return status.alias("http_status")


def _numbers(values: pl.Series, where: str) -> pl.Series:
    if values.dtype.is_numeric():
        return values.cast(pl.Float64)
    text = _texts(values)
    numbers = text.cast(pl.Float64, strict=False)
    _refuse(numbers.is_null() & text.is_not_null(), values, "no number", f"in column {values.name}", where)
    return numbers


def _refuse(bad: pl.Series, values: pl.Series, what: str, hint: str, where: str) -> None:
    """Raise for the first row that is bad."""
    row = bad.arg_max()
    if row is not None and bad[row]:
        said = "" if values[row] is None else f": {str(values[row])[:80]!r}"
        raise InputFault(f"row {row + 1}: {what}{said}", where=where, hint=hint)
