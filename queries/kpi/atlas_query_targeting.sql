-- purpose: The highest measured value of `atlas.query_targeting_scanned_objects_per_returned`, day by day.
-- purpose.ko: `atlas.query_targeting_scanned_objects_per_returned` 측정값의 최댓값을 날마다 구합니다.
-- title: Query targeting of Atlas, highest
-- title.ko: Atlas 쿼리 타기팅 최댓값
-- group: Database
-- group.ko: 데이터베이스
-- order: 168
-- unit: number
-- direction: lower
-- warn: 1000
-- fail: none
-- required: false
-- plan: Phase 3, tools B: query performance of Atlas
-- merge: max
-- minimum: 1
-- denominator: measurements
-- denominator.ko: 측정값
-- sentence: At most {value} objects were scanned for one returned
-- sentence.ko: 반환 1건당 최대 {value}건을 스캔했습니다
-- needs: metrics
-- missing: No such measurement holds this day.
-- missing.ko: 이 날의 해당 측정값이 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: day | DATE | reporting day
-- column: value | DOUBLE | highest value of the series, in its unit
-- column: n | BIGINT | points that have a value
SELECT local_day(ts) AS day, max(value) AS value, count(value) AS n
FROM metrics
WHERE during(ts, date, $since, $until) AND name = 'atlas.query_targeting_scanned_objects_per_returned'
GROUP BY day
ORDER BY day
