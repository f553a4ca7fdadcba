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

    A known one that was met in an earlier event now begins with that: records may come in any order.

    Args:
        change: its templates are known.
        masks: text and first instant, by mask_id.
    """
    known: set[str] = set()
    for file in change.files(TEMPLATES.name):
        rows = pq.read_table(file.path, partitioning=None)
        ids, firsts = rows["mask_id"].to_pylist(), rows["first_ts"].to_pylist()
        known |= set(ids)
        told = [
            _earlier(first, masks.get(key, ("", None))[1]) for key, first in zip(ids, firsts, strict=True)
        ]
        if told != firsts:
            at = rows.schema.get_field_index("first_ts")
            column = pa.array(told, rows.schema.field(at).type)
            with change.file(TEMPLATES.name) as out:
                out.write(rows.set_column(at, "first_ts", column))
            change.remove(TEMPLATES.name, file.path)
    fresh = [
        {"mask_id": mask_id, "template_id": mask_id, "text": text, "first_ts": first_ts}
        for mask_id, (text, first_ts) in sorted(masks.items())
        if mask_id not in known
    ]
    with change.file(TEMPLATES.name) as out:
        out.write(pa.Table.from_pylist(fresh, schema=TEMPLATES.arrow))


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(filter(None, (one, other)), default=None)


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
                first = _earlier(before[1] if before else None, row["ts_min"])
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
