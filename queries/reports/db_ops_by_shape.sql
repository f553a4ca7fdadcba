-- purpose: Which queries were slow, by their shape: how often, how much they read for what they gave, and how.
-- purpose.ko: 느린 쿼리를 모양별로 묶어 횟수, 돌려준 문서 대비 읽은 문서, 실행 계획을 보여 줍니다.
-- note: A slow log is a tail: what was faster than slowms was never written. Counts and times say nothing of the usual operation, so there is no median.
-- note.ko: 느린 쿼리 로그는 꼬리만 담습니다. slowms보다 빠른 작업은 기록되지 않으므로, 개수와 시간은 평소 작업을 말해 주지 않고 중앙값도 낼 수 없습니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: origin | VARCHAR | log (mongod) or profile (system.profile)
-- column: namespace | VARCHAR | database.collection
-- column: shape | VARCHAR | command, collection, keys of filter, sort and projection, without values
-- column: plan_summary | VARCHAR | the plan; null where there was none
-- column: operations | BIGINT | operations that were slow enough to be recorded, count
-- column: collection_scans | BIGINT | those that read the whole collection, count
-- column: in_memory_sorts | BIGINT | those sorted in memory instead of by an index, count
-- column: keys_examined | BIGINT | index keys that they read, sum
-- column: docs_examined | BIGINT | documents that they read, sum
-- column: returned | BIGINT | documents that they returned or matched, sum
-- column: docs_per_returned | DOUBLE | docs_examined / returned of those that state both; null where nothing was returned
-- column: fastest_ms | DOUBLE | least time of any: below it nothing was recorded, milliseconds
-- column: slowest_ms | DOUBLE | greatest time of any, milliseconds
-- column: total_ms | DOUBLE | time of all, milliseconds
-- column: is_tail | BOOLEAN | true: faster operations are missing; null: the profiler's level is not known
-- column: place | VARCHAR | where the slowest stands: source:line
SELECT
  origin,
  namespace,
  shape,
  plan_summary,
  count(*) AS operations,
  count(*) FILTER (WHERE is_collection_scan) AS collection_scans,
  count(*) FILTER (WHERE has_sort_stage) AS in_memory_sorts,
  CAST(sum(keys_examined) AS BIGINT) AS keys_examined,
  CAST(sum(docs_examined) AS BIGINT) AS docs_examined,
  CAST(sum(returned) AS BIGINT) AS returned,
  CAST(sum(docs_examined) FILTER (WHERE returned IS NOT NULL) AS DOUBLE)
  / nullif(sum(returned) FILTER (WHERE docs_examined IS NOT NULL), 0) AS docs_per_returned,
  min(duration_ms) AS fastest_ms,
  max(duration_ms) AS slowest_ms,
  sum(duration_ms) AS total_ms,
  CASE origin WHEN 'log' THEN true END AS is_tail,
  first(place_of(source, line_no) ORDER BY duration_ms DESC, ts, file_id, line_no) AS place
FROM db_ops
WHERE during(ts, date, $since, $until)
GROUP BY origin, namespace, shape, plan_summary
ORDER BY total_ms DESC NULLS LAST, origin, namespace, shape, plan_summary
