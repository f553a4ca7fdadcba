"""What may come next in the shell, and what it says of itself, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

#: The commands of the shell with their help, in English and Korean.
COMMANDS: Mapping[str, tuple[str, str]] = {
    ".reports": ("the reports and what they answer", "리포트와 각 리포트가 답하는 질문"),
    ".report NAME [PARAM=VALUE …]": ("run a report", "리포트 실행"),
    ".schema [TABLE]": ("the tables and views, or the columns of one", "테이블과 뷰, 또는 그 컬럼"),
    ".examples [N]": ("worked questions; with N, ask the n-th", "풀이가 있는 질문, N을 주면 그 질문을 실행"),
    ".help": ("this list", "이 목록"),
    ".quit": ("leave; Ctrl-D does too", "나가기 (Ctrl-D와 같음)"),
}

_KEYWORDS = (
    "SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "HAVING", "LIMIT", "JOIN", "LEFT JOIN", "ON", "USING",
    "AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "IS NULL", "IS NOT NULL", "AS", "WITH", "DISTINCT", "COUNT",
    "SUM", "MIN", "MAX", "AVG", "MEDIAN", "CASE", "WHEN", "THEN", "ELSE", "END", "DESC", "DESCRIBE",
    "EXPLAIN", "INTERVAL", "UNION ALL", "during",
)  # fmt: skip
_WORD = re.compile(r"[\w.]*$")
_AFTER_TABLE_WORD = re.compile(r"\b(from|join|describe|summarize)\s+[\w.]*$", re.IGNORECASE)


def command_names() -> list[str]:
    """Return the commands without their arguments."""
    return [usage.split()[0] for usage in COMMANDS]


def word_before(text: str) -> str:
    """Return the word that the text ends in.

    >>> word_before("SELECT count(*) FROM lake.ev")
    'lake.ev'
    """
    match = _WORD.search(text)
    return match[0] if match else ""


def candidates(text: str, columns: Mapping[str, Sequence[str]], reports: Sequence[str]) -> Iterator[str]:
    """Yield what may stand where the text ends, without repeats.

    Args:
        text: before the cursor.
        columns: of each table and view, by its name.
        reports: names.
    """
    first, _, rest = text.lstrip().partition(" ")
    if first.startswith("."):
        offered = _of_command(first, rest, text, columns, reports)
    elif _AFTER_TABLE_WORD.search(text):
        offered = list(columns)
    else:
        used = [name for name in columns if re.search(rf"\b{re.escape(name)}\b", text)]
        named = [column for name in used or columns for column in columns[name]]
        offered = [*named, *columns, *_KEYWORDS]
    word = word_before(text).lower()
    seen = dict.fromkeys(offer for offer in offered if offer.lower().startswith(word))
    yield from seen


def _of_command(
    first: str, rest: str, text: str, columns: Mapping[str, Sequence[str]], reports: Sequence[str]
) -> list[str]:
    if " " not in text.lstrip():
        return command_names()
    if " " in rest:
        return []
    return {".schema": list(columns), ".report": list(reports)}.get(first, [])
