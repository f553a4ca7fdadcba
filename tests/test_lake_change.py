"""What a change writes: names, content, encodings, permissions; and what it refuses."""

from __future__ import annotations

import hashlib
import os
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import lake_lab as lab
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from pipeline.lake import NULL_PARTITION, Lake
from pipeline.schema import BY_NAME, TABLES


def test_a_file_is_named_by_run_number_and_the_sha256_of_its_content(tmp_path: Path) -> None:
    with Lake(tmp_path).writer() as writer:
        change = writer.change("20250621T000000.000000Z-0badcafe")
        for _ in range(2):
            with change.file("events", {"date": "2025-06-20"}) as out:
                out.write(lab.events("one"))
        change.commit()
    digests = []
    for number, path in enumerate(sorted((tmp_path / "events" / "date=2025-06-20").iterdir())):
        digests.append(hashlib.sha256(path.read_bytes()).hexdigest())
        assert path.name == f"20250621T000000.000000Z-0badcafe-{number:05d}-{digests[-1]}.parquet"
    assert out.name == f"events/date=2025-06-20/20250621T000000.000000Z-0badcafe-00001-{digests[1]}.parquet"
    assert digests[0] == digests[1]
    assert [file.sha256 for file in Lake(tmp_path).snapshot().files("events")] == digests


def test_a_snapshot_lists_name_path_partition_rows_and_bytes(tmp_path: Path) -> None:
    with Lake(tmp_path).writer() as writer:
        change = lab.new_change(writer)
        with change.file("events", {"date": None}) as out:
            out.write(lab.events("one", "two"))
            out.write(lab.events("three"))
        snapshot = change.commit()
    assert snapshot.files("events") == Lake(tmp_path).snapshot().files("events")
    (file,) = snapshot.files("events")
    path = tmp_path / file.name
    assert file.name == out.name
    assert (file.table, file.run_id) == ("events", change.run_id)
    assert path.parent.name == f"date={NULL_PARTITION}"
    assert (file.path, file.partition, file.rows, file.bytes) == (
        str(path), {"date": None}, 3, path.stat().st_size
    )  # fmt: skip


def test_each_write_is_a_row_group_in_the_order_given(tmp_path: Path) -> None:
    with Lake(tmp_path).writer() as writer:
        change = lab.new_change(writer)
        with change.file("events", {"date": "2025-06-20"}) as out:
            for messages in (["b", "a"], ["c"]):
                out.write(lab.events(*messages))
        (file,) = change.commit().files("events")
    groups = pq.ParquetFile(file.path)
    assert [groups.metadata.row_group(i).num_rows for i in range(groups.num_row_groups)] == [2, 1]
    assert lab.values(file.path, "message") == ["b", "a", "c"]
    column = groups.metadata.row_group(0).column(0)
    assert column.compression == "ZSTD"
    columns = [groups.metadata.row_group(0).column(number) for number in range(groups.metadata.num_columns)]
    bounded = {found.path_in_schema for found in columns if found.is_stats_set}
    assert {"ts", "line_no", "byte_offset", "file_id", "source"} <= bounded
    assert not {"message", "attrs", "request_id", "http_path"} & bounded


@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_every_table_takes_every_type_and_null_and_gives_them_back(tmp_path: Path, table: str) -> None:
    samples = {
        "string": "한글\u2028\x00", "list<string>": ["zone", "year"], "bool": True, "double": -0.5,
        "list<span>": [{"line_no": 1, "line_count": 2}], "date": date(2025, 6, 20),
        "timestamp": datetime(2025, 6, 20, 23, 59, 59, 999999, UTC), "int16": -1, "int32": 2, "int64": 2**60,
    }  # fmt: skip
    definition = BY_NAME[table]
    full = {column.name: samples[column.type] for column in definition.columns}
    empty = {name: full[name] if name in definition.partition else None for name in full}
    with Lake(tmp_path).writer() as writer:
        change = lab.new_change(writer)
        with change.file(table, {name: str(full[name]) for name in definition.partition}) as out:
            out.write(pa.Table.from_pylist([full, empty], schema=definition.file_arrow))
        change.commit()
    read = DeltaTable(str(tmp_path / table)).to_pyarrow_table()
    assert read.select(definition.arrow.names).cast(definition.arrow).to_pylist() == [full, empty]


ODD_VALUES = ("a b", "한글", "a%20b", "x=y/z", "..", "q'\"#?:*{}é", "-rf", "new\nline")


@pytest.mark.parametrize("value", ODD_VALUES)
def test_any_partition_value_comes_back_from_the_log_and_from_the_path(tmp_path: Path, value: str) -> None:
    partition = {"collection": value, "snapshot_date": None}
    with Lake(tmp_path).writer() as writer:
        for attempt in ("first", "second"):
            change = lab.new_change(writer)
            for file in writer.snapshot.files("documents"):
                change.remove("documents", file.name)
            with change.file("documents", partition) as out:
                row = pa.Table.from_pylist([{"doc_id": attempt}], schema=BY_NAME["documents"].file_arrow)
                out.write(row)
            change.commit()
    (file,) = Lake(tmp_path).snapshot().files("documents")
    assert file.partition == partition
    assert Path(file.path).is_relative_to(tmp_path / "documents")
    from_path = duckdb.read_parquet([file.path], hive_partitioning=True).select(
        "collection, snapshot_date, doc_id"
    )
    assert from_path.fetchall() == [(value, None, "second")]
    from_log = DeltaTable(str(tmp_path / "documents")).to_pyarrow_table()
    assert from_log.select(["collection", "doc_id"]).to_pylist() == [
        {"collection": value, "doc_id": "second"}
    ]


def test_a_removed_file_leaves_the_table_and_stays_on_the_disk_for_older_snapshots(tmp_path: Path) -> None:
    lab.steps_to(tmp_path, 1)
    with Lake(tmp_path).writer() as writer:
        change = lab.new_change(writer)
        (file,) = writer.snapshot.files("rejects")
        change.remove("rejects", file.path)
        assert change.files("rejects") == []
        assert change.commit().files("rejects") == []
    assert Lake(tmp_path).snapshot(1).files("rejects") == [file]
    assert Path(file.path).exists()


def test_a_change_shows_its_files_as_they_will_be_and_where_they_lie_until_then(tmp_path: Path) -> None:
    lab.steps_to(tmp_path, 1)
    with Lake(tmp_path).writer() as writer:
        change = lab.new_change(writer)
        with change.file("events", {"date": "2025-06-30"}) as out:
            out.write(lab.events("staged"))
        *old, staged = change.files("events")
        assert old == writer.snapshot.files("events")
        assert lab.values(staged.path, "message") == ["staged"]
        assert not staged.path.endswith(".parquet")
        snapshot = change.commit()
        assert staged.name in [file.name for file in snapshot.files("events")]
        assert not Path(staged.path).exists()


def test_a_staged_file_can_be_dropped_again(tmp_path: Path) -> None:
    with Lake(tmp_path).writer() as writer:
        change = lab.new_change(writer)
        with change.file("events", {"date": "2025-06-30"}) as out:
            out.write(lab.events("staged"))
        change.remove("events", out.name)
        assert change.commit().version == 0
    assert lab.data_files(tmp_path) == {}


def test_a_change_that_adds_nothing_commits_nothing(tmp_path: Path) -> None:
    lab.steps_to(tmp_path, 1)
    before = _everything(tmp_path)
    with Lake(tmp_path).writer() as writer:
        change = lab.new_change(writer)
        with change.file("events", {"date": "2025-06-20"}) as out:
            out.write(lab.events())
        assert change.commit().version == 1
    assert _everything(tmp_path) == before


def test_a_second_run_adds_no_row_and_changes_no_file(tmp_path: Path) -> None:
    lab.steps_to(tmp_path, 3)
    before = _everything(tmp_path)
    lab.steps_to(tmp_path, 3)
    assert _everything(tmp_path) == before


def test_what_a_failed_change_staged_is_gone_and_was_never_visible(tmp_path: Path) -> None:
    lab.steps_to(tmp_path, 1)
    before = _everything(tmp_path)

    def fail() -> None:
        with Lake(tmp_path).writer() as writer:
            change = lab.new_change(writer)
            with change.file("events", {"date": "2025-06-20"}) as out:
                out.write(lab.events("finished"))
            with change.file("events", {"date": "2025-06-20"}) as out:
                out.write(lab.events("unfinished"))
                raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert _everything(tmp_path) == before


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_files_are_0640_and_folders_0750_under_any_umask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        lab.steps_to(tmp_path / "lake", 10)
    finally:
        assert os.umask(before) == mask
    for path in (tmp_path / "lake").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o750 if path.is_dir() else 0o640), path
    assert list((tmp_path / "lake").glob("events/_delta_log/*.checkpoint.parquet"))


def test_no_temporary_file_ends_in_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Watched at every step of two changes: what a glob finds, the intent or the log names."""
    seen: set[str] = set()

    def look(_: str) -> None:
        intent = tmp_path / "_h33" / "intent.json"
        named = intent.read_text() if intent.exists() else ""
        for path in lab.data_files(tmp_path):
            assert path in seen or path in named
            seen.add(path)

    lab.watch(look, monkeypatch.setattr)
    lab.steps_to(tmp_path, 2)
    assert len(seen) == 8


def test_a_data_file_is_forced_to_the_disk_renamed_its_folder_forced_then_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, str]] = []
    lab.watch_paths(done, monkeypatch)
    lab.steps_to(tmp_path, 1)
    for file in Lake(tmp_path).snapshot().files("events"):
        path = Path(file.path)
        staged = next(old for what, old in done if what == f"rename to {path}")
        order = [
            done.index(("fsync", staged)),
            done.index((f"rename to {path}", staged)),
            done.index(("fsync", str(path.parent))),
            done.index(("commit", str(tmp_path / "events"))),
            done.index(("fsync", str(tmp_path / "events" / "_delta_log" / f"{1:020d}.json"))),
            done.index(("commit", str(tmp_path / "files"))),
        ]
        assert order == sorted(order)


def _everything(root: Path) -> dict[str, tuple[int, int]]:
    """Return every file of the lake but the lock, with its size and the time of its last change."""
    return {
        str(path.relative_to(root)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in root.rglob("*")
        if path.is_file() and path.name != "lock"
    }
