"""Chooses what cuts a source, by its layout."""

from __future__ import annotations

from pipeline.ingest.cutters.archive_cutter import ArchiveCutter
from pipeline.ingest.cutters.bson_cutter import BsonCutter
from pipeline.ingest.cutters.csv_cutter import CsvCutter
from pipeline.ingest.cutters.cutter import Cutter, LineCutter, Place, ValueLineCutter
from pipeline.ingest.cutters.json_cutter import JsonCutter
from pipeline.ingest.inputs.source import Content
from pipeline.ingest.model import SourcePlan


def cut(content: Content, plan: SourcePlan, start: Place, block_bytes: int) -> Cutter:
    """Return the cutter for a plan.

    Args:
        content: the source's bytes from `start` on.
        plan: what they are.
        start: where they begin.
        block_bytes: about how many bytes a block has.
    """
    if plan.layout == "lines":
        return LineCutter(content, start, block_bytes, plan=plan)
    if plan.layout == "bson":
        return BsonCutter(content, start, block_bytes)
    if plan.layout == "archive":
        return ArchiveCutter(content, block_bytes)
    if plan.layout == "csv":
        return CsvCutter(content, plan, start, block_bytes)
    if plan.one_per_line and not plan.record_path:
        return ValueLineCutter(content, start, block_bytes)
    return JsonCutter(content, plan, start, block_bytes)
