"""One run of ingest, the only one that writes: tells what each input is and takes in what is new."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from typing import Any

from pipeline.config import Settings
from pipeline.enrich import redact
from pipeline.errors import InputFault
from pipeline.ingest import ledger, parsing, scout
from pipeline.ingest.datafiles import DataFiles
from pipeline.ingest.derived import rollups, templates, versions
from pipeline.ingest.identity.index import Index
from pipeline.ingest.identity.known import Known
from pipeline.ingest.identity.sameness import Verdict
from pipeline.ingest.inputs.archives import INSIDE
from pipeline.ingest.inputs.landing import Found, Refused, shown, turns
from pipeline.ingest.inputs.source import HEAD, Source
from pipeline.ingest.intake import Intake
from pipeline.ingest.ledger import Run, SourceResult
from pipeline.ingest.model import Block, SourcePlan
from pipeline.ingest.outcomes import Outcome, seen
from pipeline.ingest.progress import Gauge, Progress
from pipeline.ingest.removal import Removal
from pipeline.ingest.scout import Wishes
from pipeline.lake import Change, Snapshot
from pipeline.schema import DOCUMENTS

Input = Found | Refused | str
#: Which input it is, and which file in it where it is an archive.
_Place = tuple[int, int]


class Driver:
    """Takes inputs into one change of the lake.

    Args:
        run: its id and start.
        base: what is committed.
        change: on top of it.
        settings: zone and source rules.
        wishes: of the caller.
        again: read what was read before anew, and replace its rows.
    """

    def __init__(
        self,
        run: Run,
        base: Snapshot,
        change: Change,
        settings: Settings,
        wishes: Wishes,
        *,
        again: bool = False,
    ) -> None:
        self._run = run
        self._change = change
        self._settings = settings
        self._wishes = wishes
        self._redaction = own_redaction(settings)
        self._again = again
        sources = base.ledger().to_pylist()
        self._index = Index(sources, settings.unpacking)
        self._removal = Removal(change, sources)
        self._replaced: dict[str, set[str]] = {}
        self._begun: set[str] = set()
        self._outcomes: dict[_Place, Outcome] = {}
        self._rows: dict[str, dict[str, Any]] = {}
        self._masks: dict[str, tuple[str, datetime | None]] = {}
        self._hours: set[datetime] = set()

    def take(
        self,
        inputs: Sequence[Input],
        jobs: int | None,
        progress: Callable[[Progress], None],
        *,
        isolated: bool = False,
    ) -> list[SourceResult]:
        """Take the inputs in, commit, and return what became of each.

        Args:
            inputs: files, refused paths, and `-`.
            jobs: blocks parsed at a time; all cores when None.
            progress: told of each block.
            isolated: parse in processes: what kills one costs its block alone.
        """
        under_way: deque[tuple[_Place, Intake, Block]] = deque()
        order = turns(inputs)
        inputs = [inputs[number] for number in order]

        def pieces() -> Iterator[tuple[Block, SourcePlan]]:
            for task in self._tasks(inputs):
                under_way.append(task)
                yield task[2], task[1].plan

        gauge = Gauge(inputs, progress)
        with closing(parsing.parsed(pieces(), jobs, isolated=isolated)) as results:
            for parsed in results:
                place, intake, block = under_way.popleft()
                intake.take(block, parsed)
                gauge.tell(place[0], intake, parsed)
                if block.last:
                    self._finish(place, intake)
        if self._rows:
            self._take_out()
            templates.stage(self._change, self._masks)
            if self._again:
                templates.drop_unused(self._change)
            rollups.refresh(self._change, self._hours)
            self._change.commit(list(self._rows.values()))
        outcomes = [((order[number], member), told) for (number, member), told in self._outcomes.items()]
        return [self._result(outcome) for _, outcome in sorted(outcomes, key=itemgetter(0))]

    def _tasks(self, inputs: Sequence[Input]) -> Iterator[tuple[_Place, Intake, Block]]:
        """Yield the blocks of what is new, input after input; note what needs none."""
        for number, entry in enumerate(inputs):
            if isinstance(entry, Refused):
                self._outcomes[number, 0] = Outcome(shown(entry.path), "failed", entry.problem)
            elif not (isinstance(entry, Found) and not self._again and self._is_untouched(number, entry)):
                try:
                    yield from self._opened(number, entry)
                except InputFault as fault:
                    path = shown(entry if isinstance(entry, str) else entry.path)
                    self._outcomes[number, 0] = Outcome(path, "failed", str(fault))

    def _is_untouched(self, number: int, found: Found) -> bool:
        """Return whether a file need not be opened, since it is as it was; note what became of it then."""
        if self._wishes.snapshot:
            # The same file as of another instant is another export.
            return False
        path = shown(found.path)
        if verdict := self._index.untouched(found):
            self._outcomes[number, 0] = seen(path, verdict)
            return True
        members = self._index.untouched_members(found)
        for place, (name, verdict) in enumerate(members.items()):
            self._outcomes[number, place] = seen(f"{path}{INSIDE}{name}" if name else path, verdict)
        return bool(members)

    def _opened(self, number: int, entry: Found | str) -> Iterator[tuple[_Place, Intake, Block]]:
        """Yield the blocks of an input, or of the files in it."""
        limits = self._settings.unpacking
        opened = (
            Source.open(entry, limits)
            if isinstance(entry, Found)
            else Source.stdin(self._run.started, limits)
        )
        with opened as source:
            if not source.archive:
                yield from self._one((number, 0), source)
                return
            place = 0
            try:
                for place, member in enumerate(source.members(), 1):
                    yield from self._one((number, place), member)
            except InputFault as fault:
                self._outcomes[number, place + 1] = self._refuse(source, str(fault))

    def _one(self, place: _Place, source: Source) -> Iterator[tuple[_Place, Intake, Block]]:
        """Yield the blocks of what is new in a source; note its outcome where that is known already."""
        begun = self._begin(source)
        if isinstance(begun, Outcome):
            self._outcomes[place] = begun
            return
        self._begun.add(begun.plan.file_id)
        for block in begun.blocks():
            yield place, begun, block
        if begun.plan.file_id not in self._rows:
            # Its last blocks are still being parsed: what comes next may be a copy of it.
            self._index.put(begun.known_so_far())

    def _begin(self, source: Source) -> Intake | Outcome:
        """Return the intake of a source that holds something new, else what became of it."""
        if not source.head:
            if source.problem and source.is_member:
                return self._refuse(source, source.problem)
            # An empty file is no failure; one whose container is damaged from its first byte on is.
            return Outcome(source.path, "failed" if source.problem else "ok", source.problem)
        try:
            plan = replace(scout.scout(source, self._settings, self._wishes), redaction=self._redaction)
        except InputFault as fault:
            return self._refuse(source, str(fault))
        verdict = self._index.identify(source, plan.snapshot)
        if self._again:
            verdict = self._read_again(source, verdict)
        match verdict.state, verdict.known:
            case "unchanged", Known() as known:
                if source.file and self._index.unread_at(source.file):
                    # What lay here was a part of it, or none of it: that is told no longer.
                    self._add_unread(source, plan, "duplicate", None)
                self._add(ledger.moved(self._run, source, known))
                return seen(source.path, verdict)
            case "duplicate", Known():
                status = "partial" if verdict.problem else "duplicate"
                self._add_unread(source, plan, status, verdict.problem)
                return Outcome(source.path, status, verdict.problem)
            case "grown", Known() as known:
                return self._go_on(source, plan, verdict, known)
        unread = self._index.unread_at(source.file) if self._again and source.file else None
        plan = replace(plan, file_id=unread or self._index.new_id(source.head, plan.snapshot))
        return Intake(self._run, source, plan, verdict, DataFiles(self._change))

    def _read_again(self, source: Source, verdict: Verdict) -> Verdict:
        """Return the verdict on a source that is to be read again: it is the known one, from its start."""
        known = self._index.with_stat(source.stat) or verdict.known
        if verdict.state == "duplicate" or known is None or known.file_id in self._begun:
            return verdict
        return Verdict("grown", known)

    def _go_on(self, source: Source, plan: SourcePlan, verdict: Verdict, known: Known) -> Intake:
        """Return the intake of a source that has grown, or is to be read again."""
        if plan.layout == "archive":
            # What stands in an archive is told by what stands before it: it is read as a whole.
            verdict = replace(verdict, start=None)
        if verdict.start is None:
            # The same file keeps the path that it was taken in by, however it is named to be read again.
            path = str(known.row["path"]) if known.file == source.file else plan.path
            plan = replace(plan, file_id=known.file_id, path=path)
            return Intake(self._run, source, plan, verdict, DataFiles(self._change))
        if "settled" not in known.row:
            raise InputFault("was moved while it was read", hint="run again")
        before = ledger.plan_from(known.plan)
        now = replace(plan, file_id=before.file_id, path=before.path)
        # A plan that was made from few bytes is made again when there are more.
        if known.plan["scouted"] < HEAD and scout.reads_otherwise(now, before):
            return Intake(self._run, source, now, replace(verdict, start=None), DataFiles(self._change))
        before = replace(before, containers=source.containers, redaction=self._redaction)
        return Intake(self._run, source, before, verdict, DataFiles(self._change))

    def _refuse(self, source: Source, problem: str) -> Outcome:
        plan = SourcePlan("", source.path, "lines", "events", self._settings.timezone)
        self._add_unread(source, replace(plan, containers=source.containers), "rejected", problem)
        return Outcome(source.path, "rejected", problem)

    def _add_unread(self, source: Source, plan: SourcePlan, status: str, problem: str | None) -> None:
        """Remember an input that nothing is stored of, so that it need not be opened again; not a stream."""
        if source.file is not None:
            file_id = self._index.unread_at(source.file) or self._index.new_id(source.head, plan.snapshot)
            self._add(ledger.not_read(self._run, source, replace(plan, file_id=file_id), status, problem))

    def _add(self, row: dict[str, Any]) -> None:
        self._rows[row["file_id"]] = row
        self._index.put(Known.of(row))

    def _finish(self, place: _Place, intake: Intake) -> None:
        """Add a source whose blocks are all taken to the change."""
        row = intake.finish()
        twin = self._index.same_content(row["content"], intake.plan) if intake.is_stream else None
        if twin is not None:
            intake.files.drop()
            verdict = Verdict("duplicate", twin) if twin.file else Verdict("unchanged", twin)
            self._outcomes[place] = seen(intake.path, verdict)
            return
        versions.keep_new(self._change, intake.files.versions)
        if self._again:
            row["path"] = intake.plan.path
        for name in intake.replaced:
            self._replaced.setdefault(name, set()).add(row["file_id"])
        self._hours |= intake.files.hours
        for mask_id, (text, first_ts) in intake.masks.items():
            before = self._masks.get(mask_id, (text, None))[1]
            self._masks[mask_id] = text, min(filter(None, (before, first_ts)), default=None)
        self._add(row)
        self._outcomes[place] = Outcome(
            intake.path, row["status"], row["problem"], row["file_id"], intake.redactions
        )

    def _take_out(self) -> None:
        """Take the replaced rows of earlier runs out of the lake; sources beside them keep theirs."""
        for name, file_ids in self._replaced.items():
            self._removal.take_sources(name, file_ids)
        if any(name.startswith(f"{DOCUMENTS.name}/") for name in self._replaced):
            versions.drop_unused(self._change)
        self._hours |= self._removal.hours
        this_run = {"run_id": self._run.run_id, "run_ts": self._run.started}
        rows = {row["file_id"]: {**row, **this_run} for row in self._removal.touched()} | self._rows
        self._rows = {file_id: self._removal.renamed(row) for file_id, row in rows.items()}

    def _result(self, outcome: Outcome) -> SourceResult:
        row = self._index.row(outcome.file_id) if outcome.file_id else None
        return ledger.result(outcome.path, outcome.status, outcome.problem, row, outcome.redactions)


def own_redaction(settings: Settings) -> tuple[redact.Rule, ...]:
    """Return the redaction rules that the settings add, checked.

    Raises:
        SettingsFault: a rule is none, or does not do what its samples say.
    """
    return redact.checked(settings.redaction, str(settings.file) if settings.file else None)
