"""A format of JSON records: the table `json` of a format's file, beside `title`, `url` and the samples.

Keys of the table:

- `claims`: alternatives; a record is of the format when all members of one of them are as stated: "any"
  (there, whatever it is), "string", "number", "object", "absent", or a number that it must equal.
- `unless`: alternatives as above; where one holds, the record is another format's.
- `inner`: members in which the record proper may stand, as in pages of an API; found there, the rest is left.
- `columns`: column = path, or paths of which the first with a value counts. Paths are dotted and count from
  the record; elements of arrays have their number. `message` and `dedupe_key` are among the columns.
- `set`: column = value for every record.
- `text`: path of a line that a collector put into the object: the format is an envelope of lines.
- `pieces`: where that line has so many bytes or more and no newline at its end, it goes on in the next object
  of the same `stream`, which is then among the columns.
- `detail`: paths; the first with a value is put behind the message, after `glue` (": " where not stated).
- `below`: paths; the first with a value is put below the message, as a stack is.
- `rest`: true when all other scalar fields go to `attrs` under their paths, or the path of those that do.
- `levels`: a level as it is written = severity; the usual names and numbers are known.
- `derive`: a function of `pipeline.formats.derived` that adds fields, named `$…`, which columns may refer to.
- `dedupe`: "line" when the record's own bytes tell its copies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

#: What a member may be said to be.
KINDS = frozenset({"any", "string", "number", "object", "absent"})

Claim = Mapping[str, str | int]

_KEYS: dict[str, type | tuple[type, ...]] = {
    "claims": list,
    "unless": list,
    "inner": list,
    "columns": dict,
    "set": dict,
    "text": str,
    "pieces": int,
    "detail": list,
    "glue": str,
    "below": list,
    "rest": (bool, str),
    "levels": dict,
    "derive": str,
    "dedupe": str,
}


@dataclass(frozen=True, eq=False)
class JsonSpec:
    """What the table `json` states; see the module for the keys. Equal only to itself."""

    claims: tuple[Claim, ...]
    columns: Mapping[str, tuple[str, ...]]
    unless: tuple[Claim, ...] = ()
    inner: tuple[str, ...] = ()
    set: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    pieces: int | None = None
    detail: tuple[str, ...] = ()
    glue: str = ": "
    below: tuple[str, ...] = ()
    rest: bool | str = False
    levels: Mapping[str, str] = field(default_factory=dict)
    derive: str | None = None
    dedupe: str | None = None

    @cached_property
    def looks_at_values(self) -> bool:
        """Whether more than the names and types of a record's members decides if it is of the format."""
        stated = [kind for claim in (*self.claims, *self.unless) for kind in claim.values()]
        return bool(self.inner) or any(isinstance(kind, int) for kind in stated)


def read(raw: Mapping[str, Any]) -> JsonSpec:
    """Read the table `json` of a format's file.

    Raises:
        ValueError: it has unknown keys or values of the wrong kind; the text says which.
    """
    from pipeline.formats import derived

    for key, value in raw.items():
        if key not in _KEYS:
            raise ValueError(f"unknown key 'json.{key}'; there are {', '.join(_KEYS)}")
        if not isinstance(value, _KEYS[key]):
            raise ValueError(f"wrong kind of value for 'json.{key}'")  # noqa: TRY004 - as all faults here
    if not raw.get("claims") or not raw.get("columns"):
        raise ValueError("a JSON format needs 'claims' and 'columns'")
    for claim in (*raw["claims"], *raw.get("unless", [])):
        if not isinstance(claim, dict) or not claim or not all(map(_is_kind, claim.values())):
            raise ValueError(f"a claim says of members that they are {', '.join(sorted(KINDS))} or a number")
    if ("pieces" in raw) != ("stream" in raw["columns"]) or ("pieces" in raw and "text" not in raw):
        raise ValueError("'json.pieces' needs 'text' and the column 'stream', which is for nothing else")
    if raw.get("derive") not in (None, *derived.FUNCTIONS):
        raise ValueError(f"no function {raw['derive']!r} to derive; there are {', '.join(derived.FUNCTIONS)}")
    if raw.get("dedupe") not in (None, "line"):
        raise ValueError(f"unknown 'json.dedupe' {raw['dedupe']!r}; there is line")
    return JsonSpec(
        claims=tuple(raw["claims"]),
        unless=tuple(raw.get("unless", ())),
        inner=tuple(raw.get("inner", ())),
        columns={
            name: (paths,) if isinstance(paths, str) else tuple(paths)
            for name, paths in raw["columns"].items()
        },
        set=raw.get("set", {}),
        text=raw.get("text"),
        pieces=raw.get("pieces"),
        detail=tuple(raw.get("detail", ())),
        glue=raw.get("glue", ": "),
        below=tuple(raw.get("below", ())),
        rest=raw.get("rest", False),
        levels=raw.get("levels", {}),
        derive=raw.get("derive"),
        dedupe=raw.get("dedupe"),
    )


def holds(claim: Claim, record: Mapping[str, Any]) -> bool:
    """Return whether a record's members are as a claim says.

    >>> holds({"level": "number", "pid": "absent"}, {"level": 30})
    True
    """
    for name, kind in claim.items():
        if name not in record:
            if kind != "absent":
                return False
        elif kind == "absent" or not _is(record[name], kind):
            return False
    return True


def _is(value: Any, kind: str | int) -> bool:
    match kind:
        case "any":
            return True
        case "string":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "object":
            return isinstance(value, dict)
        case _:
            return bool(value == kind) and not isinstance(value, bool)


def _is_kind(kind: object) -> bool:
    return kind in KINDS if isinstance(kind, str) else isinstance(kind, int) and not isinstance(kind, bool)
