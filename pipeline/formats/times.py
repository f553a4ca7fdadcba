"""Times as logs write them, to UTC: vectorised for what is usual, by hand for the rest."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import polars as pl

_TIMESTAMP = pl.Datetime("us", "UTC")
_BASE = len("2025-06-20T10:00:00")
_TAIL = r"^(?:[.,]([0-9]{1,9}))?(?:(Z)|([+-])([0-9]{2}):?([0-9]{2}))?$"
_CLOCK = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)", re.ASCII)


def iso(text: pl.Series, zone: str) -> pl.DataFrame:
    """Read ISO 8601 times: `T` or a space, `.` or `,` before 1 to 9 digits, then `Z`, an offset, or nothing.

    Second 60 is the next minute's first, 24:00 the next day's. Digits beyond the microsecond are dropped.

    Args:
        text: the times, nothing around them; null stays null.
        zone: IANA name for those that state none. A local time that a clock change skips is unknown, one
            that it repeats is the earlier.

    Returns:
        `ts` (UTC, null where the text is no time) and `zoneless` (no zone was stated), a row each.
    """
    clock = _clock(text.str.slice(0, _BASE))
    tail = text.str.slice(_BASE).alias("tail")
    micros = _tails(tail.unique()).join(pl.DataFrame(tail), on="tail", how="right", maintain_order="right")
    shifted = clock + micros["micros"].cast(pl.Duration("us"))
    zoneless = micros["zoneless"] & text.is_not_null()
    utc = shifted.dt.replace_time_zone("UTC")
    if zoneless.any():
        local = shifted.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        utc = local.dt.convert_time_zone("UTC").zip_with(zoneless, utc)
    return pl.DataFrame({"ts": utc.cast(_TIMESTAMP), "zoneless": zoneless.fill_null(False)})


def _clock(text: pl.Series) -> pl.Series:
    """Return the wall-clock times of `2025-06-20T10:00:00` and `2025-06-20 10:00:00`."""
    found = text.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    if found.null_count() > text.null_count():
        found = found.fill_null(text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us"))
    if found.null_count() > text.null_count():
        odd = found.is_null() & text.is_not_null()
        repaired = pl.Series([_odd_clock(value) for value in text.filter(odd)], dtype=found.dtype)
        found = found.scatter(odd.arg_true(), repaired)
    return found


def _odd_clock(text: str) -> datetime | None:
    """Return a time whose second is 60 or hour 24, None where it is no time at all."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.groups())
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        return None
    try:
        midnight = datetime(year, month, day)
        return midnight + timedelta(hours=hour, minutes=minute, seconds=second)
    except (ValueError, OverflowError):
        return None


def _tails(tail: pl.Series) -> pl.DataFrame:
    """Read what follows the seconds: `tail`, `micros` to add to the wall clock, and `zoneless`.

    Few tails are distinct where many times are read: a thousand fractions times one zone.
    """
    known = tail.str.contains(_TAIL)
    parts = tail.str.extract_groups(_TAIL).struct
    fraction, utc, sign, hours, minutes = (parts.field(str(group)) for group in range(1, 6))
    micros = fraction.str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64).fill_null(0)
    offset = (hours.cast(pl.Int64) * 60 + minutes.cast(pl.Int64)).fill_null(0) * 60_000_000
    return pl.DataFrame(
        {
            "tail": tail,
            "micros": (micros - offset.zip_with((sign != "-").fill_null(True), -offset)).set(~known, None),
            "zoneless": utc.is_null() & sign.is_null() & known,
        }
    )
