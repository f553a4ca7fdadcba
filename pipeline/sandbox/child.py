"""The process that answers: started with an empty environment, it puts up its walls, then loads the engine.

It reads one JSON object a line from stdin (first its limits, then the tables, then questions) and writes
frames of `wire` to what was stdout.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import catalog, errors
from pipeline.errors import H33Error, QueryFault
from pipeline.sandbox import walls, wire
from pipeline.sandbox.views import Views
from pipeline.sandbox.wire import Kind

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

# Rows of one batch are halved until they fit; a single row that is larger is refused.
_LARGEST_BATCH = 16 * 2**20
# What libraries may map beside what the engine counts: stacks, heaps, a copy of a batch.
_SLACK = 512 * 10**6

Send = Callable[[bytes], None]


@dataclass(frozen=True)
class DataFile:
    """A data file, as the catalog wants it."""

    path: str
    partition: Mapping[str, str | None]


def main() -> None:
    """Serve questions until stdin ends."""
    # Whatever a library prints must not come between the frames.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def send(data: bytes) -> None:
        out.write(data)
        out.flush()

    requests = (json.loads(line) for line in sys.stdin.buffer)
    try:
        limits = next(requests)
        shut = _put_up_walls(limits)
        send(wire.words(Kind.READY, landlock=shut))
        connection = _connect(limits, next(requests), by_arrow=not shut)
        views = Views(connection)
        send(wire.words(Kind.READY))
    except StopIteration:
        return
    except H33Error as fault:
        send(_fault(fault))
        return
    for request in requests:
        walls.bound_cpu(limits["cpu_seconds"])
        send(_answered(connection, views, request, send))


def _put_up_walls(limits: Mapping[str, Any]) -> bool:
    """Bound this process, load the engine behind the walls; return whether the kernel guards the files."""
    walls.settle()
    walls.bound_cpu(limits["cpu_seconds"])
    shut = limits["landlock"] and walls.shut(
        [*map(Path, limits["readable"]), *_what_the_engine_looks_at()], Path(limits["spill"])
    )
    # pyarrow and duckdb work without numpy, and start in half the time.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    import duckdb  # noqa: F401
    import pyarrow as pa

    pa.set_memory_pool(pa.system_memory_pool())
    pa.set_cpu_count(1)
    walls.bound(walls.mapped() + limits["memory"] + _SLACK, limits["disk"])
    return bool(shut)


def _what_the_engine_looks_at() -> list[Path]:
    """Return where DuckDB reads how much memory and how many processors there are."""
    own = (Path("/proc/self", name) for name in ("cgroup", "statm"))
    return [*own, *map(Path, ("/proc/meminfo", "/sys/fs/cgroup", "/dev/null", "/dev/urandom"))]


def _connect(
    limits: Mapping[str, Any], request: Mapping[str, Any], *, by_arrow: bool
) -> duckdb.DuckDBPyConnection:
    """Return a sealed connection over the tables of the request."""
    from pipeline import query_faults

    files = {
        table: [DataFile(path, partition) for path, partition in rows]
        for table, rows in request["tables"].items()
    }
    with query_faults.told():
        return catalog.connect(
            lambda table: files.get(table, ()),
            request["timezone"],
            seal=catalog.Seal(by_arrow=by_arrow, spill=Path(limits["spill"]), disk=limits["disk"]),
            memory=f"{limits['memory']}B",
            views=(),
        )


def _answered(
    connection: duckdb.DuckDBPyConnection, views: Views, request: Mapping[str, Any], send: Send
) -> bytes:
    """Send the rows of a question, and return what ends its answer."""
    from pipeline import query_faults

    try:
        reader = _asked(connection, views, request)
        send(wire.frame(Kind.SCHEMA, reader.schema.serialize().to_pybytes()))
        with query_faults.told(connection):
            for batch in reader:
                _send_rows(batch, send)
    except H33Error as fault:
        return _fault(fault)
    return wire.words(Kind.END)


def _asked(
    connection: duckdb.DuckDBPyConnection, views: Views, request: Mapping[str, Any]
) -> pa.RecordBatchReader:
    """Return the rows of a question that has the views that it needs."""
    from pipeline import query_faults, reports

    text = request["text"]
    params = {name: wire.unpacked(value) for name, value in request["params"].items()}
    with query_faults.told():
        views.make_for(text)
    try:
        return reports.ask(connection, text, params)
    except QueryFault:
        # A name may be put together by the statement, and a fault tells of the nearest of all.
        if not views.make_all():
            raise
    return reports.ask(connection, text, params)


def _send_rows(batch: pa.RecordBatch, send: Send) -> None:
    """Send a batch, in parts where it is large."""
    rows = batch.num_rows
    if rows and batch.nbytes > _LARGEST_BATCH:
        if rows == 1:
            raise QueryFault(f"a row of {batch.nbytes:,} bytes", hint=f"at most {_LARGEST_BATCH:,} are given")
        _send_rows(batch.slice(0, rows // 2), send)
        return _send_rows(batch.slice(rows // 2), send)
    return send(wire.frame(Kind.ROWS, batch.serialize().to_pybytes()))


def _fault(fault: H33Error) -> bytes:
    kind = type(fault).__name__
    name = kind if getattr(errors, kind, None) is type(fault) else "QueryFault"
    return wire.words(Kind.FAULT, type=name, what=fault.what, where=fault.where, hint=fault.hint)
