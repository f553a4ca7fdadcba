-- purpose: How long the API took to answer, day by day: P95 unless another percentile is set.
-- purpose.ko: API가 응답하는 데 걸린 시간을 날마다 구합니다. 따로 정하지 않으면 P95입니다.
-- title: API response time
-- title.ko: API 응답시간
-- group: API latency
-- group.ko: API 지연시간
-- order: 74
-- unit: ms
-- direction: lower
-- warn: 2000
-- fail: 3000
-- required: false
-- plan: Phase 4 critical: above 2 s; rollback: above 3 s
-- merge: whole
-- baseline: release
-- minimum: 72
-- denominator: requests without health checks
-- denominator.ko: 헬스체크를 뺀 요청
-- sentence: The slowest of all but 5 % of the requests took {value}
-- sentence.ko: 요청의 95 %가 {value} 안에 끝났습니다
-- needs: requests
-- missing: No request log holds this day.
-- missing.ko: 이 날의 요청 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- param: permille | BIGINT | 950 | percentile, per mille
-- column: day | DATE | reporting day
-- column: value | DOUBLE | the percentile, ms, within 0.5 %; null where n is too small for it
-- column: n | BIGINT | answered requests with a time taken
WITH durations AS (
  SELECT day, CASE WHEN NOT is_health THEN duration_ms END AS duration_ms, sum(n) AS n
  FROM request_days($since, $until)
  WHERE of_service(service, $service)
  GROUP BY ALL
),
ranked AS (
  SELECT
    *,
    sum(n) OVER (PARTITION BY day ORDER BY duration_ms) AS up_to,
    coalesce(sum(n) FILTER (WHERE duration_ms IS NOT NULL) OVER (PARTITION BY day), 0) AS measured
  FROM durations
)
SELECT day, percentile_of(duration_ms, up_to, measured, $permille) AS value, CAST(measured AS BIGINT) AS n
FROM ranked
GROUP BY day, measured
ORDER BY day
