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

    from pipeline.enrich.redact import Rule

Kind = Literal["events", "documents", "metrics"]
Layout = Literal["lines", "json", "csv", "bson", "archive"]


@dataclass(frozen=True)
class SourcePlan:
    """How one source is read, the same for all its blocks: what its first bytes and the settings say.

    Attributes:
        file_id: the source's identity in the ledger, 16 hex digits.
        path: as the user gave it; `events.source`.
        containers: what was taken off, outermost first: "gzip".
        encoding: of the decompressed bytes.
        layout: "lines" (a record starts on a physical line of its own), "json" (values anywhere), "csv" (rows
            behind a header), "bson" (documents without separator) or "archive" (mongodump's).
        record_path: for "json": "" the top-level values, "[]" the elements of top-level arrays, "logs[]"
            those of a top-level object's array.
        one_per_line: for "json": each top-level value stands on a line of its own, so that a broken one ends
            with it.
        separator, columns, roles: for "csv": what stands between fields, the header's names, and what each
            column means to the format.
        envelope: what is around each line: "render_api", or none.
        formats: labels of the line formats to try, best first.
        kind: the table that the records go to.
        timezone: IANA name for times that state no zone.
        timezone_known: the settings name it for this source; the reporting zone in its place is assumed.
        collection: of documents.
        snapshot: the instant of an export, aware UTC.
        whole: the settings say that an export holds all of its collection, or not; None where they do not.
        near: an instant that the times of a format without a year lie near, aware UTC.
        service, instance: by the settings, for lines that state none.
        format_folders: folders with line formats of the user's own.
        redaction: rules of the user's own, beside h33's.
    """

    file_id: str
    path: str
    layout: Layout
    kind: Kind
    timezone: str
    containers: tuple[str, ...] = ()
    encoding: str = "utf-8"
    record_path: str = ""
    one_per_line: bool = False
    separator: str = ""
    columns: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    envelope: str | None = None
    formats: tuple[str, ...] = ()
    collection: str | None = None
    snapshot: datetime | None = None
    whole: bool | None = None
    near: datetime | None = None
    service: str | None = None
    instance: str | None = None
    timezone_known: bool = False
    format_folders: tuple[str, ...] = ()
    redaction: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Places:
    """Where the values of a "json" block stand in the decompressed source: arrays of equal length, int64."""

    line_no: npt.NDArray[np.int64]
    line_count: npt.NDArray[np.int64]
    byte_offset: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Skipped:
    """A record that the kernel is not given: its place, SHA-256, length in bytes, and why."""

    line_no: int
    line_count: int
    byte_offset: int
    sha256: str
    bytes: int
    reason: str = "longer than a record may be"


@dataclass(frozen=True)
class Block:
    """A run of bytes cut at record bounds.

    Attributes:
        data: for "lines" and "csv" whole physical lines as they stand in the decompressed source, the last
            newline perhaps missing at the end; for "json" one value per line, newlines inside it replaced
            by spaces; for "bson" and "archive" valid documents, one behind the other. What is no JSON (a
            broken value, text between values) is among them, to be rejected.
        line_no, byte_offset: of the block's first byte in the decompressed source; lines count from 1.
        places: where each value or row stands; None for "lines".
        blank: white-space lines between values or rows; the kernel finds those of "lines".
        skipped: records that were too long or malformed; the driver turns them into rejects.
        collection: of the documents, where a source holds several.
        torn: the end of the source cut its only value or its last line off: it may go on.
        begins: a record begins on its first line, whatever stands before it ("lines" only).
        ends: its last record ends with it: behind it another one begins, or nothing is ("lines" only).
        last: nothing comes after it.
    """

    data: bytes
    line_no: int
    byte_offset: int
    places: Places | None = None
    blank: npt.NDArray[np.int64] | None = None
    skipped: tuple[Skipped, ...] = ()
    collection: str | None = None
    torn: bool = False
    begins: bool = False
    ends: bool = False
    last: bool = False


@dataclass(frozen=True)
class Parsed:
    """What the kernel makes of a block.

    Attributes:
        table: records for the plan's kind, as `schema.record_arrow` has them, partition columns included.
        rejects: in the rejects schema, run_date left null for the driver to fill.
        masks: mask_id, text and first_ts of the masks met, each once; events only.
        blank: line numbers of white-space lines between records.
        open: rows whose record crosses the block's bounds: of each instance those before its first start
            (they go on with a record of the block before) and those from its last start on, also when the
            block is the last; neither where the block says that a record begins or ends there. The stitcher
            reads the columns `instance` (null: one stream), `line_no` and `byte_offset`; the others are the
            kernel's. None where every value is a record (documents).
            `kernel.close(rows, plan)` makes records of such rows, of as many blocks as wanted, in the order
            of the blocks; with `last=False` it leaves open, in its own `open`, what may still go on. It puts
            an instance's rows in the order of time where they have one, so that pages that come newest first
            are joined too.
        ended: no open row, of this block or one before, goes on in another.
        redactions: count by rule.
        reach: int64, a row for each of the table's: least and greatest byte offset of the record's rows. None
            where records never interleave: there each begins behind the one before.
        failure: why the kernel could not take some rows, which are rejects then; a defect of h33.
    """

    table: pa.Table
    rejects: pa.Table
    masks: pa.Table | None
    blank: npt.NDArray[np.int64]
    open: pl.DataFrame | None = None
    ended: bool = False
    redactions: dict[str, int] = field(default_factory=dict)
    reach: npt.NDArray[np.int64] | None = None
    failure: str | None = None
