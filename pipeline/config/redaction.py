"""`[[redaction]]`: what else is taken out of text before it reaches the lake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.config.reader import Reader

KEY = "redaction"

TEMPLATE = """\
# What else never reaches the lake, beside what `h33 formats --redaction` lists. A pattern is a Rust regular
# expression (linear time: no look-around, no back-reference); the samples are tried before any file is read.
# [[redaction]]
# name = "customer_number"
# pattern = '(customer[ =])C-[0-9]{6}'
# replace = "${1}[redacted]"       # "[redacted]" when not stated
# redacts = ["customer ⟦C-123456⟧ called"]     # what stands between the brackets must go
# keeps = ["part C-1234"]                       # this must stay as it is
"""


@dataclass(frozen=True)
class RedactionRule:
    """A rule of the user's own; the keys are those of `enrich/redaction.toml`."""

    name: str
    pattern: str
    replace: str = "[redacted]"
    title: str = ""
    test: str | None = None
    keep: str | None = None
    redacts: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()


def read(reader: Reader, value: Any) -> tuple[RedactionRule, ...]:
    """Return the rules in their order; whether they hold is for `enrich.redact` to say."""
    return tuple(_rule(reader, entry, i + 1) for i, entry in enumerate(reader.array(value, KEY)))


def _rule(reader: Reader, entry: Any, number: int) -> RedactionRule:
    prefix = f"{KEY}[{number}]"
    texts, lists = ("name", "pattern", "replace", "title", "test", "keep"), ("redacts", "keeps")
    table = reader.table(entry, prefix, (*texts, *lists))
    stated: dict[str, Any] = {key: reader.text(table, key, f"{prefix}.") for key in texts}
    stated |= {key: reader.texts(table, key, f"{prefix}.") for key in lists}
    for key in ("name", "pattern"):
        if stated[key] is None:
            raise reader.fault(prefix, f"has no {key}", 'such as name = "customer_number"')
    return RedactionRule(**{key: found for key, found in stated.items() if found is not None})
