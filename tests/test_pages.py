"""The way from page to page: days, weeks and months lead to each other, to nothing that is not there."""

import re
from datetime import date, timedelta

import pytest
from lake_rows import make_lake
from summaries import DAY, result, settings, summary
from test_page import evidence
from test_publishing import paths, row

from pipeline import instants, pages, publishing
from pipeline.render.around import Link, Links, nav, renewed
from pipeline.render.html import kpi_html
from pipeline.render.index import Entry, index_html
from pipeline.summary import Verdict, Window

ANCHOR = re.compile(r'<a href="([^"]+)"')


def hrefs(reports, name):
    """Return what the nav of a page leads to."""
    text = (reports / name / "kpi.html").read_text(encoding="utf-8")
    return ANCHOR.findall(text[text.index("<nav ") : text.index("</nav>")])


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Nights of 19 and 20 June, and then, late, of the 18th."""
    root = tmp_path_factory.mktemp("nights")
    snapshot = make_lake(root / "lake", events=[row("2025-06-20T03:00:00Z")]).snapshot()
    set_up = settings(paths=paths(root))
    for on in (19, 20, 18):
        day = instants.day_of(date(2025, 6, on), instants.zone("Asia/Seoul"))
        publishing.publish_windows(snapshot, set_up, day, DAY.end + timedelta(days=1))
    return root / "reports"


@pytest.mark.parametrize(
    ("name", "leads"),
    [
        ("2025-06-18", ["2025-06-19", "2025-06-18-week", "2025-06-18-month"]),
        ("2025-06-19", ["2025-06-18", "2025-06-20", "2025-06-19-week", "2025-06-19-month"]),
        ("2025-06-20", ["2025-06-19", "2025-06-20-week", "2025-06-20-month"]),
        ("2025-06-20-week", ["2025-06-20-month", "2025-06-18", "2025-06-19", "2025-06-20"]),
        ("2025-06-18-month", ["2025-06-18-week", "2025-06-18"]),
    ],
)
def test_a_page_leads_to_the_days_beside_it_and_to_what_holds_it_or_it_holds(reports, name, leads):
    """Whichever was published first; the index stands before the days of a longer page."""
    found = hrefs(reports, name)
    assert [href for href in found if href != "../index.html"] == [f"../{to}/kpi.html" for to in leads]
    assert found.count("../index.html") == 1
    assert all((reports / name / href).resolve().is_file() for href in found)


def test_new_links_change_nothing_else_of_a_page(reports, tmp_path):
    """The page of the 19th stands as it would if the 18th and the 20th had been there before it."""
    text = (reports / "2025-06-19" / "kpi.html").read_text(encoding="utf-8")
    assert text.count("<nav ") == text.count("</nav>") == 1
    assert "&lt;article" not in text
    links = pages.links_of(reports, Window.DAY, date(2025, 6, 19), "en")
    assert renewed(text, links, "en") == text


def test_neighbours_of_a_week_are_the_weeks_that_meet_it(tmp_path):
    for end in ("2025-06-06", "2025-06-12", "2025-06-13", "2025-06-14", "2025-06-20"):
        pages.publish(tmp_path / f"{end}-week", {"kpi.html": ""})
    links = pages.links_of(tmp_path, Window.WEEK, date(2025, 6, 13), "ko")
    assert (links.before.text, links.after.text) == ("2025-06-06", "2025-06-20")
    assert links.before.label == "이전: 2025-06-06까지 7일"


def test_a_page_that_is_no_text_keeps_no_night_from_its_links(tmp_path):
    pages.publish(tmp_path / "2025-06-19", {"kpi.html": b"\xff"})
    pages.join(tmp_path, date(2025, 6, 20))
    assert (tmp_path / "2025-06-19" / "kpi.html").read_bytes() == b"\xff"


def test_a_nav_in_a_log_line_is_not_ours():
    hostile = "<nav aria-label='x'></nav>"
    text = kpi_html(summary(result("api_error_rate", 0.5)), evidence(hostile), "en", Links("../index.html"))
    new = renewed(text, Links(after=Link("../2025-06-21/kpi.html", "2025-06-21", "After: 2025-06-21")), "en")
    assert new.count("<nav ") == 1
    assert (
        new.replace('<a href="../2025-06-21/kpi.html" rel="next" aria-label="After: 2025-06-21">', "") != new
    )
    assert "../index.html" not in new


def test_a_page_without_links_stays_without():
    assert renewed("<main></main>", Links("../index.html"), "en") == "<main></main>"
    assert str(nav(Links(), "en")) == '<nav aria-label="Pages around this one">\n\n</nav>'


def test_the_calendar_marks_what_is_provisional_or_revised_and_leads_to_week_and_month():
    day = date(2025, 6, 2)
    entries = [
        Entry(Window.MONTH, day, Verdict.PASS, "2025-06-02-month/kpi.html"),
        Entry(Window.WEEK, day, Verdict.WARN, "2025-06-02-week/kpi.html"),
        Entry(Window.DAY, day, Verdict.FAIL, "2025-06-02/kpi.html", is_revised=True),
        Entry(Window.DAY, date(2025, 6, 3), Verdict.PASS, "2025-06-03/kpi.html", is_provisional=True),
        Entry(Window.DAY, date(2025, 6, 4), Verdict.PASS, "2025-06-04/kpi.html"),
    ]
    text = index_html(entries, "en")
    cells = [cell for cell in re.findall(r"<td>(.*?)</td>", text, re.S) if "<a " in cell]
    assert ["<i>revised</i>" in cell for cell in cells] == [True, False, False]
    assert ["<i>provisional</i>" in cell for cell in cells] == [False, True, False]
    assert ANCHOR.findall(cells[0]) == [f"2025-06-02{end}/kpi.html" for end in ("", "-week", "-month")]
    assert '7 d ! <span class="unseen">7 days until 2025-06-02: WARN</span></a>' in cells[0]


def test_what_a_document_says_of_itself_is_on_the_calendar(tmp_path):
    files = {"kpi.html": ""}
    for on, marks in (("2025-06-02", (True, False)), ("2025-06-03", (False, True))):
        told = f'"window":"day","date":"{on}","verdict":"PASS","provisional":%s,"revised":%s'
        values = tuple(str(mark).lower() for mark in marks)
        pages.publish(tmp_path / on, {**files, "kpi.json": "{" + told % values + "}"})
    found = [(one.is_provisional, one.is_revised) for one in pages.published_pages(tmp_path)]
    assert found == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("notes", '{"window": "day", "date": "notes", "verdict": "PASS"}'),
        ("2025-06-20", '{"window": "day", "date": "2025-06-20", "verdict": "SPLENDID"}'),
    ],
)
def test_a_folder_whose_document_is_not_ours_is_passed_over(tmp_path, name, document):
    (tmp_path / name).mkdir()
    (tmp_path / name / "kpi.json").write_text(document)
    (tmp_path / name / "kpi.html").write_text("<!doctype html>")
    assert list(pages.published_pages(tmp_path)) == []
