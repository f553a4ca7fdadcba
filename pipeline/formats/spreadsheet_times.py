"""Times as spreadsheets and help desks write them, in ISO 8601, year first."""

from __future__ import annotations

import polars as pl

# Digits are those of ASCII: \d holds those of all scripts, of which none is a number to the engine.
_DAY = r"([0-9]{4})(?:[-./]|\. |년 ?)([0-9]{1,2})(?:[-./]|\. |월 ?)([0-9]{1,2})(?:\.|일)?"
_HALF = r"(오전|오후|[AaPp][Mm])?"
_CLOCK = r"([0-9]{1,2})(?::|시 ?)([0-9]{2})(?:분 ?)?(?:(?::|)([0-9]{2})초?)?([.,][0-9]{1,9})?"
_TIME = rf"^\s*{_DAY}(?:[T ]\s*{_HALF} ?{_CLOCK} ?{_HALF} ?(Z|UTC|[+-][0-9][0-9]:?[0-9][0-9])?)?\s*$"
_EPOCH = r"^\s*([0-9]{10})([0-9]{3})?\s*$"
_NAMES = ("year", "month", "day", "half", "hour", "minute", "second", "fraction", "half_behind", "zone")


def iso(text: pl.Series) -> pl.Series:
    """Return times in ISO 8601, with a zone where they state one; null where they are none.

    Year first: `2025-06-20 10:02`, `2025. 6. 20. 오전 10:02:00`, `2025/6/20 3:05 PM`, `2025년 6월 20일`, or
    seconds or milliseconds since 1970. A day alone is its first instant.
    """
    group = pl.col("text").str.extract_groups(_TIME).struct
    epoch = pl.col("text").str.extract_groups(_EPOCH).struct
    half = pl.coalesce("half", "half_behind").str.to_lowercase()
    hour = pl.col("hour").cast(pl.Int64).fill_null(0)
    is_late, is_early = half.is_in(["오후", "pm"]), half.is_in(["오전", "am"])
    clock = (
        pl.when(is_late & (hour < 12)).then(hour + 12).when(is_early & (hour == 12)).then(0).otherwise(hour)
    )
    written = pl.concat_str(
        pl.col("year"),
        *(part for name in ("month", "day") for part in (pl.lit("-"), pl.col(name).str.zfill(2))),
        pl.lit("T"),
        clock.cast(pl.String).str.zfill(2),
        pl.lit(":"),
        pl.col("minute").fill_null("00"),
        pl.lit(":"),
        pl.col("second").fill_null("00"),
        pl.col("fraction").fill_null(""),
        pl.col("zone").replace("UTC", "Z").fill_null(""),
    )
    counted = (pl.col("seconds").cast(pl.Int64) * 1000 + pl.col("millis").cast(pl.Int64).fill_null(0)).cast(
        pl.Datetime("ms")
    )
    return (
        text.to_frame("text")
        .select(
            *(group.field(str(number)).alias(name) for number, name in enumerate(_NAMES, 1)),
            seconds=epoch.field("1"),
            millis=epoch.field("2"),
        )
        .select(text=pl.coalesce(written, counted.dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")))
        .to_series()
    )
