"""Decides from a source's first bytes, its name and the settings how it is read, all its blocks alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Literal

import orjson

from pipeline import formats, instants
from pipeline.config import Settings, SourceRule
from pipeline.errors import InputFault, UsageFault
from pipeline.formats import bson_document
from pipeline.formats.structured import mongoexport
from pipeline.ingest import header
from pipeline.ingest.cutters import archive_cutter
from pipeline.ingest.cutters.json_scan import completed, scan
from pipeline.ingest.inputs import containers
from pipeline.ingest.inputs.source import Source
from pipeline.ingest.model import SourcePlan
from pipeline.ingest.records import envelopes

#: Values and lines that are looked at.
_ENOUGH = 50
_LINES = 1000
#: More control characters than this share are no text; UTF-16 without a mark has half, random bytes a ninth.
_CONTROL_SHARE = 0.05
_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\r\x08\x0c\x1b") + b"\x7f"
#: NULs that a text begins with, and a run of them this long, are a hole that a truncated log left.
_HOLE = re.compile(rb"\A\x00+|\x00{64,}")
#: An object, or an array of them: a line of a log may begin with a bracket too.
_OPENS_JSON = re.compile(rb"\{|\[\s*(?:[{\]]|\Z)")
_ARRAY_OF_OBJECTS = re.compile(rb'"(\w+)"\s*:\s*\[\s*\{')
_DATE = re.compile(
    r"(?<!\d)(\d{4})-?([01]\d)-?([0-3]\d)(?:[T_ -]?([012]\d)[:.-]?([0-5]\d)(?:[:.-]?([0-5]\d))?(Z)?)?(?!\d)"
)
_COLLECTION = re.compile(r"[^\W\d_](?:\w*[^\W\d_])?")
_KINDS_OF_EXPORT = frozenset({"canonical", "relaxed", "jsonarray", "export", "dump", "backup"})
_SUFFIXES = frozenset(
    {".gz", ".zst", ".bz2", ".xz", ".json", ".ndjson", ".jsonl", ".bson", ".csv", ".log", ".txt"}
)


@dataclass(frozen=True)
class Wishes:
    """What the caller says of all sources, stronger than settings and guesses.

    Attributes:
        format: label of the format.
        snapshot: instant of exports, aware.
    """

    format: str | None = None
    snapshot: datetime | None = None


@dataclass(frozen=True)
class _Json:
    """How the values of a JSON text stand, and what they are: records of a log where no label is."""

    label: str | None
    record_path: str
    one_per_line: bool


def scout(source: Source, settings: Settings, wishes: Wishes, file_id: str = "") -> SourcePlan:
    """Return how a source is read.

    Args:
        source: open; only its head is looked at.
        settings: their source rules, zone and landing folder.
        wishes: of the caller.
        file_id: goes into the plan.

    Raises:
        InputFault: it is no text.
        UsageFault: a format that does not exist was asked for.
    """
    head = source.head
    if ".metadata.json" in PurePosixPath(source.path).name:
        raise InputFault("it describes a dump, and holds no records: not read")
    dumped = _dumped(source)
    if dumped is None and (what := no_text(head)):
        raise InputFault(f"{what}: not read")
    rule = rule_of(source, settings)
    wanted = wishes.format or rule.format
    if wanted:
        check_format(wanted)
    plan = SourcePlan(
        file_id=file_id,
        path=source.path,
        layout="lines",
        kind="events",
        timezone=rule.timezone or settings.timezone,
        timezone_known=rule.timezone is not None,
        containers=source.containers,
        service=rule.service,
        instance=rule.instance,
    )
    if dumped is not None:
        return _of_kind(replace(plan, layout=dumped), source, "mongodump", wishes, rule)
    if (table := header.read(head, wanted, settings.tickets)) is not None:
        plan = replace(
            plan, layout="csv", separator=table.separator, columns=table.columns, roles=table.roles
        )
        return _of_kind(plan, source, table.label, wishes, rule)
    found = _json(head, wanted)
    if found is None:
        return _of_lines(plan, head, wanted, source)
    plan = replace(plan, layout="json", record_path=found.record_path, one_per_line=found.one_per_line)
    if found.label is None:
        return replace(plan, formats=(wanted,) if wanted else ())
    return _of_kind(plan, source, found.label, wishes, rule)


def reads_otherwise(now: SourcePlan, before: SourcePlan) -> bool:
    """Return whether a plan reads a source's records in another way; all formats are tried anyway."""
    same = replace(now, containers=before.containers, formats=before.formats)
    same = replace(same, snapshot=before.snapshot, near=before.near, redaction=before.redaction)
    return same != before or now.formats[:1] != before.formats[:1]


def _of_kind(plan: SourcePlan, source: Source, label: str, wishes: Wishes, rule: SourceRule) -> SourcePlan:
    """Return the plan with what a Python format and the table of its records want to know."""
    kind = formats.wrapper(label).KIND
    if kind == "events" and plan.layout == "json":
        return replace(plan, envelope=label)
    plan = replace(plan, kind=kind, formats=(label,))
    told = snapshot_of(source.path, plan.timezone) or source.mtime
    if kind == "documents":
        collection = rule.collection or collection_of(source.path)
        return replace(plan, collection=collection, snapshot=wishes.snapshot or told, whole=rule.whole)
    return replace(plan, near=told) if kind == "metrics" else plan


def _of_lines(plan: SourcePlan, head: bytes, wanted: str | None, source: Source) -> SourcePlan:
    """Return how lines are read: what is around each, and the formats inside."""
    lines = _lines(head)
    if wanted and not formats.get(wanted).is_envelope:
        return replace(plan, formats=(wanted,))
    envelope = wanted or formats.guess_envelope(lines)
    if envelope is None:
        return replace(plan, formats=tuple(formats.guess(lines)))
    plan = replace(plan, envelope=envelope, near=snapshot_of(source.path, plan.timezone) or source.mtime)
    return replace(plan, formats=tuple(formats.guess(envelopes.texts(lines, plan))))


def _dumped(source: Source) -> Literal["bson", "archive"] | None:
    """Return how mongodump wrote a source, if it did: by its first bytes, of `.bson` by its name too."""
    if source.head.startswith(archive_cutter.MAGIC):
        return "archive"
    if ".bson" in PurePosixPath(source.path).suffixes:
        return "bson"
    end = bson_document.whole(source.head, 0)
    return (
        "bson" if end is not None and mongoexport.claims(bson_document.decoded(source.head[:end])) else None
    )


def no_text(head: bytes) -> str | None:
    """Return what the bytes are if they are no text."""
    for magic, name in containers.BINARIES:
        if head.startswith(magic):
            return name
    text = _HOLE.sub(b"", head)
    controls = len(text) - len(text.translate(None, _CONTROLS))
    return "a binary file" if controls > _CONTROL_SHARE * len(text) else None


def check_format(label: str) -> None:
    """Check that a format exists.

    Raises:
        UsageFault: it does not; the choices are named.
    """
    known = sorted({*formats.names(), *formats.wrappers()})
    if label not in known:
        raise UsageFault(f"no format {label!r}", hint=f"there are {', '.join(known)}")


def rule_of(source: Source, settings: Settings) -> SourceRule:
    """Return the first rule of the settings that matches a source's path, in the landing folder if there."""
    path = source.path
    if source.file is not None:
        landing = settings.paths.landing.absolute()
        if Path(source.file).is_relative_to(landing):
            path = str(Path(source.file).relative_to(landing))
    return next((rule for rule in settings.sources if fnmatchcase(path, rule.match)), SourceRule(path))


def collection_of(path: str) -> str | None:
    """Return the collection that an export's name tells.

    >>> collection_of("mongo/notes-2025-06-20.ndjson.gz"), collection_of("habitus33.notes.json")
    ('notes', 'notes')
    >>> collection_of("notes.canonical.ndjson"), collection_of("-")
    ('notes', None)
    """
    name = PurePosixPath(path)
    while name.suffix.lower() in _SUFFIXES:
        name = name.with_suffix("")
    words = _COLLECTION.findall(_DATE.sub(" ", name.name))
    return next((word for word in reversed(words) if word.lower() not in _KINDS_OF_EXPORT), None)


def snapshot_of(path: str, timezone: str) -> datetime | None:
    """Return the instant that an export's path tells; of a date its first one in the zone.

    The innermost name that has a date holds: `2025-06-19/notes-2025-06-20.json` is of the 20th.

    >>> snapshot_of("mongo/notes-2025-06-20.ndjson.gz", "Asia/Seoul").isoformat()
    '2025-06-19T15:00:00+00:00'
    """
    tz = instants.zone(timezone)
    for name in reversed(PurePosixPath(path).parts):
        for match in _DATE.finditer(name):
            year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
            try:
                told = datetime(year, month, day, hour, minute, second, tzinfo=UTC if match[7] else tz)
                return told.astimezone(UTC)
            except ValueError:
                continue
    return None


def _lines(head: bytes) -> list[str]:
    return head.decode("utf-8", "replace").split("\n")[:_LINES]


def _json(head: bytes, wanted: str | None) -> _Json | None:
    """Return how a text is made of JSON values that some format knows; None where it is not."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    is_line = wanted is not None and wanted in formats.names()
    if not _OPENS_JSON.match(text) or (is_line and formats.get(str(wanted)).json is None):
        return None
    first, newline, _ = text.partition(b"\n")
    # Without a newline in so many bytes it is compact, and a compact value ends with its line.
    one_per_line = not newline or _loads(first) is not None
    if text.startswith(b"["):
        paths, one_per_line = ["[]"], False
    else:
        paths = ["", *dict.fromkeys(f"{key.decode()}[]" for key in _ARRAY_OF_OBJECTS.findall(text))]
    for path in paths:
        for value in _values(text, path):
            if not is_line and (label := formats.guess_json(value)):
                return _Json(wanted or label, path, one_per_line)
            if formats.is_json_record(value):
                # A log of one record a line is read by its lines: other lines may stand between.
                return None if _on_lines(text) and not path else _Json(None, path, False)
    if is_line:
        return None
    # No value is whole in so many bytes: what has been seen of the first one tells.
    begun = _loads(completed(text))
    label = wanted or formats.guess_json(begun[0] if isinstance(begun, list) and begun else begun)
    return _Json(label, paths[0], one_per_line) if label else None


def _on_lines(text: bytes) -> bool:
    """Return whether some line is a JSON object."""
    lines = text.split(b"\n", _ENOUGH)[:_ENOUGH]
    return any(line[:1] == b"{" and isinstance(_loads(line), dict) for line in lines)


def _values(text: bytes, record_path: str) -> Iterator[object]:
    """Yield some of the values under a record path."""
    found = scan(text, 0, record_path, inside=False, one_per_line=False)
    for start, end in list(zip(found.starts.tolist(), found.ends.tolist(), strict=True))[:_ENOUGH]:
        if (value := _loads(text[start:end])) is not None:
            yield value


def _loads(text: bytes) -> object | None:
    try:
        value: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value
