"""`[tickets]`: what the columns of a help desk's export are called."""

from __future__ import annotations

from typing import Any

from pipeline.config.reader import Reader

KEY = "tickets"

#: What a column may mean.
MEANINGS = ("id", "at", "topic", "text", "status")

TEMPLATE = """\
# What the help desk calls the columns of its export (CSV); common English and Korean names are known.
[tickets]
# id = "접수번호"
# at = "접수일시"
# topic = "분류"
# text = "내용"
# status = "처리상태"
"""


def read(reader: Reader, value: Any) -> dict[str, str]:
    """Return the names of columns by their meaning; a meaning without one is guessed."""
    table = reader.table({} if value is None else value, KEY, MEANINGS)
    names = {meaning: reader.text(table, meaning, f"{KEY}.") for meaning in MEANINGS}
    return {meaning: name for meaning, name in names.items() if name is not None}
