-- purpose: How many routes were slow, day by day; `h33 report latency_by_route` names them.
-- purpose.ko: 느린 경로의 수를 날마다 셉니다. 이름은 `h33 report latency_by_route`에 있습니다.
-- title: Slow routes
-- title.ko: 느린 경로
-- group: API latency
-- group.ko: API 지연시간
-- order: 78
-- unit: count
-- direction: lower
-- warn: none
-- fail: none
-- required: false
-- plan: Phase 5, 1-2 weeks: find slow paths
-- merge: whole
-- minimum: 1
-- denominator: routes with enough requests
-- denominator.ko: 요청이 충분한 경로
-- sentence: {value} [route was|routes were] slow (P95)
-- sentence.ko: 느린 경로가 {value}개입니다 (P95)
-- needs: requests
-- missing: No request log holds this day.
-- missing.ko: 이 날의 요청 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- param: permille | BIGINT | 950 | percentile, per mille
-- param: limit_ms | DOUBLE | 2000 | what a route's percentile is held against, ms
-- column: day | DATE | reporting day
-- column: value | DOUBLE | routes whose percentile is above the limit, count; null where n is 0
-- column: n | BIGINT | routes with so many requests that the percentile is bounded
WITH durations AS (
  SELECT day, http_method, http_route, CASE WHEN NOT is_health THEN duration_ms END AS duration_ms, sum(n) AS n
  FROM request_days($since, $until)
  WHERE of_service(service, $service)
  GROUP BY ALL
),
ranked AS (
  SELECT
    *,
    sum(n) OVER (PARTITION BY day, http_method, http_route ORDER BY duration_ms) AS up_to,
    coalesce(sum(n) FILTER (WHERE duration_ms IS NOT NULL) OVER (PARTITION BY day, http_method, http_route), 0)
      AS measured
  FROM durations
),
routes AS (
  SELECT day, percentile_of(duration_ms, up_to, measured, $permille) AS took_ms
  FROM ranked
  GROUP BY day, http_method, http_route, measured
)
SELECT
  day,
  CASE WHEN count(took_ms) > 0 THEN CAST(count(*) FILTER (WHERE took_ms > $limit_ms) AS DOUBLE) END AS value,
  count(took_ms) AS n
FROM routes
GROUP BY day
ORDER BY day
