"""How the kernel's tests feed it bytes and read what comes out."""

from collections import Counter
from datetime import UTC, datetime

import numpy as np
import orjson
import polars as pl

from pipeline.ingest.cutters import cutter
from pipeline.ingest.model import Block, Places, SourcePlan
from pipeline.ingest.records import kernel

#: A console group, as an instance prints it.
GROUP_A = [
    "[TimeProcessor] 세션 완료 - 64f0aa10bb20cc30dd40ee99",
    "  [TimeProcessor] 클라이언트 시간 처리 시작: 2025-06-20T01:00:00.431Z",
    "  [TimeProcessor] 클라이언트 시간 처리 성공",
    "  사용된 시간: 클라이언트 시간",
]


def plan(**stated):
    """Return the plan of a source of which only this is stated."""
    usual = {"file_id": "f" * 16, "path": "x", "layout": "lines", "kind": "events", "timezone": "Asia/Seoul"}
    return SourcePlan(**{**usual, **stated})


def render(**stated):
    """Return the plan of pages of Render's log API."""
    return plan(layout="json", record_path="logs[]", envelope="render_api", **stated)


def at(hour, minute=0, second=0, micro=0, day=20):
    """Return an instant of a day of June 2025."""
    return datetime(2025, 6, day, hour, minute, second, micro, tzinfo=UTC)


def lines(text, line_no=1, byte_offset=0):
    """Return a block of lines."""
    return Block(text if isinstance(text, bytes) else text.encode(), line_no, byte_offset)


def values(found, line_nos=None):
    """Return a block of JSON values, each on the line that `line_nos` says; bytes stand for themselves."""
    data = [value if isinstance(value, bytes) else orjson.dumps(value) for value in found]
    places = Places(
        np.array(line_nos or range(1, len(data) + 1), dtype=np.int64),
        np.ones(len(data), dtype=np.int64),
        np.cumsum([0, *(len(value) + 1 for value in data)])[:-1].astype(np.int64),
    )
    return Block(b"".join(value + b"\n" for value in data), 1, 0, places)


def entry(message, at, *, instance="a", entry_id=None, kind="app", **labels):
    """Return an entry of Render's log API; `at` is a time of 2025-06-20, such as 01:00:00.5."""
    stated = {"type": kind, "instance": instance, **labels}
    return {
        "id": entry_id or f"{instance}-{at}",
        "labels": [{"name": name, "value": value} for name, value in stated.items() if value is not None],
        "message": message,
        "timestamp": f"2025-06-20T{at}Z",
    }


def printed(instance, messages, start=0, step=10):
    """Return the entries of an instance's lines, a step of milliseconds apart."""
    return [
        entry(message, f"01:00:00.{start + number * step:03d}", instance=instance)
        for number, message in enumerate(messages)
    ]


class Read:
    """All that a source's blocks give, with what they left open closed in their order."""

    def __init__(self, blocks, source):
        parts, still_open = [], None
        for block in blocks:
            parsed = kernel.parse(block, source)
            parts.append(parsed)
            rows = [frame for frame in (still_open, parsed.open) if frame is not None and frame.height]
            if rows:
                closed = kernel.close(pl.concat(rows, how="diagonal"), source, last=parsed.ended)
                parts.append(closed)
                still_open = closed.open
        if still_open is not None and still_open.height:
            parts.append(kernel.close(still_open, source))
        tables = [pl.from_arrow(part.table) for part in parts]
        self.events = pl.concat(tables).sort("byte_offset", "line_no").to_dicts()
        for event in self.events:
            event["attrs"] = orjson.loads(event["attrs"]) if event["attrs"] else {}
        self.rejects = pl.concat([pl.from_arrow(part.rejects) for part in parts]).to_dicts()
        self.blank = sorted(np.concatenate([part.blank for part in parts]).tolist())
        self.redactions = Counter()
        for part in parts:
            self.redactions.update(part.redactions)

    def column(self, name):
        """Return one column of the events, in the order of the source."""
        return [event[name] for event in self.events]

    def covered(self):
        """Return the lines of records, one entry for each time that a record holds one."""
        return [
            line
            for event in self.events
            for span in event["line_spans"] or [event]
            for line in range(span["line_no"], span["line_no"] + span["line_count"])
        ]


def read(text, **stated):
    """Read lines as one block."""
    return Read([lines(text)], plan(**stated))


class _Chunks:
    """Bytes that are taken so many at a time."""

    def __init__(self, data):
        self.data = data

    def take(self, size):
        taken, self.data = self.data[:size], self.data[size:]
        return taken


def read_in_blocks(data, source, block_bytes):
    """Read the lines of a source as the cutter cuts them into blocks."""
    cut = cutter.LineCutter(_Chunks(data), cutter.Place(), block_bytes, plan=source)
    return Read([block for block in cut.blocks() if block.data], source)


def one(record):
    """Return the event of a record of an unknown service."""
    [event] = read(record if isinstance(record, str) else orjson.dumps(record).decode()).events
    return event
