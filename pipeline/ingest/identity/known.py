"""A source as the ledger knows it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


def plan_text(plan: Mapping[str, Any]) -> str:
    """Return a plan as the ledger keeps it: JSON that any engine reads, whatever bytes the file's name has.

    A name that is not UTF-8 would be a lone surrogate in JSON, which the engine refuses; each byte of it is
    a character here.
    """
    file = plan["file"]
    return json.dumps({**plan, "file": file and os.fsencode(file).decode("latin-1")})


def plan_of(text: str) -> dict[str, Any]:
    """Return the plan that `plan_text` wrote."""
    plan: dict[str, Any] = json.loads(text)
    file = plan.get("file")
    return {**plan, "file": file and os.fsdecode(file.encode("latin-1"))}


@dataclass(frozen=True)
class Known:
    """A source as its newest ledger row has it.

    Attributes:
        row: the row's columns by name.
        plan: the row's plan, a JSON object there: the SourcePlan, and `file` (absolute name), `heads`
            (digests of its first bytes, see `heads`), `scouted` (bytes the plan was made from).
    """

    row: Mapping[str, Any]
    plan: Mapping[str, Any]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Known:
        """Return what a ledger row says."""
        return cls(row, plan_of(row["plan"]))

    @property
    def file_id(self) -> str:
        """Its identity."""
        return str(self.row["file_id"])

    @property
    def file(self) -> str | None:
        """The absolute name under which it was read last; None for a stream."""
        name: str | None = self.plan["file"]
        return name

    @property
    def was_read(self) -> bool:
        """Whether its content is in the lake: a binary file's is not, a duplicate's is another's."""
        return self.row.get("content") is not None
