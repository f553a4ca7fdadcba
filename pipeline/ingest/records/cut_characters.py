"""Characters that a container runtime cut in two: where it cuts lines into `pieces`, it counts bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from pipeline import formats

if TYPE_CHECKING:
    from pipeline.ingest.model import SourcePlan


#: Bytes of the widest character of UTF-8.
_WIDEST = 4


def mended(lines: Sequence[bytes], plan: SourcePlan) -> list[bytes]:
    """Return lines in which the bytes of a character that two pieces share stand in the later one.

    Args:
        lines: of a block, some of them not UTF-8.
        plan: how their source is read.
    """
    whole = list(lines)
    envelope = formats.envelope_of_pieces(plan.envelope, plan.format_folders)
    if envelope is None or envelope.envelope is None:
        # What is cut before it becomes JSON has lost those bytes.
        return whole
    text = pl.Series([line.decode(errors="replace") for line in lines], dtype=pl.String)
    told = text.str.extract_groups(f"(?P<head>{envelope.envelope})").struct.unnest()
    goes_on: dict[str, int] = {}
    for row, (head, stream, partial) in enumerate(
        zip(told["head"], told["stream"], told["partial"], strict=True)
    ):
        if head is None or not head.isascii():
            continue
        said = len(head.encode())
        if (before := goes_on.pop(stream, None)) is not None:
            begun = _begun(whole[before], whole[row][said:])
            whole[before] = whole[before].removesuffix(begun)
            whole[row] = whole[row][:said] + begun + whole[row][said:]
        if partial is not None:
            goes_on[stream] = row
    return whole


def _begun(piece: bytes, behind: bytes) -> bytes:
    """Return the bytes at a piece's end that are a character with what stands behind them; else none."""
    try:
        piece.decode()
    except UnicodeDecodeError as error:
        begun = piece[error.start :]
        if error.reason == "unexpected end of data" and _begins_well(begun + behind[:_WIDEST]):
            return begun
    return b""


def _begins_well(data: bytes) -> bool:
    """Return whether bytes begin with a character of UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start > 0
    return True
