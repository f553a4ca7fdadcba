"""The lake's tables: every column's name, type, unit, source and when it is null.

Arrow schemas, empty tables, comments in the SQL catalogue and the table reference all derive from here.
Instants are UTC microseconds. Names are OpenTelemetry's where it has one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.table import Column, Table, arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa

#: The version of the tables below. A lake says which one wrote it; another one is refused.
LAKE_FORMAT = 4

_PROVENANCE = (
    Column("file_id", "string", "source the record came from; key of files"),
    Column("line_no", "int64", "first line of the record in its decompressed source, from 1"),
    Column("byte_offset", "int64", "first byte of the record in its decompressed source, bytes from 0"),
)

EVENTS = Table(
    "events",
    "one log record",
    (
        Column("date", "date", "UTC date of ts", "no time known"),
        Column("ts", "timestamp", "when it happened, UTC", "no time known"),
        Column("ts_source", "string", "where ts was read: line or envelope", "no time known"),
        Column("ts_assumed", "list<string>", "what of ts was assumed: zone, year, date", "nothing assumed"),
        Column("severity", "string", "trace, debug, info, warn, error or fatal", "not stated"),
        Column("source", "string", "the source's path, as given, at first sight"),
        Column("format", "string", "label of the record's own format; generic where none matched"),
        Column("service", "string", "the service that wrote it", "not stated"),
        Column("instance", "string", "the instance that wrote it", "not stated"),
        Column("logger", "string", "component: [TimeProcessor], [App], a logger's name", "not stated"),
        Column(
            "message", "string", "what was said, redacted, lines joined by \\n; head and envelope removed"
        ),
        Column("mask_id", "string", "blake2b-64 of the masked message, 16 hex digits; key of templates"),
        Column("http_method", "string", "request method", "no request"),
        Column("http_path", "string", "request path without its query", "no request"),
        Column("http_route", "string", "path with ids replaced: /api/sessions/:id/complete", "no request"),
        Column("http_status", "int16", "response status", "no request, or aborted"),
        Column("duration_ms", "double", "time taken, milliseconds", "not stated, or aborted"),
        Column("response_bytes", "int64", "body size, bytes", "not stated"),
        Column("client_address", "string", "the client's address", "not stated"),
        Column("user_agent", "string", "the client's User-Agent", "not stated"),
        Column("request_id", "string", "the request's id", "not stated"),
        Column("session_id", "string", "the app's session, such as a reading session", "not stated"),
        Column("user_id", "string", "the app's user", "not stated"),
        Column("attrs", "string", "further fields, a JSON object", "none"),
        Column("dedupe_key", "string", "equal in overlapping copies of one record", "source cannot overlap"),
        *_PROVENANCE,
        Column("line_count", "int32", "physical lines of the record"),
        Column("line_spans", "list<span>", "the record's runs of lines", "lines are contiguous"),
    ),
    ("date",),
    coded=("ts_source", "source", "format", "mask_id", "file_id"),
)

DOCUMENTS = Table(
    "documents",
    "one document in one export: which version of it the export holds",
    (
        Column("collection", "string", "Mongo collection"),
        Column("snapshot_date", "date", "UTC date of snapshot"),
        Column("snapshot", "timestamp", "instant of the export"),
        Column("doc_id", "string", "_id: hex of an ObjectId, else its text"),
        Column("version", "int64", "what the document held then; key of versions with collection and doc_id"),
        *_PROVENANCE,
    ),
    ("collection", "snapshot_date"),
)

VERSIONS = Table(
    "versions",
    "one version of a document, once however many exports hold it",
    (
        Column("collection", "string", "Mongo collection"),
        Column("doc_id", "string", "_id: hex of an ObjectId, else its text"),
        Column("version", "int64", "blake2b-64 of the other columns"),
        Column("created_at", "timestamp", "createdAt, the server's clock", "absent"),
        Column("client_created_at", "timestamp", "clientCreatedAt, the client's clock", "absent or null"),
        Column(
            "client_state",
            "string",
            "clientCreatedAt was: absent, null or value; in CSV empty (absent or null), unknown (no column)",
        ),
        Column("user_id", "string", "userId", "absent or null"),
        Column("book_id", "string", "bookId", "absent or null"),
        Column("origin_session", "string", "originSession", "absent or null"),
        Column("type", "string", "the app's type of document", "absent or null"),
        Column("is_pdf_memo", "bool", "isPdfMemo", "absent or null"),
        Column("attrs", "string", "other allow-listed fields, a JSON object; never free text", "none"),
    ),
    ("collection",),
)

METRICS = Table(
    "metrics",
    "one point of a series",
    (
        Column("date", "date", "UTC date of ts"),
        Column("ts", "timestamp", "when it was measured"),
        Column("name", "string", "series"),
        Column("unit", "string", "unit of value", "not stated"),
        Column("value", "double", "the measured value", "a gap in the series"),
        Column("labels", "string", "what tells this series from others, a JSON object", "none"),
        *_PROVENANCE,
    ),
    ("date",),
)

REJECTS = Table(
    "rejects",
    "one record that could not be understood",
    (
        Column("run_date", "date", "UTC date of the run that met it"),
        *_PROVENANCE,
        Column("line_count", "int32", "physical lines of the record"),
        Column("text", "string", "the record, redacted", "too long, or not text"),
        Column("text_sha256", "string", "SHA-256 of the record's bytes"),
        Column("text_bytes", "int64", "length of the record, bytes"),
        Column("reason", "string", "why it was not understood"),
    ),
    ("run_date",),
)

_COUNTED = (
    Column("metric", "string", "what is counted: request_duration"),
    Column("unit", "string", "unit of the bucketed value: ms"),
    Column("alpha", "double", "relative error of a bucket's value, 0 to 1"),
    Column("http_route", "string", "route", "not stated"),
    Column("http_method", "string", "method", "not stated"),
    Column("status_class", "int16", "hundreds digit of the status: 2 for 200-299", "aborted"),
    Column("service", "string", "service", "not stated"),
    Column("instance", "string", "instance", "not stated"),
    Column("kind", "string", "value, zero, negative, nan or none: only value has a bucket"),
    Column("bucket", "int32", "ceil(ln(x)/ln(gamma)), gamma = (1+alpha)/(1-alpha)", "kind is not value"),
    Column("n", "int64", "requests"),
)

ROLLUPS = Table(
    "rollups",
    "requests of one hour, route, method, status class, instance and duration bucket",
    (
        Column("date", "date", "UTC date of hour"),
        Column("hour", "timestamp", "start of the UTC hour"),
        *_COUNTED,
    ),
    ("date",),
)

DAILY_ROLLUPS = Table(
    "daily_rollups",
    "the rollups of one UTC day added up: requests of one route, method, status class, instance and bucket",
    (Column("date", "date", "UTC date of the hours"), *_COUNTED),
    ("date",),
)

REPEATS = Table(
    "repeats",
    "one event that is a copy of another, from overlapping pages or chunks",
    (
        Column("date", "date", "UTC date of hour"),
        Column("hour", "timestamp", "start of the UTC hour of the event's ts"),
        Column("file_id", "string", "source of the copy; key of files"),
        Column("line_no", "int64", "its first line in the source, from 1"),
        Column("byte_offset", "int64", "its first byte in the decompressed source, bytes from 0"),
    ),
    ("date",),
)

TEMPLATES = Table(
    "templates",
    "one mask",
    (
        Column("mask_id", "string", "blake2b-64 of the masked message, 16 hex digits"),
        Column("template_id", "string", "template the mask belongs to, 16 hex digits"),
        Column("text", "string", "the masked message"),
        Column("first_ts", "timestamp", "first event seen with it", "only events without time"),
        Column("alias_of", "string", "template that this one was merged into", "not merged"),
    ),
)

FILES = Table(
    "files",
    "one source in one run: its state after that run, cumulative over runs",
    (
        Column("file_id", "string", "the source, by its content at first sight, 16 hex digits"),
        Column("run_id", "string", "the run, in the order of time"),
        Column("run_ts", "timestamp", "start of the run"),
        Column(
            "path", "string", "path as given; undecodable bytes as \\xNN; archive!/member inside archives"
        ),
        Column("fingerprint", "string", "SHA-256 of the decompressed bytes up to position"),
        Column("content", "string", "SHA-256 of all decompressed bytes read"),
        Column(
            "stat", "string", "device, inode, size, mtime and ctime of the file as a JSON array", "not a file"
        ),
        Column("format", "string", "label of most of the records, the envelope not counted"),
        Column(
            "plan", "string", "how the source was read: containers, encoding, envelope, zone; a JSON object"
        ),
        Column("bytes", "int64", "decompressed bytes read"),
        Column("position", "int64", "decompressed bytes before the provisional last record"),
        Column("settled", "string", "the counters up to position, a JSON object"),
        Column("lines", "int64", "physical lines"),
        Column("records", "int64", "stored records; may be more than lines"),
        Column("events", "int64", "lines on which a stored record starts"),
        Column("continuation", "int64", "other lines of records, headers, comments, brackets"),
        Column("rejected", "int64", "lines of rejects"),
        Column("blank", "int64", "white-space lines between records"),
        Column("forgotten", "int64", "records taken out since by `h33 forget`", "none"),
        Column("redactions", "string", "redactions by rule name, a JSON object"),
        Column("first_ts", "timestamp", "earliest ts", "no record with time"),
        Column("last_ts", "timestamp", "latest ts", "no record with time"),
        Column("status", "string", "ok, partial, duplicate, rejected or failed"),
        Column("problem", "string", "what was wrong, one line", "status is ok"),
        Column(
            "data_files",
            "list<string>",
            "table/path of the data files written for it; a file's name ends in its SHA-256",
        ),
        Column("tail_files", "list<string>", "those among them that hold the provisional last record"),
    ),
)

#: Every table, in the order in which a change is committed: the ledger last.
TABLES = (EVENTS, DOCUMENTS, VERSIONS, METRICS, REJECTS, REPEATS, ROLLUPS, DAILY_ROLLUPS, TEMPLATES, FILES)
BY_NAME = {table.name: table for table in TABLES}


def record_arrow(kind: str) -> pa.Schema:
    """Return the Arrow schema of what a source of a kind (`events`, `documents`, `metrics`) gives.

    It is its table's as made; a document's record has the columns of both tables that it is a row of.
    """
    if kind != DOCUMENTS.name:
        return BY_NAME[kind].made
    known = {column.name for column in DOCUMENTS.columns}
    return arrow_schema((*DOCUMENTS.columns, *(c for c in VERSIONS.columns if c.name not in known)))
