"""The worked questions: what the page says is what the lake of the bundled sample answers."""

import gzip
import json
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipeline import config, sql, worked
from pipeline.ingest.run import ingest
from pipeline.lake import Lake
from pipeline.sandbox.desk import Desk

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "data" / "samples"
SEOUL = timezone(timedelta(hours=9))


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    lake = tmp_path_factory.mktemp("questions") / "lake"
    settings = config.load(SAMPLE / "h33.toml", {"lake": str(lake), "timezone": worked.ZONE})
    ingest([str(SAMPLE)], settings)
    return settings


def test_the_page_shows_each_question_with_its_sql_and_the_sample_s_answer(settings):
    page = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
    assert page == worked.page(Lake(settings.paths.lake).snapshot())
    assert len(sql.names("questions")) == 10
    readers = Counter(sql.load("questions", name).keys["reader"] for name in sql.names("questions"))
    assert readers == {"analyst": 5, "engineer": 5}


def test_the_verdicts_on_the_sample_are_those_that_its_lake_gives(settings):
    told = (sql.folder() / worked.VERDICTS).read_text(encoding="utf-8")
    day = worked.judged_day(SAMPLE, settings)
    assert told == worked.verdicts(Lake(settings.paths.lake).snapshot(), settings, day)


@pytest.mark.parametrize("name", sql.names("questions"))
def test_each_question_may_be_asked_behind_the_walls(name, asked):
    assert asked.ask(sql.load("questions", name).text).read_all().num_rows > 0


@pytest.fixture(scope="module")
def asked(settings):
    with Desk(settings.paths.lake, settings.sql) as desk:
        desk.lay(Lake(settings.paths.lake).snapshot().files, worked.ZONE)
        yield desk


def answer(asked, number):
    name = next(name for name in sql.names("questions") if name.startswith(f"{number:02}_"))
    return asked.ask(sql.load("questions", name).text).read_all().to_pylist()


def test_requests_by_day_are_those_that_the_generator_made(asked):
    truth = json.loads((SAMPLE / "truth.json").read_text())["days"]
    expected = {
        day: (truth[day]["requests"]["api"], truth[day]["requests"]["status_5xx"])
        for day in ("2025-06-26", "2025-06-27")
    }
    assert {str(r["day"]): (r["requests"], r["failed"]) for r in answer(asked, 1)} == expected


def raw(name):
    """Yield the JSON values of an input, one a line."""
    data = (SAMPLE / name).read_bytes()
    text = (gzip.decompress(data) if name.endswith(".gz") else data).decode()
    yield from map(json.loads, filter(None, text.split("\n")))


def test_memos_by_hour_are_those_counted_in_the_exports(asked):
    exports = [*raw("mongo/notes-2025-06-27.ndjson.gz"), *raw("mongo/notes-2025-06-28.ndjson.gz")]
    memos = {note["_id"]["$oid"]: note["createdAt"]["$date"] for note in exports}
    stored = (datetime.fromisoformat(text).astimezone(SEOUL) for text in memos.values())
    hours = Counter(at.hour for at in stored if at >= datetime(2025, 6, 26, tzinfo=SEOUL))
    best = sorted(hours.items(), key=lambda pair: (-pair[1], pair[0]))[:5]
    assert [(r["hour_of_day"], r["memos"]) for r in answer(asked, 2)] == best


def test_failed_requests_are_those_of_the_raw_pages(asked):
    pages = [*raw("render/2025-06-26.json.gz"), *raw("render/2025-06-27.json")]
    entries = {entry["id"]: entry for page in pages for entry in page["logs"]}
    failed = []
    for entry in entries.values():
        labels = {label["name"]: label["value"] for label in entry["labels"]}
        if labels["type"] == "request" and labels["statusCode"].startswith("5"):
            failed.append(datetime.fromisoformat(entry["timestamp"][:19] + "+00:00"))
    found = [r["failed_at"].replace(microsecond=0) for r in answer(asked, 8)]
    assert found == sorted(failed)
    assert len(found) == 2
