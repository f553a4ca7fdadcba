"""`ingest --again`: a source is read anew by today's settings, and its rows are replaced in one change."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lake_rows_lab import rows

from pipeline import config
from pipeline.cli import main
from pipeline.config import Settings, SourceRule
from pipeline.errors import UsageFault
from pipeline.ingest.run import ingest
from pipeline.lake import Lake, check
from pipeline.lake.compact import compact

SAMPLES = Path(__file__).parent.parent / "data" / "samples"
NOW = datetime(2025, 7, 1, tzinfo=UTC)


def settings(lake: Path, *rules: SourceRule) -> Settings:
    """Return settings for a lake."""
    loaded = config.load(None, {"lake": str(lake), "timezone": "Asia/Seoul", "language": "en"})
    return replace(loaded, sources=rules)


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Overlapping pages, a console, a growing log and two exports."""
    return shutil.copytree(SAMPLES, tmp_path_factory.mktemp("again") / "landing")


@pytest.fixture(scope="module")
def taken(landing: Path) -> Path:
    """A lake with all of it, taken in by old settings."""
    lake = landing.parent / "lake"
    ingest([str(landing)], settings(lake), now=NOW)
    return lake


@pytest.mark.parametrize("compacted", [False, True])
def test_a_source_that_is_read_again_gives_what_a_new_lake_with_the_settings_of_today_gives(
    landing: Path, taken: Path, tmp_path: Path, compacted: bool
) -> None:
    """Whether its rows lie in files of their own or, after compaction, in files with those of others."""
    lake = shutil.copytree(taken, tmp_path / "lake")
    if compacted:
        with Lake(lake).writer() as writer:
            assert compact(writer, NOW, timedelta(days=7)).merged
    console = landing / "console" / "legacy-1.log"
    today = SourceRule(f"{landing}/console/*", timezone="UTC", service="api", instance="one")

    (result,) = ingest([str(console)], settings(lake, today), again=True, now=NOW)

    ingest([str(landing)], settings(tmp_path / "new", today), now=NOW)
    assert result.status == "ok"
    assert rows(lake) == rows(tmp_path / "new")
    assert rows(lake) != rows(taken)
    assert check(Lake(lake), deep=True) == []
    results = ingest([str(landing)], settings(lake, today), now=NOW)
    assert {result.status for result in results} == {"unchanged"}


def test_all_sources_read_again_by_the_same_settings_give_the_same_rows(
    landing: Path, taken: Path, tmp_path: Path
) -> None:
    lake = shutil.copytree(taken, tmp_path / "lake")
    ingest([str(landing), str(landing / "console")], settings(lake), again=True, now=NOW)
    assert rows(lake) == rows(taken)


def test_a_file_that_is_named_in_another_way_keeps_its_path(
    landing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nightly run names it from the landing folder, a person from where he stands."""
    lake = tmp_path / "lake"
    ingest([str(landing)], settings(lake), root=landing, now=NOW)
    before = rows(lake)
    monkeypatch.chdir(landing / "console")
    (result,) = ingest(["legacy-1.log"], settings(lake), again=True, now=NOW)
    assert result.path == "legacy-1.log"
    assert rows(lake) == before


def test_what_was_refused_is_taken_in_when_it_is_read_again_as_text(tmp_path: Path) -> None:
    file = tmp_path / "app.log"
    file.write_bytes(b"\0\1\2" * 400)
    assert ingest([str(file)], settings(tmp_path / "lake"))[0].status == "rejected"
    file.write_bytes(b"2025-06-20T10:00:00Z INFO one\n")
    assert ingest([str(file)], settings(tmp_path / "lake"), again=True)[0].status == "ok"
    assert [row["status"] for row in Lake(tmp_path / "lake").snapshot().ledger().to_pylist()] == ["ok"]


def test_standard_input_cannot_be_read_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageFault, match="cannot be read again"):
        ingest(["-"], settings(tmp_path / "lake"), again=True)
    with pytest.raises(SystemExit) as left:
        main(["--lake", str(tmp_path / "lake"), "ingest", "--again", "-"])
    assert left.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
