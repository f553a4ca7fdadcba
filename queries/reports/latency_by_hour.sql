-- purpose: How long requests took, hour by hour, beside what was usual at that hour in the seven days before.
-- purpose.ko: 요청에 걸린 시간을 시간별로, 앞선 이레 같은 시각의 값과 함께 보여 줍니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: hour | TIMESTAMP WITH TIME ZONE | start of the hour
-- column: requests | BIGINT | requests with a duration, health checks left out
-- column: p50_ms | DOUBLE | median, milliseconds; null where requests are too few
-- column: p90_ms | DOUBLE | 90th percentile, likewise
-- column: p99_ms | DOUBLE | 99th percentile, likewise
-- column: usual_p90_low_ms | DOUBLE | least P90 at that hour in the seven days before; null where none has one
-- column: usual_p90_high_ms | DOUBLE | greatest of them
WITH counted AS (
  SELECT hour, duration_ms, sum(n) AS n
  FROM request_counts($since - INTERVAL 7 DAY, $until)
  WHERE NOT is_health AND duration_ms IS NOT NULL AND of_service(service, $service)
  GROUP BY ALL
),
ranked AS (
  SELECT
    *,
    sum(n) OVER (PARTITION BY hour ORDER BY duration_ms) AS up_to,
    sum(n) OVER (PARTITION BY hour) AS measured
  FROM counted
),
hours AS (
  SELECT
    hour,
    CAST(measured AS BIGINT) AS requests,
    percentile_of(duration_ms, up_to, measured, 500) AS p50_ms,
    percentile_of(duration_ms, up_to, measured, 900) AS p90_ms,
    percentile_of(duration_ms, up_to, measured, 990) AS p99_ms
  FROM ranked
  GROUP BY hour, measured
),
usual AS (
  SELECT here.hour, min(past.p90_ms) AS low_ms, max(past.p90_ms) AS high_ms
  FROM hours AS here
  JOIN hours AS past
    ON epoch(here.hour) - epoch(past.hour) BETWEEN 86400 AND 7 * 86400
    AND (epoch(here.hour) - epoch(past.hour)) % 86400 = 0
  GROUP BY here.hour
)
SELECT
  h.hour, h.requests, h.p50_ms, h.p90_ms, h.p99_ms,
  u.low_ms AS usual_p90_low_ms, u.high_ms AS usual_p90_high_ms
FROM hours AS h
LEFT JOIN usual AS u ON u.hour = h.hour
WHERE h.hour >= utc_hour($since)
ORDER BY h.hour
