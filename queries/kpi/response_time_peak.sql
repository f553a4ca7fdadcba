-- purpose: How long the API took to answer in the worst five minutes of each day: P95 unless another percentile is set.
-- purpose.ko: 날마다 가장 느렸던 5분의 응답시간을 구합니다. 따로 정하지 않으면 P95입니다.
-- title: API response time, worst 5 minutes
-- title.ko: API 응답시간 (최악의 5분)
-- group: API latency
-- group.ko: API 지연시간
-- order: 75
-- unit: ms
-- direction: lower
-- warn: none
-- fail: 2000
-- required: false
-- plan: Phase 4 critical: response time above 2 s
-- merge: max
-- minimum: 1
-- denominator: spans with enough requests
-- denominator.ko: 요청이 충분한 구간
-- sentence: In the worst span 95 % of the requests took {value} or less
-- sentence.ko: 가장 느린 구간에서 요청의 95 %가 {value} 안에 끝났습니다
-- needs: requests
-- missing: No request log holds this day.
-- missing.ko: 이 날의 요청 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- param: permille | BIGINT | 950 | percentile, per mille
-- param: minutes | BIGINT | 5 | length of a span
-- column: day | DATE | reporting day
-- column: value | DOUBLE | the highest percentile of any span, ms; null where n is 0
-- column: n | BIGINT | spans with so many requests that the percentile is bounded
WITH spans AS (
  SELECT
    local_day(ts) AS day,
    epoch_us(ts) // ($minutes * 60000000) AS span,
    count(duration_ms) FILTER (WHERE NOT is_health) AS n,
    quantile_disc(duration_ms, CAST($permille / 1000 AS DOUBLE)) FILTER (WHERE NOT is_health) AS took_ms
  FROM requests
  WHERE during(ts, date, $since, $until) AND of_service(service, $service)
  GROUP BY ALL
)
SELECT
  day,
  max(took_ms) FILTER (WHERE n >= percentile_needs($permille)) AS value,
  count(*) FILTER (WHERE n >= percentile_needs($permille)) AS n
FROM spans
GROUP BY day
ORDER BY day
