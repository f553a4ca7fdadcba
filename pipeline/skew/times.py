"""Times as they stand in a file become seconds since 1970, so that mixed units stay visible.

Instants are instants. The server's clock is the reference: the size of its number tells the unit (seconds,
milliseconds, microseconds or nanoseconds), and the client's number is read in that unit too. A client that
sends milliseconds where seconds are due is thus 1,000 times too large, as it is for the app.
"""

from __future__ import annotations

import polars as pl

from pipeline.errors import InputFault

#: Written where there is no time.
MISSING = [
    "",
    "null",
    "NULL",
    "Null",
    "none",
    "None",
    "nan",
    "NaN",
    "NaT",
    "NA",
    "N/A",
    "undefined",
    "\\N",
    "-",
]
#: A server's number below the first bound is seconds, below the second milliseconds, and so on: each unit
#: covers 1973 to 5138 and only that one does.
_UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6))
_SMALLEST_UNIT = 1e9
#: Further from 1970 than any clock fault makes of a time, seconds.
_TOO_FAR = 1e20
#: How most instants are written, and the forms of the others; without an offset they are UTC.
_USUAL = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?Z$"
_FORMS = (
    ("%Y-%m-%dT%H:%M:%S%.f%#z", "UTC"),
    ("%Y-%m-%d %H:%M:%S%.f%#z", "UTC"),
    ("%Y-%m-%d %H:%M:%S%.f %#z", "UTC"),
    ("%Y-%m-%dT%H:%M%#z", "UTC"),
    ("%Y-%m-%dT%H:%M:%S%.f", None),
    ("%Y-%m-%d %H:%M:%S%.f", None),
    ("%Y-%m-%dT%H:%M", None),
    ("%Y-%m-%d %H:%M", None),
    ("%Y-%m-%d", None),
)
_READ = pl.Struct({"instant": pl.Float64, "number": pl.Float64, "unreadable": pl.Boolean})


def read(column: str, dtype: pl.DataType, where: str) -> pl.Expr:
    """Return a struct for a column of times: `instant` (seconds), or `number` as it stands, or `unreadable`.

    All three are null or false where there is no time.

    Raises:
        InputFault: the column's type holds no times.
    """
    values = pl.col(column)
    nothing = pl.lit(None, dtype=pl.Float64)
    readable = pl.lit(value=False)
    if dtype == pl.Date:
        values, dtype = values.cast(pl.Datetime("us")), pl.Datetime("us")
    if isinstance(dtype, pl.Datetime):
        nanoseconds = values.dt.timestamp("ns") / 1e9
        instant = nanoseconds if dtype.time_unit == "ns" else values.dt.timestamp("us") / 1e6
        return pl.struct(instant=instant, number=nothing, unreadable=readable)
    if dtype.is_numeric() or dtype == pl.Null:
        number = values.cast(pl.Float64)
        number = pl.when(number.is_finite()).then(number)
        return pl.struct(instant=nothing, number=number, unreadable=readable)
    if dtype in {pl.String, pl.Categorical, pl.Enum}:
        return values.cast(pl.String).map_batches(_read_text, return_dtype=_READ, is_elementwise=True)
    raise InputFault(
        f"column {column} has type {dtype}", where=where, hint="give instants, or epoch numbers of one unit"
    )


def pair(server: pl.Expr, client: pl.Expr) -> list[pl.Expr]:
    """Return server and client in seconds, null where there is no time, and whether one was unreadable.

    Args:
        server: struct as `read` gives it.
        client: struct as `read` gives it.
    """
    number = server.struct["number"].abs()
    per_second = pl.lit(_SMALLEST_UNIT)
    for bound, unit in reversed(_UNITS):
        per_second = pl.when(number < bound).then(unit).otherwise(per_second)
    per_second = pl.when(number.is_null()).then(1.0).otherwise(per_second)
    unreadable = server.struct["unreadable"] | client.struct["unreadable"]
    both = [
        pl.coalesce(time.struct["instant"], time.struct["number"] / per_second).alias(name)
        for name, time in (("server", server), ("client", client))
    ]
    return [pl.when(time.abs() < _TOO_FAR).then(time) for time in both] + [unreadable.alias("unreadable")]


def _read_text(text: pl.Series) -> pl.Series:
    """Read a batch of texts; most batches are of one kind throughout, and that is tried first."""
    nothing = pl.Series([None], dtype=pl.Float64).new_from_index(0, len(text))
    instant, number = _instants_of_a_kind(text), nothing
    if instant is None:
        text = text.str.strip_chars()
        text = text.set(text.is_in(MISSING).fill_null(value=False), None)
        number = text.cast(pl.Float64, strict=False)
        number = number.set(~number.is_finite().fill_null(value=True), None)
        text = text.set(number.is_not_null(), None)
        instant = nothing if text.null_count() == len(text) else _instants(text)
    unreadable = text.is_not_null() & number.is_null() & instant.is_null()
    return pl.DataFrame({"instant": instant, "number": number, "unreadable": unreadable}).to_struct(text.name)


def _instants_of_a_kind(text: pl.Series) -> pl.Series | None:
    """Return ISO 8601 instants as seconds where all have an offset or none has (UTC then), else None.

    Arrow reads them six times as fast as the formats one by one.
    """
    import pyarrow as pa

    for kind in (pa.timestamp("us", "UTC"), pa.timestamp("us")):
        try:
            return pl.Series(text.to_arrow().cast(kind)).dt.timestamp("us") / 1e6
        except pa.ArrowInvalid:
            continue
    return None


def _instants(text: pl.Series) -> pl.Series:
    """Return ISO 8601 instants of any kind as seconds; null where a text is none.

    What looks usual is tried as a whole; each form then gets only what the ones before could not read.
    """
    usual = text.str.contains(_USUAL).fill_null(value=False)
    read = _instants_of_a_kind(text.set(~usual, None))
    if read is None:
        read = pl.Series([None], dtype=pl.Float64).new_from_index(0, len(text))
    for form, zone in _FORMS:
        text = text.set(read.is_not_null(), None)
        if text.null_count() == len(text):
            break
        found = text.str.to_datetime(form, time_unit="us", time_zone=zone, strict=False)
        read = pl.select(pl.coalesce(read, found.dt.timestamp("us") / 1e6)).to_series()
    return read
