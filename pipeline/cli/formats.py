"""`h33 formats`: what h33 reads, and what it takes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.common import GlobalOptions, pass_options, put
from pipeline.cli.emit import emit, rows_options

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from pipeline.config import Settings


@click.command()
@click.argument("name", required=False)
@click.option("--redaction", is_flag=True, help="List the redaction rules instead.")
@rows_options
@pass_options
def command(
    options: GlobalOptions, name: str | None, redaction: bool, output: str, file: Path | None
) -> None:
    """List the formats that h33 reads; with NAME, that one's file.

    A line format is a TOML file that says how a line becomes columns and proves itself by its samples.
    """
    from pipeline import formats

    if name is not None and not redaction:
        put(formats.text_of(name).rstrip("\n"))
        return
    rows = _rules(options.settings) if redaction else _formats()
    emit(rows.to_reader(), output, file, options.settings.timezone)


def _formats() -> pa.Table:
    import pyarrow as pa

    from pipeline import formats

    lines = [(entry.label, "line", entry.title, entry.url) for entry in formats.library()]
    others = [(name, "json", *formats.about(name)) for name in formats.wrappers()]
    return pa.Table.from_pylist(
        [dict(zip(("name", "kind", "title", "url"), row, strict=True)) for row in sorted(lines + others)]
    )


def _rules(settings: Settings) -> pa.Table:
    import pyarrow as pa

    from pipeline.enrich import redact

    own = redact.checked(settings.redaction, str(settings.file) if settings.file else None)
    rules = [(rule, "h33") for rule in redact.rules()] + [(rule, "settings") for rule in own]
    return pa.Table.from_pylist(
        [
            {"name": rule.name, "title": rule.title, "origin": origin, "pattern": rule.pattern}
            for rule, origin in rules
        ]
    )
