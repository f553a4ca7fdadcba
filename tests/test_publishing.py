"""Published folders: what late data changed is told, and every page is on the calendar."""

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from lake_rows import make_lake
from summaries import DAY, result, settings, summary

from pipeline import daily, publishing, reports
from pipeline.config import Paths
from pipeline.ingest.ledger import SourceResult
from pipeline.render.index import Entry, index_html
from pipeline.render.kpi_json import document
from pipeline.render.kpi_rows import kpi_csv
from pipeline.render.picture import HEIGHT, WIDTH, kpi_png
from pipeline.summary import Verdict, Window

GOOD = result("api_error_rate", 0.001)
BAD = result("api_error_rate", 0.5)


def published(one):
    return json.loads(json.dumps(document(one)))


def test_a_changed_verdict_is_told_with_the_one_before():
    told = publishing.beside(summary(BAD), published(summary(GOOD)))
    assert told.earlier.verdict is Verdict.PASS
    assert (told.results[0].earlier.verdict, told.results[0].earlier.value) == (Verdict.PASS, 0.001)
    assert told.is_revised


def test_what_was_told_of_an_earlier_verdict_stays_told_when_nothing_changes_again():
    once = publishing.beside(summary(BAD), published(summary(GOOD)))
    again = publishing.beside(summary(BAD), published(once))
    assert again.earlier == once.earlier
    assert again.results[0].earlier == once.results[0].earlier


def test_the_same_figures_and_provisional_pages_are_no_revision():
    assert publishing.beside(summary(GOOD), None) == summary(GOOD)
    assert not publishing.beside(summary(GOOD), published(summary(GOOD))).is_revised
    early = replace(summary(GOOD), is_provisional=True)
    assert not publishing.beside(summary(BAD), published(early)).is_revised


def paths(root):
    return Paths(landing=root / "landing", lake=root / "lake", state=root / "state", reports=root / "reports")


def row(ts, status=200):
    return {"ts": ts, "http_method": "GET", "http_route": "/api/books", "http_status": status}


def test_a_night_publishes_day_week_and_month_and_the_calendar_leads_to_each(tmp_path):
    snapshot = make_lake(tmp_path / "lake", events=[row("2025-06-20T03:00:00Z")]).snapshot()
    set_up = settings(paths=paths(tmp_path))
    publishing.publish_windows(snapshot, set_up, DAY, DAY.end + timedelta(days=1))
    reports = tmp_path / "reports"
    index = (reports / "index.html").read_text(encoding="utf-8")
    pages = re.findall(r'href="([^"]+)"', index)
    assert sorted(pages) == [f"2025-06-20{end}/kpi.html" for end in ("-month", "-week", "")]
    assert all((reports / page).is_file() for page in pages)


def test_a_night_asks_once_for_its_three_windows_and_no_lines_of_what_has_no_data(tmp_path, monkeypatch):
    asked = []
    answer = reports.execute
    monkeypatch.setattr(
        reports,
        "execute",
        lambda connection, query, params: (asked.append(query.name), answer(connection, query, params))[1],
    )
    snapshot = make_lake(tmp_path / "lake", events=[row("2025-06-20T03:00:00Z", 500)]).snapshot()
    publishing.publish_windows(snapshot, settings(paths=paths(tmp_path)), DAY, DAY.end + timedelta(days=1))
    counted = Counter(asked)
    assert counted["api_refusal_rate"] == 1
    assert (counted["api_errors"], counted["mongo_connection"]) == (1, 0)


def test_a_page_made_before_the_day_is_over_says_so(tmp_path):
    snapshot = make_lake(tmp_path / "lake", events=[row("2025-06-20T03:00:00Z")]).snapshot()
    set_up = settings(paths=paths(tmp_path))
    publishing.publish_windows(snapshot, set_up, DAY, DAY.end + timedelta(minutes=14, seconds=59))
    page = tmp_path / "reports" / "2025-06-20" / "kpi.html"
    assert "Provisional:" in page.read_text(encoding="utf-8")
    publishing.publish_windows(snapshot, set_up, DAY, DAY.end + timedelta(minutes=15))
    assert "Provisional:" not in page.read_text(encoding="utf-8")


def test_the_calendar_shows_weeks_from_monday_the_newest_month_first():
    entries = [
        Entry(Window.DAY, date(2025, 5, 31), Verdict.PASS, "2025-05-31/kpi.html"),
        Entry(Window.DAY, date(2025, 6, 2), Verdict.FAIL, "2025-06-02/kpi.html"),
    ]
    page = index_html(entries, "ko")
    assert page.index("2025년 6월") < page.index("2025년 5월")
    june = page[page.index('id="month-2025-06"') : page.index('id="month-2025-05"')]
    first_weeks = re.findall(r"<tr>(.*?)</tr>", june, re.S)[1:3]
    assert [len(re.findall("<td>", week)) for week in first_weeks] == [7, 7]
    assert re.findall(r">(\d+)<", first_weeks[0]) == ["1"], "1 June 2025 was a Sunday"
    assert first_weeks[1].startswith('<td><a href="2025-06-02/kpi.html" class="date FAIL"')


def one(status, fmt, first, last):
    return SourceResult("a.log", fmt, 1, 1, 1, 0, 0, 0, first, last, status)


@pytest.mark.parametrize(
    ("status", "fmt", "first", "found"),
    [
        ("ok", "app-log", datetime(2025, 6, 18, 15, tzinfo=UTC), [date(2025, 6, 19)]),
        ("ok", "app-log", datetime(2025, 6, 18, 14, 59, tzinfo=UTC), [date(2025, 6, 18), date(2025, 6, 19)]),
        ("unchanged", "app-log", datetime(2025, 6, 18, tzinfo=UTC), []),
        ("ok", "mongoexport", datetime(2025, 6, 18, tzinfo=UTC), []),
    ],
)
def test_days_that_got_new_records_late_are_published_anew_if_they_have_a_page(
    tmp_path, status, fmt, first, found
):
    set_up = settings(paths=paths(tmp_path))
    for day in ("2025-06-17", "2025-06-18", "2025-06-19"):
        publishing.publish(
            tmp_path / "reports" / day,
            {
                "kpi.json": json.dumps({"window": "day", "date": day, "verdict": "PASS"}),
                "kpi.html": "",
            },
        )
    inputs = [one(status, fmt, first, datetime(2025, 6, 20, 3, tzinfo=UTC))]
    assert [day.date for day in daily.late_days(inputs, set_up, DAY)] == found


def test_the_csv_has_a_row_a_figure_with_its_limits():
    lines = kpi_csv(summary(GOOD, BAD)).splitlines()
    assert lines[0].startswith("date,window,figure,unit,verdict,value,low,high,n,warn,fail")
    assert lines[1].startswith("2025-06-20,day,api_error_rate,ratio,PASS,0.001,,,1000,0.01,0.03")
    assert lines[2].startswith("2025-06-20,day,api_error_rate,ratio,FAIL,0.5,,,1000,0.01,0.03")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_picture_is_a_png_of_the_size_that_messengers_show_and_changes_with_the_verdict(language):
    from io import BytesIO

    from PIL import Image

    good, bad = (kpi_png(summary(one), language) for one in (GOOD, BAD))
    with Image.open(BytesIO(good)) as image:
        assert (image.format, image.size) == ("PNG", (WIDTH, HEIGHT))
    assert good != bad
    assert kpi_png(summary(GOOD), language) == good


def test_without_a_font_that_has_hangul_the_picture_is_in_english(monkeypatch):
    from pipeline.render import picture

    monkeypatch.setattr(picture, "hangul_font", lambda: None)
    assert kpi_png(summary(GOOD), "ko") == kpi_png(summary(GOOD), "en")
