"""Times as logs write them, to UTC: vectorised for what is usual, by hand for the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.formats import clocks, text_views
from pipeline.instants import EARLIEST, LATEST

#: As English abbreviates them.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_TIMESTAMP = pl.Datetime("us", "UTC")
_BASE = len("2025-06-20T10:00:00")
#: Offsets as https://www.rfc-editor.org/rfc/rfc3339#section-5.6 has them: hours to 23, minutes to 59.
_TAIL = r"^(?:[.,]([0-9]{1,9}))?(?: ?(?:(Z|UTC|GMT)|([+-])([01][0-9]|2[0-3]):?([0-5][0-9])))?$"
#: Korea's own name for its zone; other names of three letters mean several.
_STATED = pl.col("tail").str.replace(r" ?KST$", "+09:00")
_GROUPS = _STATED.str.extract_groups(_TAIL).struct
_TAIL_COLUMNS = (
    pl.col("tail"),
    _STATED.str.contains(_TAIL).alias("known"),
    *(
        _GROUPS.field(str(number)).alias(name)
        for number, name in enumerate(("us", "Z", "sign", "hh", "mm"), 1)
    ),
)
_OFFSET = (pl.col("hh").cast(pl.Int64) * 60 + pl.col("mm").cast(pl.Int64)) * 60_000_000
_TAIL_MEANING = (
    # What to add to the wall clock for UTC; nothing is known of a tail that is no end of a time.
    pl.col("tail"),
    pl.when("known")
    .then(
        pl.col("us").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64).fill_null(0)
        - pl.when(pl.col("sign") == "-").then(-_OFFSET).otherwise(_OFFSET).fill_null(0)
    )
    .alias("micros"),
    (pl.col("known") & pl.col("Z").is_null() & pl.col("sign").is_null()).fill_null(False).alias("zoneless"),
)
# A number of today in one unit is thousands of years away in the next; below 1e8 s is 1973, no time of a log.
# Nanoseconds have more digits than a float holds.
_SIZE = pl.col("number")
_SINCE_1970 = (
    pl.when(_SIZE >= 1e17)
    .then(pl.col("exact") // 1000)
    .when(_SIZE >= 1e8)
    .then(
        (
            pl.col("number")
            * pl.when(_SIZE < 1e11)
            .then(pl.lit(1e6))
            .when(_SIZE < 1e14)
            .then(pl.lit(1e3))
            .otherwise(pl.lit(1.0))
        )
        .round()
        .cast(pl.Int64, strict=False)
    )
    .cast(_TIMESTAMP, strict=False)
)
_CLOCK = re.compile(r"(\d{4})(?:-(\d\d)-(\d\d)[T ]|/(\d\d)/(\d\d) )(\d\d):(\d\d):(\d\d)", re.ASCII)


def iso(text: pl.Series, zone: str) -> pl.DataFrame:
    """Read ISO 8601 times: `T` or a space, `.` or `,` before 1 to 9 digits, then `Z`, an offset, or nothing.

    Also dates with slashes, as nginx and Go write them, and the zones `UTC`, `GMT` and `KST`.
    Second 60 is the next minute's first, 24:00 the next day's. Digits beyond the microsecond are dropped.
    An instant at the ends of the calendar (`instants.EARLIEST`, `LATEST`) or beyond is no time.

    Args:
        text: the times, nothing around them; null stays null.
        zone: IANA name for those that state none. A local time that a clock change skips is unknown, one
            that it repeats is the earlier.

    Returns:
        `ts` (UTC, null where the text is no time) and `zoneless` (no zone was stated), a row each.
    """
    like = text[text.is_not_null().arg_max() or 0] if len(text) else None
    found = None
    if like and len(like) <= clocks.LONGEST:
        found = alike(text_views.first_bytes(text, len(like)), like, zone)
    if not like or found is None:
        return _each(text, zone)
    read, fits = found
    fits &= (text.str.len_bytes() == len(like)).fill_null(False).to_numpy()
    if fits.all():
        return read
    others = np.flatnonzero(~fits)
    each = _each(text.gather(others), zone)
    return read.with_columns(read[name].scatter(others, each[name]) for name in read.columns)


def alike(first: text_views.Rows, like: str, zone: str) -> tuple[pl.DataFrame, npt.NDArray[np.bool_]] | None:
    """Read times that are laid out like a given one, as `iso` does but quicker.

    Args:
        first: the bytes with which texts begin, as `clocks.read` takes them.
        like: a time of a column.
        zone: see `iso`.

    Returns:
        What `iso` does, and for which texts that holds; None where it is no time that they are like.
    """
    read = clocks.read(first, like)
    behind, zoneless = _tail(read.tail) if read is not None else (None, False)
    if read is None or behind is None:
        return None
    ts = pl.Series("ts", read.micros + behind).cast(_TIMESTAMP)
    if zoneless:
        ts = _local(ts, zone)
    return pl.DataFrame([ts, pl.Series("zoneless", [zoneless]).new_from_index(0, len(ts))]), read.fits


def _each(text: pl.Series, zone: str) -> pl.DataFrame:
    """Read times as `iso` does, each as it is written."""
    whole = pl.col("text")
    parts = text.to_frame("text").select(
        clock=whole.str.slice(0, _BASE).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us"),
        tail=whole.str.slice(_BASE),
    )
    if parts["clock"].null_count() > text.null_count():
        parts = parts.with_columns(_other_clocks(text.str.slice(0, _BASE), parts["clock"]))
    # Few tails are distinct where many times are read: a thousand fractions times one zone.
    tails = _tails(parts.select(pl.col("tail").unique()).to_series())
    found = parts.join(tails, on="tail", how="left", maintain_order="left", nulls_equal=True)
    ts = (found["clock"] + found["micros"].cast(pl.Duration("us"))).dt.replace_time_zone("UTC")
    if found["zoneless"].any():
        ts = ts.zip_with(~found["zoneless"], _local(ts, zone))
    told = ts.is_between(pl.lit(EARLIEST), pl.lit(LATEST))
    return pl.DataFrame({"ts": ts.set(~told, None), "zoneless": found["zoneless"]})


def _tails(tail: pl.Series) -> pl.DataFrame:
    """Return what stands behind the seconds of times, what it adds for UTC, and whether it states no zone."""
    return tail.to_frame("tail").select(_TAIL_COLUMNS).select(*_TAIL_MEANING)


@cache
def _tail(text: str) -> tuple[int | None, bool]:
    """Return what a time's tail adds to its wall clock for UTC, and whether it states no zone."""
    micros, zoneless = _tails(pl.Series([text])).row(0)[1:]
    return micros, zoneless


def _local(ts: pl.Series, zone: str) -> pl.Series:
    """Return the instants of wall clocks, which are given as if they were in UTC."""
    wall = ts.dt.replace_time_zone(None)
    local = wall.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return local.dt.convert_time_zone("UTC").cast(_TIMESTAMP)


def mixed(values: Sequence[object], zone: str) -> pl.DataFrame:
    """Read times as JSON holds them: ISO 8601 text, or a number since 1970 in s, ms, µs or ns by its size.

    Args:
        values: text, numbers, text that is a number; null or of another kind is no time.
        zone: as in `iso`.

    Returns:
        As `iso` does.
    """
    return mixed_text(pl.Series("text", [_as_text(value) for value in values], dtype=pl.String), zone)


def mixed_text(text: pl.Series, zone: str) -> pl.DataFrame:
    """Read times as `mixed` does, of which the numbers are text too."""
    numbers = pl.DataFrame(
        {"number": text.cast(pl.Float64, strict=False), "exact": text.cast(pl.Int64, strict=False)}
    )
    counted = numbers.select(_SINCE_1970).to_series()
    if counted.null_count() == text.null_count():
        return pl.DataFrame({"ts": counted, "zoneless": counted.is_null() & False})
    # What is a number is no text of a time, and telling so of each would take long.
    read = iso(text.set(numbers["number"].is_not_null(), None), zone)
    return read.select(
        ts=read["ts"].fill_null(counted),
        zoneless=read["zoneless"].fill_null(False) & read["ts"].is_not_null(),
    )


def iso_of_clf(text: pl.Expr) -> pl.Expr:
    """Return times of access logs, such as 22/Nov/2026:18:35:26 +0000, as ISO 8601.

    https://httpd.apache.org/docs/current/mod/mod_log_config.html#formats
    """
    turned = text.str.replace(
        r"^([0-9]{2})/([A-Z][a-z]{2})/([0-9]{4}):(\S+) (\S+)$", "${3}-${2}-${1}T${4}${5}"
    )
    names = [f"-{name}-" for name in MONTHS]
    return turned.str.replace_many(names, [f"-{number:02}-" for number in range(1, 13)])


def syslog(text: pl.Series, near: datetime, zone: str) -> pl.Series:
    """Read times of RFC 3164, without year and zone: the year is the one that lies nearest to an instant.

    https://www.rfc-editor.org/rfc/rfc3164#section-4.1.2

    Args:
        text: such as `Jun  5 10:00:01`, fractions allowed; null stays null.
        near: an instant of about that time, aware.
        zone: IANA name.

    Returns:
        UTC; null where the text is no time.
    """
    parts = text.str.extract_groups(r"^([A-Z][a-z]{2}) +([0-9]{1,2}) ([0-9:.]{8,})$").struct.unnest()
    month = parts["1"].replace_strict(
        {name: f"{number:02}" for number, name in enumerate(MONTHS, 1)}, default=None
    )
    found = []
    for year in (near.year - 1, near.year, near.year + 1):
        stamp = pl.select(
            pl.format("{}-{}-{}T{}", pl.lit(str(year)), month, parts["2"].str.zfill(2), parts["3"])
        ).to_series()
        found.append(iso(stamp, zone)["ts"].alias(str(year)))
    years = pl.DataFrame(found)
    away = [(pl.col(name) - near).abs() for name in years.columns]
    nearest = pl.coalesce(
        pl.when(one == pl.min_horizontal(away)).then(pl.col(name))
        for one, name in zip(away, years.columns, strict=True)
    )
    return years.select(ts=nearest).to_series()


def _as_text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    return None if isinstance(value, bool) or not isinstance(value, int | float) else str(value)


def _other_clocks(text: pl.Series, clock: pl.Series) -> pl.Series:
    """Return wall-clock times with those read that the usual form does not have."""
    for layout in ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S"):
        clock = clock.fill_null(text.str.to_datetime(layout, strict=False, time_unit="us"))
    odd = (clock.is_null() & text.is_not_null()).arg_true()
    read = [_odd_clock(value) for value in text.gather(odd)]
    return clock.clone().scatter(odd, pl.Series(read, dtype=clock.dtype))


def _odd_clock(text: str) -> datetime | None:
    """Return a time whose second is 60 or hour 24, None where it is no time at all."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups() if part)
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        return None
    try:
        midnight = datetime(year, month, day)
        return midnight + timedelta(hours=hour, minutes=minute, seconds=second)
    except (ValueError, OverflowError):
        return None
