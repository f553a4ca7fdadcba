"""Where rows are written to."""

from __future__ import annotations

from typing import Protocol


class Sink(Protocol):
    """Where the bytes go: a binary file, or whatever takes its place."""

    def write(self, data: bytes, /) -> object:
        """Take some bytes."""
