"""A line format: one TOML file that says how a record's text becomes columns, with samples that prove it.

Keys of the file (patterns are Rust regular expressions: linear time, no look-around):

- `title`, `url`: what it is, and where its layout is documented.
- `literal`: strings one of which every record contains; the patterns run only where one stands.
- `start`: matches the first line of a record and no other line; for formats whose records span lines.
- `head`: matches what stands before the message; the message is parsed further by the formats without a head.
  `{iso}` at its front stands for an ISO 8601 time with its zone, the group `ts`; it is read by arithmetic.
- `pattern`: matches a record from its start; at least one of its groups takes part in every match. Without
  `head` and `pattern` the literal alone decides.
- `usual`: matches most of those records from start to end, quicker, and reads in them what `pattern` reads. A
  pattern of which each character leaves one way on runs three times as fast as one that has to try.
- `masks`: by the groups that are absent, separated by spaces ("" where all take part), what `enrich.masks`
  makes of such a record: `{group}` is the group's value, `<*>` what varies. It spares the search for that.
  They hold for what `usual` matches, where there is one; it, or else `pattern`, is of the whole record.
- `fields`: column = pattern whose first group is searched anywhere; each may be missing.
- `envelope`: matches what a collector put around each line, before records are assembled: `ts`, `service`,
  `instance`; what stands behind it is the line. Formats with one have no other pattern. `partial` takes part
  where the line goes on in the next that states the same `stream`.
- `time`: how the group `ts` reads: "iso", "clf" (22/Nov/2026:18:35:26 +0000) or "syslog" (Nov 22 18:35:26).
- `set`: column = value for every record.
- `when`: the first entry whose `literal` the record contains gives its values.
- `numbers`: those of the `attrs.` groups that are written as JSON numbers.
- `json`: how a JSON record becomes columns, instead of all of the above (see `json_spec`).
- `sample`: `line`, and what it `gives`: those columns are checked; null is written `"null"`.

Groups and columns are named as the columns of `events`, or `attrs.<name>` for a field of `attrs`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import schema
from pipeline.errors import SettingsFault
from pipeline.formats import json_spec
from pipeline.formats.json_spec import JsonSpec

TIME_KINDS = ("iso", "clf", "syslog")
#: What stands for a group's value in a mask.
PLACEHOLDER = re.compile(r"\{([A-Za-z_][\w.]*)\}")
#: What `{iso}` stands for.
ISO = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})"
)
_ISO_HEAD = f"^(?P<ts>{ISO})"
_GROUP = re.compile(r"\(\?P?<([A-Za-z_][\w.]*)>")
_KEYS: dict[str, type | tuple[type, ...]] = {
    "title": str,
    "url": str,
    "literal": (str, list),
    "start": str,
    "head": str,
    "envelope": str,
    "pattern": str,
    "usual": str,
    "masks": dict,
    "fields": dict,
    "time": str,
    "set": dict,
    "when": list,
    "numbers": list,
    "json": dict,
    "sample": list,
}
#: What a format may fill; the rest of a record's columns is the kernel's.
COLUMNS = frozenset(
    {
        "ts",
        "severity",
        "service",
        "instance",
        "logger",
        "http_method",
        "http_path",
        "http_status",
        "duration_ms",
    }
    | {"response_bytes", "client_address", "user_agent", "request_id", "session_id", "user_id"}
)
#: What beside these a JSON format may fill.
_OF_JSON = frozenset({"message", "dedupe_key"})
_OF_PIECES = frozenset({"stream", "partial"})


@dataclass(frozen=True)
class Case:
    """A literal, and the values of a record that contains it."""

    literal: str
    gives: Mapping[str, Any]


@dataclass(frozen=True)
class Sample:
    """A record, and some of the columns it must give."""

    line: str
    gives: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class LineFormat:
    """A line format as its file states it; see the module for the keys. Equal only to itself."""

    path: str
    label: str
    title: str
    url: str
    samples: tuple[Sample, ...]
    literal: tuple[str, ...] = ()
    start: str | None = None
    head: str | None = None
    envelope: str | None = None
    pattern: str | None = None
    usual: str | None = None
    masks: Mapping[frozenset[str], str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    time: str = "iso"
    set: Mapping[str, Any] = field(default_factory=dict)
    when: tuple[Case, ...] = ()
    numbers: frozenset[str] = frozenset()
    json: JsonSpec | None = None

    @property
    def behind_time(self) -> str | None:
        """The pattern of what stands behind `{iso}` in the head; None where no head begins with it."""
        return self.head.removeprefix(_ISO_HEAD) if self.head and self.head.startswith(_ISO_HEAD) else None

    @property
    def is_envelope(self) -> bool:
        """Whether it is what a collector puts around each line."""
        return self.envelope is not None or (self.json is not None and self.json.text is not None)

    @property
    def states_pieces(self) -> bool:
        """Whether it says of a line that it is a piece, which goes on in the next one of its stream."""
        return "partial" in _groups(self.envelope) or (self.json is not None and self.json.pieces is not None)

    @property
    def columns(self) -> frozenset[str]:
        """The columns that the format may fill."""
        groups = _GROUP.findall("".join(filter(None, (self.head, self.envelope, self.pattern))))
        cases = [name for case in self.when for name in case.gives]
        members = [*self.json.columns, *self.json.set] if self.json else ()
        return frozenset([*groups, *self.fields, *self.set, *cases, *members])


def read(path: Path, *, check: bool = True) -> LineFormat:
    """Read a line format; `check` that what it states fits together, and that its patterns compile.

    Raises:
        SettingsFault: the file is unreadable, has unknown keys or columns, no sample, or a pattern that does
            not compile.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsFault(f"not a readable line format: {error}", where=str(path)) from None
    _check_keys(raw, path)
    literal = raw.get("literal", [])
    line_format = LineFormat(
        path=str(path),
        label=path.stem,
        title=raw["title"],
        url=raw["url"],
        samples=tuple(Sample(entry["line"], entry["gives"]) for entry in raw["sample"]),
        literal=(literal,) if isinstance(literal, str) else tuple(literal),
        start=raw.get("start"),
        head=_head(raw),
        envelope=raw.get("envelope"),
        pattern=raw.get("pattern"),
        usual=raw.get("usual"),
        masks={frozenset(absent.split()): text for absent, text in raw.get("masks", {}).items()},
        fields=raw.get("fields", {}),
        time=raw.get("time", "iso"),
        set=raw.get("set", {}),
        when=tuple(Case(entry["literal"], entry["gives"]) for entry in raw.get("when", [])),
        numbers=frozenset(raw.get("numbers", [])),
        json=_json(raw, path),
    )
    if check:
        _check(line_format, path)
    return line_format


def _head(raw: Mapping[str, Any]) -> str | None:
    return raw["head"].replace("^{iso}", _ISO_HEAD, 1) if "head" in raw else None


def _check_keys(raw: Mapping[str, Any], path: Path) -> None:
    for key, value in raw.items():
        if key not in _KEYS:
            raise SettingsFault(f"unknown key {key!r}", where=str(path), hint=f"there are {', '.join(_KEYS)}")
        if not isinstance(value, _KEYS[key]):
            raise SettingsFault(f"wrong kind of value for {key!r}", where=str(path))
    for key in ("title", "url", "sample"):
        if not raw.get(key):
            raise SettingsFault(f"a line format needs {key!r}", where=str(path))
    for entry in raw["sample"]:
        if not isinstance(entry, dict) or set(entry) != {"line", "gives"}:
            raise SettingsFault("a sample has 'line' and 'gives'", where=str(path))
    for entry in raw.get("when", []):
        if not isinstance(entry, dict) or set(entry) != {"literal", "gives"}:
            raise SettingsFault("an entry of 'when' has 'literal' and 'gives'", where=str(path))


def _json(raw: Mapping[str, Any], path: Path) -> JsonSpec | None:
    if "json" not in raw:
        return None
    if others := sorted(set(raw) - {"title", "url", "sample", "json"}):
        raise SettingsFault(f"'json' and {others[0]!r} exclude each other", where=str(path))
    try:
        return json_spec.read(raw["json"])
    except ValueError as error:
        raise SettingsFault(str(error), where=str(path)) from None


def _check(line_format: LineFormat, path: Path) -> None:
    import polars as pl

    patterns = {
        name: getattr(line_format, name) for name in ("start", "head", "envelope", "pattern", "usual")
    }
    exclusive = [name for name in ("head", "envelope", "pattern") if patterns[name]]
    if len(exclusive) > 1:
        raise SettingsFault(f"{exclusive[0]!r} and {exclusive[1]!r} exclude each other", where=str(path))
    if line_format.usual and _groups(line_format.usual) != _groups(line_format.pattern):
        raise SettingsFault("'usual' and 'pattern' have different groups", where=str(path))
    if problem := _masks_problem(line_format):
        raise SettingsFault(problem, where=str(path))
    if not (exclusive or line_format.literal or line_format.json):
        wanted = "'head', 'envelope', 'pattern', 'literal' or 'json'"
        raise SettingsFault(f"a line format needs {wanted}", where=str(path))
    if line_format.time not in TIME_KINDS:
        raise SettingsFault(
            f"unknown time {line_format.time!r}", where=str(path), hint=f"there are {', '.join(TIME_KINDS)}"
        )
    known = COLUMNS | (_OF_JSON if line_format.json else frozenset())
    known |= _OF_PIECES if line_format.states_pieces else frozenset()
    for name in line_format.columns:
        if name not in known and not name.startswith("attrs."):
            raise SettingsFault(
                f"no column {name!r}",
                where=str(path),
                hint=f"there are {', '.join(sorted(known))} and attrs.<name>",
            )
    for name, pattern in {**patterns, **line_format.fields}.items():
        if pattern is None:
            continue
        try:
            pl.Series([""]).str.contains(pattern)
        except pl.exceptions.ComputeError as error:
            raise SettingsFault(
                f"{name!r} is not a pattern: {str(error).splitlines()[-1]}", where=str(path)
            ) from None


def _masks_problem(line_format: LineFormat) -> str | None:
    """Return what is wrong with the masks of a format."""
    if not line_format.masks:
        return None
    pattern = line_format.usual or line_format.pattern or ""
    if not (pattern.startswith("^") and pattern.endswith("$")):
        return "'masks' need a 'usual' or a 'pattern' of the whole record, from ^ to $"
    for absent, text in line_format.masks.items():
        if unknown := (absent | set(PLACEHOLDER.findall(text))) - _groups(pattern):
            return f"'masks' name what is no group of 'pattern': {min(unknown)}"
        if stated := absent & set(PLACEHOLDER.findall(text)):
            return f"a mask shows a group that is absent: {min(stated)}"
    return None


def _groups(pattern: str | None) -> set[str]:
    return set(_GROUP.findall(pattern or ""))


def dtype_of(column: str) -> str:
    """Return the short type name of a column of `events`; fields of `attrs` are text."""
    if column.startswith("attrs.") or column in _OF_PIECES:
        return "string"
    return next(entry.type for entry in schema.EVENTS.columns if entry.name == column)
