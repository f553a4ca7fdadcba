-- purpose: How many requests took longer than the limit, day by day: what the latency's error budget counts.
-- purpose.ko: 한도보다 오래 걸린 요청의 비율을 날마다 셉니다. 지연시간 오류 예산의 기준입니다.
-- title: Requests that took longer than 2 s
-- title.ko: 2초를 넘은 요청
-- group: API latency
-- group.ko: API 지연시간
-- order: 77
-- unit: ratio
-- direction: lower
-- warn: none
-- fail: none
-- required: false
-- plan: Phase 4 critical: response time above 2 s (P95)
-- merge: share
-- objective: 0.95
-- minimum: 1
-- denominator: requests without health checks
-- denominator.ko: 헬스체크를 뺀 요청
-- sentence: {value} of the requests took longer than the limit
-- sentence.ko: 요청의 {value}가 한도보다 오래 걸렸습니다
-- needs: requests
-- missing: No request log holds this day.
-- missing.ko: 이 날의 요청 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- param: limit_ms | DOUBLE | 2000 | what a request is held against, ms
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them that took longer, 0 to 1; null where n is 0
-- column: n | BIGINT | answered requests with a time taken
WITH counted AS (
  SELECT
    day,
    CAST(coalesce(sum(n) FILTER (WHERE NOT is_health AND duration_ms IS NOT NULL), 0) AS BIGINT) AS n,
    CAST(coalesce(sum(n) FILTER (WHERE NOT is_health AND duration_ms > $limit_ms), 0) AS BIGINT) AS k
  FROM request_counts($since, $until)
  WHERE of_service(service, $service)
  GROUP BY day
)
SELECT day, k / nullif(n, 0) AS value, n
FROM counted
ORDER BY day
