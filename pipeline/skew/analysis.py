"""From events to rows: one for each device."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline import engine
from pipeline.skew.classify import CLASSES, UNKNOWN_TIME, WRONG_TIME, Verdicts, decide
from pipeline.skew.figures import Figures, measure
from pipeline.skew.groups import Floats, Ints
from pipeline.skew.inputs import DEVICE, Events, Piece

if TYPE_CHECKING:
    import pyarrow as pa

#: What a program reads of each device.
DEVICE_COLUMNS = ("device", "class", "offset_s", "drift_s_per_day", "confidence", "n")
CLASS = pl.Enum(CLASSES)
#: What the summary adds up, and what the evidence and the forest need besides.
_SUMMED = ("wrong", "unknown")
_EXPLAINED = ("bearing", "late", "named", "year", "spread_s", "least_drift", "most_drift")
_MEASURED = ("offset_s", "drift_s_per_day", "spread_s", "least_drift", "most_drift")
#: Two-sided 95 %.
_Z = 1.959964
#: A slope is told where one line is the clock's.
_ONE_LINE = ("zone", "drift", "ok", "constant", "queued")


@dataclass(frozen=True)
class Judged:
    """A piece with what was measured of it and what was decided."""

    piece: Piece
    figures: Figures
    verdicts: Verdicts


def judge(events: Events) -> Generator[Judged]:
    """Yield every piece with its verdicts, in no order that means anything."""
    with closing(events.pieces()) as pieces:
        yield from engine.map_ordered(_judge, pieces)


def _judge(piece: Piece) -> Judged:
    figures = measure(piece.events, piece.server, piece.client)
    return Judged(piece, figures, decide(figures))


def devices(events: Events, *, explained: bool = False) -> pl.DataFrame:
    """Return a row for each device, sorted by device: DEVICE_COLUMNS, `wrong` and `unknown` (memos).

    offset_s is client minus server, seconds (null without events) · drift_s_per_day is null where no one line
    is the clock's · confidence is the lower end of the 95 % interval (Wilson) of the share of the telling
    events that bear the class out · n counts the events that were used.

    Args:
        events: read, not yet taken.
        explained: whether to add what `evidence.sentences` and `forest.outliers` need.
    """
    columns = (*DEVICE_COLUMNS, *_SUMMED, *(_EXPLAINED if explained else ()))
    with closing(judge(events)) as pieces:
        rows = [_rows(judged).select(columns) for judged in pieces]
    silent = [*events.silent, pl.Series([], dtype=pl.String)] if not rows else events.silent
    rows += [_without_events(names).select(columns) for names in silent]
    return pl.concat(rows, how="vertical").sort(DEVICE)


def _rows(judged: Judged) -> pl.DataFrame:
    figures, verdicts = judged.figures, judged.verdicts
    line = figures.line
    named = {
        "unit": figures.power,
        "epoch_default": figures.default,
        "zone": figures.mistake,
        "dst": np.where(figures.two.found, figures.two.switched, 0).astype(np.int64),
    }
    is_class = {name: verdicts.kind == CLASSES.index(name) for name in CLASSES}
    one_line = np.any([is_class[name] for name in _ONE_LINE], axis=0)
    rows = pl.DataFrame(
        {
            "device": judged.piece.device,
            "class": pl.Series(verdicts.kind.astype(np.uint8)).cat.to(CLASS),
            "offset_s": verdicts.offset,
            "drift_s_per_day": np.where(one_line, line.slope, np.nan),
            "confidence": wilson_lower(verdicts.bearing, verdicts.telling).round(4),
            "n": figures.n,
            "bearing": verdicts.bearing,
            "late": figures.late,
            "wrong": judged.piece.events.count(verdicts.shown == WRONG_TIME),
            "unknown": judged.piece.events.count(verdicts.shown == UNKNOWN_TIME),
            "named": np.select([is_class[name] for name in named], list(named.values()), 0),
            "year": figures.year,
            "spread_s": figures.spread,
            "least_drift": line.low,
            "most_drift": line.high,
        }
    )
    return rows.with_columns(pl.col(_MEASURED).fill_nan(None).round(3))


def _without_events(names: pl.Series) -> pl.DataFrame:
    """Return the rows of devices of which no event has both times."""
    rows = pl.DataFrame({"device": names})
    nothing = {name: pl.lit(None, dtype=pl.Float64) for name in _MEASURED}
    counted = ("n", *_SUMMED, *_EXPLAINED)
    zero = {name: pl.lit(0, dtype=pl.Int64) for name in counted if name not in _MEASURED}
    kind = pl.lit("insufficient").cast(CLASS)
    return rows.with_columns(**{"class": kind}, confidence=pl.lit(0.0), **nothing, **zero)


def to_arrow(rows: pl.DataFrame) -> pa.Table:
    """Return rows as an Arrow table whose texts are plain strings, as the output formats expect."""
    import pyarrow as pa

    table = rows.to_arrow()
    plain = {pa.large_string(): pa.string()}
    fields = [
        pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else plain.get(f.type, f.type))
        for f in table.schema
    ]
    return table.cast(pa.schema(fields))


def summary(devices: pl.DataFrame) -> str:
    """Return in one line how many devices have each class, and how many memos show a wrong time for it."""
    counts = dict(devices["class"].value_counts().iter_rows())
    classes = ", ".join(f"{name} {counts[name]:,}" for name in CLASSES if name in counts)
    memos, wrong, unknown = (int(devices[name].sum()) for name in ("n", "wrong", "unknown"))
    share = f" ({wrong / (memos - unknown):.1%} of those known)" if memos > unknown else ""
    return (
        f"{len(devices):,} devices: {classes or 'none'}; "
        f"of {memos:,} memos {wrong:,} show a wrong time{share}, of {unknown:,} it cannot be known"
    )


def wilson_lower(hits: Ints, of: Ints) -> Floats:
    """Return the lower end of the 95 % interval of a share, 0 where there is nothing to count.

    Wilson, "Probable inference", JASA 22 (1927).

    >>> wilson_lower(np.array([20, 0]), np.array([20, 0])).round(3)
    array([0.839, 0.   ])
    """
    n = np.maximum(of, 1)
    share = hits / n
    square = _Z**2 / n
    spread = _Z * np.sqrt(share * (1 - share) / n + square / (4 * n))
    return np.where(of > 0, np.maximum((share + square / 2 - spread) / (1 + square), 0), 0.0)
