-- purpose: How many slow operations MongoDB logged, day by day.
-- purpose.ko: MongoDB가 기록한 느린 작업 수를 날마다 셉니다.
-- title: Slow operations of MongoDB
-- title.ko: 느린 MongoDB 작업
-- group: Database
-- group.ko: 데이터베이스
-- order: 160
-- unit: count
-- direction: lower
-- warn: rising
-- fail: none
-- required: false
-- plan: Phase 3.2: queries of the database
-- merge: sum
-- baseline: release
-- minimum: 1
-- denominator: records of MongoDB
-- denominator.ko: MongoDB 레코드
-- sentence: MongoDB logged {value} slow [operation|operations]
-- sentence.ko: MongoDB가 느린 작업을 {value}건 기록했습니다
-- needs: db_ops
-- missing: No log of MongoDB holds this day.
-- missing.ko: 이 날의 MongoDB 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: day | DATE | reporting day
-- column: value | DOUBLE | slow operations, count: a tail, the fast ones are unknown
-- column: n | BIGINT | records of its log
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
SELECT day, CAST(coalesce(slow.n, 0) AS DOUBLE) AS value, logged.n AS n
FROM logged
LEFT JOIN slow USING (day)
ORDER BY day
