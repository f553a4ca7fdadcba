"""`[judging]`: when a day is complete, and what a verdict takes beside its limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from pipeline.config.reader import Reader

KEY = "judging"

TEMPLATE = """\
[judging]
# grace = "15m"               # a day judged sooner than this after its midnight is provisional
# least_coverage = 0.9        # a value over fewer of its hours is told to stand on a part only
# attested = "attested.toml"  # what people attest: a table an item, with by, at and evidence
"""

_SPAN = re.compile(r"(\d{1,4})(s|m|h)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}


@dataclass(frozen=True)
class Judging:
    """When a day is complete, and what a verdict takes.

    Attributes:
        grace: a day judged sooner after its end is provisional.
        least_coverage: share of the hours that a source has to cover, 0 to 1.
        attested: the file of what people attest; None for none.
    """

    grace: timedelta = timedelta(minutes=15)
    least_coverage: float = 0.9
    attested: Path | None = None


def read(reader: Reader, value: Any, base: Path) -> Judging:
    """Return how days are judged.

    Args:
        reader: names the file in faults.
        value: the table as it stands; None where it is absent.
        base: the folder that paths are relative to.
    """
    table = reader.table({} if value is None else value, KEY, ("grace", "least_coverage", "attested"))
    least = reader.number(table, "least_coverage", f"{KEY}.", least=0)
    grace = reader.text(table, "grace", f"{KEY}.") or "15m"
    span = _SPAN.fullmatch(grace)
    if span is None:
        raise reader.fault(f"{KEY}.grace", f"is no span: {grace!r}", 'such as "15m"')
    return Judging(
        grace=timedelta(**{_UNITS[span[2]]: int(span[1])}),
        least_coverage=Judging.least_coverage if least is None else least,
        attested=base / (reader.text(table, "attested", f"{KEY}.") or "attested.toml"),
    )
