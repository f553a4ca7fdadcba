"""Keeps each version of a document once: what another export of the collection holds is not stored again.

`documents` says which version an export holds, `versions` what it is. A version belongs to no export, so none
has to be handed on when an export goes: it goes with the last document that names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ingest.removal import Removal
from pipeline.lake import Change, DataFile, versions
from pipeline.lake.rewriting import filled, refuse_damaged
from pipeline.schema import DOCUMENTS, VERSIONS


def keep_new(change: Change, names: Sequence[str]) -> None:
    """Take out of staged files of versions what the lake, or a file before them, holds already.

    Args:
        change: the other files of its versions are known.
        names: of files that it staged, all versions of one source.
    """
    waiting = set(names)
    for name in names:
        files = {file.name: file for file in change.files(VERSIONS.name) if file.name not in waiting - {name}}
        file = files.pop(name)
        known = [other for other in files.values() if other.partition == file.partition]
        count, rows = versions.new(file, known, change.scratch)
        if count < file.rows:
            _replace(change, file, rows)
        waiting.discard(name)


def drop_unused(change: Change, *, repeated: bool = False) -> bool:
    """Take out the versions that no export has after the change; return whether there were any.

    Args:
        change: its documents count.
        repeated: take out those too that are there twice.

    Raises:
        LakeDamaged: a file that would be written anew is not what was written.
    """
    pairs = versions.by_collection(change.files(DOCUMENTS.name), change.files(VERSIONS.name))
    found = False
    for pair in pairs.values():
        for file, rows in versions.superfluous(pair, change.scratch, repeated=repeated):
            refuse_damaged(file)
            _replace(change, file, rows)
            found = True
    return found


def drop_dangling(change: Change, removal: Removal) -> None:
    """Take out the documents of exports whose version is lost: their sources hold it still, perhaps.

    Args:
        change: its versions count.
        removal: of the change; it counts what goes.
    """
    pairs = versions.by_collection(change.files(DOCUMENTS.name), change.files(VERSIONS.name))
    for pair in pairs.values():
        lost = versions.missing(pair, change.scratch)
        for file in pair.documents if len(lost) else ():
            removal.take_rows(file, partial(_is_one_of, lost))


def _is_one_of(lost: pa.Array, rows: pa.Table) -> pa.ChunkedArray:
    return pc.is_in(rows["version"], lost)


def _replace(change: Change, file: DataFile, rows: Iterable[pa.Table]) -> None:
    """Put a file with these rows in the place of another one; none where there are no rows."""
    with change.file(VERSIONS.name, file.partition) as out:
        for group in filled(rows):
            out.write(group)
    change.remove(VERSIONS.name, file.name)
