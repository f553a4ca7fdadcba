"""What passes between the steps of ingest. All of it can be pickled; none of it holds an open file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl
    import pyarrow as pa

Kind = Literal["events", "documents", "metrics"]
Layout = Literal["lines", "json"]


@dataclass(frozen=True)
class SourcePlan:
    """How one source is read: fixed by the scout from its first bytes and the settings, the same for all its blocks.

    Attributes:
        file_id: the source's identity in the ledger, 16 hex digits.
        path: as the user gave it; `events.source`.
        containers: what was taken off, outermost first: "gzip".
        encoding: of the decompressed bytes.
        layout: "lines" (a record starts on a physical line of its own) or "json" (values anywhere).
        record_path: for "json": "" the top-level values, "[]" the elements of top-level arrays, "logs[]" those of
            a top-level object's array.
        envelope: what is around each line: "render_api", or none.
        formats: labels of the line formats to try, best first.
        kind: the table that the records go to.
        timezone: IANA name for times that state no zone.
        collection: of documents.
        snapshot: the instant of an export, aware UTC.
        service, instance: by the settings, for lines that state none.
    """

    file_id: str
    path: str
    layout: Layout
    kind: Kind
    timezone: str
    containers: tuple[str, ...] = ()
    encoding: str = "utf-8"
    record_path: str = ""
    envelope: str | None = None
    formats: tuple[str, ...] = ()
    collection: str | None = None
    snapshot: datetime | None = None
    service: str | None = None
    instance: str | None = None


@dataclass(frozen=True)
class Places:
    """Where the records of a "json" block stand in the decompressed source: arrays of equal length, int64."""

    line_no: npt.NDArray[np.int64]
    line_count: npt.NDArray[np.int64]
    byte_offset: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """A run of bytes cut at record bounds.

    Attributes:
        data: for "lines" whole physical lines as they stand in the decompressed source, the last newline perhaps
            missing at the very end; for "json" one value per line, newlines inside it replaced by spaces.
        line_no, byte_offset: of the block's first byte in the decompressed source; lines count from 1.
        places: where each value stands ("json" only).
        last: nothing comes after it.
    """

    data: bytes
    line_no: int
    byte_offset: int
    places: Places | None = None
    last: bool = False


@dataclass(frozen=True)
class Parsed:
    """What the kernel makes of a block.

    Attributes:
        table: records for the plan's kind, in that table's full Arrow schema, partition columns included.
        rejects: in the rejects schema, run_date left null for the driver to fill.
        masks: mask_id, text and first_ts of the masks met, each once; events only.
        blank: line numbers of white-space lines between records.
        open: rows (the kernel's own frame) whose record may go on in the next block or began in the one before;
            empty when the block was parsed as closed.
        redactions: count by rule.
    """

    table: pa.Table
    rejects: pa.Table
    masks: pa.Table | None
    blank: npt.NDArray[np.int64]
    open: pl.DataFrame | None = None
    redactions: dict[str, int] = field(default_factory=dict)
