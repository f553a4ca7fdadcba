-- purpose: How many of the slow operations read a whole collection, day by day.
-- purpose.ko: 느린 작업 중 컬렉션 전체를 읽은 비율을 날마다 셉니다.
-- title: Slow operations without an index
-- title.ko: 인덱스 없이 느린 작업
-- group: Database
-- group.ko: 데이터베이스
-- order: 162
-- unit: ratio
-- direction: lower
-- warn: rising
-- fail: none
-- required: false
-- plan: Phase 3.2: efficiency of indexes
-- merge: share
-- minimum: 1
-- denominator: slow operations
-- denominator.ko: 느린 작업
-- sentence: {value} of the slow operations read a whole collection
-- sentence.ko: 느린 작업의 {value}가 컬렉션 전체를 읽었습니다
-- needs: db_ops
-- missing: No log of MongoDB holds this day.
-- missing.ko: 이 날의 MongoDB 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them with COLLSCAN in the plan, 0 to 1; null where n is 0
-- column: n | BIGINT | slow operations
WITH logged AS (
  SELECT local_day(ts) AS day, count(*) AS n
  FROM lake.events
  WHERE during(ts, date, $since, $until) AND format IN ('mongod', 'mongod-slow')
  GROUP BY day
),
slow AS (
  SELECT
    local_day(ts) AS day,
    count(*) AS n,
    count(*) FILTER (WHERE is_collection_scan) AS scans,
    count(*) FILTER (WHERE has_sort_stage) AS sorts,
    sum(docs_examined) FILTER (WHERE returned IS NOT NULL) AS examined,
    sum(returned) FILTER (WHERE docs_examined IS NOT NULL) AS returned
  FROM db_ops
  -- A profile is taken for a while, often of a copy for tests: it would look like a surge.
  WHERE during(ts, date, $since, $until) AND origin = 'log'
  GROUP BY day
)
SELECT day, scans / nullif(slow.n, 0) AS value, coalesce(slow.n, 0) AS n
FROM logged
LEFT JOIN slow USING (day)
ORDER BY day
