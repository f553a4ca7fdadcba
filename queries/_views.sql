-- What reports and people read, over the tables of one snapshot (`lake.<table>`). Run on every connection.

-- events --------------------------------------------------------------------------------------------------------------

-- Pages and chunks that overlap hold copies of one record. All are stored and counted; `lake.repeats` names those that
-- are not shown. A left join on equal keys, not an anti join: through it a condition on `date` reaches the files of
-- both sides. Grouping tells the engine that a key stands once, so that it joins templates only where one is asked for.
CREATE VIEW events AS
WITH repeats AS (
  SELECT date, file_id, byte_offset, true AS is_repeat FROM lake.repeats
),
masks AS (
  SELECT mask_id, any_value(coalesce(alias_of, template_id)) AS template_id, any_value(text) AS template
  FROM lake.templates
  GROUP BY mask_id
)
SELECT
  e.ts, e.date, e.severity, e.service, e.instance, e.logger, e.message, m.template_id, m.template,
  e.http_method, e.http_path, e.http_route, e.http_status, e.duration_ms, e.response_bytes,
  e.client_address, e.user_agent, e.request_id, e.session_id, e.user_id, e.attrs,
  e.format, e.ts_source, e.ts_assumed, e.source, e.file_id, e.line_no, e.line_count, e.line_spans, e.byte_offset,
  e.mask_id, e.dedupe_key
FROM lake.events AS e
LEFT JOIN repeats AS r ON r.date = e.date AND r.file_id = e.file_id AND r.byte_offset = e.byte_offset
LEFT JOIN masks AS m ON m.mask_id = e.mask_id
WHERE r.is_repeat IS NULL;

COMMENT ON VIEW events IS 'Log records, each once: copies in overlapping pages and chunks are left out.';
COMMENT ON COLUMN events.ts IS 'when it happened; null where the line tells no time';
COMMENT ON COLUMN events.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN events.severity IS 'trace, debug, info, warn, error or fatal; null where not stated';
COMMENT ON COLUMN events.service IS 'the service that wrote it';
COMMENT ON COLUMN events.instance IS 'the instance that wrote it';
COMMENT ON COLUMN events.logger IS 'component, such as [TimeProcessor]';
COMMENT ON COLUMN events.message IS 'what was said, redacted, lines joined by a newline';
COMMENT ON COLUMN events.template_id IS 'the kind of message: equal for messages that differ in values only';
COMMENT ON COLUMN events.template IS 'the message with its values masked';
COMMENT ON COLUMN events.http_method IS 'request method; null where the record is no request';
COMMENT ON COLUMN events.http_path IS 'request path without its query';
COMMENT ON COLUMN events.http_route IS 'path with ids replaced, such as /api/notes/:id';
COMMENT ON COLUMN events.http_status IS 'response status; null where the client gave up';
COMMENT ON COLUMN events.duration_ms IS 'time taken, milliseconds';
COMMENT ON COLUMN events.response_bytes IS 'size of the response''s body, bytes';
COMMENT ON COLUMN events.client_address IS 'the client''s address';
COMMENT ON COLUMN events.user_agent IS 'the client''s User-Agent';
COMMENT ON COLUMN events.request_id IS 'the request''s id';
COMMENT ON COLUMN events.session_id IS 'the app''s session, such as a reading session';
COMMENT ON COLUMN events.user_id IS 'the app''s user';
COMMENT ON COLUMN events.attrs IS 'further fields, a JSON object';
COMMENT ON COLUMN events.format IS 'label of the record''s format; generic where none matched';
COMMENT ON COLUMN events.ts_source IS 'where ts was read: line or envelope';
COMMENT ON COLUMN events.ts_assumed IS 'what of ts was assumed: zone, year, date';
COMMENT ON COLUMN events.source IS 'path of the source, as given';
COMMENT ON COLUMN events.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN events.line_no IS 'first line of the record in its source, from 1';
COMMENT ON COLUMN events.line_count IS 'lines of the record';
COMMENT ON COLUMN events.line_spans IS 'the record''s runs of lines; null where they are contiguous';
COMMENT ON COLUMN events.byte_offset IS 'first byte of the record in its decompressed source';
COMMENT ON COLUMN events.mask_id IS 'hash of the masked message; key of lake.templates';
COMMENT ON COLUMN events.dedupe_key IS 'equal in copies of one record; null where a source cannot overlap';

-- requests ------------------------------------------------------------------------------------------------------------

-- The app's own access lines (morgan) and Render's request log report the same requests. Where Render's log has any
-- for a service in a UTC hour, the app's are ignored: those of an instance that Render's name, all where one of Render's
-- names none, and those that name none.
CREATE VIEW requests AS
WITH access AS (
  SELECT *, utc_hour(ts) AS hour FROM events WHERE http_method IS NOT NULL
),
covered AS (
  SELECT date, utc_hour(ts) AS hour, service, list(DISTINCT instance) AS instances, bool_or(instance IS NULL) AS whole
  FROM lake.events
  WHERE format = 'render-request'
  GROUP BY ALL
)
SELECT
  a.ts, a.date, a.http_method, a.http_path, a.http_route, a.http_status,
  CAST(a.http_status // 100 AS SMALLINT) AS status_class,
  a.duration_ms, a.response_bytes,
  a.http_status IS NULL AS is_aborted,
  is_health_route(a.http_route) AS is_health,
  a.service, a.instance, a.client_address, a.user_agent, a.request_id, a.session_id, a.user_id,
  a.format, a.source, a.file_id, a.line_no
FROM access AS a
LEFT JOIN covered AS c
  ON c.date = a.date AND c.hour = a.hour AND c.service IS NOT DISTINCT FROM a.service
WHERE NOT (
  a.format <> 'render-request'
  AND coalesce(c.whole OR (a.instance IS NULL AND c.hour IS NOT NULL) OR list_contains(c.instances, a.instance), false)
);

COMMENT ON VIEW requests IS 'HTTP requests, each once: where Render''s request log has an instance''s hour, morgan''s lines for it are left out.';
COMMENT ON COLUMN requests.ts IS 'when it was answered; null where the line tells no time';
COMMENT ON COLUMN requests.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN requests.http_method IS 'request method';
COMMENT ON COLUMN requests.http_path IS 'request path without its query';
COMMENT ON COLUMN requests.http_route IS 'path with ids replaced, such as /api/notes/:id';
COMMENT ON COLUMN requests.http_status IS 'response status; null where the client gave up';
COMMENT ON COLUMN requests.status_class IS 'hundreds digit of the status: 5 for 500-599';
COMMENT ON COLUMN requests.duration_ms IS 'time taken, milliseconds; null where not stated';
COMMENT ON COLUMN requests.response_bytes IS 'size of the response''s body, bytes';
COMMENT ON COLUMN requests.is_aborted IS 'the client gave up before the response';
COMMENT ON COLUMN requests.is_health IS 'a health check, which figures leave out';
COMMENT ON COLUMN requests.service IS 'the service that answered';
COMMENT ON COLUMN requests.instance IS 'the instance that answered';
COMMENT ON COLUMN requests.client_address IS 'the client''s address';
COMMENT ON COLUMN requests.user_agent IS 'the client''s User-Agent';
COMMENT ON COLUMN requests.request_id IS 'the request''s id';
COMMENT ON COLUMN requests.session_id IS 'the app''s session';
COMMENT ON COLUMN requests.user_id IS 'the app''s user';
COMMENT ON COLUMN requests.format IS 'who reported it: render-request or the app''s own access line';
COMMENT ON COLUMN requests.source IS 'path of the source, as given';
COMMENT ON COLUMN requests.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN requests.line_no IS 'line of the request in its source, from 1';

-- request_counts ------------------------------------------------------------------------------------------------------

-- Requests by day, hour, route, method, status class, instance and duration bucket: those of the whole UTC hours of
-- [since, until), from the rollups; not of the hours that midnight cuts, in zones whose offset is no whole hour.
CREATE MACRO whole_hour_counts(since, until) AS TABLE
-- The day of an hour is worked out once an hour: in a zone it costs more than all else of a row.
WITH hours AS (
  SELECT hour, local_day(hour) AS day
  FROM (SELECT unnest(range(next_utc_hour(since), utc_hour(until), INTERVAL 1 HOUR)) AS hour)
  WHERE NOT holds_midnight(hour)
)
SELECT
  day, hour, http_route, http_method, status_class, service, instance, kind, bucket, alpha, n,
  bucket_duration(kind, bucket, alpha) AS duration_ms,
  is_health_route(http_route) AS is_health
FROM lake.rollups
JOIN hours USING (hour)
WHERE metric = 'request_duration' AND date BETWEEN utc_date(since) AND utc_date(until);

-- Requests of [since, until), likewise: with the part of an hour at either bound and the hours that midnight cuts, from
-- the requests themselves.
CREATE MACRO request_counts(since, until) AS TABLE
WITH part_hours AS (
  -- The first two conditions settle that no file is opened where there are no such parts, else those of two days alone.
  SELECT * FROM requests
  WHERE (since <> utc_hour(since) OR until <> utc_hour(until) OR cuts_hours(since, until))
    AND during(ts, date, since, until)
    AND (date IN (utc_date(since), utc_date(until)) OR cuts_hours(since, until))
    AND (
      ts < next_utc_hour(since) OR ts >= utc_hour(until)
      OR (cuts_hours(since, until) AND holds_midnight(utc_hour(ts)))
    )
),
counted AS (
  SELECT
    local_day(ts) AS day, utc_hour(ts) AS hour, http_route, http_method, status_class, service, instance,
    bucket_kind(duration_ms) AS kind, bucket(duration_ms) AS bucket, bucket_alpha() AS alpha, count(*) AS n
  FROM part_hours
  GROUP BY ALL
)
SELECT * FROM whole_hour_counts(since, until)
UNION ALL
SELECT *, bucket_duration(kind, bucket, alpha), is_health_route(http_route) FROM counted;

-- Requests of [since, until) by the same without day and hour, for who asks of a span as a whole: whole UTC days from the
-- daily rollups, the hours before and after them from the rollups, what then is left from the requests.
CREATE MACRO request_totals(since, until) AS TABLE
WITH counted AS (
  SELECT http_route, http_method, status_class, service, instance, kind, bucket, alpha, n
  FROM lake.daily_rollups
  WHERE metric = 'request_duration' AND date >= next_utc_date(since) AND date < utc_date(until)
  UNION ALL
  SELECT http_route, http_method, status_class, service, instance, kind, bucket, alpha, n
  FROM lake.rollups
  WHERE metric = 'request_duration' AND hour >= next_utc_hour(since) AND hour < utc_hour(until)
    AND date BETWEEN utc_date(since) AND utc_date(until) AND (date < next_utc_date(since) OR date >= utc_date(until))
  UNION ALL
  -- As in request_counts.
  SELECT
    http_route, http_method, status_class, service, instance,
    bucket_kind(duration_ms), bucket(duration_ms), bucket_alpha(), count(*)
  FROM requests
  WHERE (since <> utc_hour(since) OR until <> utc_hour(until))
    AND during(ts, date, since, until) AND date IN (utc_date(since), utc_date(until))
    AND (ts < next_utc_hour(since) OR ts >= utc_hour(until))
  GROUP BY ALL
)
SELECT *, bucket_duration(kind, bucket, alpha) AS duration_ms, is_health_route(http_route) AS is_health FROM counted;

-- Requests of [since, until) by what percentiles of many days need, and no more: by day and route, or by day and hour.
CREATE MACRO request_days(since, until) AS TABLE
SELECT day, http_route, http_method, service, is_health, duration_ms, CAST(sum(n) AS BIGINT) AS n
FROM request_counts(since, until)
GROUP BY ALL;

CREATE MACRO request_hours(since, until) AS TABLE
SELECT day, hour, service, is_health, duration_ms, CAST(sum(n) AS BIGINT) AS n
FROM request_counts(since, until)
GROUP BY ALL;

-- A percentile of the time that memo requests took ('create' or 'read'), by reporting day: day, value in ms, n. A day
-- with requests of the service but none of these has n = 0; a day without any request of it has no row.
CREATE MACRO memo_latency(since, until, wanted, action, permille) AS TABLE
WITH durations AS (
  SELECT
    day,
    CASE WHEN memo_request(http_method, http_route) = action THEN duration_ms END AS duration_ms,
    sum(n) AS n
  FROM request_days(since, until)
  WHERE of_service(service, wanted)
  GROUP BY ALL
),
ranked AS (
  SELECT
    *,
    sum(n) OVER (PARTITION BY day ORDER BY duration_ms) AS up_to,
    coalesce(sum(n) FILTER (WHERE duration_ms IS NOT NULL) OVER (PARTITION BY day), 0) AS measured
  FROM durations
)
SELECT day, percentile_of(duration_ms, up_to, measured, permille) AS value, CAST(measured AS BIGINT) AS n
FROM ranked
GROUP BY day, measured;

-- documents -----------------------------------------------------------------------------------------------------------

-- A version of a document is stored once, however many exports hold it.
CREATE VIEW documents AS
SELECT
  d.collection, d.snapshot_date, d.snapshot, d.doc_id,
  v.created_at, v.client_created_at, v.client_state, v.user_id, v.book_id, v.origin_session, v.type, v.is_pdf_memo,
  v.attrs, d.version, d.file_id, d.line_no, d.byte_offset
FROM lake.documents AS d
JOIN lake.versions AS v ON v.collection = d.collection AND v.doc_id = d.doc_id AND v.version = d.version;

COMMENT ON VIEW documents IS 'Documents of every export, with what they held then.';
COMMENT ON COLUMN documents.collection IS 'Mongo collection';
COMMENT ON COLUMN documents.snapshot_date IS 'UTC date of snapshot; a condition on it saves opening other exports';
COMMENT ON COLUMN documents.snapshot IS 'instant of the export';
COMMENT ON COLUMN documents.doc_id IS '_id';
COMMENT ON COLUMN documents.created_at IS 'createdAt: the server''s clock when the document was stored';
COMMENT ON COLUMN documents.client_created_at IS 'clientCreatedAt: the client''s clock; null where not stored';
COMMENT ON COLUMN documents.client_state IS 'clientCreatedAt was absent, null or value; in CSV empty (absent or null) or unknown (no column)';
COMMENT ON COLUMN documents.user_id IS 'userId';
COMMENT ON COLUMN documents.book_id IS 'bookId';
COMMENT ON COLUMN documents.origin_session IS 'originSession';
COMMENT ON COLUMN documents.type IS 'the app''s type of document';
COMMENT ON COLUMN documents.is_pdf_memo IS 'isPdfMemo';
COMMENT ON COLUMN documents.attrs IS 'other fields, a JSON object; never free text';
COMMENT ON COLUMN documents.version IS 'hash of what it held: equal where the document did not change';
COMMENT ON COLUMN documents.file_id IS 'the export; key of lake.files';
COMMENT ON COLUMN documents.line_no IS 'line of the document in the export, from 1';
COMMENT ON COLUMN documents.byte_offset IS 'first byte of the document in the decompressed export';

-- notes ---------------------------------------------------------------------------------------------------------------

CREATE VIEW notes AS
WITH newest AS (
  SELECT doc_id, max(snapshot) AS snapshot FROM lake.documents WHERE collection = 'notes' GROUP BY doc_id
)
SELECT
  d.doc_id, d.created_at, d.client_created_at, d.client_state,
  epoch_us(d.client_created_at - d.created_at) / 60e6 AS diff_min,
  d.user_id, d.book_id, d.origin_session, d.type, d.is_pdf_memo, d.attrs, d.snapshot, d.file_id, d.line_no
FROM documents AS d
JOIN newest AS n ON n.doc_id = d.doc_id AND n.snapshot = d.snapshot
WHERE d.collection = 'notes'
-- Of one instant's exports those that tell null from absent come first: CSV does not.
QUALIFY row_number() OVER (
  PARTITION BY d.doc_id ORDER BY d.client_state IN ('empty', 'unknown'), d.file_id, d.line_no, d.byte_offset
) = 1;

COMMENT ON VIEW notes IS 'Memos: the newest version of each in any export.';
COMMENT ON COLUMN notes.doc_id IS '_id';
COMMENT ON COLUMN notes.created_at IS 'createdAt: the server''s clock when the memo was stored';
COMMENT ON COLUMN notes.client_created_at IS 'clientCreatedAt: the client''s clock when it was written; null where not stored';
COMMENT ON COLUMN notes.client_state IS 'clientCreatedAt was absent (older than the field), null (fell back to the server''s clock) or value; in CSV empty (absent or null) or unknown (no column)';
COMMENT ON COLUMN notes.diff_min IS 'client_created_at - created_at, minutes; the app stores none beyond 2,880';
COMMENT ON COLUMN notes.user_id IS 'userId';
COMMENT ON COLUMN notes.book_id IS 'bookId';
COMMENT ON COLUMN notes.origin_session IS 'the reading session it was written in; null for other memos, which never get a client time';
COMMENT ON COLUMN notes.type IS 'the app''s type of memo';
COMMENT ON COLUMN notes.is_pdf_memo IS 'written in a PDF';
COMMENT ON COLUMN notes.attrs IS 'other fields, a JSON object; never the memo''s text';
COMMENT ON COLUMN notes.snapshot IS 'instant of the export that this version is from';
COMMENT ON COLUMN notes.file_id IS 'the export; key of lake.files';
COMMENT ON COLUMN notes.line_no IS 'line of the document in the export, from 1';

-- exports -------------------------------------------------------------------------------------------------------------

-- Whether an export holds all of its collection is what the settings say; else it is taken for one of a query where it
-- holds less than half of what any before it held. One that could not be read to its end tells nothing of what it lacks.
CREATE VIEW exports AS
WITH held AS (
  SELECT collection, snapshot, count(DISTINCT doc_id) AS documents, list_sort(list(DISTINCT file_id)) AS file_ids
  FROM lake.documents
  GROUP BY collection, snapshot
),
sources AS (
  SELECT file_id, path, rejected, problem, TRY_CAST(plan ->> 'whole' AS BOOLEAN) AS whole
  FROM lake.files
  QUALIFY row_number() OVER (PARTITION BY file_id ORDER BY run_id DESC) = 1
),
told AS (
  SELECT
    h.collection, h.snapshot,
    list_sort(list(s.path)) AS sources,
    bool_and(s.whole) AS whole,
    bool_or(s.problem IS NOT NULL OR s.rejected > 0) AS is_damaged
  FROM held AS h
  JOIN sources AS s ON list_contains(h.file_ids, s.file_id)
  GROUP BY h.collection, h.snapshot
),
judged AS (
  SELECT
    h.collection, h.snapshot, h.documents, t.sources,
    CASE
      WHEN t.is_damaged THEN 'damaged'
      WHEN t.whole THEN 'whole'
      WHEN NOT t.whole THEN 'filtered'
      WHEN 2 * h.documents < max(h.documents) OVER (PARTITION BY h.collection ORDER BY h.snapshot) THEN 'filtered'
      ELSE 'whole'
    END AS extent
  FROM held AS h
  LEFT JOIN told AS t ON t.collection = h.collection AND t.snapshot = h.snapshot
)
SELECT
  collection, snapshot, extent, documents,
  CASE WHEN extent = 'whole' THEN lag(snapshot) OVER (PARTITION BY collection, extent ORDER BY snapshot) END AS previous,
  sources
FROM judged;

COMMENT ON VIEW exports IS 'Exports of Mongo collections, by their instant; files of one instant are one export.';
COMMENT ON COLUMN exports.collection IS 'Mongo collection';
COMMENT ON COLUMN exports.snapshot IS 'instant of the export';
COMMENT ON COLUMN exports.extent IS 'whole, filtered (of a query: what it lacks has not vanished) or damaged (not read to its end, or documents of it rejected)';
COMMENT ON COLUMN exports.documents IS 'documents that it holds, each once';
COMMENT ON COLUMN exports.previous IS 'the whole export before it; null where there is none, or it is not whole itself';
COMMENT ON COLUMN exports.sources IS 'paths of its files, as given';

-- vanished_documents --------------------------------------------------------------------------------------------------

CREATE VIEW vanished_documents AS
WITH followed AS (
  SELECT collection, previous AS snapshot, snapshot AS vanished FROM exports WHERE previous IS NOT NULL
),
held AS (
  SELECT DISTINCT d.collection, d.doc_id, d.snapshot, f.vanished
  FROM lake.documents AS d
  JOIN followed AS f ON f.collection = d.collection AND f.snapshot = d.snapshot
),
lost AS (
  SELECT h.collection, h.doc_id, h.snapshot, h.vanished
  FROM held AS h
  ANTI JOIN lake.documents AS d ON d.collection = h.collection AND d.snapshot = h.vanished AND d.doc_id = h.doc_id
)
SELECT
  l.collection, l.doc_id, l.snapshot AS last_snapshot, l.vanished AS vanished_snapshot,
  min(d.snapshot) AS returned_snapshot
FROM lost AS l
LEFT JOIN lake.documents AS d ON d.collection = l.collection AND d.doc_id = l.doc_id AND d.snapshot > l.vanished
GROUP BY ALL;

COMMENT ON VIEW vanished_documents IS 'Documents that a whole export lacks and the whole export before it holds.';
COMMENT ON COLUMN vanished_documents.collection IS 'Mongo collection';
COMMENT ON COLUMN vanished_documents.doc_id IS '_id';
COMMENT ON COLUMN vanished_documents.last_snapshot IS 'instant of the whole export before, which holds it';
COMMENT ON COLUMN vanished_documents.vanished_snapshot IS 'instant of the whole export that lacks it';
COMMENT ON COLUMN vanished_documents.returned_snapshot IS 'instant of the first later export that holds it again; null where none does';

-- missing_memos -------------------------------------------------------------------------------------------------------

-- Memos that a whole export of [since, until) lacks although the one before holds them, and whether a request that was
-- answered 200-299 deleted them. An export may be dated by its day alone and tell of days before it, so a deletion counts
-- from a week before since on; one that is logged without its time, or that took a whole book or account, is not known.
CREATE MACRO missing_memos(since, until) AS TABLE
WITH gone AS MATERIALIZED (
  SELECT doc_id, last_snapshot, vanished_snapshot, returned_snapshot
  FROM vanished_documents
  WHERE collection = 'notes' AND vanished_snapshot >= since AND vanished_snapshot < until
),
deleted AS (
  SELECT DISTINCT regexp_extract(http_path, '^/api/notes/([^/?#]+)/?$', 1) AS doc_id
  FROM lake.events
  WHERE during(ts, date, since - INTERVAL 7 DAY, until)
    AND http_method = 'DELETE' AND http_status BETWEEN 200 AND 299 AND starts_with(http_path, '/api/notes/')
)
SELECT g.*, g.doc_id IN (SELECT doc_id FROM deleted) AS is_deleted
FROM gone AS g;

-- time_checks ---------------------------------------------------------------------------------------------------------

CREATE VIEW time_checks AS
SELECT
  ts, date, service, instance, session_id, user_id,
  attrs ->> 'memo_id' AS memo_id,
  attrs ->> 'outcome' AS outcome,
  attrs ->> 'reason' AS reason,
  TRY_CAST(attrs ->> 'client_ts' AS TIMESTAMPTZ) AS client_ts,
  TRY_CAST(attrs ->> 'server_ts' AS TIMESTAMPTZ) AS server_ts,
  attrs ->> 'timezone' AS zone,
  TRY_CAST(attrs ->> 'offset_min' AS DOUBLE) AS offset_min,
  coalesce(TRY_CAST(attrs ->> 'diff_min' AS DOUBLE), TRY_CAST(attrs ->> 'diff_ms' AS DOUBLE) / 60000) AS diff_min,
  source, file_id, line_no, byte_offset
FROM events
WHERE format IN ('time-processor', 'time-processor-line', 'time-processor-failure')
  AND NOT coalesce(TRY_CAST(attrs ->> 'fragment' AS BOOLEAN), false);

COMMENT ON VIEW time_checks IS 'Decisions of the app''s TimeProcessor, one a row; parts of a block whose head is not there are left out. It prints only where NODE_ENV is development: none means unknown, not zero.';
COMMENT ON COLUMN time_checks.ts IS 'when it was printed';
COMMENT ON COLUMN time_checks.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN time_checks.service IS 'the service that decided';
COMMENT ON COLUMN time_checks.instance IS 'the instance that decided';
COMMENT ON COLUMN time_checks.session_id IS 'the reading session that was completed';
COMMENT ON COLUMN time_checks.user_id IS 'the app''s user, where it was printed';
COMMENT ON COLUMN time_checks.memo_id IS 'the memo, where it was printed';
COMMENT ON COLUMN time_checks.outcome IS 'client or server: whose time was used; null where the record is cut off';
COMMENT ON COLUMN time_checks.reason IS 'why the server''s time was used: no_data, client_invalid, bad_timestamp, bad_zone, excessive_difference or exception';
COMMENT ON COLUMN time_checks.client_ts IS 'the client''s clock; null where it was not printed';
COMMENT ON COLUMN time_checks.server_ts IS 'the server''s clock';
COMMENT ON COLUMN time_checks.zone IS 'the zone that the client named';
COMMENT ON COLUMN time_checks.offset_min IS 'getTimezoneOffset of the client, minutes: -540 for Seoul';
COMMENT ON COLUMN time_checks.diff_min IS 'client clock - server clock, minutes, as precise as it was printed';
COMMENT ON COLUMN time_checks.source IS 'path of the source, as given';
COMMENT ON COLUMN time_checks.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN time_checks.line_no IS 'first line of the block in its source, from 1';
COMMENT ON COLUMN time_checks.byte_offset IS 'first byte of the block in its decompressed source; many records of a page stand on one line';

-- errors --------------------------------------------------------------------------------------------------------------

CREATE VIEW errors AS
SELECT
  ts, date, severity, service, instance, logger, message, template_id, template,
  session_id, user_id, attrs, format, source, file_id, line_no, line_count
FROM events
WHERE severity IN ('error', 'fatal');

COMMENT ON VIEW errors IS 'Log records of severity error or fatal; failed requests stand in requests.';
COMMENT ON COLUMN errors.ts IS 'when it happened; null where the line tells no time';
COMMENT ON COLUMN errors.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN errors.severity IS 'error or fatal';
COMMENT ON COLUMN errors.service IS 'the service that wrote it';
COMMENT ON COLUMN errors.instance IS 'the instance that wrote it';
COMMENT ON COLUMN errors.logger IS 'component';
COMMENT ON COLUMN errors.message IS 'what was said, with its stack, redacted';
COMMENT ON COLUMN errors.template_id IS 'the kind of message: equal for messages that differ in values only';
COMMENT ON COLUMN errors.template IS 'the message with its values masked';
COMMENT ON COLUMN errors.session_id IS 'the app''s session';
COMMENT ON COLUMN errors.user_id IS 'the app''s user';
COMMENT ON COLUMN errors.attrs IS 'further fields, a JSON object';
COMMENT ON COLUMN errors.format IS 'label of the record''s format';
COMMENT ON COLUMN errors.source IS 'path of the source, as given';
COMMENT ON COLUMN errors.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN errors.line_no IS 'first line of the record in its source, from 1';
COMMENT ON COLUMN errors.line_count IS 'lines of the record';

-- db_ops --------------------------------------------------------------------------------------------------------------

-- Slow operations of mongod's log and of its profiler, in one vocabulary. The fields are read in one pass.
CREATE VIEW db_ops AS
WITH read AS (
  SELECT
    *,
    json_transform(
      attrs,
      '{"op": "VARCHAR", "ns": "VARCHAR", "app": "VARCHAR", "plan": "VARCHAR", "keys_examined": "BIGINT",
        "docs_examined": "BIGINT", "n_returned": "BIGINT", "n_matched": "BIGINT", "has_sort_stage": "BOOLEAN",
        "query_hash": "VARCHAR", "working_ms": "DOUBLE", "shape": "VARCHAR"}'
    ) AS a
  FROM events
  WHERE format IN ('mongod-slow', 'mongo-profile')
)
SELECT
  ts, date,
  CASE format WHEN 'mongo-profile' THEN 'profile' ELSE 'log' END AS origin,
  service, instance,
  a.ns AS namespace,
  nullif(regexp_extract(a.ns, '^[^.]+\.(.+)$', 1), '') AS collection,
  a.op AS operation,
  a.shape,
  a.plan AS plan_summary,
  contains(a.plan, 'COLLSCAN') AS is_collection_scan,
  coalesce(a.has_sort_stage, false) AS has_sort_stage,
  a.keys_examined, a.docs_examined,
  coalesce(a.n_returned, a.n_matched) AS returned,
  duration_ms, a.working_ms, response_bytes,
  a.app AS application, client_address, a.query_hash,
  source, file_id, line_no
FROM read;

COMMENT ON VIEW db_ops IS 'Slow operations of MongoDB. They are a tail: mongod logs what took longer than slowms, the profiler what its level lets through; faster ones are unknown.';
COMMENT ON COLUMN db_ops.ts IS 'when it ended';
COMMENT ON COLUMN db_ops.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN db_ops.origin IS 'log (mongod) or profile (system.profile); both may hold the same operation';
COMMENT ON COLUMN db_ops.service IS 'the service that the settings name for the source';
COMMENT ON COLUMN db_ops.instance IS 'the instance that the settings name for the source';
COMMENT ON COLUMN db_ops.namespace IS 'database.collection';
COMMENT ON COLUMN db_ops.collection IS 'the collection; null where the namespace names none';
COMMENT ON COLUMN db_ops.operation IS 'the command: find, aggregate, update …';
COMMENT ON COLUMN db_ops.shape IS 'command, collection, keys of filter, sort and projection, without values';
COMMENT ON COLUMN db_ops.plan_summary IS 'the plan: IXSCAN with its index, COLLSCAN, IDHACK …; null where there was none';
COMMENT ON COLUMN db_ops.is_collection_scan IS 'the plan reads the whole collection; null where there was no plan';
COMMENT ON COLUMN db_ops.has_sort_stage IS 'the result was sorted in memory, not by an index';
COMMENT ON COLUMN db_ops.keys_examined IS 'index keys read';
COMMENT ON COLUMN db_ops.docs_examined IS 'documents read';
COMMENT ON COLUMN db_ops.returned IS 'documents returned, or matched by a write; null where not stated';
COMMENT ON COLUMN db_ops.duration_ms IS 'time taken, milliseconds';
COMMENT ON COLUMN db_ops.working_ms IS 'time taken without waiting, milliseconds; null before MongoDB 8.0';
COMMENT ON COLUMN db_ops.response_bytes IS 'size of the response, bytes';
COMMENT ON COLUMN db_ops.application IS 'the clients appName';
COMMENT ON COLUMN db_ops.client_address IS 'the clients address, without its port';
COMMENT ON COLUMN db_ops.query_hash IS 'MongoDBs hash of the querys shape';
COMMENT ON COLUMN db_ops.source IS 'path of the source, as given';
COMMENT ON COLUMN db_ops.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN db_ops.line_no IS 'line of the operation in its source, from 1';

-- probes --------------------------------------------------------------------------------------------------------------

CREATE VIEW probes AS
WITH read AS (
  SELECT
    *,
    json_transform(
      attrs, '{"database_status": "VARCHAR", "is_korean_time": "BOOLEAN", "uptime_s": "DOUBLE", "error": "VARCHAR"}'
    ) AS a
  FROM events
  WHERE format = 'health-probe'
)
SELECT
  ts, date, service, http_status, duration_ms,
  coalesce(http_status BETWEEN 200 AND 299 AND coalesce(a.database_status, 'connected') = 'connected', false) AS is_up,
  a.database_status, a.is_korean_time, a.uptime_s, a.error,
  source, file_id, line_no
FROM read;

COMMENT ON VIEW probes IS 'Answers of the health check, as a prober outside the service got them.';
COMMENT ON COLUMN probes.ts IS 'when it was asked';
COMMENT ON COLUMN probes.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN probes.service IS 'the service that was asked, by the settings';
COMMENT ON COLUMN probes.http_status IS 'response status; null where no answer came';
COMMENT ON COLUMN probes.duration_ms IS 'time to the answer, milliseconds';
COMMENT ON COLUMN probes.is_up IS 'answered 200-299 and, where the answer tells of the database, with the database connected';
COMMENT ON COLUMN probes.database_status IS 'database.status of the answer: the app says ok without its database too';
COMMENT ON COLUMN probes.is_korean_time IS 'timezone.isKoreanTime of the answer';
COMMENT ON COLUMN probes.uptime_s IS 'how long the process had run, seconds';
COMMENT ON COLUMN probes.error IS 'why no answer came';
COMMENT ON COLUMN probes.source IS 'path of the source, as given';
COMMENT ON COLUMN probes.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN probes.line_no IS 'line of the probe in its source, from 1';

-- tickets -------------------------------------------------------------------------------------------------------------

-- Exports of the help desk overlap, and a ticket's status changes between them: shown is the one taken in last.
CREATE VIEW tickets AS
WITH taken AS (
  SELECT file_id, max(run_id) AS run_id FROM lake.files GROUP BY file_id
)
SELECT
  ts, date,
  attrs ->> 'ticket_id' AS ticket_id,
  attrs ->> 'topic' AS topic,
  attrs ->> 'status' AS status,
  message AS text,
  source, file_id, line_no
FROM lake.events
LEFT JOIN taken USING (file_id)
WHERE format = 'ticket'
QUALIFY row_number() OVER (
  PARTITION BY date, coalesce(attrs ->> 'ticket_id', file_id || ':' || byte_offset)
  ORDER BY run_id DESC, source DESC, line_no DESC, byte_offset DESC
) = 1;

COMMENT ON VIEW tickets IS 'Tickets of the help desk, each as the export that was taken in last has it.';
COMMENT ON COLUMN tickets.ts IS 'when it was opened';
COMMENT ON COLUMN tickets.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN tickets.ticket_id IS 'its id';
COMMENT ON COLUMN tickets.topic IS 'what it is about, in the words of the help desk';
COMMENT ON COLUMN tickets.status IS 'its state when it was exported';
COMMENT ON COLUMN tickets.text IS 'what was said, redacted';
COMMENT ON COLUMN tickets.source IS 'path of the source, as given';
COMMENT ON COLUMN tickets.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN tickets.line_no IS 'first line of the ticket in its source, from 1';

-- deploys -------------------------------------------------------------------------------------------------------------

CREATE VIEW deploys AS
WITH read AS (
  SELECT
    *,
    json_transform(
      attrs,
      '{"type": "VARCHAR", "event": "VARCHAR", "deploy_id": "VARCHAR", "status": "VARCHAR", "exit_code": "BIGINT"}'
    ) AS a
  FROM events
  WHERE format IN ('render-event', 'platform')
)
SELECT
  ts, date, service, instance,
  coalesce(a.type, a.event) AS event_type,
  a.deploy_id, a.status, a.exit_code, message,
  source, file_id, line_no
FROM read;

COMMENT ON VIEW deploys IS 'What Render did: its events (deploys, builds, instances that failed or came up) and its ==> lines in the log.';
COMMENT ON COLUMN deploys.ts IS 'when it happened; null where the line tells no time';
COMMENT ON COLUMN deploys.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN deploys.service IS 'the service; in Renders events its id';
COMMENT ON COLUMN deploys.instance IS 'the instance, where one is named';
COMMENT ON COLUMN deploys.event_type IS 'Renders event, such as deploy_ended, or what its line says: service_live, exited, deploy_failed …';
COMMENT ON COLUMN deploys.deploy_id IS 'the deploy';
COMMENT ON COLUMN deploys.status IS 'how it ended: succeeded, failed, canceled';
COMMENT ON COLUMN deploys.exit_code IS 'of a process that ended';
COMMENT ON COLUMN deploys.message IS 'what was said';
COMMENT ON COLUMN deploys.source IS 'path of the source, as given';
COMMENT ON COLUMN deploys.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN deploys.line_no IS 'first line of the event in its source, from 1';

-- metrics -------------------------------------------------------------------------------------------------------------

-- Series that overlap hold copies of a point: of each instant one is shown.
CREATE VIEW metrics AS
WITH taken AS (
  SELECT file_id, arg_max(path, run_id) AS source FROM lake.files GROUP BY file_id
)
SELECT ts, date, name, unit, value, labels, labels ->> 'instance' AS instance, source, file_id, line_no
FROM lake.metrics
LEFT JOIN taken USING (file_id)
QUALIFY row_number() OVER (
  PARTITION BY date, ts, name, labels ORDER BY value IS NULL, file_id, line_no, byte_offset
) = 1;

COMMENT ON VIEW metrics IS 'Measurements of Render, Atlas and mongostat, a point a row, each once.';
COMMENT ON COLUMN metrics.ts IS 'when it was measured';
COMMENT ON COLUMN metrics.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN metrics.name IS 'the series: render.cpu, atlas.connections, mongostat.res …';
COMMENT ON COLUMN metrics.unit IS 'unit of value, as its source names it';
COMMENT ON COLUMN metrics.value IS 'what was measured; null is a gap in the series';
COMMENT ON COLUMN metrics.labels IS 'what tells this series from others of its name, a JSON object';
COMMENT ON COLUMN metrics.instance IS 'the instance, where the labels name one';
COMMENT ON COLUMN metrics.source IS 'path of the source, as given';
COMMENT ON COLUMN metrics.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN metrics.line_no IS 'first line of the point in its source, from 1';

-- checks --------------------------------------------------------------------------------------------------------------

CREATE VIEW checks AS
SELECT
  ts, date,
  attrs ->> 'script' AS script,
  attrs ->> 'check' AS check_name,
  TRY_CAST(attrs ->> 'passed' AS BOOLEAN) AS passed,
  message,
  source, file_id, line_no
FROM events
WHERE format = 'check-output';

COMMENT ON VIEW checks IS 'What the apps check scripts printed, a check a row. They end with 0 on failed checks too: only this tells.';
COMMENT ON COLUMN checks.ts IS 'when it ran; null where its output tells no time';
COMMENT ON COLUMN checks.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN checks.script IS 'the script';
COMMENT ON COLUMN checks.check_name IS 'what was checked';
COMMENT ON COLUMN checks.passed IS 'it held';
COMMENT ON COLUMN checks.message IS 'the line that was printed';
COMMENT ON COLUMN checks.source IS 'path of the source, as given';
COMMENT ON COLUMN checks.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN checks.line_no IS 'line of the check in its source, from 1';
