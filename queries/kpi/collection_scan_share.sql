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
SELECT day, scans / nullif(operations, 0) AS value, operations AS n
FROM slow_days($since, $until)
ORDER BY day
