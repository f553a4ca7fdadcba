"""Takes off what a collector put around each line: time, host, service. Inside are the lines as printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl

from pipeline import formats
from pipeline.formats import json_match, match, times
from pipeline.formats.line import LineFormat
from pipeline.ingest.model import SourcePlan
from pipeline.ingest.records import pieces
from pipeline.ingest.records.rows import Rows

_STATED = ("instance", "service")
_TIMESTAMP = pl.Datetime("us", "UTC")


def unwrap(found: Rows, plan: SourcePlan) -> Rows:
    """Return rows without their envelope: `ts`, `instance`, `service`, and the line inside as `text`.

    Also `around_zoneless` and `around_yearless`, true where the time states no zone or no year. A line
    without the envelope goes on with the instance of the line before it. White-space lines are no rows. Lines
    in pieces are put together, see `pieces.joined`.
    """
    blank = found.frame["text"].str.strip_chars() == ""
    frame = found.frame.filter(~blank)
    inside = _inside(frame["text"], plan)
    frame = frame.with_columns(inside.drop("instance").get_columns())
    instance = inside["instance"]
    if plan.instance is not None:
        instance = instance.fill_null(plan.instance)
    frame = frame.with_columns(instance=instance.fill_null(strategy="forward"))
    if "partial" in frame.columns:
        frame = pieces.joined(frame)
    # Colours too may stand in two pieces.
    frame = frame.with_columns(match.plain(frame["text"]))
    return replace(found, frame=frame, blank=found.frame["line_no"].filter(blank).to_numpy())


def texts(lines: Sequence[str], plan: SourcePlan) -> list[str]:
    """Return lines without their envelope."""
    return _inside(pl.Series("text", list(lines), dtype=pl.String), plan)["text"].to_list()


def _inside(text: pl.Series, plan: SourcePlan) -> pl.DataFrame:
    """Return what stands in the envelopes, and what they state; a line without one stays as it is."""
    envelope = formats.get(str(plan.envelope), plan.format_folders)
    if envelope.json is not None:
        read = json_match.unwrap(envelope, text, plan.timezone)
        return _complete(read.with_columns(around_zoneless=pl.lit(False), around_yearless=pl.lit(False)))
    groups = text.str.extract_groups(f"(?P<whole>{envelope.envelope})").struct.unnest()
    rest = text.str.slice(groups["whole"].str.len_chars().fill_null(0))
    return _complete(
        groups.drop("whole", "ts").with_columns(rest.alias("text"), *_times(groups["ts"], envelope, plan))
    )


def _times(text: pl.Series, envelope: LineFormat, plan: SourcePlan) -> list[pl.Series]:
    if envelope.time == "syslog":
        near = plan.near or datetime(1970, 1, 1, tzinfo=UTC)
        ts = times.syslog(text, near, plan.timezone)
        known = ts.is_not_null()
        return [ts.alias("ts"), known.alias("around_zoneless"), known.alias("around_yearless")]
    read = times.iso(text, plan.timezone)
    zoneless = read["zoneless"].fill_null(False)
    return [read["ts"], zoneless.alias("around_zoneless"), (zoneless & False).alias("around_yearless")]


def _complete(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns with those that this envelope does not state."""
    missing = [name for name in _STATED if name not in frame.columns]
    return frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in missing)
