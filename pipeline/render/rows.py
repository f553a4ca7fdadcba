"""The formats that rows are written in: a dictionary of functions from Arrow batches to bytes.

Results of any size pass through batch by batch. csv, json and ndjson are for machines: UTC, all digits. table
and markdown are for people: the reporting zone. parquet keeps the types.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipeline.render.sink import Sink

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Setting:
    """What people's formats follow: the reporting zone and the columns of the terminal."""

    zone: ZoneInfo
    columns: int = 80


@dataclass(frozen=True)
class Format:
    """One way to write rows.

    Attributes:
        name: as `--format` takes it.
        suffix: of files that hold it.
        is_text: whether it may be shown on a terminal.
        is_for_people: whether columns are called as people call them, in their language.
        write: writes all rows of a reader.
    """

    name: str
    suffix: str
    is_text: bool
    write: Callable[[pa.RecordBatchReader, Sink, Setting], None]
    is_for_people: bool = False


# The writers load Arrow, so each is imported when it is used: `--help` lists the formats for free.


def _table(reader: pa.RecordBatchReader, out: Sink, setting: Setting) -> None:
    from pipeline.render import rows_table

    rows_table.write(reader, out, setting.zone, setting.columns)


def _csv(reader: pa.RecordBatchReader, out: Sink, setting: Setting) -> None:
    from pipeline.render import rows_csv

    rows_csv.write(reader, out)


def _json(reader: pa.RecordBatchReader, out: Sink, setting: Setting) -> None:
    from pipeline.render import rows_json

    rows_json.write_array(reader, out)


def _ndjson(reader: pa.RecordBatchReader, out: Sink, setting: Setting) -> None:
    from pipeline.render import rows_json

    rows_json.write_lines(reader, out)


def _markdown(reader: pa.RecordBatchReader, out: Sink, setting: Setting) -> None:
    from pipeline.render import rows_markdown

    rows_markdown.write(reader, out, setting.zone)


def _parquet(reader: pa.RecordBatchReader, out: Sink, setting: Setting) -> None:
    from pipeline.render import rows_parquet

    rows_parquet.write(reader, out)


FORMATS = {
    form.name: form
    for form in (
        Format("table", ".txt", is_text=True, write=_table, is_for_people=True),
        Format("csv", ".csv", is_text=True, write=_csv),
        Format("json", ".json", is_text=True, write=_json),
        Format("ndjson", ".ndjson", is_text=True, write=_ndjson),
        Format("markdown", ".md", is_text=True, write=_markdown, is_for_people=True),
        Format("parquet", ".parquet", is_text=False, write=_parquet),
    )
}
