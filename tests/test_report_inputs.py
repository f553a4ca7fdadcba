"""README says which input feeds which report, and says it of all of them."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from pipeline import catalog, sql

ROOT = Path(__file__).parent.parent


def feeds(name):
    """Return the views and the reports of each input that a README names."""
    text = (ROOT / name).read_text(encoding="utf-8")
    table = re.split(r"^## .*$", text, flags=re.M)[4]
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [(re.findall(r"`([^`]+)`", views), re.findall(r"`([^`]+)`", names)) for _, views, names in cells]


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_every_report_is_fed_by_an_input_that_the_readme_names(name):
    assert {report for _, reports in feeds(name) for report in reports} == set(sql.names("reports"))


def test_both_languages_name_the_same_views_and_reports():
    assert feeds("README.md") == feeds("README.ko.md")


def test_the_views_that_the_readme_names_are_there_and_their_reports_read_them():
    with closing(catalog.connect(lambda _: [], "UTC")) as connection:
        there = {
            f"{s}.{v}".removeprefix("main.")
            for s, v in connection.sql(
                "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal"
            ).fetchall()
        }
    for views, _ in feeds("README.md"):
        assert set(views) <= there


# Views that hold an input's records without naming it: what they are made of.
MADE_OF = {
    "request_counts": "requests",
    "request_totals": "requests",
    "lake.events": "events",
    "lake.documents": "notes",
    "errors": "events",
}


@pytest.mark.parametrize("report", sql.names("reports"))
def test_a_report_reads_a_view_of_each_input_that_is_said_to_feed_it(report):
    text = re.sub(r"--[^\n]*", "", sql.load("reports", report).text)
    read = set(re.findall(r"\b(?:FROM|JOIN)\s+([a-z_.]+)", text))
    read |= {MADE_OF[view] for view in read if view in MADE_OF}
    for views, reports in feeds("README.md"):
        if report in reports:
            # Coverage reads the events that probes, operations and requests are made of.
            assert read & set(views) or (
                "events" in read and report in {"coverage", "events_by_day", "gaps", "records_by_source"}
            ), (views, read)
