-- purpose: The highest measured value of `atlas.connections`, day by day.
-- purpose.ko: `atlas.connections` 측정값의 최댓값을 날마다 구합니다.
-- title: Connections of Atlas, highest
-- title.ko: Atlas 연결 최댓값
-- group: Resources
-- group.ko: 자원
-- order: 176
-- unit: number
-- direction: lower
-- warn: none
-- fail: none
-- required: false
-- plan: Phase 3, tools B: Atlas
-- merge: max
-- minimum: 1
-- denominator: measurements
-- denominator.ko: 측정값
-- sentence: At most {value} connections were open
-- sentence.ko: 연결이 가장 많을 때 {value}개였습니다
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
WHERE during(ts, date, $since, $until) AND name = 'atlas.connections'
GROUP BY day
ORDER BY day
