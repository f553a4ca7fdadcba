"""Rows of the ledger, and the results that users see: two views of what became of an input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from pipeline.ingest.identity.index import heads
from pipeline.ingest.identity.known import Known, plan_text
from pipeline.ingest.inputs.source import Source
from pipeline.ingest.model import SourcePlan

_TUPLES = ("containers", "columns", "roles", "formats", "format_folders", "redaction")
_COUNTERS = ("lines", "records", "events", "continuation", "rejected", "blank")


@dataclass(frozen=True)
class Run:
    """The run that takes sources in: its id and the instant of its start, aware."""

    run_id: str
    started: datetime


@dataclass(frozen=True)
class SourceResult:
    r"""What became of one input.

    Attributes:
        path: as given, or relative to the folder asked for; undecodable bytes as \xNN.
        format: label of most of its records, the envelope not counted; None where nothing was read.
        lines, records, events, continuation, rejected, blank: counters of the source up to now; none
            of a duplicate, whose lines are counted where they were read.
        first_ts, last_ts: earliest and latest instant of its records, UTC.
        status: ok, partial, unchanged, duplicate, rejected or failed.
        problem: what is wrong with it, one line: it is missing, unreadable, no text or damaged.
        redactions: what was taken out of it in this run, count by rule.
    """

    path: str
    format: str | None
    lines: int
    records: int
    events: int
    continuation: int
    rejected: int
    blank: int
    first_ts: datetime | None
    last_ts: datetime | None
    status: str
    problem: str | None = None
    redactions: Mapping[str, int] = field(default_factory=dict)


def result(
    path: str,
    status: str,
    problem: str | None,
    row: Mapping[str, Any] | None,
    redactions: Mapping[str, int] | None = None,
) -> SourceResult:
    """Return the result of an input; counters are those of a ledger row, none without one."""
    counters = {name: row[name] if row else 0 for name in _COUNTERS}
    return SourceResult(
        path=path,
        format=row["format"] if row else None,
        **counters,
        first_ts=row["first_ts"] if row else None,
        last_ts=row["last_ts"] if row else None,
        status=status,
        problem=problem,
        redactions=redactions or {},
    )


def row_of(run: Run, source: Source, plan: SourcePlan) -> dict[str, Any]:
    """Return the columns that say which source a row is about, and in which run it was read how.

    Args:
        run: the run.
        source: open.
        plan: how it is read.
    """
    kept = {
        **asdict(plan),
        "snapshot": plan.snapshot and plan.snapshot.isoformat(),
        "near": plan.near and plan.near.isoformat(),
        "redaction": (),  # those of the settings hold when more is read
        "file": source.file,
        "heads": heads(source.head),
        "scouted": len(source.head),
    }
    return {
        "file_id": plan.file_id,
        "run_id": run.run_id,
        "run_ts": run.started,
        "path": source.path,
        "stat": source.stat,
        "plan": plan_text(kept),
    }


def plan_from(kept: Mapping[str, Any]) -> SourcePlan:
    """Return the plan that a ledger row holds (see `Known.plan`)."""
    values = {name: kept[name] for name in SourcePlan.__dataclass_fields__ if name in kept}
    values |= {name: tuple(values[name]) for name in _TUPLES if name in values}
    for name in ("snapshot", "near"):
        if values.get(name) is not None:
            values[name] = datetime.fromisoformat(values[name])
    return SourcePlan(**values)


def label_of(plan: SourcePlan) -> str:
    """Return what a source's records are called where they state no format of their own."""
    return plan.envelope or next(iter(plan.formats), "generic")


def not_read(run: Run, source: Source, plan: SourcePlan, status: str, problem: str | None) -> dict[str, Any]:
    """Return the row of an input that nothing is stored of: it is no text, or repeats another source."""
    return {
        **row_of(run, source, plan),
        **dict.fromkeys(_COUNTERS, 0),
        "bytes": 0,
        "position": 0,
        "settled": "{}",
        "redactions": "{}",
        "format": label_of(plan),
        "status": status,
        "problem": problem,
        "data_files": [],
        "tail_files": [],
    }


def moved(run: Run, source: Source, known: Known) -> dict[str, Any]:
    """Return the row of a source whose content is as it was, under another name or in another container."""
    kept = {**known.plan, "file": source.file, "containers": source.containers}
    return {
        **known.row,
        "run_id": run.run_id,
        "run_ts": run.started,
        "path": source.path,
        "stat": source.stat,
        "plan": plan_text(kept),
    }
