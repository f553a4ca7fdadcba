"""Entries of pages in the order of time, and those that overlapping pages hold once more."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.ingest.model import SourcePlan
from pipeline.ingest.records.joining import join

#: Entries of one stream of an instance stand together. What the proxy before it logs (a format that the
#: envelope names) is another one than what the app prints: it falls between the lines of a console group.
STREAM = ("instance", "format")
#: What an entry and its copies have in common.
_ENTRY = (*STREAM, "entry_id", "ts")

Ints = npt.NDArray[np.int64]


def in_time(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put each stream's entries in the order of time; return the first occurrences, and the repeats.

    Entries of equal time keep their order, which is turned round where the newest come first.
    """
    rows = rows.with_columns(
        at=pl.col("ts").fill_null(strategy="forward").fill_null(strategy="backward").over(STREAM),
        place=pl.int_range(pl.len()),
        occurrence=pl.when(pl.col("entry_id").is_null())
        .then(0)
        .otherwise(pl.int_range(pl.len()).over(*_ENTRY)),
    )
    step = pl.col("at").diff().over(STREAM).dt.total_microseconds()
    newest_first = ((step < 0).sum() > (step > 0).sum()).over(STREAM)
    rows = (
        rows.with_columns(place=pl.when(newest_first).then(-pl.col("place")).otherwise(pl.col("place")))
        .sort(*STREAM, "at", "place", nulls_last=True)
        .drop("at", "place")
    )
    once = pl.col("occurrence") == 0
    return rows.filter(once).drop("occurrence"), rows.filter(~once)


def copies(again: pl.DataFrame, rows: pl.DataFrame, record: Ints, plan: SourcePlan) -> pl.DataFrame:
    """Join repeated entries as copies of the records that they repeat: with their key, time and text.

    Copies are known by key and time. A page may begin in the middle of a record; what it repeats of it has
    the text of the whole, since only a memo's first line tells that the others are to be redacted.
    """
    repeated = record[rows["entry_id"].is_in(again["entry_id"].implode()).fill_null(False).to_numpy()]
    whole = (
        pl.DataFrame({"record": record, "key": rows["entry_id"], "begun": rows["ts"], "whole": rows["text"]})
        .filter(pl.Series(np.isin(record, repeated)))
        .group_by("record", maintain_order=True)
        .agg(pl.col("key", "begun").first(), pl.col("whole").str.join("\n"))
    )
    of_entry = rows.select(_ENTRY).with_columns(record=record)
    known = (
        again.join(of_entry, on=_ENTRY, how="left", maintain_order="left", nulls_equal=True)
        .join(whole, on="record", how="left", maintain_order="left")
        .sort("occurrence", maintain_order=True)
    )
    number = known.select(pl.struct("occurrence", "record").rle_id()).to_series().to_numpy().astype(np.int64)
    known = known.with_columns(entry_id=pl.col("key"), ts=pl.col("begun"))
    known = known.drop("occurrence", "record", "key", "begun")
    found = join(known, number, np.ones(len(number), dtype=np.bool_), plan)
    return found.with_columns(text=pl.col("whole")).drop("whole")
