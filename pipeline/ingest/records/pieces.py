"""Lines that a container runtime cut into pieces: every piece but the last says that its line goes on.

Kubernetes puts time, stream and tag before each; the tag `P` is that of a piece, `F` that of a line or its
last piece. Docker makes a JSON object of each: what is as long as its buffer and lacks the newline goes on.
The streams of a container take turns, so pieces of one line need not stand together.
https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
https://github.com/moby/moby/blob/master/daemon/logger/jsonfilelog/jsonfilelog.go
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline import formats
from pipeline.formats import json_match
from pipeline.formats.line import LineFormat
from pipeline.ingest.records.rows import LONGEST

if TYPE_CHECKING:
    from pipeline.ingest.model import SourcePlan

#: A line of more bytes than this goes on as another; pieces that stand farther apart are of two lines, too.
_MOST = LONGEST // 2
#: What an envelope states of a piece.
_STATED = ("stream", "partial")
_OF = ("instance", "stream")


def joined(frame: pl.DataFrame) -> pl.DataFrame:
    """Put lines together that stand in pieces.

    Args:
        frame: rows of a block; `stream` and `partial`, which is null but in pieces whose line goes on.

    Returns:
        The rows without those columns. The first piece of a line has all of its text, the others stand behind
        it, without text and `glued`: they only say where the line stands.
    """
    if not frame["partial"].is_not_null().any():
        return frame.drop(_STATED).with_columns(glued=pl.lit(False))
    ends = pl.col("partial").is_null() | (pl.col("byte_offset").shift(-1) - pl.col("byte_offset") > _MOST)
    told = frame.with_row_index().with_columns(line=ends.shift(1, fill_value=True).cum_sum().over(_OF))
    told = told.with_columns(part=pl.col("text").str.len_bytes().cum_sum().over(*_OF, "line") // _MOST)
    first = told.select(pl.col("index").first().over(*_OF, "line", "part")).to_series()
    glued = first != told["index"]
    whole = (
        pl.DataFrame({"first": first, "text": frame["text"]})
        .group_by("first")
        .agg(pl.col("text").str.join(""))
    )
    text = pl.select(pl.repeat("", frame.height)).to_series().scatter(whole["first"], whole["text"])
    order = np.argsort(first.to_numpy(), kind="stable")
    return frame.drop(_STATED).with_columns(text.alias("text"), glued=glued)[order]


def last_whole(data: bytes, plan: SourcePlan) -> int:
    r"""Return where a block of lines may end: behind the last newline at which no line is in pieces.

    Args:
        data: lines; the last newline may be missing.
        plan: how their source is read.

    Returns:
        An offset in `data`; behind its last newline where pieces go on for longer than lines are joined.
    """
    end = data.rfind(b"\n") + 1
    envelope = formats.envelope_of_pieces(plan.envelope, plan.format_folders)
    if envelope is None:
        return end
    place = data.find(b"\n", end - _MOST, end) + 1 if end > _MOST else 0
    lengths = np.diff(_newlines(data[place:end]), prepend=-1)
    if envelope.json and lengths.max(initial=0) < (envelope.json.pieces or 0):
        # None is as long as a piece.
        return end
    told = _told(data[place:end].split(b"\n")[:-1], envelope, plan)
    pending: set[str] = set()
    found = None if place else 0
    for stream, partial, length in zip(told["stream"], told["partial"], lengths.tolist(), strict=True):
        place += length
        if partial is not None:
            pending.add(stream)
        elif stream is not None:
            pending.discard(stream)
        if not pending:
            found = place
    return end if found is None else found


def _told(lines: list[bytes], envelope: LineFormat, plan: SourcePlan) -> pl.DataFrame:
    """Return what an envelope states of lines as pieces; nothing of lines that do not stand in it."""
    text = pl.Series([line.decode(errors="replace") for line in lines], dtype=pl.String)
    if envelope.json is None:
        return text.str.extract_groups(envelope.envelope or "").struct.unnest()
    return json_match.unwrap(envelope, text, plan.timezone)


def _newlines(data: bytes) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
