"""Writes what pages take from the bundled sample: examples of columns, answers of questions, verdicts.

At the top of the checkout, before `python -m pipeline.reference`:

python -m pipeline.worked data/samples
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline import catalog, config, dictionary, instants, kpi, reports, sql
from pipeline.render.rows import FORMATS, Setting

if TYPE_CHECKING:
    import duckdb

    from pipeline.config import Settings
    from pipeline.instants import Day
    from pipeline.lake import Snapshot
    from pipeline.summary import Result

#: In `queries/`: what the pages of the plan say of the sample.
VERDICTS = "_sample_verdicts.toml"
PAGE = Path(__file__).parent.parent / "docs" / "questions.md"
#: The zone in which the questions ask and answer.
ZONE = "Asia/Seoul"

_HEAD = """\
# Ten questions, worked

<!-- Made by `python -m pipeline.worked data/samples`; the questions stand in queries/questions/. -->

What analysts and engineers ask a lake, with the SQL that answers it and the answer on the bundled sample:

```bash
h33 --config data/samples/h33.toml --lake data/lake ingest data/samples
h33 --timezone Asia/Seoul --lake data/lake sql queries/questions/01_requests_by_day.sql
```
"""
_LONGEST = 60
# What differs from run to run.
_FLEETING = {
    "run_id": "20250628T010000.123456Z-5f0c2a91",
    "run_ts": "2025-06-28 10:00:00.123456+09",
    "run_date": "2025-06-28",
    "stat": "[2049,131,4542,1750982400000000000,1750982400000000000]",
    "data_files": "[events/date=2025-06-26/…-5be1….parquet]",
    "tail_files": "[events/date=2025-06-26/…-77d0….parquet]",
    "settled": '{"lines":55,"events":37,…}',
}


def page(snapshot: Snapshot) -> str:
    """Return the page of worked questions with the answers of a lake."""
    return "\n".join([_HEAD, *_questions(snapshot)])


def _questions(snapshot: Snapshot) -> Iterator[str]:
    setting = Setting(instants.zone(ZONE))
    with closing(reports.connect(snapshot, ZONE)) as connection:
        for number, name in enumerate(sql.names("questions"), start=1):
            query = sql.load("questions", name)
            answer = _Text()
            FORMATS["markdown"].write(reports.stream(connection, query.text, {}), answer, setting)
            yield from [f"## {number}. {query.purpose}", "", query.said("purpose", "ko"), ""]
            yield from [f"For: {query.keys['reader']}.", ""]
            yield from ["```sql", sql.body(query).strip(), "```", "", answer.text]


class _Text:
    """A sink that keeps what is written."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, data: bytes) -> None:
        self.text += data.decode()


def examples(snapshot: Snapshot) -> str:
    """Return the file of examples: for each column the least value that a lake holds, as TOML."""
    lines = ["# An example of each column. Made by `python -m pipeline.worked data/samples`."]
    with closing(reports.connect(snapshot, ZONE)) as connection:
        for relation in dictionary.relations():
            found = _least(connection, relation)
            if found:
                lines += ["", f'["{relation.name}"]', *(f"{key} = {_quoted(value)}" for key, value in found)]
    return "\n".join(lines) + "\n"


def _least(connection: duckdb.DuckDBPyConnection, relation: dictionary.Relation) -> list[tuple[str, str]]:
    columns = [entry.column for entry in relation.entries]
    least = ", ".join(f"CAST(min({catalog.identifier(name)}) AS VARCHAR)" for name in columns)
    [values] = connection.execute(f"SELECT {least} FROM {relation.name}").fetchall()
    return [(name, _FLEETING.get(name, value)) for name, value in zip(columns, values, strict=True) if value]


def _quoted(value: str) -> str:
    """Return a short text as a TOML string."""
    short = value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
    escaped = short.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", " ", escaped) + '"'


def _told(result: Result) -> str:
    """Return a figure's verdict; a value that nothing limits passes nothing."""
    return str(result.verdict) if result.limited or result.gap else "–"


def verdicts(snapshot: Snapshot, settings: Settings, day: Day) -> str:
    """Return the verdict on every figure and check-list item of a day, as TOML."""
    summary = kpi.day_summary(snapshot, settings, day)
    lines = [f"# Verdicts on data/samples, {day.date}. Made by `python -m pipeline.worked data/samples`."]
    lines += ["[figures]", *(f'{one.figure.name} = "{_told(one)}"' for one in summary.results)]
    for one in summary.lists:
        lines += ["", f"[lists.{one.name}]", *(f'{item.key} = "{item.verdict}"' for item in one.items)]
    return "\n".join(lines) + "\n"


def judged_day(landing: Path, settings: Settings) -> Day:
    """Return the last day of a sample, which its generator names beside it."""
    last = (landing / "last-day").read_text(encoding="utf-8").strip()
    return instants.day_of(date.fromisoformat(last), instants.zone(settings.timezone))


@click.command()
@click.argument("landing", type=click.Path(path_type=Path, exists=True, file_okay=False))
def main(landing: Path) -> None:
    """Write the examples, the page of questions and the verdicts from a lake of LANDING."""
    from pipeline.ingest.run import ingest
    from pipeline.lake import Lake

    with tempfile.TemporaryDirectory() as folder:
        settings = config.load(landing / config.FILE_NAME, {"lake": folder, "timezone": ZONE})
        ingest([str(landing)], settings)
        snapshot = Lake(Path(folder)).snapshot()
        (sql.folder() / dictionary.EXAMPLES).write_text(examples(snapshot), encoding="utf-8")
        PAGE.write_text(page(snapshot), encoding="utf-8")
        told = verdicts(snapshot, settings, judged_day(landing, settings))
        (sql.folder() / VERDICTS).write_text(told, encoding="utf-8")
    click.echo(f"examples and answers of {landing}, {datetime.now(UTC):%Y-%m-%d}")


if __name__ == "__main__":
    main()
