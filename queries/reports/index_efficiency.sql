-- purpose: How well each plan served the slow operations of a collection: what was read for one document given.
-- purpose.ko: 컬렉션과 실행 계획마다, 문서 하나를 돌려주려고 얼마나 읽었는지 보여 줍니다.
-- note: A slow log is a tail: what was faster than slowms was never written. Counts and times say nothing of the usual operation, so there is no median.
-- note.ko: 느린 쿼리 로그는 꼬리만 담습니다. slowms보다 빠른 작업은 기록되지 않으므로, 개수와 시간은 평소 작업을 말해 주지 않고 중앙값도 낼 수 없습니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: origin | VARCHAR | log (mongod) or profile (system.profile)
-- column: namespace | VARCHAR | database.collection
-- column: plan_summary | VARCHAR | IXSCAN with its index, COLLSCAN, IDHACK …
-- column: shapes | BIGINT | shapes of queries that it served, count
-- column: operations | BIGINT | slow operations with this plan, count
-- column: of_collection_ratio | DOUBLE | operations / all slow operations with a plan of the collection, 0 to 1
-- column: keys_per_returned | DOUBLE | index keys read for one document returned or matched; null where none was
-- column: docs_per_returned | DOUBLE | documents read for one; 1 is ideal
-- column: in_memory_sorts_ratio | DOUBLE | share of the operations that the index left to be sorted in memory, 0 to 1
-- column: slowest_ms | DOUBLE | greatest time of any, milliseconds
WITH planned AS (
  SELECT *, count(*) OVER (PARTITION BY origin, namespace) AS of_collection
  FROM db_ops
  WHERE during(ts, date, $since, $until) AND plan_summary IS NOT NULL
)
SELECT
  origin,
  namespace,
  plan_summary,
  count(DISTINCT shape) AS shapes,
  count(*) AS operations,
  operations / of_collection AS of_collection_ratio,
  CAST(sum(keys_examined) FILTER (WHERE returned IS NOT NULL) AS DOUBLE)
  / nullif(sum(returned) FILTER (WHERE keys_examined IS NOT NULL), 0) AS keys_per_returned,
  CAST(sum(docs_examined) FILTER (WHERE returned IS NOT NULL) AS DOUBLE)
  / nullif(sum(returned) FILTER (WHERE docs_examined IS NOT NULL), 0) AS docs_per_returned,
  count(*) FILTER (WHERE has_sort_stage) / operations AS in_memory_sorts_ratio,
  max(duration_ms) AS slowest_ms
FROM planned
GROUP BY origin, namespace, plan_summary, of_collection
ORDER BY origin, namespace, operations DESC, plan_summary
