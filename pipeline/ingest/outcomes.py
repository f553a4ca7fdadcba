"""What became of each input of a run, for the rows that it prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.errors import ContractFault
from pipeline.ingest.identity.sameness import Verdict


@dataclass(frozen=True)
class Outcome:
    """What became of an input; `file_id` is the source whose counters its result shows."""

    path: str
    status: str
    problem: str | None = None
    file_id: str | None = None
    redactions: Mapping[str, int] = field(default_factory=dict)


def seen(path: str, verdict: Verdict) -> Outcome:
    """Return the outcome of an input that was read before."""
    known = verdict.known
    if known is None:
        raise ContractFault(f"{path} was read before, but no source is named")
    if not known.was_read:
        return Outcome(path, known.row["status"], known.row["problem"])
    if verdict.state == "duplicate":
        return Outcome(path, "duplicate")
    if known.row["status"] == "partial":
        # Told again for as long as it lies there: what is missing is missing in today's figures too.
        return Outcome(path, "partial", known.row["problem"], known.file_id)
    return Outcome(path, "unchanged", file_id=known.file_id)
