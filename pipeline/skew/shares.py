"""How many memos show a wrong time, by any column of the input."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.skew.analysis import CLASS, Judged, judge
from pipeline.skew.classify import CLASSES, UNKNOWN_TIME, WRONG_TIME
from pipeline.skew.inputs import Events, Piece

#: Columns that every input has: the class, and the hour of the day by the server's clock.
DERIVED = ("class", "hour")


def shares(events: Events, column: str, zone: str) -> pl.DataFrame:
    """Return, for each value of a column, how many memos show a wrong time through the fault of a clock.

    Columns: value · memos · wrong · unknown (memos of noisy and insufficient devices, and late ones of
    clocks that changed with summer time) · wrong_ratio (wrong of those known, null without any) · devices
    (each with every value that it has) · and those of each class.

    Args:
        events: read with that column, unless it is one of DERIVED.
        column: its name.
        zone: IANA name of the zone that hours are told in.
    """
    with closing(judge(events)) as pieces:
        counts = [_counts(judged, column, zone) for judged in pieces]
    wide = pl.concat(counts).group_by("value", "class").sum() if counts else _no_counts()
    total = wide.group_by("value").agg(pl.col("memos", "wrong", "unknown", "devices").sum())
    known = pl.col("memos") - pl.col("unknown")
    of_class = [
        pl.col("devices").filter(pl.col("class") == name).sum().alias(f"{name}_devices") for name in CLASSES
    ]
    return (
        total.with_columns(wrong_ratio=pl.when(known > 0).then(pl.col("wrong") / known))
        .select("value", "memos", "wrong", "unknown", "wrong_ratio", "devices")
        .join(wide.group_by("value").agg(of_class), on="value", nulls_equal=True)
        .sort("value", nulls_last=True)
    )


def _counts(judged: Judged, column: str, zone: str) -> pl.DataFrame:
    piece, kind = judged.piece, judged.verdicts.kind.astype(np.uint8)
    shown = pl.col("shown")
    return (
        pl.DataFrame(
            {
                "value": _values(piece, column, zone, kind),
                "class": pl.Series(piece.events.spread(kind)).cat.to(CLASS),
                "device": piece.events.ids,
                "shown": judged.verdicts.shown,
            }
        )
        .group_by("value", "class")
        .agg(
            memos=pl.len().cast(pl.Int64),
            wrong=(shown == WRONG_TIME).sum().cast(pl.Int64),
            unknown=(shown == UNKNOWN_TIME).sum().cast(pl.Int64),
            devices=pl.col("device").n_unique().cast(pl.Int64),
        )
    )


def _values(piece: Piece, column: str, zone: str, kind: npt.NDArray[np.uint8]) -> pl.Series:
    if column in piece.also.columns:
        return piece.also[column]
    if column == "class":
        return pl.Series(piece.events.spread(kind)).cat.to(CLASS).cast(pl.String)
    micros = pl.Series((piece.server * 1e6).astype(np.int64)).cast(pl.Datetime("us", "UTC"))
    return micros.dt.convert_time_zone(zone).dt.hour().cast(pl.Int64)


def _no_counts() -> pl.DataFrame:
    numbers = dict.fromkeys(("memos", "wrong", "unknown", "devices"), pl.Int64)
    return pl.DataFrame(schema={"value": pl.String, "class": CLASS, **numbers})
