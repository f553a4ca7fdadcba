"""The reference pages are made from what is in force, and a stale one is noticed."""

from click.testing import CliRunner

from pipeline import reference, sql
from pipeline.cli import COMMANDS
from pipeline.schema import TABLES


def test_pages_are_written_checked_and_found_stale(tmp_path, monkeypatch):
    monkeypatch.setattr(reference, "FOLDER", tmp_path / "reference")

    def run(*args):
        done = CliRunner().invoke(reference.main, args)
        return done.exit_code, done.stdout.splitlines()

    names = sorted(reference.pages())
    stale = [f"docs/reference/{name}: not current" for name in reference.pages()]
    assert run("--check") == (1, stale)
    assert not (tmp_path / "reference").exists()
    assert run() == (0, [line.replace("not current", "written") for line in stale])
    assert sorted(path.name for path in (tmp_path / "reference").iterdir()) == names
    assert run("--check") == (0, [])
    with (tmp_path / "reference" / names[0]).open("a") as page:
        page.write("more")
    assert run("--check") == (1, [f"docs/reference/{names[0]}: not current"])


def test_every_command_table_view_report_and_figure_has_a_section():
    pages = reference.pages()
    heads = {
        name: {line[3:] for line in text.splitlines() if line.startswith("## ")}
        for name, text in pages.items()
    }
    assert heads["commands.md"] == {*(f"h33 {name}" for name in COMMANDS), "Exit codes"}
    assert heads["tables.md"] >= {*(f"lake.{table.name}" for table in TABLES), "events", "requests", "notes"}
    assert heads["reports.md"] == {*sql.names("reports"), *sql.names("inputs")}
    assert heads["figures.md"] == {sql.load("kpi", name).keys["title"] for name in sql.names("kpi")}
