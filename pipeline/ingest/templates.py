"""The masks of the lake's events: those that no run met before are added, those no event has any more go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.lake import Change, DataFile
from pipeline.lake.rewriting import row_groups
from pipeline.schema import EVENTS, TEMPLATES


def stage(change: Change, masks: Mapping[str, tuple[str, datetime | None]]) -> None:
    """Stage the masks that no run met before; each is a template of its own until they are mined.

    Args:
        change: its templates are known.
        masks: text and first instant, by mask_id.
    """
    known = _ids(change.files(TEMPLATES.name))
    rows = [
        {"mask_id": mask_id, "template_id": mask_id, "text": text, "first_ts": first_ts}
        for mask_id, (text, first_ts) in sorted(masks.items())
        if mask_id not in known
    ]
    with change.file(TEMPLATES.name) as out:
        out.write(pa.Table.from_pylist(rows, schema=TEMPLATES.arrow))


def drop_unused(change: Change) -> None:
    """Take out the masks that no event has after the change. What remains keeps its first instant."""
    used = pa.array(sorted(_ids(change.files(EVENTS.name))), pa.string())
    for file in change.files(TEMPLATES.name):
        rows = pq.read_table(file.path, partitioning=None)
        kept = rows.filter(pc.is_in(rows["mask_id"], used))
        if kept.num_rows < rows.num_rows:
            with change.file(TEMPLATES.name) as out:
                out.write(kept)
            change.remove(TEMPLATES.name, file.path)


def restore(change: Change) -> None:
    """Stage the masks that events have and no template tells, from the events' messages."""
    known = _ids(change.files(TEMPLATES.name))
    masks: dict[str, tuple[str, datetime | None]] = {}
    for file in change.files(EVENTS.name):
        for rows in row_groups(file, ["ts", "message", "mask_id"], checked=False):
            is_known = pc.is_in(rows["mask_id"], pa.array(sorted(known), pa.string()))
            lost = rows.filter(pc.and_not(pc.is_valid(rows["mask_id"]), is_known))
            firsts = lost.group_by("mask_id", use_threads=False)
            for row in firsts.aggregate([("message", "first"), ("ts", "min")]).to_pylist():
                before = masks.get(row["mask_id"])
                text = before[0] if before else _text(row["message_first"])
                first = min(filter(None, (before and before[1], row["ts_min"])), default=None)
                masks[row["mask_id"]] = text, first
    stage(change, masks)


def _text(message: str) -> str:
    import polars as pl

    from pipeline.enrich import masks

    return str(masks.of(pl.Series([message]))[1]["text"][0])


def _ids(files: Iterable[DataFile]) -> set[str]:
    """Return the masks that data files name."""
    found: set[str] = set()
    for file in files:
        column = pq.read_table(file.path, columns=["mask_id"], partitioning=None)["mask_id"]
        found |= set(pc.unique(column).to_pylist())
    return found
