"""`[[source]]`: what is known of inputs that do not say it themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.config.reader import Reader

KEY = "source"

TEMPLATE = """\
# What is known of inputs that do not say it themselves; the first rule that matches a path holds.
# [[source]]
# match = "console/*.log"     # glob over the path below the landing folder
# timezone = "Asia/Seoul"     # for times without a zone
# format = "morgan-dev"       # see `h33 formats`
# service = "habitus33-api"
# instance = "legacy-1"
# collection = "notes"        # of a Mongo export
# whole = false               # the export is of a query: what it lacks has not vanished
"""


@dataclass(frozen=True)
class SourceRule:
    """What the settings say of the sources whose path matches a glob; the first rule that matches holds.

    Attributes:
        match: a glob over the path, relative to the landing folder where it lies in it.
        timezone: IANA name for times without a zone.
        format: label of the format, instead of the scout's guess.
        service, instance: for lines that state none.
        collection: of a Mongo export, instead of the file name's.
        whole: whether a Mongo export holds all of its collection; by what it holds when None.
    """

    match: str
    timezone: str | None = None
    format: str | None = None
    service: str | None = None
    instance: str | None = None
    collection: str | None = None
    whole: bool | None = None


def read(reader: Reader, value: Any) -> tuple[SourceRule, ...]:
    """Return the rules in their order."""
    return tuple(_rule(reader, entry, i + 1) for i, entry in enumerate(reader.array(value, KEY)))


def _rule(reader: Reader, entry: Any, number: int) -> SourceRule:
    prefix = f"{KEY}[{number}]"
    keys = ("match", "timezone", "format", "service", "instance", "collection")
    table = reader.table(entry, prefix, (*keys, "whole"))
    values = {key: reader.text(table, key, prefix + ".") for key in keys}
    match = values.pop("match")
    if match is None:
        raise reader.fault(prefix, "has no match", 'give it a glob such as "console/*.log"')
    reader.zone(table, "timezone", prefix + ".")
    return SourceRule(match=match, **values, whole=reader.flag(table, "whole", prefix + "."))
