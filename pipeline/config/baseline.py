"""`[baseline]`: the days that a figure is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pipeline.config.reader import Reader

KEY = "baseline"

KINDS = ("trailing", "release", "weekly", "day")

TEMPLATE = """\
# The days that figures are compared with; breached ones never take part.
[baseline]
# kind = "release"            # before the release; "trailing": before the judged time; "weekly": the same
#                             # days of the week before it; "day": one named date. Not set: as suits each.
# days = 7                    # for release and trailing
# weeks = 4                   # for weekly
# date = "2025-06-10"         # for day
"""


@dataclass(frozen=True)
class BaselineRule:
    """How the days are chosen; `kind` None leaves it to the figure."""

    kind: str | None = None
    days: int = 7
    weeks: int = 4
    date: date | None = None


def read(reader: Reader, value: Any) -> BaselineRule:
    """Return the rule."""
    table = reader.table({} if value is None else value, KEY, ("kind", "days", "weeks", "date"))
    kind = reader.text(table, "kind", f"{KEY}.")
    if kind is not None:
        reader.choice(f"{KEY}.kind", kind, KINDS)
    on = _date(reader, table.get("date"))
    if kind == "day" and on is None:
        raise reader.fault(KEY, "names no date", 'give it one: date = "2025-06-10"')
    counts = {name: reader.number(table, name, f"{KEY}.", least=1) for name in ("days", "weeks")}
    return BaselineRule(kind, **{name: int(n) for name, n in counts.items() if n is not None}, date=on)


def _date(reader: Reader, value: Any) -> date | None:
    """Return a date, written as TOML's own or as a text."""
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise reader.fault(f"{KEY}.date", f"is no date: {value!r}", 'such as "2025-06-10"') from None
