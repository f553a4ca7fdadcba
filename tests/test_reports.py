"""Every query is what its header says, and every report finds what was counted by hand."""

import csv
import re
import tomllib
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as hypothesis_settings
from lake_rows import make_lake, read_csv
from summaries import settings

from pipeline import reports, sql
from pipeline.config import Limits
from pipeline.errors import LakeDamaged
from pipeline.lake import Lake
from pipeline.render import values
from pipeline.sandbox.desk import Desk

KINDS = ("reports", "inputs", "alerts", "coverage", "lines")
CASES = sorted(case for kind in KINDS for case in (Path(__file__).parent / kind).glob("*/*"))
EVERY = [(kind, name) for kind in (*KINDS, "kpi", "rollups", "checks") for name in sql.names(kind)]
NOON = datetime(2025, 6, 20, 12, tzinfo=UTC)
#: A value of each type that a parameter may have.
SOME = {
    "TIMESTAMPTZ": NOON,
    "TIMESTAMPTZ[]": [NOON],
    "DATE": NOON.date(),
    "BIGINT": 1,
    "DOUBLE": 0.5,
    "VARCHAR": "x",
}


@pytest.fixture(scope="module")
def nothing(tmp_path_factory):
    """A connection to a lake that does not exist: every table is there and empty."""
    with closing(
        reports.connect(Lake(tmp_path_factory.mktemp("no") / "lake").snapshot(), "Asia/Seoul")
    ) as con:
        yield con


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_a_query_takes_and_gives_what_its_header_says(kind, name, nothing):
    query = sql.load(kind, name)
    (statement,) = nothing.extract_statements(query.text)
    assert statement.named_parameters == {param.name for param in query.params}
    relation = nothing.sql(query.text, params={param.name: SOME[param.type] for param in query.params})
    given = list(zip(relation.columns, map(str, relation.types), strict=True))
    assert given == [(column.name, column.type) for column in query.columns]
    assert relation.to_arrow_table().num_rows == 0


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_a_query_orders_its_rows_at_the_very_end(kind, name):
    # Rows without an order come out right by chance in any small test.
    text = re.sub(r"--[^\n]*", "", sql.load(kind, name).text)
    while (inner := re.sub(r"\([^()]*\)", "", text)) != text:
        text = inner
    assert re.search(r"\bORDER BY [^;]+$", text.strip())


@pytest.mark.parametrize(("kind", "name"), [pair for pair in EVERY if pair[0] != "rollups"])
def test_a_query_has_defaults_that_make_sense_and_a_purpose_in_both_languages(kind, name):
    query = sql.load(kind, name)
    reports.parameters(query, {}, settings(), NOON)
    assert query.purpose.endswith(".")
    assert re.search("[가-힣]", query.said("purpose", "ko"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_a_report_finds_what_was_counted_by_hand(case, tmp_path):
    says = tomllib.loads((case / "case.toml").read_text(encoding="utf-8"))
    tables = {file.stem: read_csv(file) for file in case.glob("*.csv") if file.stem != "expect"}
    kind = case.parents[1].name
    query = sql.load(kind, case.parent.name)
    params = {param.name: says.get(param.name) for param in query.params}
    snapshot = make_lake(tmp_path / "lake", **tables).snapshot()
    found = reports.run(snapshot, query.name, params, says.get("timezone", "Asia/Seoul"), kind=kind)
    with (case / "expect.csv").open(encoding="utf-8", newline="") as lines:
        wanted = list(csv.DictReader(lines))
    assert found.num_rows == len(wanted)
    for column in query.columns:
        cells = [cell or "" for cell in values.texts(found[column.name].combine_chunks()).to_pylist()]
        assert cells == [row[column.name] for row in wanted] or all(
            bool(cell) == bool(row[column.name])
            and (not cell or float(cell) == pytest.approx(float(row[column.name]), rel=error(column)))
            for cell, row in zip(cells, wanted, strict=True)
        ), (column.name, cells)


def error(column):
    """Return the relative error that a column may have: percentiles are values of buckets."""
    return 0.005 if re.search(r"p\d\d_", column.name) else 1e-12


def test_every_report_has_a_case_and_every_case_a_report():
    named = {(case.parents[1].name, case.parent.name) for case in CASES}
    assert named == {(kind, name) for kind in KINDS for name in sql.names(kind)}


def test_every_view_and_column_tells_what_it_holds(nothing):
    for told in ("view_name AS name FROM duckdb_views()", "column_name AS name FROM duckdb_columns()"):
        missing = f"SELECT {told} WHERE schema_name = 'main' AND NOT internal AND comment IS NULL"
        assert nothing.sql(missing).fetchall() == []


def test_percentiles_of_one_to_a_hundred_are_themselves(nothing):
    ranks = nothing.sql(
        "SELECT list(percentile_rank(100, p)) FROM (VALUES (500), (900), (950), (990), (1000)) t(p)"
    )
    assert ranks.fetchall() == [([50, 90, 95, 99, 100],)]


def test_a_percentile_needs_so_many_values_that_all_on_one_side_is_rarer_than_one_in_forty(nothing):
    needs = nothing.sql(
        "SELECT list(percentile_needs(p) ORDER BY p) FROM (VALUES (10), (500), (900), (950), (990)) t(p)"
    )
    assert needs.fetchall() == [([368, 6, 36, 72, 368],)]
    for p, n in ((0.5, 6), (0.9, 36), (0.95, 72), (0.99, 368)):
        assert p**n <= 0.025 < p ** (n - 1)


@given(strategies.lists(strategies.floats(min_value=1e-6, max_value=1e9), min_size=1))
def test_the_value_of_a_bucket_is_within_half_a_percent_of_all_that_is_in_it(nothing, durations):
    each = "SELECT bucket_value(bucket(x), bucket_alpha()) FROM (SELECT unnest($durations) AS x)"
    found = nothing.execute(each, {"durations": durations}).fetchall()
    assert all(abs(value - x) <= 0.005 * x * (1 + 1e-9) for (value,), x in zip(found, durations, strict=True))


def test_what_is_no_positive_number_has_a_kind_of_its_own_and_no_bucket(nothing):
    kinds = nothing.sql(
        "SELECT bucket_kind(x), bucket(x) FROM (VALUES (1, 0.0), (2, -0.0), (3, -1e-9), (4, 'nan'::DOUBLE), "
        "(5, 'inf'::DOUBLE), (6, '-inf'::DOUBLE), (7, NULL), (8, 1.0), (9, 5e-324)) t(i, x) ORDER BY i"
    ).fetchall()
    assert [kind for kind, _ in kinds] == ["zero", "zero", "negative", *["nan"] * 3, "none", "value", "value"]
    assert [bucket is None for _, bucket in kinds] == [True] * 7 + [False] * 2


def test_a_utc_hour_begins_before_its_instants_also_before_1970(nothing):
    for text, start in (
        ("2025-06-20 00:59:59.999999+00", "2025-06-20 00:00:00"),
        ("2025-06-20 01:00:00+00", "2025-06-20 01:00:00"),
        ("1969-12-31 23:59:59.999999+00", "1969-12-31 23:00:00"),
        ("1969-12-31 23:00:00+00", "1969-12-31 23:00:00"),
    ):
        ((hour,),) = nothing.execute(f"SELECT timezone('UTC', utc_hour(TIMESTAMPTZ '{text}'))").fetchall()
        assert str(hour) == start


SPREAD = [  # requests at the edges of hours and days, of UTC, Seoul and Kolkata
    datetime(2025, 6, 19, 12, tzinfo=UTC) + timedelta(hours=hours, microseconds=micros)
    for hours in (0, 1, 2.5, 3, 3.5, 6, 6.5, 11, 12, 30, 30.5, 36)
    for micros in (-1, 0, 1)
]


@pytest.fixture(scope="module")
def spread(tmp_path_factory):
    """A lake with requests at SPREAD, and a connection to it in each of three zones."""
    rows = [{"ts": at, "http_method": "GET", "http_route": "/a", "http_status": 200} for at in SPREAD]
    lake = make_lake(tmp_path_factory.mktemp("spread") / "lake", events=rows)
    return {zone: reports.connect(lake.snapshot(), zone) for zone in ("UTC", "Asia/Seoul", "Asia/Kolkata")}


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None
)
@given(
    strategies.sampled_from(["UTC", "Asia/Seoul", "Asia/Kolkata"]),
    strategies.lists(strategies.sampled_from(SPREAD), min_size=2, max_size=2, unique=True).map(sorted),
)
def test_rollups_and_the_hours_they_lack_count_any_span_like_the_requests_themselves(spread, zone, span):
    since, until = span
    params = {"since": since, "until": until}
    counted = spread[zone].execute(
        "SELECT CAST(day AS VARCHAR), CAST(sum(n) AS BIGINT) FROM request_counts($since, $until) GROUP BY 1",
        params,
    )
    found = dict(counted.fetchall())
    spread[zone].execute(
        "SELECT CAST(local_day(ts) AS VARCHAR) AS day, count(*) FROM requests "
        "WHERE ts >= $since AND ts < $until GROUP BY day",
        params,
    )
    assert found == dict(spread[zone].fetchall())
    assert sum(found.values()) == sum(since <= at < until for at in SPREAD)


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None
)
@given(
    strategies.sampled_from(["UTC", "Asia/Seoul", "Asia/Kolkata"]),
    strategies.lists(strategies.sampled_from(SPREAD), min_size=2, max_size=2, unique=True).map(sorted),
)
def test_daily_rollups_and_what_they_lack_count_any_span_like_the_requests_themselves(spread, zone, span):
    total = "SELECT coalesce(sum(n), 0)::BIGINT FROM request_totals($since, $until)"
    found = spread[zone].execute(total, {"since": span[0], "until": span[1]}).fetchone()
    assert found == (sum(span[0] <= at < span[1] for at in SPREAD),)


def test_a_report_of_a_day_opens_no_file_of_other_days(tmp_path):
    rows = [
        {"ts": f"2025-06-{day}T03:00:00Z", "severity": "error", "dedupe_key": "k"} for day in (18, 19, 20)
    ]
    rows += [{"ts": f"2025-06-{day}T03:30:00Z", "http_method": "GET", "http_status": 200} for day in (18, 20)]
    snapshot = make_lake(tmp_path / "lake", events=rows).snapshot()
    for table in ("events", "rollups", "daily_rollups", "repeats"):
        for file in snapshot.files(table):
            if file.partition["date"] != "2025-06-18":
                Path(file.path).write_bytes(b"not Parquet")
    span = {"since": datetime(2025, 6, 18, 1, 30, tzinfo=UTC), "until": datetime(2025, 6, 18, 9, tzinfo=UTC)}
    span["service"] = None
    (hour,) = reports.run(snapshot, "errors_by_hour", span, "Asia/Seoul").to_pylist()
    assert (hour["requests"], hour["logged_errors"]) == (1, 1)
    with pytest.raises(LakeDamaged, match=r"date=2025-06-(19|20)"):
        reports.run(snapshot, "events_by_day", {}, "Asia/Seoul")


def test_a_lake_whose_first_file_is_damaged_says_so_instead_of_failing(tmp_path):
    snapshot = make_lake(tmp_path / "lake", events=[{"ts": "2025-06-20T03:00:00Z"}]).snapshot()
    Path(snapshot.files("events")[0].path).unlink()
    with pytest.raises(LakeDamaged, match="date=2025-06-20"):
        reports.run(snapshot, "ingest_ledger", {}, "UTC")


@pytest.mark.parametrize("folder", ["date=2020-01-01", "[x]*?", "it's 한글"])
def test_the_name_of_a_folder_above_the_lake_changes_nothing(folder, tmp_path):
    rows = [{"ts": "2025-06-20T03:00:00Z"}, {}]
    snapshot = make_lake(tmp_path / folder / "lake", events=rows).snapshot()
    question = "SELECT date, count(*) FROM events GROUP BY ALL ORDER BY ALL"
    with closing(reports.connect(snapshot, "UTC")) as connection:
        assert connection.sql(question).fetchall() == [(NOON.date(), 1), (None, 1)]
    for landlock in (True, False):
        with Desk(tmp_path / folder / "lake", Limits(), landlock=landlock) as desk:
            desk.lay(snapshot.files, "UTC")
            rows = desk.ask(question).read_all().to_pylist()
        assert [tuple(row.values()) for row in rows] == [(NOON.date(), 1), (None, 1)]


def test_a_template_is_found_by_its_mask_and_an_alias_leads_to_the_template_it_joined(tmp_path):
    masks = [
        {"mask_id": "a", "template_id": "A", "text": "x <*>"},
        {"mask_id": "b", "template_id": "B", "text": "y <*>", "alias_of": "A"},
    ]
    rows = [{"ts": f"2025-06-20T03:00:0{i}Z", "mask_id": mask} for i, mask in enumerate("abc")]
    lake = make_lake(tmp_path / "lake", events=rows, templates=[*masks, *masks])
    with closing(reports.connect(lake.snapshot(), "UTC")) as connection:
        found = connection.sql("SELECT template_id, template FROM events ORDER BY ts").fetchall()
    assert found == [("A", "x <*>"), ("A", "y <*>"), (None, None)]


def test_a_time_check_is_read_from_the_fields_of_its_record(tmp_path):
    block = (
        '{"outcome":"client","client_ts":"2025-06-20T01:00:00.120Z","server_ts":"2025-06-20T01:00:00.431Z",'
        '"timezone":"Asia/Seoul","offset_min":-540,"diff_min":-0.01}'
    )
    line = '{"outcome":"server","reason":"excessive_difference","diff_ms":88241177,"memo_id":"a5"}'
    base = {"ts": "2025-06-20T01:00:01Z", "instance": "i1"}
    rows = [
        {**base, "format": "time-processor", "session_id": "s1", "attrs": block},
        {**base, "format": "time-processor-failure", "user_id": "u1", "attrs": line},
        {**base, "format": "generic", "attrs": block},
    ]
    lake = make_lake(tmp_path / "lake", events=rows)
    with closing(reports.connect(lake.snapshot(), "UTC")) as connection:
        found = connection.sql(
            "SELECT session_id, user_id, memo_id, outcome, reason, zone, offset_min, diff_min, "
            "CAST(server_ts - client_ts AS VARCHAR) AS apart FROM time_checks ORDER BY line_no"
        ).fetchall()
    assert found == [
        ("s1", None, None, "client", None, "Asia/Seoul", -540.0, -0.01, "00:00:00.311"),
        (None, "u1", "a5", "server", "excessive_difference", None, None, 88241177 / 60000, None),
    ]
