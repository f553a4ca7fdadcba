"""A lake built in one go, day by day, or in any order holds the same rows and answers the same."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from lake_rows_lab import rows

from pipeline import config, reports, sql
from pipeline.config import Settings
from pipeline.ingest.run import ingest
from pipeline.lake import Lake, check
from pipeline.lake.compact import compact

SAMPLES = Path(__file__).parent.parent / "data" / "samples"
NOW = datetime(2025, 7, 1, tzinfo=UTC)
#: What a source is called, and what is remembered of how it was read, depends on what was seen of it first.
OF_FIRST_SIGHT = frozenset({"file_id", "plan"})


def settings(lake: Path) -> Settings:
    return config.load(None, {"lake": str(lake), "timezone": "Asia/Seoul", "language": "en"})


def nights(landing: Path) -> Iterator[None]:
    """Fill a landing folder night by night: files come, the app's log grows from the middle of a line."""
    files = [path.relative_to(SAMPLES) for path in sorted(SAMPLES.rglob("*")) if path.parent != SAMPLES]
    log = Path("var/log/app.log")
    whole = (SAMPLES / log).read_bytes()
    for night in ("2025-06-26", "2025-06-27", "2025-06-28"):
        part = {"2025-06-26": 0, "2025-06-27": len(whole) // 2}.get(night, len(whole))
        for name in (name for name in files if name != log and (SAMPLES / name).is_file()):
            if night in str(name) or (night == "2025-06-28" and "2025-" not in str(name)):
                (landing / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(SAMPLES / name, landing / name)
        if part:
            (landing / log).parent.mkdir(parents=True, exist_ok=True)
            (landing / log).write_bytes(whole[:part])
            os.utime(landing / log, ns=((SAMPLES / log).stat().st_mtime_ns,) * 2)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("arrival")


@pytest.fixture(scope="module")
def by_day(folder: Path) -> Path:
    """A lake that took the landing folder in every night, and merged its files every night."""
    landing, lake = folder / "landing", folder / "by_day"
    landing.mkdir()
    for number, _ in enumerate(nights(landing)):
        ingest([str(landing)], settings(lake), root=landing, now=NOW + timedelta(days=number))
        with Lake(lake).writer() as writer:
            compact(writer, NOW + timedelta(days=number), timedelta(0))
    return lake


@pytest.fixture(scope="module")
def at_once(folder: Path, by_day: Path) -> Path:
    """A lake that took the full folder in by one run."""
    ingest([str(folder / "landing")], settings(folder / "at_once"), root=folder / "landing", now=NOW)
    return folder / "at_once"


@pytest.fixture(scope="module")
def shuffled(folder: Path, by_day: Path) -> Path:
    """A lake that took the files in one by one, the order drawn at random."""
    files = sorted(str(path) for path in (folder / "landing").rglob("*") if path.is_file())
    Random(33).shuffle(files)
    for number, file in enumerate(files):
        lake = settings(folder / "shuffled")
        ingest([file], lake, root=folder / "landing", now=NOW + timedelta(days=number))
    return folder / "shuffled"


def answers(lake: Path) -> dict[str, list[dict[str, object]]]:
    """Return what every report says of the sample's days."""
    loaded = settings(lake)
    span = {"since": "2025-06-20", "until": "2025-07-01", "date": "2025-06-27"}
    with closing(reports.connect(Lake(lake).snapshot(), loaded.timezone)) as connection:
        queries = [sql.load("reports", name) for name in sql.names("reports")]
        params = [reports.parameters(query, span, loaded, NOW) for query in queries]
        return {
            query.name: reports.execute(connection, query, given).to_pylist()
            for query, given in zip(queries, params, strict=True)
        }


@pytest.mark.parametrize("other", ["by_day", "shuffled"])
def test_the_rows_are_the_same(request: pytest.FixtureRequest, at_once: Path, other: str) -> None:
    lake = request.getfixturevalue(other)
    expected, found = rows(at_once, OF_FIRST_SIGHT), rows(lake, OF_FIRST_SIGHT)
    # The sample holds every input: lines, documents, measurements.
    assert min(sum(expected[table].values()) for table in ("events", "documents", "metrics")) > 300
    for table, held in expected.items():
        assert found[table] == held, table
    assert check(Lake(lake), deep=True) == []


@pytest.mark.parametrize("other", ["by_day", "shuffled"])
def test_every_report_answers_the_same(request: pytest.FixtureRequest, at_once: Path, other: str) -> None:
    expected, found = answers(at_once), answers(request.getfixturevalue(other))
    assert sum(map(bool, expected.values())) > 20
    for name, told in expected.items():
        assert found[name] == told, name
