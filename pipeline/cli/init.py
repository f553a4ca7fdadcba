"""`h33 init`: a settings file to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.errors import UsageFault
from pipeline.render.text import one_line


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
def command(folder: Path) -> None:
    """Write h33.toml with every key and its default, commented, into FOLDER (here by default)."""
    from pipeline import config

    file = folder / config.FILE_NAME
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(config.template())
    except FileExistsError:
        raise UsageFault("exists already", where=str(file), hint="edit it, or remove it first") from None
    print(one_line(str(file)))
