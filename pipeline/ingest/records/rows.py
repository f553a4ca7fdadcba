"""A block's bytes as rows: one for each physical line, or for each entry of an envelope."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl

from pipeline.formats import json_shapes, match, text_views, times
from pipeline.ingest.model import Block, Places, SourcePlan
from pipeline.ingest.records import cut_characters

#: A longer record is not kept; what is known of it is its place, length and hash.
LONGEST = 1 << 20

_BYTE_ORDER_MARK = "\ufeff".encode()
_NO_TEXT = "not UTF-8, and not CP949 either"
_HANGUL = re.compile("[\x00-\x7f\u3000-\u303f\u3130-\u318f\uac00-\ud7a3\uff01-\uff5e]*")


@dataclass(frozen=True)
class Reject:
    """Bytes that could not be understood; `text` is null where they are no text or too long."""

    line_no: int
    line_count: int
    byte_offset: int
    text: str | None
    sha256: str
    bytes: int
    reason: str


@dataclass
class Rows:
    """Rows in the order of the source, and what could not become one.

    Columns of `frame`: `line_no`, `byte_offset`, `text` (no line end, no colour), `line_count`, `instance`;
    of entries also `entry_id`, `ts` and what else the envelope states, named as in `events`. `blank` are
    numbers of white-space lines that no row is made of.
    """

    frame: pl.DataFrame
    rejects: list[Reject] = field(default_factory=list)
    blank: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def reject(data: bytes, line_no: int, line_count: int, byte_offset: int, reason: str) -> Reject:
    """Return the reject of a record's bytes."""
    text = None
    if len(data) <= LONGEST:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = None
    return Reject(line_no, line_count, byte_offset, text, hashlib.sha256(data).hexdigest(), len(data), reason)


def from_lines(block: Block, plan: SourcePlan) -> Rows:
    """Return a row for each physical line.

    A leading run of NUL bytes is a hole that a truncated file left; the line begins behind it. Lines that are
    not UTF-8 are read as CP949 (which holds EUC-KR) where that gives Korean text, unless they are pieces that
    share a character.
    """
    starts, ends = text_views.bounds(block.data)
    rejects: list[Reject] = []
    try:
        text = text_views.texts(block.data, starts, ends, valid=text_views.is_utf8(block.data))
    except pl.exceptions.ComputeError:
        lines = [block.data[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        whole = cut_characters.mended(lines, plan)
        text = pl.Series("text", [decoded(line) for line in whole], dtype=pl.String)
    if b"\r" in block.data:
        text = text.str.strip_suffix("\r")
    lost = ends - starts > LONGEST
    if b"\x00" in block.data:
        lost |= text.str.contains("^\x00+$").fill_null(False).to_numpy()
        text = text.str.strip_chars_start("\x00")
    if block.byte_offset == 0 and block.data.startswith(_BYTE_ORDER_MARK):
        text = text.scatter(0, text.head(1).str.strip_prefix("\ufeff"))
    lost |= text.is_null().to_numpy()
    frame = pl.DataFrame(
        {
            "line_no": block.line_no + np.arange(len(starts), dtype=np.int64),
            "byte_offset": block.byte_offset + starts,
            "text": match.plain(text) if b"\x1b" in block.data else text,
            "line_count": np.ones(len(starts), dtype=np.int32),
            "instance": pl.Series([plan.instance], dtype=pl.String).new_from_index(0, len(starts)),
        }
    )
    if lost.any():
        for row in np.flatnonzero(lost).tolist():
            data = block.data[starts[row] : ends[row]]
            rejects.append(
                reject(
                    data, block.line_no + row, 1, block.byte_offset + int(starts[row]), _why(data, text[row])
                )
            )
        frame = frame.filter(pl.Series(~lost))
    return Rows(frame, rejects)


def from_entries(block: Block, plan: SourcePlan, envelope: ModuleType) -> Rows:
    """Return a row for each entry of the envelope."""
    starts, ends = text_views.bounds(block.data)
    places = block.places or _line_places(block, starts)
    frames, alone = _alike_entries(block, starts, ends, envelope)
    found: list[tuple[object, ...]] = []
    rejects: list[Reject] = []
    for row in np.flatnonzero(alone).tolist():
        data = block.data[starts[row] : ends[row]]
        place = int(places.line_no[row]), int(places.line_count[row]), int(places.byte_offset[row])
        try:
            entry = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            rejects.append(reject(data, *place, invalid_json(error)))
            continue
        unwrapped = envelope.unwrap(entry) if envelope.claims(entry) else None
        if unwrapped is None:
            rejects.append(reject(data, *place, f"no entry of {envelope.__name__.rpartition('.')[2]}"))
        elif len(unwrapped[0]) > LONGEST:
            rejects.append(reject(data, *place, "longer than a record may be"))
        else:
            found.append((row, unwrapped[0], *unwrapped[1]))
    kinds = dict.fromkeys(("text", *envelope.COLUMNS), pl.String)
    frames.append(pl.DataFrame(found, schema={"row": pl.UInt32, **kinds}, orient="row"))
    frame = pl.concat(frames).sort("row")
    taken = frame["row"].to_numpy()
    frame = frame.drop("row").with_columns(
        line_no=places.line_no[taken],
        line_count=places.line_count[taken].astype(np.int32),
        byte_offset=places.byte_offset[taken],
    )
    ts = times.iso(frame["time"], plan.timezone)["ts"]
    status = frame["http_status"].cast(pl.Int16, strict=False)
    frame = frame.drop("time").with_columns(match.plain(frame["text"]), ts, status)
    if plan.instance is not None:
        frame = frame.with_columns(pl.col("instance").fill_null(plan.instance))
    return Rows(frame, rejects)


def _alike_entries(
    block: Block, starts: text_views.Ints, ends: text_views.Ints, envelope: ModuleType
) -> tuple[list[pl.DataFrame], npt.NDArray[np.bool_]]:
    """Return entries that are read a column at a time, with their numbers, and which entries are not."""
    alone = np.ones(len(starts), dtype=np.bool_)
    try:
        text = text_views.texts(block.data, starts, ends)
    except pl.exceptions.ComputeError:
        return [], alone
    frames = []
    for alike in json_shapes.read(text):
        if (columns := envelope.columns(alike)) is not None:
            short = columns["text"].str.len_chars() <= LONGEST
            frames.append(columns.insert_column(0, pl.Series("row", alike.rows)).filter(short))
            alone[alike.rows[short.to_numpy()]] = False
    return frames, alone


def from_values(block: Block, plan: SourcePlan) -> Rows:
    """Return a row for each JSON value, its text on one line; every one is a record of its own."""
    starts, ends = text_views.bounds(block.data)
    try:
        text = text_views.texts(block.data, starts, ends)
    except pl.exceptions.ComputeError:
        # What is not UTF-8 is no JSON either: the parser below tells it.
        lines = block.data.split(b"\n")[: len(starts)]
        text = pl.Series("text", [line.decode(errors="replace") for line in lines], dtype=pl.String)
    places = block.places or _line_places(block, starts)
    sound = np.zeros(len(starts), dtype=np.bool_)
    for alike in json_shapes.read(text):
        sound[alike.rows] = True
    sound &= ends - starts <= LONGEST
    rejects = []
    for row in np.flatnonzero(~sound).tolist():
        data = block.data[starts[row] : ends[row]]
        reason = "longer than a record may be" if len(data) > LONGEST else _no_json(data)
        if reason is None:
            sound[row] = True
        else:
            line_no, line_count, offset = places.line_no[row], places.line_count[row], places.byte_offset[row]
            rejects.append(reject(data, int(line_no), int(line_count), int(offset), reason))
    frame = pl.DataFrame(
        {
            "line_no": places.line_no,
            "line_count": places.line_count.astype(np.int32),
            "byte_offset": places.byte_offset,
            "text": text,
            "instance": pl.Series([plan.instance], dtype=pl.String).new_from_index(0, len(starts)),
        }
    )
    return Rows(frame.filter(pl.Series(sound)) if rejects else frame, rejects)


def _line_places(block: Block, starts: text_views.Ints) -> Places:
    """Return where values stand that are one per line of the source."""
    number = np.arange(len(starts), dtype=np.int64)
    return Places(block.line_no + number, np.ones_like(number), block.byte_offset + starts)


def _no_json(data: bytes) -> str | None:
    """Return why bytes are no JSON, None where they are."""
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError as error:
        return invalid_json(error)
    return None


def values(block: Block) -> Iterator[tuple[bytes, int, int, int]]:
    """Yield each JSON value of a block: its bytes, first line, lines, and byte offset."""
    lines = block.data.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    places = block.places or _line_places(block, text_views.bounds(block.data)[0])
    yield from zip(
        lines, places.line_no.tolist(), places.line_count.tolist(), places.byte_offset.tolist(), strict=True
    )


def invalid_json(error: orjson.JSONDecodeError) -> str:
    """Return the reason of a value that is no JSON; the parser's words without the place and the text."""
    return f"invalid JSON: {error.msg}"


def decoded(line: bytes) -> str | None:
    """Return a line's text as UTF-8, else as CP949 if that is Korean; None where it is neither.

    A broken UTF-8 line is almost never valid CP949: the lead bytes of its Hangul want trail bytes from A1 on.
    """
    try:
        return line.decode()
    except UnicodeDecodeError:
        try:
            text = line.decode("cp949")
        except UnicodeDecodeError:
            return None
        return text if _HANGUL.fullmatch(text) else None


def _why(data: bytes, text: str | None) -> str:
    if len(data) > LONGEST:
        return "longer than a record may be"
    return _NO_TEXT if text is None else "nothing but NUL bytes"
