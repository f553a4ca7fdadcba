"""`h33 schema`: the dictionary of tables and views, and a script that shows a snapshot to any DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.common import GlobalOptions, pass_options
from pipeline.cli.emit import chosen, emit, rows_options
from pipeline.errors import H33Error

if TYPE_CHECKING:
    import pyarrow as pa


#: What is said of a column where a terminal has no room for all of it, and how wide one must be for that.
_BRIEF, _WIDE = ["column", "type", "meaning"], 160

_KOREAN = {
    "name": "이름",
    "kind": "종류",
    "columns": "열 수",
    "holds": "내용",
    "column": "열",
    "type": "자료형",
    "unit": "단위",
    "meaning": "뜻",
    "source": "출처",
    "null": "null일 때",
    "example": "예",
}


def _named(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the tables and views that begin like this, for the completion of the command line."""
    from pipeline import dictionary

    return [found.name for found in dictionary.relations() if found.name.startswith(incomplete)]


@click.command()
@click.argument("table", required=False, shell_complete=_named)
@click.option(
    "--sql", "as_sql", is_flag=True, help="Print a views.sql that names the newest snapshot's files."
)
@rows_options
@pass_options
def command(options: GlobalOptions, table: str | None, as_sql: bool, output: str, file: Path | None) -> None:
    """Tell what each table and view is; with TABLE, its columns: type, unit, meaning, source, null, example.

    With --sql: a script after which plain DuckDB has the same tables and views, `duckdb -init views.sql`.
    """
    if as_sql:
        _put(_script(options), file)
        return
    form = chosen(output, file)
    # What programs read is English in every language.
    language = options.settings.language if form.is_for_people else "en"
    if form.name == "table":
        shown = rows(table, language)
    else:
        shown = _columns(table, language) if table else _relations(language)
    emit(shown.to_reader(), output, file, options.settings.timezone, words(language))


def words(language: str) -> Mapping[str, str]:
    """Return what the columns of the dictionary are called in a language instead of their names."""
    return _KOREAN if language == "ko" else {}


def rows(table: str | None, language: str) -> pa.Table:
    """Return what a terminal has room for of a table's columns; all tables and views when None."""
    import shutil

    if table is None:
        return _relations(language)
    narrow = shutil.get_terminal_size().columns < _WIDE
    return _columns(table, language).select(_BRIEF) if narrow else _columns(table, language)


def _relations(language: str) -> pa.Table:
    """Return a row for each view and table."""
    import pyarrow as pa

    from pipeline import dictionary

    found = dictionary.relations(language)
    return pa.table(
        {
            "name": [relation.name for relation in found],
            "kind": [relation.kind for relation in found],
            "columns": [len(relation.entries) for relation in found],
            "holds": [relation.says for relation in found],
        }
    )


def _columns(name: str, language: str) -> pa.Table:
    """Return a row for each column of a view or table."""
    import pyarrow as pa

    from pipeline import dictionary

    entries = dictionary.find(name, language).entries
    keys = ("column", "type", "unit", "meaning", "source", "null", "example")
    return pa.table({key: [getattr(entry, key) for entry in entries] for key in keys})


def _script(options: GlobalOptions) -> str:
    from pipeline import catalog

    snapshot = options.lake.snapshot()
    head = f"-- Tables and views of {options.lake.path}, snapshot {snapshot.version}, for DuckDB 2.\n"
    return head + catalog.script(snapshot.files, options.settings.timezone)


def _put(text: str, file: Path | None) -> None:
    if file is None:
        print(text, end="")
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise H33Error(f"cannot be written: {error.strerror}", where=str(file)) from None
