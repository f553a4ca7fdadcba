"""A source's rows go to a file per date; few files are open, however many dates there are."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import schema
from pipeline.ingest.datafiles import DataFiles
from pipeline.lake import Lake

FIRST = date(2025, 6, 1)


def events(day, line_no, hour=12, **columns):
    """Return a table of one event."""
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    stated = {"date": day, "ts": at, "line_no": line_no, "message": "said", "file_id": "f" * 16, **columns}
    arrays = [pa.array([stated.get(field.name)], field.type) for field in schema.EVENTS.arrow]
    return pa.table(arrays, schema=schema.EVENTS.arrow)


def written(tmp_path, blocks):
    """Write blocks of an event for each of some days; return which lines each file holds, by its date."""
    with Lake(tmp_path / "lake").writer() as writer:
        change = writer.change(writer.run_id(datetime(2025, 7, 1, tzinfo=UTC)))
        files = DataFiles(change)
        number = count(1)
        for days in blocks:
            files.write("events", pa.concat_tables([events(day, next(number)) for day in days]), tail=False)
        files.close()
        found = [
            (str(file.partition["date"]), pq.read_table(file.path, partitioning=None)["line_no"].to_pylist())
            for file in change.files("events")
        ]
    return sorted(found, key=lambda entry: entry[1])


def test_a_file_without_a_row_for_eight_blocks_is_finished_and_another_takes_what_comes_late(tmp_path):
    second = FIRST + timedelta(days=1)
    assert written(tmp_path, [[FIRST], *[[second]] * 8, [FIRST]]) == [
        ("2025-06-01", [1, 10]),
        ("2025-06-02", list(range(2, 10))),
    ]
    assert written(tmp_path / "late", [[FIRST], *[[second]] * 9, [FIRST]]) == [
        ("2025-06-01", [1]),
        ("2025-06-02", list(range(2, 11))),
        ("2025-06-01", [11]),
    ]


def test_sixteen_files_are_open_at_most_and_no_row_is_lost_by_it(tmp_path):
    days = [FIRST + timedelta(days=number) for number in range(17)]
    few = written(tmp_path / "few", [days[:16], days[:16]])
    assert [lines for _, lines in few] == [[number, number + 16] for number in range(1, 17)]
    many = written(tmp_path / "many", [days, days])
    assert len(many) > 17
    assert sorted(line for _, lines in many for line in lines) == list(range(1, 35))


def test_text_that_comes_as_views_goes_to_the_file_of_its_date_as_it_was_said(tmp_path):
    days = [FIRST, FIRST + timedelta(days=1), FIRST]
    long = ["한글 " * 9, "short", "a text that is longer than a view"]
    rows = [events(day, number, message=long[number]) for number, day in enumerate(days)]
    with Lake(tmp_path / "lake").writer() as writer:
        change = writer.change(writer.run_id(datetime(2025, 7, 1, tzinfo=UTC)))
        files = DataFiles(change)
        files.write("events", pa.concat_tables(rows).cast(schema.EVENTS.made), tail=False)
        files.close()
        found = {
            str(file.partition["date"]): pq.read_table(file.path, partitioning=None)["message"].to_pylist()
            for file in change.files("events")
        }
    assert found == {"2025-06-01": [long[0], long[2]], "2025-06-02": [long[1]]}


def test_the_hours_of_requests_and_of_possible_copies_are_told_those_of_other_events_are_not(tmp_path):
    kinds = ({}, {"http_method": "GET"}, {}, {"dedupe_key": "k"}, {"http_path": "/"})
    with Lake(tmp_path / "lake").writer() as writer:
        files = DataFiles(writer.change(writer.run_id(datetime(2025, 7, 1, tzinfo=UTC))))
        parts = [events(FIRST, hour, hour, **columns) for hour, columns in enumerate(kinds)]
        files.write("events", parts[0], tail=False)
        assert files.hours == set()
        files.write("events", pa.concat_tables(parts), tail=False)
        assert files.hours == {datetime(2025, 6, 1, hour, tzinfo=UTC) for hour in (1, 3)}
        files.close()
