-- purpose: Slow operations of MongoDB.
-- purpose.ko: MongoDB의 느린 작업을 보여 줍니다.
-- after: events

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

-- Slow operations by reporting day: how many lines MongoDB logged, and of its slow operations how many there were, how many
-- read a whole collection or sorted in memory, and documents read and returned where both are stated. A day without any
-- line of its log has no row.
CREATE MACRO slow_days(since, until) AS TABLE
WITH logged AS (
  SELECT local_day(ts) AS day, count(*) AS lines
  FROM lake.events
  WHERE during(ts, date, since, until) AND format IN ('mongod', 'mongod-slow')
  GROUP BY day
),
slow AS (
  SELECT
    local_day(ts) AS day,
    count(*) AS operations,
    count(*) FILTER (WHERE is_collection_scan) AS scans,
    count(*) FILTER (WHERE has_sort_stage) AS sorts,
    sum(docs_examined) FILTER (WHERE returned IS NOT NULL) AS examined,
    sum(returned) FILTER (WHERE docs_examined IS NOT NULL) AS returned
  FROM db_ops
  -- A profile is taken for a while, often of a copy for tests: it would look like a surge.
  WHERE during(ts, date, since, until) AND origin = 'log'
  GROUP BY day
)
SELECT day, lines, coalesce(operations, 0) AS operations, scans, sorts, examined, returned
FROM logged
LEFT JOIN slow USING (day);
