-- purpose: How many of the slow operations sorted without an index, day by day: the indexes of the new field do not serve the lists.
-- purpose.ko: 느린 작업 중 인덱스 없이 정렬한 비율을 날마다 셉니다. 새 필드의 인덱스는 목록 정렬에 쓰이지 않습니다.
-- title: Slow operations that sort in memory
-- title.ko: 메모리 정렬 작업
-- group: Database
-- group.ko: 데이터베이스
-- order: 164
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
-- sentence: {value} of the slow operations sorted in memory
-- sentence.ko: 느린 작업의 {value}가 메모리에서 정렬했습니다
-- needs: db_ops
-- missing: No log of MongoDB holds this day.
-- missing.ko: 이 날의 MongoDB 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them with a sort stage, 0 to 1; null where n is 0
-- column: n | BIGINT | slow operations
SELECT day, sorts / nullif(operations, 0) AS value, operations AS n
FROM slow_days($since, $until)
ORDER BY day
