"""SQL over a snapshot: a query of ours by its header, or a statement of the user's.

Parameters come in as Python values, results leave as Arrow, errors in plain words.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline import catalog, instants, query_faults, sql
from pipeline.errors import QueryFault, UsageFault

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from pipeline.config import Settings
    from pipeline.lake import Snapshot

#: Rows that pass through memory together when a result is streamed.
BATCH_ROWS = 20_000

# Types that every output format has a notation for. Others are shown as DuckDB writes them.
_INTEGERS = {
    "tinyint",
    "smallint",
    "integer",
    "bigint",
    "utinyint",
    "usmallint",
    "uinteger",
    "ubigint",
    "hugeint",
}
_TIMES = {"date", "time", "timestamp", "timestamp_s", "timestamp_ms", "timestamp with time zone"}
_PLAIN = _INTEGERS | _TIMES | {"null", "boolean", "float", "double", "decimal", "varchar", "uuid", "blob"}
# EXPLAIN ANALYZE runs what it explains.
_EXPLAINED_READER = re.compile(
    r"(\s|--[^\n]*\n|/\*.*?\*/)*EXPLAIN(\s+ANALYZE)?\s*(\([^)]*\))?\s*\(*\s*(SELECT|FROM|WITH|VALUES|TABLE)\b",
    re.IGNORECASE | re.DOTALL,
)
_NESTED = {"list", "array", "struct", "map"}

#: Settings that a parameter may have for its default, by their keys in `h33.toml`.
_SETTINGS: dict[str, Callable[[Settings], Any]] = {
    "deploy.at": lambda settings: settings.deploy.at,
    "service": lambda settings: settings.service,
}


def connect(snapshot: Snapshot, timezone: str, *, comments: bool = True) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB connection that sees a snapshot: `lake.<table>`, the macros and the views.

    For SQL of ours; a stranger's is asked through `pipeline.sandbox`.

    Args:
        snapshot: what is read; it never changes.
        timezone: IANA name of the reporting zone.
        comments: what views and columns are, in the catalogue.

    Raises:
        LakeDamaged: a data file cannot be read.
    """
    with query_faults.told():
        return catalog.connect(snapshot.files, timezone, comments=comments)


def run(
    snapshot: Snapshot, name: str, params: Mapping[str, Any], timezone: str, *, kind: str = "reports"
) -> pa.Table:
    """Return the rows of a report over a snapshot.

    Args:
        snapshot: what is read.
        name: of the report.
        params: a value for each of its parameters: aware datetimes, dates, numbers, texts.
        timezone: IANA name of the reporting zone.
        kind: `reports`, or `inputs` for the rows that the gate and the clock analysis start from.

    Raises:
        UsageFault: no such report.
        QueryFault: it ran out of memory or met a value that it cannot work with.
        LakeDamaged: a data file cannot be read.
    """
    query = sql.load(kind, name)
    with closing(connect(snapshot, timezone)) as connection:
        return execute(connection, query, params)


def execute(connection: duckdb.DuckDBPyConnection, query: sql.Query, params: Mapping[str, Any]) -> pa.Table:
    """Return all rows of a query of ours, whose types are plain by its header; for the rest see `run`."""
    with query_faults.told(connection), warnings.catch_warnings():
        # The engine warns that rows are copied. To be told their types first would bind all views twice.
        warnings.simplefilter("ignore", UserWarning)
        return connection.execute(query.text, dict(params)).to_arrow_table()


def stream(
    connection: duckdb.DuckDBPyConnection, text: str, params: Mapping[str, Any]
) -> pa.RecordBatchReader:
    """Return the rows of a statement, batch by batch; the connection is busy until they are read.

    Raises:
        QueryFault: here, or while the batches are read.
        LakeDamaged: a data file cannot be read.
    """
    import pyarrow as pa

    with query_faults.told(connection):
        relation = _presentable(connection.sql(text, params=dict(params)))
        reader = relation.to_arrow_reader(BATCH_ROWS)

    def batches() -> Iterator[pa.RecordBatch]:
        with query_faults.told(connection):
            yield from reader

    return pa.RecordBatchReader.from_batches(reader.schema, batches())


def ask(
    connection: duckdb.DuckDBPyConnection, statement: str, params: Mapping[str, Any]
) -> pa.RecordBatchReader:
    """Return the rows of one statement of the user's, which may read and nothing else.

    The connection should be a sealed one in a sandbox: that keeps a statement from writing. What is refused
    here is only refused early and in plain words.

    Args:
        connection: where it is asked.
        statement: its text.
        params: a value for each of its $names.

    Raises:
        QueryFault: see `stream`; or it is not one statement, or not one that reads.
    """
    wanted = parsed(connection, statement).named_parameters
    if missing := ", ".join(f"${name}" for name in sorted(wanted - set(params))):
        raise QueryFault(f"nothing gives {missing} a value", hint="give it with --param NAME=VALUE")
    if surplus := ", ".join(f"${name}" for name in sorted(set(params) - wanted)):
        raise QueryFault(f"the statement has no {surplus}", hint="a parameter stands in it as $NAME")
    return stream(connection, statement, params)


def parsed(connection: duckdb.DuckDBPyConnection, statement: str) -> duckdb.Statement:
    """Return a text as the one statement that it is, and that reads.

    Raises:
        QueryFault: it is not one statement, or not one that reads.
    """
    from duckdb import StatementType

    with query_faults.told(connection):
        statements = connection.extract_statements(statement)
    if len(statements) != 1:
        raise QueryFault(f"{len(statements)} statements", hint="ask one question at a time")
    kind = statements[0].type
    # A PIVOT counts as several: it looks for its columns first.
    if kind not in {StatementType.SELECT, StatementType.EXPLAIN, StatementType.MULTI}:
        raise _not_for_reading(kind.name)
    if kind == StatementType.EXPLAIN and not _EXPLAINED_READER.match(statement):
        raise _not_for_reading("EXPLAIN of what changes something")
    if _copies(statement):
        raise _not_for_reading("COPY")
    return statements[0]


def _copies(statement: str) -> bool:
    """Whether a COPY stands in a statement: the engine takes one where a subquery may stand."""
    import duckdb

    text = statement.encode()
    keywords = (at for at, kind in duckdb.tokenize(statement) if kind == duckdb.token_type.keyword)
    return any(text[at : at + 4].upper() == b"COPY" for at in keywords)


def _not_for_reading(what: str) -> QueryFault:
    hint = "it reads only: SELECT, FROM, WITH, DESCRIBE, EXPLAIN"
    return QueryFault(f"{what} is not for h33 sql", hint=hint)


def parameters(
    query: sql.Query, given: Mapping[str, str], settings: Settings, now: datetime
) -> dict[str, Any]:
    """Return a query's parameters from texts as people type them, the header's defaults where none is given.

    An interval that would end before it starts, because only its start was given, ends now.

    Args:
        query: its header says names, types and defaults.
        given: texts by name.
        settings: reporting zone; `deploy.at` and `service`, which are the defaults of parameters.
        now: the present instant, aware.

    Raises:
        UsageFault: a text does not fit its parameter, or the interval is empty.
    """
    values = {p.name: _value(p, given.get(p.name, p.default), settings, now) for p in query.params}
    since, until = values.get("since"), values.get("until")
    if since is not None and until is not None and since >= until and "until" not in given:
        # `--since today` means until now, though what is asked for by default ends before today.
        until = values["until"] = now
    if since is not None and until is not None and since >= until:
        zone = instants.zone(settings.timezone)
        first, end = (instant.astimezone(zone).isoformat(" ", "minutes") for instant in (since, until))
        raise UsageFault(f"nothing lies between --since {first} and --until {end}", hint="try --until now")
    return values


def _value(param: sql.Param, text: str, settings: Settings, now: datetime) -> Any:
    """Return the value that a text means for a parameter: None for `none`, a setting for its key."""
    if text == "none":
        return None
    if text == param.default and text in _SETTINGS:
        return _SETTINGS[text](settings)
    zone = instants.zone(settings.timezone)
    try:
        match param.type:
            case "TIMESTAMPTZ":
                return instants.parse(text, zone, now)
            case "DATE":
                return instants.parse_day(text, zone, now).date
            case "BIGINT":
                return int(text)
            case "DOUBLE":
                return float(text)
            case _:
                return text
    except UsageFault as fault:
        raise UsageFault(fault.what, where=f"--{param.name}", hint=fault.hint) from None
    except ValueError:
        raise UsageFault(f"not a number: {text!r}", where=f"--{param.name}") from None


def _presentable(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Return the relation with distinct column names and types that every output format can write."""
    names = _distinct(relation.columns)
    plain = [_is_plain(kind) for kind in relation.types]
    if names == relation.columns and all(plain):
        return relation
    columns = (
        f"{f'#{at}' if is_plain else f'CAST(#{at} AS VARCHAR)'} AS {catalog.identifier(name)}"
        for at, (name, is_plain) in enumerate(zip(names, plain, strict=True), start=1)
    )
    return relation.project(", ".join(columns))


def _is_plain(kind: Any) -> bool:
    """Whether the output formats know a DuckDB type, and what is inside it."""
    if kind.id in _NESTED:
        return all(_is_plain(child) for name, child in kind.children if name != "size")
    return kind.id in _PLAIN


def _distinct(names: list[str]) -> list[str]:
    """Return the names with a number behind those that stood before.

    >>> _distinct(["n", "n", "n_2"])
    ['n', 'n_3', 'n_2']
    """
    taken = set(names)
    seen: set[str] = set()
    result = []
    for name in names:
        fresh, number = name, 1
        while fresh in seen or (fresh != name and fresh in taken):
            number += 1
            fresh = f"{name}_{number}"
        seen.add(fresh)
        result.append(fresh)
    return result
