"""A help desk's export as CSV: a ticket a row, its columns named by the settings or by custom.

https://www.rfc-editor.org/rfc/rfc4180
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.formats import table

#: The table that its records go to.
KIND = "events"

#: Customary names, the likeliest first.
_NAMES = {
    "id": ("ticket id", "ticket", "id", "no", "number", "접수번호", "문의번호", "티켓번호", "번호"),
    "at": (
        *("created at", "created", "opened at", "opened", "received at", "submitted at", "date", "time"),
        *("접수일시", "접수일", "접수시간", "문의일시", "문의일", "등록일시", "등록일", "작성일시", "작성일"),
        *("생성일시", "생성일", "일시"),
    ),
    "topic": ("topic", "category", "type", "tag", "분류", "문의유형", "유형", "카테고리", "주제"),
    "text": (
        *("text", "description", "content", "body", "message", "comment", "subject", "title"),
        *("내용", "문의내용", "본문", "상세내용", "제목"),
    ),
    "status": ("status", "state", "처리상태", "진행상태", "상태"),
}
#: A table with one of these is a log.
_LOG = frozenset({"level", "severity", "lvl", "logger"})


def claims(value: object) -> bool:
    """Return whether the value is the header of a table of tickets, by customary names.

    >>> claims(("접수번호", "접수일시", "분류", "내용", "처리상태")), claims(("time", "level", "message"))
    (True, False)
    """
    if not isinstance(value, tuple) or _LOG & {table.plain(name) for name in value}:
        return False
    found = set(roles(value, {}))
    return {"id", "at"} <= found and len(found & {"topic", "text", "status"}) >= 2


def roles(columns: Sequence[str], named: Mapping[str, str]) -> tuple[str, ...]:
    """Return what each column means: id, at, topic, text or status; "" for the others.

    Args:
        columns: the header.
        named: names by meaning, from the settings; they come before the customary ones, by which another help
            desk's table is read still.

    >>> roles(("No", "등록", "분류"), {"at": "등록"}), roles(("번호", "접수일시", "분류"), {"at": "등록"})
    (('id', 'at', 'topic'), ('id', 'at', 'topic'))
    """
    known = {
        meaning: (named[meaning], *names) if meaning in named else names for meaning, names in _NAMES.items()
    }
    return table.meanings(columns, known)
