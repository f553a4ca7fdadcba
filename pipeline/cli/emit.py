"""How commands put rows out: `--format`, `--output`, and the way to a terminal, a pipe or a file."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click
from click.core import ParameterSource

from pipeline import instants
from pipeline.cli.common import F, format_option
from pipeline.errors import H33Error, UsageFault
from pipeline.render.rows import FORMATS, Format, Setting
from pipeline.render.text import safe

if TYPE_CHECKING:
    import pyarrow as pa


def rows_options(command: F) -> F:
    """Add `--format` and `--output` to a command that puts out rows."""
    add_file = click.option(
        "--output",
        "file",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write to FILE, whose suffix then says the format.",
    )
    add_format: Callable[[F], F] = format_option(*FORMATS)
    return add_format(add_file(command))


def emit(
    reader: pa.RecordBatchReader,
    output: str,
    file: Path | None,
    timezone: str,
    words: Mapping[str, str] | None = None,
) -> int:
    """Write rows where the command's options say, and return how many there were.

    Args:
        reader: the rows.
        output: name of the format.
        file: where to; stdout when None.
        timezone: the reporting zone.
        words: what people's formats call a column instead of its name.

    Raises:
        UsageFault: Parquet for a terminal.
        H33Error: the file cannot be written; nothing of it is left then.
    """
    form = chosen(output, file)
    setting = Setting(instants.zone(timezone), shutil.get_terminal_size((80, 24)).columns)
    tally = _Tally()
    counted = _counted(reader, tally, words if words and form.is_for_people else {})
    if file is not None:
        with _replacing(file) as out:
            form.write(counted, out, setting)
    elif not sys.stdout.isatty():
        form.write(counted, sys.stdout.buffer, setting)
        sys.stdout.buffer.flush()
    elif form.is_text:
        form.write(counted, _Terminal(), setting)
    else:
        raise UsageFault(
            f"{form.name} is not for a terminal", hint="name a file with --output, or use a pipe"
        )
    return tally.rows


def chosen(output: str, file: Path | None) -> Format:
    """Return the format: the one asked for, else by the file's suffix, else the option's default."""
    asked = click.get_current_context().get_parameter_source("output") is not ParameterSource.DEFAULT
    if file is not None and not asked:
        return next((form for form in FORMATS.values() if form.suffix == file.suffix.lower()), FORMATS["csv"])
    return FORMATS[output]


@dataclass
class _Tally:
    """How many rows went by."""

    rows: int = 0


def _counted(reader: pa.RecordBatchReader, tally: _Tally, words: Mapping[str, str]) -> pa.RecordBatchReader:
    """Return the reader, counted as it is read, its columns called by the words that there are.

    The generator must not hold what holds the reader: Python cannot see through Arrow to free such a ring.
    """
    import pyarrow as pa

    called = pa.schema([field.with_name(words.get(field.name, field.name)) for field in reader.schema])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            tally.rows += batch.num_rows
            yield pa.RecordBatch.from_arrays(batch.columns, schema=called)

    return pa.RecordBatchReader.from_batches(called, batches())


class _Terminal:
    """Standard output where a person watches: csv keeps what the data says, a terminal must not obey it."""

    def write(self, data: bytes) -> None:
        sys.stdout.write(safe(data.decode()))


@contextmanager
def _replacing(file: Path) -> Iterator[BinaryIO]:
    """Yield a file that takes the name of `file` when all is written; else nothing of it stays."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "wb") as out:
            yield out
        part.replace(file)
    except OSError as error:
        raise H33Error(f"cannot be written: {error.strerror}", where=str(file)) from None
    finally:
        part.unlink(missing_ok=True)
