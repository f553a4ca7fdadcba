-- purpose: How long each route took to answer: median, 90th and 99th percentile.
-- purpose.ko: 경로마다 응답에 걸린 시간의 중앙값과 P90, P99를 구합니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: http_method | VARCHAR | request method
-- column: http_route | VARCHAR | path with ids replaced by :id
-- column: n | BIGINT | requests with a usable duration, count
-- column: unmeasured | BIGINT | requests without one: aborted, not stated or negative, count
-- column: p50_ms | DOUBLE | half of the n took this long at most, within 0.5 %; null where n is below 6
-- column: p90_ms | DOUBLE | 90 % of the n took this long at most, within 0.5 %; null where n is below 36
-- column: p99_ms | DOUBLE | 99 % of the n took this long at most, within 0.5 %; null where n is below 368
WITH durations AS (
  SELECT http_method, http_route, duration_ms, sum(n) AS n
  FROM request_totals($since, $until)
  WHERE of_service(service, $service)
  GROUP BY ALL
),
-- How many requests of the route took a duration or less; those without one come last and count for nothing.
ranked AS (
  SELECT
    *,
    sum(n) OVER (PARTITION BY http_method, http_route ORDER BY duration_ms) AS up_to,
    coalesce(sum(n) FILTER (WHERE duration_ms IS NOT NULL) OVER (PARTITION BY http_method, http_route), 0) AS measured
  FROM durations
)
SELECT
  http_method,
  http_route,
  CAST(measured AS BIGINT) AS n,
  CAST(coalesce(sum(ranked.n) FILTER (WHERE duration_ms IS NULL), 0) AS BIGINT) AS unmeasured,
  percentile_of(duration_ms, up_to, measured, 500) AS p50_ms,
  percentile_of(duration_ms, up_to, measured, 900) AS p90_ms,
  percentile_of(duration_ms, up_to, measured, 990) AS p99_ms
FROM ranked
GROUP BY http_method, http_route, measured
ORDER BY http_route, http_method
