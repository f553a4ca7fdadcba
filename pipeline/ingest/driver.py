"""One run of ingest, the only one that writes: tells what each input is and takes in what is new."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import engine, schema
from pipeline.config import Settings
from pipeline.errors import ContractFault, InputFault
from pipeline.ingest import kernel, ledger, rollups, scout
from pipeline.ingest.datafiles import DataFiles, event_hours
from pipeline.ingest.identity import Index, Known, Verdict
from pipeline.ingest.intake import Intake
from pipeline.ingest.landing import Found, Refused, shown
from pipeline.ingest.ledger import Run, SourceResult
from pipeline.ingest.model import Block, Parsed, SourcePlan
from pipeline.ingest.rejects import nothing, unparsed
from pipeline.ingest.scout import Wishes
from pipeline.ingest.source import HEAD, Source
from pipeline.lake import Change, Snapshot

Input = Found | Refused | str


@dataclass(frozen=True)
class Progress:
    """How far a run is: inputs done of all, and the bytes cut of the one under way."""

    done: int
    inputs: int
    path: str
    bytes_read: int


@dataclass(frozen=True)
class _Outcome:
    """What became of an input; `file_id` is the source whose counters its result shows."""

    path: str
    status: str
    problem: str | None = None
    file_id: str | None = None


class Driver:
    """Takes inputs into one change of the lake.

    Args:
        run: its id and start.
        base: what is committed.
        change: on top of it.
        settings: zone and source rules.
        wishes: of the caller.
    """

    def __init__(self, run: Run, base: Snapshot, change: Change, settings: Settings, wishes: Wishes) -> None:
        self._run = run
        self._base = base
        self._change = change
        self._settings = settings
        self._wishes = wishes
        self._index = Index(base.ledger().to_pylist())
        self._outcomes: dict[int, _Outcome] = {}
        self._rows: dict[str, dict[str, Any]] = {}
        self._masks: dict[str, tuple[str, datetime | None]] = {}
        self._hours: set[datetime] = set()

    def take(
        self, inputs: Sequence[Input], jobs: int | None, progress: Callable[[Progress], None]
    ) -> list[SourceResult]:
        """Take the inputs in, commit, and return what became of each.

        Args:
            inputs: files, refused paths, and `-`.
            jobs: blocks parsed at a time; all cores when None.
            progress: told of each block.
        """
        for number, intake, block, parsed in engine.map_ordered(_parse, self._tasks(inputs), jobs):
            intake.take(block, parsed)
            progress(Progress(len(self._outcomes), len(inputs), intake.path, block.byte_offset))
            if block.last:
                self._finish(number, intake)
        if self._rows:
            self._stage_templates()
            rollups.refresh(self._change, self._hours)
            self._change.commit(list(self._rows.values()))
        return [self._result(self._outcomes[number]) for number in range(len(inputs))]

    def _tasks(self, inputs: Sequence[Input]) -> Iterator[tuple[int, Intake, Block]]:
        """Yield the blocks of what is new, input after input; note what needs none."""
        for number, entry in enumerate(inputs):
            path = shown(entry if isinstance(entry, str) else entry.path)
            try:
                outcome = yield from self._task(number, entry)
            except InputFault as fault:
                outcome = _Outcome(path, "failed", str(fault))
            if outcome is not None:
                self._outcomes[number] = outcome

    def _task(self, number: int, entry: Input) -> Generator[tuple[int, Intake, Block], None, _Outcome | None]:
        """Yield the blocks of an input; return its outcome where that is known already."""
        if isinstance(entry, Refused):
            return _Outcome(shown(entry.path), "failed", entry.problem)
        if isinstance(entry, Found) and (verdict := self._index.untouched(entry)):
            return _seen(shown(entry.path), verdict)
        with Source.open(entry) if isinstance(entry, Found) else Source.stdin(self._run.started) as source:
            if not source.head:
                # An empty file is no failure; one whose container is damaged from its first byte on is.
                return _Outcome(source.path, "failed" if source.problem else "ok", source.problem)
            begun = self._begin(source)
            if isinstance(begun, _Outcome):
                return begun
            for block in begun.blocks():
                yield number, begun, block
            if begun.plan.file_id not in self._rows:
                # Its last blocks are still being parsed: what comes next may be a copy of it.
                self._index.put(begun.known_so_far())
            return None

    def _begin(self, source: Source) -> Intake | _Outcome:
        """Return the intake of a source that holds something new, else what became of it."""
        try:
            plan = scout.scout(source, self._settings, self._wishes)
        except InputFault as fault:
            return self._refuse(source, str(fault))
        verdict = self._index.identify(source, plan.snapshot)
        match verdict.state, verdict.known:
            case "unchanged", Known() as known:
                self._add(ledger.moved(self._run, source, known))
                return _seen(source.path, verdict)
            case "duplicate", Known():
                self._add_unread(source, plan, "duplicate", None)
                return _seen(source.path, verdict)
            case "grown", Known() as known:
                return self._go_on(source, plan, verdict, known)
        plan = replace(plan, file_id=self._index.new_id(source.head, plan.snapshot))
        return Intake(self._run, source, plan, verdict, DataFiles(self._change))

    def _go_on(self, source: Source, plan: SourcePlan, verdict: Verdict, known: Known) -> Intake:
        """Return the intake of a source that has grown."""
        if "settled" not in known.row:
            raise InputFault("was moved while it was read", hint="run again")
        before = ledger.plan_from(known.plan)
        now = replace(plan, file_id=before.file_id, path=before.path)
        # A plan that was made from few bytes is made again when there are more.
        if known.plan["scouted"] < HEAD and _reads_otherwise(now, before):
            return Intake(self._run, source, now, replace(verdict, start=None), DataFiles(self._change))
        before = replace(before, containers=source.containers)
        return Intake(self._run, source, before, verdict, DataFiles(self._change))

    def _refuse(self, source: Source, problem: str) -> _Outcome:
        plan = SourcePlan("", source.path, "lines", "events", self._settings.timezone)
        self._add_unread(source, replace(plan, containers=source.containers), "rejected", problem)
        return _Outcome(source.path, "rejected", problem)

    def _add_unread(self, source: Source, plan: SourcePlan, status: str, problem: str | None) -> None:
        """Remember an input that nothing is stored of, so that it need not be opened again; not a stream."""
        if source.file is not None:
            file_id = self._index.unread_at(source.file) or self._index.new_id(source.head, plan.snapshot)
            self._add(ledger.not_read(self._run, source, replace(plan, file_id=file_id), status, problem))

    def _add(self, row: dict[str, Any]) -> None:
        self._rows[row["file_id"]] = row
        self._index.put(Known.of(row))

    def _finish(self, number: int, intake: Intake) -> None:
        """Add a source whose blocks are all taken to the change."""
        row = intake.finish()
        twin = self._index.same_content(row["content"], intake.plan) if intake.is_stream else None
        if twin is not None:
            intake.files.drop()
            verdict = Verdict("duplicate", twin) if twin.file else Verdict("unchanged", twin)
            self._outcomes[number] = _seen(intake.path, verdict)
            return
        for name in intake.replaced:
            self._remove(name)
        self._hours |= intake.files.hours
        for mask_id, (text, first_ts) in intake.masks.items():
            before = self._masks.get(mask_id, (text, None))[1]
            self._masks[mask_id] = text, min(filter(None, (before, first_ts)), default=None)
        self._add(row)
        self._outcomes[number] = _Outcome(intake.path, row["status"], row["problem"], row["file_id"])

    def _remove(self, name: str) -> None:
        """Take a data file of an earlier run out of the lake."""
        table = name.partition("/")[0]
        if table == schema.EVENTS.name:
            self._hours |= event_hours(next(f for f in self._base.files(table) if f.name == name))
        self._change.remove(table, name)

    def _stage_templates(self) -> None:
        """Stage the masks that no run met before; each is a template of its own until they are mined."""
        table = schema.TEMPLATES
        known: set[str] = set()
        for file in self._base.files(table.name):
            known |= set(pq.read_table(file.path, columns=["mask_id"])["mask_id"].to_pylist())
        rows = [
            {"mask_id": mask_id, "template_id": mask_id, "text": text, "first_ts": first_ts}
            for mask_id, (text, first_ts) in sorted(self._masks.items())
            if mask_id not in known
        ]
        with self._change.file(table.name) as out:
            out.write(pa.Table.from_pylist(rows, schema=table.arrow))

    def _result(self, outcome: _Outcome) -> SourceResult:
        row = self._index.row(outcome.file_id) if outcome.file_id else None
        return ledger.result(outcome.path, outcome.status, outcome.problem, row)


def _seen(path: str, verdict: Verdict) -> _Outcome:
    """Return the outcome of an input that was read before."""
    known = verdict.known
    if known is None:
        raise ContractFault(f"{path} was read before, but no source is named")
    if not known.was_read:
        return _Outcome(path, known.row["status"], known.row["problem"])
    if verdict.state == "duplicate":
        return _Outcome(path, "duplicate")
    return _Outcome(path, "unchanged", file_id=known.file_id)


def _reads_otherwise(now: SourcePlan, before: SourcePlan) -> bool:
    """Return whether a plan reads a source's records in another way; all formats are tried anyway."""
    same = replace(now, containers=before.containers, formats=before.formats)
    same = replace(same, snapshot=before.snapshot, near=before.near)
    return same != before or now.formats[:1] != before.formats[:1]


def _parse(task: tuple[int, Intake, Block]) -> tuple[int, Intake, Block, Parsed]:
    """Return a block's records. What the kernel cannot take is rejected whole: one block stops no run."""
    number, intake, block = task
    if not block.data:
        return number, intake, block, nothing(intake.plan, block)
    try:
        return number, intake, block, kernel.parse(block, intake.plan)
    except ContractFault:
        raise
    except Exception as error:
        return number, intake, block, unparsed(block, intake.plan, error)
