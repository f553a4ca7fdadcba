"""Writes `docs/reference/` from what is in force: the commands' help, the tables, the views, the SQL headers.

python -m pipeline.reference            write the pages
python -m pipeline.reference --check    say which pages are not current, and fail if any is
"""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from pipeline import dictionary, sql, worked
from pipeline.cli import COMMANDS, h33
from pipeline.errors import ExitCode
from pipeline.figures import checklists
from pipeline.render.rows_markdown import escape
from pipeline.render.words import limit_text

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
_NOTE = "<!-- Made by `python -m pipeline.reference`; edit what it is made from. -->"


def pages() -> dict[str, str]:
    """Return every page by its file name."""
    return {
        "commands.md": _page("Commands", _commands()),
        "tables.md": _page("Tables and views", _tables("en")),
        "tables.ko.md": _page("테이블과 뷰", _tables("ko")),
        "reports.md": _page("Reports", _reports()),
        "figures.md": _page("Figures", _figures()),
        "plan.md": _page("The rollout plan, item by item", _plan()),
    }


def _page(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", _NOTE, "", *lines]).rstrip() + "\n"


def _commands() -> Iterator[str]:
    top = click.Context(h33, info_name="h33", terminal_width=100, **h33.context_settings)
    yield from ["```text", h33.get_help(top), "```", ""]
    for name in COMMANDS:
        command = importlib.import_module(f"pipeline.cli.{name}").command
        ctx = click.Context(command, info_name=name, parent=top)
        yield from [f"## h33 {name}", "", "```text", command.get_help(ctx), "```", ""]
    yield from [
        "## Exit codes",
        "",
        *_table(["Code", "Meaning"], [[str(int(c)), c.meaning] for c in ExitCode]),
    ]


_ABOUT_TABLES = {
    "en": (
        "[한국어](tables.ko.md)\n\n"
        "The tables are visible in SQL as `lake.<table>`, the views without a prefix. Examples are from the\n"
        "bundled sample; where it has none, the cell is empty. `h33 schema` tells it too.",
        ["Column", "Type", "Unit", "Meaning", "Source", "Null", "Example"],
        {"view": "View", "table": "Table"},
    ),
    "ko": (
        "[English](tables.md)\n\n"
        "SQL에서 테이블은 `lake.<테이블>`로, 뷰는 이름 그대로 씁니다. 예는 함께 든 표본의 값이며,\n"
        "표본에 없으면 비웁니다. `h33 --lang ko schema`로도 볼 수 있습니다.",
        ["열", "자료형", "단위", "뜻", "출처", "null일 때", "예"],
        {"view": "뷰", "table": "테이블"},
    ),
}


def _tables(language: str) -> Iterator[str]:
    about, head, kinds = _ABOUT_TABLES[language]
    yield from [about, ""]
    for relation in dictionary.relations(language):
        rows = [
            [f"`{e.column}`", e.type, e.unit, e.meaning, e.source, e.null, _code(e.example)]
            for e in relation.entries
        ]
        yield from [f"## {relation.name}", "", f"{kinds[relation.kind]}. {relation.says}", ""]
        yield from [*_table(head, rows), ""]


def _code(text: str) -> str:
    """Return a text as code in a cell of a table."""
    return "`" + text.replace("`", "'").replace("|", "\\|") + "`" if text else ""


def _reports() -> Iterator[str]:
    for query in (sql.load(kind, name) for kind in ("reports", "inputs") for name in sql.names(kind)):
        yield from [f"## {query.name}", "", query.purpose, "", query.said("purpose", "ko"), ""]
        for note in (query.keys[key] for key in ("note", "note.ko") if key in query.keys):
            yield from [f"> {note}", ""]
        yield from _contract(query)


def _figures() -> Iterator[str]:
    figures = [sql.load("kpi", name) for name in sql.names("kpi")]
    for query in sorted(figures, key=lambda figure: int(figure.keys["order"])):
        keys = query.keys
        facts = [
            ["unit", keys["unit"]],
            ["better", keys["direction"]],
            ["counted over", keys["denominator"]],
            ["warning beyond", keys["warn"]],
            ["failure beyond", keys["fail"]],
            ["least n", keys["minimum"]],
            ["required", keys["required"]],
        ]
        yield from [f"## {keys['title']}", "", f"`{query.name}` · {keys['title.ko']}", "", query.purpose, ""]
        yield from [*_table(["", ""], facts), ""]
        yield from _contract(query)


def _plan() -> Iterator[str]:
    figures = sorted((sql.load("kpi", name) for name in sql.names("kpi")), key=lambda q: int(q.keys["order"]))
    told = tomllib.loads((sql.folder() / worked.VERDICTS).read_text(encoding="utf-8"))
    yield from ["Verdicts on the bundled sample are those of its last day.", "", "## Figures", ""]
    yield from _table(
        ["The plan", "Computed by", "Read from", "Warning", "Failure", "On the sample"],
        [
            [
                q.said("plan"),
                f"`{_path(q)}`",
                q.keys["needs"],
                _threshold(q, "warn"),
                _threshold(q, "fail"),
                told["figures"][q.name],
            ]
            for q in figures
        ],
    )
    for one in checklists.definitions():
        yield from ["", f"## {one.titles['en']}", "", f"`{one.name}` · {one.titles['ko']}", ""]
        yield from _table(
            ["Item", "Computed by", "Limit", "On the sample"],
            [[*_item(item), told["lists"][one.name][item["key"]]] for item in one.items],
        )


def _path(query: sql.Query) -> str:
    return f"queries/{query.kind}/{query.name}.sql"


def _threshold(query: sql.Query, key: str) -> str:
    """Return a default limit as people read it."""
    text = query.keys[key]
    if text in {"none", "rising"}:
        return "" if text == "none" else text
    side = ">" if query.keys["direction"] == "lower" else "<"
    return f"{side} {limit_text(float(text), query.keys['unit'])}"


def _item(rule: Mapping[str, Any]) -> list[str]:
    """Return a check list's item: its text, what computes it, its limit."""
    limit = next(
        (f"{key.replace('_', ' ')} {rule[key]:g}" for key in ("at_most", "at_least") if key in rule), ""
    )
    if "attest" in rule:
        return [rule["title"]["en"], f"`attested.toml`, item {rule['attest']}", ""]
    if "query" in rule:
        return [rule["title"]["en"], f"`queries/checks/{rule['query']}.sql`", rule.get("script", "")]
    if "slower" in rule:
        return [rule["title"]["en"], "`queries/inputs/latency_bags.sql`", f"× {limit} of before"]
    figure = rule.get("figure") or rule.get("fewer") or rule["surge"]
    told = (
        f"× {limit} of before" if "fewer" in rule else "above the days before" if "surge" in rule else limit
    )
    return [rule["title"]["en"], f"`queries/kpi/{figure}.sql`", told]


def _contract(query: sql.Query) -> Iterator[str]:
    """Yield what a query takes and gives, and where it stands."""
    if query.params:
        options = [[f"`{p.name}`", p.type, p.default, p.meaning] for p in query.params]
        yield from [*_table(["Parameter", "Type", "Default", "Meaning"], options), ""]
    columns = [[f"`{column.name}`", column.type, column.meaning] for column in query.columns]
    yield from [*_table(["Column", "Type", "Meaning"], columns), ""]
    path = f"queries/{query.kind}/{query.name}.sql"
    yield from [f"SQL: [{path}](../../{path})", ""]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a Markdown table; cells in backticks stay as they are."""
    shown = [[cell if cell.startswith("`") else escape(cell) for cell in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *shown)]


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail where a page is not current.")
@click.pass_context
def main(ctx: click.Context, check: bool) -> None:
    """Write the reference pages, or check them."""
    stale = []
    for name, text in pages().items():
        file = FOLDER / name
        if file.is_file() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    for name in stale:
        click.echo(f"docs/reference/{name}: {'not current' if check else 'written'}")
    if check and stale:
        click.echo("run `python -m pipeline.reference`", err=True)
        ctx.exit(int(ExitCode.FAILED))


if __name__ == "__main__":
    main()
