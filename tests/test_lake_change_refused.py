"""What stops a change: another program, rows that do not fit, names that are not the table's."""

from __future__ import annotations

from pathlib import Path

import lake_lab as lab
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from pipeline.errors import ContractFault, LakeFault
from pipeline.lake import Lake
from pipeline.schema import BY_NAME


def test_another_program_that_wrote_to_a_table_stops_the_next_change_before_it_does_anything(
    tmp_path: Path,
) -> None:
    lab.steps_to(tmp_path, 1)
    DeltaTable(str(tmp_path / "events")).alter.set_table_properties({"delta.appendOnly": "false"})
    refused = pytest.raises(LakeFault, match="another program changed this table after version 1; only h33")
    with Lake(tmp_path).writer() as writer, refused:
        lab.step(writer, 1)
    assert lab.held_steps(Lake(tmp_path).snapshot()) == 1
    assert not (tmp_path / "_h33" / "intent.json").exists()


def test_a_commit_of_another_program_at_the_same_moment_fails_the_change_and_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.steps_to(tmp_path, 1)
    strangers = iter([DeltaTable(str(tmp_path / "events"))])
    append = DeltaTable.create_write_transaction

    def get_in_first(what: str) -> None:
        # An append conflicts with nothing: the library would commit ours after it, as another version.
        if what == "commit" and (stranger := next(strangers, None)):
            append(stranger, [], "append", BY_NAME["events"].arrow, ["date"])

    lab.watch(get_in_first, monkeypatch.setattr)
    for _ in range(2):
        with pytest.raises(LakeFault, match="another program changed this table after version 1"):
            lab.steps_to(tmp_path, 2)
        assert lab.held_steps(Lake(tmp_path).snapshot()) == 1


def test_rows_that_do_not_fit_are_a_defect_and_leave_nothing(tmp_path: Path) -> None:
    with Lake(tmp_path).writer() as writer:
        change = lab.new_change(writer)
        out = change.file("events", {"date": "2025-06-20"})
        with pytest.raises(ContractFault, match="rows do not fit events/date=2025-06-20"), out:
            out.write(lab.rejects("not an event"))
        with pytest.raises(ContractFault, match="has no name"):
            _ = out.name
        assert change.commit().version == 0


def test_wider_string_types_fit(tmp_path: Path) -> None:
    """Polars hands over large_string where the tables have string."""
    schema = BY_NAME["events"].file_arrow
    wide = pa.schema([f.with_type(pa.large_string()) if f.type == pa.string() else f for f in schema])
    with Lake(tmp_path).writer() as writer:
        change = lab.new_change(writer)
        with change.file("events", {"date": None}) as out:
            out.write(lab.events("wide").cast(wide))
        (file,) = change.commit().files("events")
    assert pq.read_schema(file.path) == schema


@pytest.mark.parametrize(
    ("table", "partition"), [("events", {}), ("files", {"date": "2025-06-20"}), ("events", {"date": ""})]
)
def test_a_partition_that_is_not_the_tables_is_a_defect(
    tmp_path: Path, table: str, partition: dict[str, str | None]
) -> None:
    with Lake(tmp_path).writer() as writer, pytest.raises(ContractFault, match=f"{table} is partitioned by"):
        lab.new_change(writer).file(table, partition)


def test_a_file_that_the_table_has_not_cannot_be_removed(tmp_path: Path) -> None:
    lab.steps_to(tmp_path, 1)
    with Lake(tmp_path).writer() as writer:
        (file,) = writer.snapshot.files("rejects")
        with pytest.raises(ContractFault, match="events has no file"):
            lab.new_change(writer).remove("events", file.path)


def test_a_ledger_row_with_an_unknown_column_is_a_defect(tmp_path: Path) -> None:
    with Lake(tmp_path).writer() as writer, pytest.raises(ContractFault, match="files has no column linez"):
        lab.new_change(writer).commit([{"file_id": "a", "linez": 3}])


def test_a_run_id_of_another_form_is_a_defect(tmp_path: Path) -> None:
    with Lake(tmp_path).writer() as writer, pytest.raises(ContractFault, match="not a run id: 'tonight'"):
        writer.change("tonight")


def test_a_change_is_committed_once(tmp_path: Path) -> None:
    with Lake(tmp_path).writer() as writer:
        change = lab.new_change(writer)
        change.commit([lab.ledger_row(change, "a")])
        with pytest.raises(ContractFault, match="committed already"):
            change.commit([lab.ledger_row(change, "b")])
