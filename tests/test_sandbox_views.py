"""Views behind the walls are made when a question needs them, and nobody can tell from the answers."""

import pytest
from lake_rows import make_lake

from pipeline import catalog, sql
from pipeline.config import Limits
from pipeline.errors import QueryFault
from pipeline.sandbox.desk import Desk
from pipeline.sandbox.views import Views

SCRIPT = sql.views()
VIEWS = (
    "SELECT view_name FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal "
    "UNION ALL SELECT function_name FROM duckdb_functions() "
    "WHERE function_type = 'table_macro' AND NOT internal"
)
REQUEST = {"ts": "2025-06-20T01:00:00Z", "http_method": "GET", "http_route": "/a", "http_status": 200}


def connected():
    """Return a connection over empty tables, without views."""
    return catalog.connect(lambda table: (), "UTC", views=())


def made(connection):
    return {name for (name,) in connection.execute(VIEWS).fetchall()}


def test_making_all_makes_every_view_and_macro_of_the_script():
    connection, whole = connected(), catalog.connect(lambda table: (), "UTC")
    assert made(connection) == set()
    Views(connection).make_all()
    assert made(connection) == made(whole)
    assert len(made(whole)) == SCRIPT.count("\nCREATE VIEW ") + SCRIPT.count("\nCREATE MACRO ")


@pytest.mark.parametrize(
    ("statement", "needs"),
    [
        ("SELECT 1", set()),
        ("SELECT * FROM lake.files", set()),
        ("FROM Events", {"events"}),
        ('SELECT "ts" FROM "requests"', {"events", "requests"}),
        ("FROM notes", {"documents", "notes"}),
    ],
)
def test_a_statement_gets_the_views_that_it_names_and_those_behind_them(statement, needs):
    connection = connected()
    Views(connection).make_for(statement)
    assert made(connection) == needs
    connection.execute(statement)


@pytest.mark.parametrize(
    "statement", ["SHOW TABLES", "FROM duckdb_views()", "FROM information_schema.tables"]
)
def test_a_statement_about_the_views_gets_all(statement):
    connection = connected()
    views = Views(connection)
    views.make_for(statement)
    assert views.make_all() is False


def test_comments_are_there_for_who_asks_for_them():
    connection = connected()
    views = Views(connection)
    views.make_for("FROM duckdb_views()")
    count = "SELECT count(*) FROM duckdb_views() WHERE comment IS NOT NULL AND NOT internal"
    assert connection.execute(count).fetchone() == (0,)
    views.make_for(count)
    assert connection.execute(count).fetchone() == (SCRIPT.count("\nCOMMENT ON VIEW "),)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    lake = make_lake(tmp_path_factory.mktemp("views") / "lake", events=[REQUEST])
    with Desk(lake.path, Limits()) as laid:
        laid.lay(lake.snapshot().files, "UTC")
        yield laid


def test_a_name_that_the_statement_puts_together_is_found(desk):
    rows = desk.ask("SELECT http_route FROM query_table('req' || 'uests')").read_all().to_pylist()
    assert rows == [{"http_route": "/a"}]


def test_a_wrong_name_is_told_with_the_nearest_of_all_views(desk):
    with pytest.raises(QueryFault) as fault:
        desk.ask("SELECT 1 FROM time_check")
    assert fault.value.hint == "did you mean time_checks?"
