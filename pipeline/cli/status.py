"""`h33 status`: what the lake holds, and what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pipeline import sql
from pipeline.cli.common import GlobalOptions, format_option, pass_options, put
from pipeline.cli.emit import emit
from pipeline.render import column_words
from pipeline.render.text import one_line

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.lake import Snapshot

#: The report behind each part, and what a terminal shows of it: all columns where none are named.
_PARTS: dict[str, tuple[str, list[str]]] = {
    "sources": ("ingest_ledger", ["path", "status", "lines", "records", "rejected", "problem"]),
    "days": ("events_by_day", []),
    "gaps": ("gaps", []),
    "rejects": ("rejects_by_reason", []),
}


@click.command()
@format_option("table", "json")
@pass_options
def command(options: GlobalOptions, output: str) -> None:
    """Show the sources with their counters, what each day holds, the gaps, and the rejects by reason.

    Every part is a report of its own: ingest_ledger, events_by_day, gaps, rejects_by_reason.
    """
    snapshot = options.lake.snapshot()
    if snapshot.version is None:
        options.narrate(options.said("no_lake"))
    parts = _parts(snapshot, options.settings.timezone)
    if output == "json":
        put(_json(snapshot, parts))
        return
    print(one_line(_headline(snapshot, options)))
    for name, rows in parts.items():
        title = options.said(name)
        print(f"\n{title}" if rows.num_rows else f"\n{options.said('none', part=title)}", flush=True)
        if rows.num_rows:
            report, columns = _PARTS[name]
            words = column_words.of(sql.load("reports", report), options.settings.language)
            shown = rows.select(columns or rows.column_names)
            emit(shown.to_reader(), output, None, options.settings.timezone, words)


def _parts(snapshot: Snapshot, timezone: str) -> dict[str, pa.Table]:
    """Return the rows of every part."""
    from contextlib import closing

    from pipeline import reports

    with closing(reports.connect(snapshot, timezone)) as connection:
        return {
            name: reports.execute(connection, sql.load("reports", report), {})
            for name, (report, _) in _PARTS.items()
        }


def _headline(snapshot: Snapshot, options: GlobalOptions) -> str:
    """Return the lake's place, its snapshot, and how much it holds, in one line."""
    from pipeline import instants
    from pipeline.schema import TABLES

    if snapshot.committed is None:
        return options.said("empty", lake=snapshot.root)
    files = [file for table in TABLES for file in snapshot.files(table.name)]
    committed = snapshot.committed.astimezone(instants.zone(options.settings.timezone))
    return options.said(
        "headline",
        lake=snapshot.root,
        version=snapshot.version,
        when=committed.isoformat(" ", "seconds"),
        files=len(files),
        megabytes=sum(file.bytes for file in files) / 1e6,
    )


def _json(snapshot: Snapshot, parts: dict[str, pa.Table]) -> str:
    """Return one object: the snapshot, then the rows of every part as `h33 report` writes them."""
    from io import BytesIO

    import orjson

    from pipeline.render.rows_json import write_array

    answer: dict[str, Any] = {"lake": str(snapshot.root), "snapshot": snapshot.version}
    committed = snapshot.committed
    answer["committed"] = committed and committed.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    for name, rows in parts.items():
        array = BytesIO()
        write_array(rows.to_reader(), array)
        answer[name] = orjson.loads(array.getvalue())
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()
