-- purpose: How many requests came, hour by hour, and how they were answered.
-- purpose.ko: 요청 수와 응답 상태를 시간대별로 셉니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: hour | TIMESTAMP WITH TIME ZONE | start of the UTC hour
-- column: requests | BIGINT | answered requests without health checks, count
-- column: status_2xx | BIGINT | those answered 200-299, count
-- column: status_3xx | BIGINT | those answered 300-399, count
-- column: status_4xx | BIGINT | those answered 400-499, count
-- column: status_5xx | BIGINT | those answered 500-599, count
-- column: aborted | BIGINT | requests that the client gave up, not among them, count
-- column: health_checks | BIGINT | health checks, not among them, count
-- column: p95_ms | DOUBLE | 95 % of the requests took this long at most, within 0.5 %; null with fewer than 72 durations
WITH counted AS (
  SELECT hour, status_class, is_health, CASE WHEN NOT is_health THEN duration_ms END AS duration_ms, sum(n) AS n
  FROM request_counts($since, $until)
  WHERE of_service(service, $service)
  GROUP BY ALL
),
ranked AS (
  SELECT
    *,
    sum(n) OVER (PARTITION BY hour ORDER BY duration_ms) AS up_to,
    coalesce(sum(n) FILTER (WHERE duration_ms IS NOT NULL) OVER (PARTITION BY hour), 0) AS measured
  FROM counted
)
SELECT
  hour,
  CAST(coalesce(sum(n) FILTER (WHERE NOT is_health AND status_class IS NOT NULL), 0) AS BIGINT) AS requests,
  CAST(coalesce(sum(n) FILTER (WHERE NOT is_health AND status_class = 2), 0) AS BIGINT) AS status_2xx,
  CAST(coalesce(sum(n) FILTER (WHERE NOT is_health AND status_class = 3), 0) AS BIGINT) AS status_3xx,
  CAST(coalesce(sum(n) FILTER (WHERE NOT is_health AND status_class = 4), 0) AS BIGINT) AS status_4xx,
  CAST(coalesce(sum(n) FILTER (WHERE NOT is_health AND status_class = 5), 0) AS BIGINT) AS status_5xx,
  CAST(coalesce(sum(n) FILTER (WHERE NOT is_health AND status_class IS NULL), 0) AS BIGINT) AS aborted,
  CAST(coalesce(sum(n) FILTER (WHERE is_health), 0) AS BIGINT) AS health_checks,
  percentile_of(duration_ms, up_to, measured, 950) AS p95_ms
FROM ranked
GROUP BY hour, measured
ORDER BY hour
