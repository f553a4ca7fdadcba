-- purpose: How many documents the slow operations read for each one that they returned, day by day.
-- purpose.ko: 느린 작업이 문서 하나를 반환하려고 읽은 문서 수를 날마다 구합니다.
-- title: Documents read for one returned
-- title.ko: 반환 1건당 읽은 문서
-- group: Database
-- group.ko: 데이터베이스
-- order: 166
-- unit: number
-- direction: lower
-- warn: 1000
-- fail: none
-- required: false
-- plan: Phase 3.2: efficiency of indexes
-- merge: share
-- minimum: 1
-- denominator: documents returned
-- denominator.ko: 반환한 문서
-- sentence: Slow operations read {value} documents for each one that they returned
-- sentence.ko: 느린 작업이 반환 1건당 문서 {value}건을 읽었습니다
-- needs: db_ops
-- missing: No log of MongoDB holds this day.
-- missing.ko: 이 날의 MongoDB 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: day | DATE | reporting day
-- column: value | DOUBLE | documents examined over documents returned; null where n is 0
-- column: n | BIGINT | documents returned by slow operations that tell both
SELECT day, examined / nullif(returned, 0) AS value, CAST(coalesce(returned, 0) AS BIGINT) AS n
FROM slow_days($since, $until)
ORDER BY day
