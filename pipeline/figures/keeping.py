"""Folders below the state folder in which what was counted is kept for the next run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import H33Error
from pipeline.lake import disk


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Make a folder below the state folder, and files in it that the group may read.

    Raises:
        H33Error: something in it cannot be written.
    """
    try:
        with disk.group_readable():
            disk.make_folders(folder)
            yield
    except OSError as error:
        raise H33Error(f"what was counted cannot be kept: {error.strerror}", where=str(folder)) from None
