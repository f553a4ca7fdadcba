"""`forget`: what is gone is gone from every file on the disk, and all that is counted follows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from lake_rows_lab import rows

from pipeline import config
from pipeline.cli import main
from pipeline.errors import UsageFault
from pipeline.figures.store import Store
from pipeline.ingest.forget import Share, Wanted, find, forget
from pipeline.ingest.run import ingest
from pipeline.lake import Lake, check
from pipeline.lake.compact import compact

SAMPLES = Path(__file__).parent.parent / "data" / "samples"
NOW = datetime(2025, 7, 1, tzinfo=UTC)
ANNA, BERT = "683c6af0e2228fcf22473a17", "678fb670493c78dce8afc2a4"


def take(landing: Path, lake: Path) -> dict[str, str]:
    """Take a folder in; return the states by path."""
    settings = config.load(None, {"lake": str(lake), "timezone": "Asia/Seoul", "language": "en"})
    return {r.path: r.status for r in ingest([str(landing)], settings, root=landing, now=NOW)}


def drop(lake: Path, wanted: Wanted) -> list[Share]:
    """Forget, after checking that the dry run tells the same."""
    told = find(Lake(lake).snapshot(), wanted)
    with Lake(lake).writer() as writer:
        assert forget(writer, wanted, NOW) == told
    assert [p for p in check(Lake(lake), deep=True) if p.damage] == []
    return told


def texts(lake: Path) -> str:
    """Return everything that any data file on the disk says, whether a snapshot holds it or not."""
    files = [path for path in lake.rglob("*.parquet") if "_delta_log" not in path.parts]
    return "\n".join(str(pq.ParquetFile(path).read().to_pylist()) for path in files)


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Overlapping pages, a console, a growing log and two exports."""
    return shutil.copytree(SAMPLES, tmp_path_factory.mktemp("forget") / "landing")


@pytest.mark.parametrize("compacted", [False, True])
def test_a_path_forgotten_leaves_what_a_lake_without_it_holds(
    landing: Path, tmp_path: Path, compacted: bool
) -> None:
    """The page overlaps another: the records that both held are no repeats any more."""
    lake, page = tmp_path / "lake", "render/2025-06-27.json"
    take(landing, lake)
    if compacted:
        with Lake(lake).writer() as writer:
            compact(writer, NOW, timedelta(0))
    (told,) = drop(lake, Wanted(path="render/*27.json"))
    assert (told.path, told.table) == (page, "events")

    rest = shutil.copytree(landing, tmp_path / "landing")
    (rest / page).unlink()
    take(rest, tmp_path / "without")
    now, without = rows(lake, frozenset({"first_ts"})), rows(tmp_path / "without", frozenset({"first_ts"}))
    assert {table: now[table] for table in now if table != "files"} == {
        table: without[table] for table in without if table != "files"
    }
    assert (
        page
        not in texts(lake)
        .replace(str(Lake(lake).snapshot().ledger()["path"].to_pylist()), "")
        .split("'path'")[0]
    )
    # What was read stays known, and is not taken in anew.
    assert set(take(landing, lake).values()) == {"unchanged"}
    assert rows(lake, frozenset({"first_ts"})) == now


def log(*lines: tuple[str, str]) -> bytes:
    """Return lines of a log: an instant of 20 June 2025 and the words."""
    return "".join(f"2025-06-20T{at}Z INFO {words}\n" for at, words in lines).encode()


def notes(*users: str) -> bytes:
    """Return an export with a note of each user."""
    created = {"$date": "2025-06-19T00:00:00Z"}
    documents: Iterable[dict[str, object]] = (
        {"_id": {"$oid": f"{n:024x}"}, "userId": {"$oid": user}, "createdAt": created}
        for n, user in enumerate(users)
    )
    return "".join(f"{json.dumps(document)}\n" for document in documents).encode()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with a log and an export that name two people."""
    folder = tmp_path / "landing"
    folder.mkdir()
    (folder / "app.log").write_bytes(
        log(
            ("09:59:59.999999", f"user {ANNA} reads"),
            ("10:00:00", "a job"),
            ("10:00:01", f"user {BERT} reads"),
            ("10:00:02", "the end"),
        )
        + b"    no start of a record\n"
    )
    (folder / "notes-2025-06-21.ndjson").write_bytes(notes(ANNA, BERT, ANNA))
    return folder


def test_a_user_is_gone_from_every_file_on_the_disk_and_from_every_snapshot(
    small: Path, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    take(small, lake)
    assert ANNA in texts(lake)
    assert drop(lake, Wanted(user=ANNA)) == [
        Share("app.log", "events", 1),
        Share("notes-2025-06-21.ndjson", "documents", 2),
    ]
    assert ANNA not in texts(lake)
    assert BERT in texts(lake)
    with pytest.raises(UsageFault, match="no snapshot 1"):
        Lake(lake).snapshot(1)
    assert find(Lake(lake).snapshot(), Wanted(user=ANNA)) == []


def test_a_short_id_is_looked_for_in_the_ids_only(small: Path, tmp_path: Path) -> None:
    take(small, tmp_path / "lake")
    assert find(Lake(tmp_path / "lake").snapshot(), Wanted(user="job")) == []


def test_all_before_an_instant_goes_and_the_instant_itself_stays(small: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    take(small, lake)
    ten = datetime(2025, 6, 20, 10, tzinfo=UTC)
    assert drop(lake, Wanted(before=ten)) == [Share("app.log", "events", 1)]
    # The export is of midnight of the 21st in Seoul: 15:00 UTC of the day before.
    taken = datetime(2025, 6, 20, 15, tzinfo=UTC)
    assert drop(lake, Wanted(before=taken)) == [Share("app.log", "events", 3)]
    assert drop(lake, Wanted(before=taken + timedelta(microseconds=1))) == [
        Share("notes-2025-06-21.ndjson", "documents", 3)
    ]
    assert rows(lake)["events"] == rows(lake)["documents"] == rows(lake)["templates"] == {}


def test_a_file_that_grows_after_it_was_forgotten_gives_its_new_lines(small: Path, tmp_path: Path) -> None:
    """And its provisional last record, which was not all read yet."""
    lake = tmp_path / "lake"
    take(small, lake)
    assert drop(lake, Wanted(path="app.log")) == [Share("app.log", "events", 4)]
    with (small / "app.log").open("ab") as out:
        out.write(log(("10:00:03", "new")))
    assert take(small, lake)["app.log"] == "ok"
    (row,) = (row for row in Lake(lake).snapshot().ledger().to_pylist() if row["path"] == "app.log")
    assert (row["records"], row["forgotten"], row["lines"]) == (5, 3, 6)
    held = " ".join(rows(lake)["events"])
    assert ("the end" in held, "new" in held, "a job" in held) == (True, True, False)
    assert check(Lake(lake), deep=True) == []


def h33(lake: Path, capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """Run the command; return exit code, stdout and stderr."""
    with pytest.raises(SystemExit) as left:
        main(["--lake", str(lake), "--timezone", "Asia/Seoul", "--lang", "en", "forget", *args])
    out, err = capsys.readouterr()
    return int(str(left.value.code)), out, err


@pytest.fixture(autouse=True)
def of_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the state folder of the settings be one of the test."""
    monkeypatch.chdir(tmp_path)


def test_what_nights_keep_of_a_user_goes_too_also_where_a_killed_run_came_to_the_lake_only(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lake = tmp_path / "lake"
    take(small, lake)
    kept = Store(config.load().paths.state / "figures")
    kept.put(date(2025, 6, 20), "lines/log_errors", "key", [[f"Error: no user {ANNA}"]])

    def holds_her(*args: str) -> bool:
        kept.put(date(2025, 6, 20), "lines/other", str(args), [])
        kept.save()
        assert h33(lake, capsys, "--user", ANNA, *args)[0] == 0
        return any(ANNA in path.read_text() for path in tmp_path.glob("data/state/**/*.json"))

    assert [holds_her("--dry-run"), holds_her("--yes"), holds_her("--yes")] == [True, False, False]


def test_the_command_asks_and_tells_what_it_removed(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lake = tmp_path / "lake"
    take(small, lake)
    told = "path,table,records\napp.log,events,1\nnotes-2025-06-21.ndjson,documents,2\n"
    assert h33(lake, capsys, "--user", ANNA, "--dry-run") == (0, told, "3 records would be removed\n")
    code, out, err = h33(lake, capsys, "--user", ANNA)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert Lake(lake).snapshot().version == 1
    assert h33(lake, capsys, "--user", ANNA, "--yes") == (
        0,
        told,
        "3 records removed; snapshots before 2 cannot be read any more\n",
    )
    assert h33(lake, capsys, "--user", ANNA, "--yes") == (
        0,
        "path,table,records\n",
        "there is nothing to forget\n",
    )
    assert h33(lake, capsys)[0] == h33(lake, capsys, "--user", "a", "--path", "b")[0] == 2
