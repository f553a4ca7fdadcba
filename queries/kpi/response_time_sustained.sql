-- purpose: For how many hours in a row the API surely took longer than the limit, day by day.
-- purpose.ko: API 응답시간이 확실히 한도를 넘은 연속 시간 수를 날마다 구합니다.
-- title: Hours in a row above 3 s
-- title.ko: 3초를 넘은 연속 시간
-- group: API latency
-- group.ko: API 지연시간
-- order: 76
-- unit: count
-- direction: lower
-- warn: none
-- fail: 2
-- required: false
-- plan: rollback: above 3 s and lasting, taken as 3 hours in a row
-- merge: whole
-- minimum: 1
-- denominator: hours with enough requests
-- denominator.ko: 요청이 충분한 시간
-- sentence: The API was surely too slow for {value} [hour|hours] in a row
-- sentence.ko: API가 {value}시간 연속으로 확실히 느렸습니다
-- needs: requests
-- missing: No request log holds this day.
-- missing.ko: 이 날의 요청 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- param: permille | BIGINT | 950 | percentile, per mille
-- param: limit_ms | DOUBLE | 3000 | what an hour's percentile is held against, ms
-- column: day | DATE | reporting day
-- column: value | DOUBLE | longest run of hours whose percentile is above the limit at 95 % confidence, count; null where n is 0
-- column: n | BIGINT | hours with so many requests that the percentile is bounded
SELECT
  day,
  CASE WHEN count(*) FILTER (WHERE is_known) > 0 THEN CAST(max(in_a_row) AS DOUBLE) END AS value,
  count(*) FILTER (WHERE is_known) AS n
FROM slow_hours($since, $until, $service, $permille, $limit_ms)
GROUP BY day
ORDER BY day
