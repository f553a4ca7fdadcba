"""Takes one source in: its blocks go out to the kernel, what comes back is stitched, counted and staged.

What may still change when the source grows (its last record) is provisional: it goes to data files of its
own, and the position stays before it. The run that sees more bytes replaces those files.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import schema
from pipeline.ingest import ledger
from pipeline.ingest.cutters import cutter, cutting
from pipeline.ingest.cutters.cutter import Place
from pipeline.ingest.datafiles import DataFiles
from pipeline.ingest.identity.known import Known
from pipeline.ingest.identity.sameness import Verdict
from pipeline.ingest.inputs.containers import OPEN_ENDED
from pipeline.ingest.inputs.source import Content, Mark, Source
from pipeline.ingest.ledger import Run
from pipeline.ingest.model import Block, Parsed, SourcePlan
from pipeline.ingest.records.rejects import with_skipped
from pipeline.ingest.stitch import Stitcher, together
from pipeline.ingest.tally import Tally
from pipeline.table import spelled_out

#: Blocks that are held back at most: the position may come to lie in the first of them.
_HELD = 4
#: A record begins in the block that closes it or in one of the _HELD before, and is held for as long again:
#: lines that are so many blocks old can be counted.
_COUNTED_AFTER = 2 * _HELD - 1


@dataclass(frozen=True)
class _Held:
    """A parsed block that is not written yet: the position may come to lie in it."""

    block: Block
    parsed: Parsed


class Intake:
    """One source on its way in: `blocks`, then `take` each with what the kernel made of it, then `finish`.

    Attributes:
        plan: how it is read.
        files: its data files.
        masks: texts and first instants of the masks met, by mask_id.
    """

    def __init__(
        self, run: Run, source: Source, plan: SourcePlan, verdict: Verdict, files: DataFiles
    ) -> None:
        self.plan = plan
        self.files = files
        self.masks: dict[str, tuple[str, datetime | None]] = {}
        self._failure: str | None = None
        self._source = source
        self._run = run
        self._known = verdict.known
        self._goes_on = verdict.start is not None
        settled = json.loads(verdict.known.row["settled"]) if verdict.known and self._goes_on else None
        place = Place(**settled["place"]) if settled else Place()
        self._forgotten: int = settled.get("forgotten", 0) if settled else 0
        self._tally = Tally.load(settled["tally"]) if settled else Tally()
        self._redacted_before = Counter(self._tally.redactions)
        self._content: Content = source.read(verdict.start)
        self._cutter = cutting.cut(self._content, plan, place, cutter.BLOCK)
        self._stitcher = Stitcher(plan)
        self._held: deque[_Held] = deque()
        self._lines: deque[int] = deque(maxlen=_COUNTED_AFTER)

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks in order, the last one marked."""
        yield from cutter.with_last(self._cutter.blocks())

    def take(self, block: Block, parsed: Parsed) -> None:
        """Stitch a block's records, and write those that nothing can change any more."""
        recent = [held.block.byte_offset for held in self._held][-_HELD + 1 :] or [block.byte_offset]
        parsed = with_skipped(parsed, block, self.plan)
        parsed = self._stitcher.add(parsed, heard_since=recent[-1], begun_since=recent[0], torn=block.torn)
        self._held.append(_Held(replace(block, data=b""), parsed))
        while len(self._held) > 2 and self._is_settled(self._held[1].block):
            self._write(self._held.popleft().parsed, tail=False)
        self._content.let_go(self._held[0].block.byte_offset)
        if len(self._lines) == _COUNTED_AFTER:
            self._tally.settle(before=self._lines[0])
        self._lines.append(block.line_no)

    def _is_settled(self, block: Block) -> bool:
        """Return whether no record that began before a block is open."""
        open_from = self._stitcher.open_from
        return open_from is None or open_from[0] >= block.byte_offset

    def finish(self) -> dict[str, Any]:
        """Write what is left and return the source's ledger row."""
        end = self._content.mark()
        open_from = self._stitcher.open_from
        open_records = self._stitcher.close()
        held = together([held.parsed for held in self._held])
        place = self._place(held, open_from)
        stays_open = open_from is not None and open_from[0] >= place.offset
        self._write(_part(held, place, before=True), tail=False)
        if open_records is not None and not stays_open:
            self._write(open_records, tail=False)
        self._tally.settle(before=place.line_no)
        settled = {"place": asdict(place), "tally": self._tally.dump(), "forgotten": self._forgotten}
        self._write(_part(held, place, before=False), tail=True)
        if open_records is not None and stays_open:
            self._write(open_records, tail=True)
        self._tally.settle()
        self.files.close()
        return self._row(settled, place, end)

    def known_so_far(self) -> Known:
        """Return what is known of the source when all of it is cut, and not yet all parsed."""
        end = self._content.mark()
        row = {
            **ledger.row_of(self._run, self._source, self.plan),
            "fingerprint": end.digest,
            "content": end.digest,
            "bytes": end.offset,
            "position": end.offset,
            "status": "ok",
        }
        return Known.of(row)

    @property
    def is_stream(self) -> bool:
        """Whether it came from standard input."""
        return self._source.file is None

    @property
    def path(self) -> str:
        """The input's path, as it is shown."""
        return self._source.path

    @property
    def bytes_read(self) -> int:
        """How far its file was read, compressed."""
        return self._source.bytes_read

    @property
    def redactions(self) -> Mapping[str, int]:
        """What this run took out of the source, count by rule."""
        return dict(Counter(self._tally.redactions) - self._redacted_before)

    @property
    def replaced(self) -> list[str]:
        """Data files of earlier runs that this one replaces."""
        if self._known is None:
            return []
        return list(self._known.row["tail_files" if self._goes_on else "data_files"])

    @property
    def _may_grow(self) -> bool:
        """Whether the last record may go on: not in a stream that ended, nor in a container that is whole."""
        packed = set(self.plan.containers) - OPEN_ENDED
        is_whole = bool(packed) and self._content.problem is None
        return self._source.file is not None and not is_whole

    def _place(self, held: Parsed, open_from: tuple[int, int] | None) -> Place:
        """Return the position: what stands before it will never change."""
        if not self._may_grow:
            return self._cutter.end
        place = self._cutter.unfinished or self._cutter.end
        if open_from is None or open_from[0] >= place.offset:
            return place
        offset, line_no = open_from
        if held.reach is not None:
            # A record that begins before the open ones and ends behind them is read again with them.
            least, greatest = held.reach[:, 0], held.reach[:, 1]
            while (crossing := (least < offset) & (greatest >= offset)).any():
                first = int(np.flatnonzero(crossing)[least[crossing].argmin()])
                offset, line_no = int(least[first]), held.table["line_no"][first].as_py()
        return Place(offset, line_no, inside=bool(self.plan.record_path))

    def _write(self, parsed: Parsed, *, tail: bool) -> None:
        rejects = parsed.rejects
        day = pa.array([self._run.started.date()] * rejects.num_rows, pa.date32())
        rejects = rejects.set_column(rejects.schema.get_field_index("run_date"), "run_date", day)
        self._failure = self._failure or parsed.failure
        self.files.write(self.plan.kind, parsed.table, tail=tail)
        if self.plan.kind == schema.DOCUMENTS.name:
            self.files.write(schema.VERSIONS.name, parsed.table, tail=False)
        self.files.write(schema.REJECTS.name, rejects, tail=tail)
        self._tally.add(parsed.table, rejects, parsed.blank, parsed.redactions, ledger.label_of(self.plan))
        for mask in parsed.masks.to_pylist() if parsed.masks is not None else ():
            known = self.masks.get(mask["mask_id"])
            if known is None or (mask["first_ts"] and (known[1] is None or mask["first_ts"] < known[1])):
                self.masks[mask["mask_id"]] = (mask["text"], mask["first_ts"])

    def _row(self, settled: Mapping[str, Any], place: Place, end: Mark) -> dict[str, Any]:
        kept = set(self._known.row["data_files"] if self._known else ()) - set(self.replaced)
        counted = self._tally.columns(self._cutter.lines)
        problem = self._content.problem or self._cutter.problem or self._failure
        rejected = not counted["records"] and counted["rejected"]
        return {
            **ledger.row_of(self._run, self._source, self.plan),
            "fingerprint": self._content.mark_at(place.offset).digest,
            "content": end.digest,
            "bytes": end.offset,
            "position": place.offset,
            "settled": json.dumps(settled),
            **counted,
            "forgotten": self._forgotten or None,
            "format": counted["format"] or ledger.label_of(self.plan),
            "redactions": json.dumps(self._tally.redactions),
            "status": "partial" if problem else "rejected" if rejected else "ok",
            "problem": problem,
            "data_files": sorted(kept) + self.files.names,
            "tail_files": self.files.tail,
        }


def _part(parsed: Parsed, place: Place, *, before: bool) -> Parsed:
    """Return what stands before a place, or from it on; redactions and masks go with what stands before."""

    def side(table: pa.Table) -> pa.Table:
        is_before = pc.less(table["byte_offset"], place.offset)
        return spelled_out(table).filter(is_before if before else pc.invert(is_before))

    return replace(
        parsed,
        table=side(parsed.table),
        rejects=side(parsed.rejects),
        masks=parsed.masks if before else None,
        blank=parsed.blank[(parsed.blank < place.line_no) == before],
        redactions=parsed.redactions if before else {},
    )
