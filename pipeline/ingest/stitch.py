"""Joins what the bounds of blocks cut apart: records that begin in one block and go on in the next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pyarrow as pa

from pipeline.errors import ContractFault
from pipeline.ingest.model import Parsed, SourcePlan
from pipeline.ingest.records import kernel
from pipeline.ingest.records.rejects import unclosed


class Stitcher:
    """Takes what the kernel made of a source's blocks, in their order, and closes what they left open.

    A record whose instance was silent for a whole block is closed, and so is one that began too long ago:
    little is held open.
    """

    def __init__(self, plan: SourcePlan) -> None:
        self._plan = plan
        self._open: pl.DataFrame | None = None

    def add(self, parsed: Parsed, *, heard_since: int, begun_since: int, torn: bool = False) -> Parsed:
        """Return a block's records with those that it closes.

        Args:
            parsed: of the next block.
            heard_since: offset; an instance without a row from there on is silent.
            begun_since: offset; a record that began before it began too long ago.
            torn: it is a part of a line, which closes nothing: what begins a record may be the beginning of
                what goes on with one.
        """
        if parsed.open is None:
            return parsed
        rows = parsed.open if self._open is None else pl.concat([self._open, parsed.open], how="diagonal")
        if torn or (self._open is None and not parsed.ended):
            self._open = rows
            return parsed
        self._open = None
        if not rows.height:
            return parsed
        closed = self._closed(rows, last=parsed.ended)
        done = [parsed, closed]
        still_open = closed.open
        if still_open is not None and still_open.height:
            offsets = pl.col("byte_offset")
            overdue = (offsets.max().over("instance") < heard_since) | (
                offsets.min().over("instance") < begun_since
            )
            if still_open.select(overdue.any()).item():
                done.append(self._closed(still_open.filter(overdue), last=True))
                still_open = still_open.filter(~overdue)
        self._open = still_open
        return together(done)

    @property
    def open_from(self) -> tuple[int, int] | None:
        """Offset and line of the first row that may still go on; None where every record is closed."""
        if self._open is None or not self._open.height:
            return None
        first = self._open.sort("byte_offset").row(0, named=True)
        return first["byte_offset"], first["line_no"]

    def close(self) -> Parsed | None:
        """Return the records of all that is open: nothing more comes, or not yet."""
        rows, self._open = self._open, None
        return self._closed(rows, last=True) if rows is not None and rows.height else None

    def _closed(self, rows: pl.DataFrame, *, last: bool) -> Parsed:
        """Return the records of rows; what the kernel cannot take is rejected: a line stops no run."""
        try:
            return kernel.close(rows, self._plan, last=last)
        except ContractFault:
            raise
        except (Exception, pl.exceptions.PanicException) as error:
            return unclosed(rows, self._plan, error)


def together(parts: Sequence[Parsed]) -> Parsed:
    """Return several results as one."""
    if len(parts) == 1:
        return parts[0]
    masks = [part.masks for part in parts if part.masks is not None]
    redactions: dict[str, int] = {}
    for part in parts:
        for rule, count in part.redactions.items():
            redactions[rule] = redactions.get(rule, 0) + count
    reach = [part.reach for part in parts if part.reach is not None]
    return Parsed(
        table=pa.concat_tables([part.table for part in parts]).unify_dictionaries(),
        rejects=pa.concat_tables([part.rejects for part in parts]),
        masks=pa.concat_tables(masks) if masks else None,
        blank=np.concatenate([part.blank for part in parts]),
        redactions=redactions,
        reach=np.concatenate(reach) if reach else None,
        failure=next((part.failure for part in parts if part.failure), None),
    )
