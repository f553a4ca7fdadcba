-- purpose: The requests of the five minutes whose P95 was the highest, the slowest first.
-- purpose.ko: P95가 가장 높았던 5분 동안의 요청을 느린 것부터 보여 줍니다.
-- title: The API was too slow for five minutes
-- title.ko: API 응답이 5분 동안 너무 느렸습니다
-- severity: critical
-- figure: response_time_peak
-- needs: requests
-- fires: FAIL
-- for: 1
-- measure: scale
-- advice: Scaling helps where the load rose; `h33 report db_ops_by_shape` shows whether the database was the reason.
-- advice.ko: 부하가 늘었다면 스케일링이 도움이 됩니다. 데이터베이스가 원인인지는 `h33 report db_ops_by_shape`로 확인하십시오.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | the request, its status and its time
-- column: weight | DOUBLE | how slow it was, ms: the greatest come first
WITH known AS (
  SELECT *, epoch_us(ts) // 300000000 AS span
  FROM requests
  WHERE during(ts, date, $since, $until) AND isfinite(duration_ms) AND NOT is_health_route(http_route)
    AND of_service(service, $service)
),
worst AS (
  SELECT span
  FROM known
  GROUP BY span
  HAVING count(*) >= percentile_needs(950)
  ORDER BY quantile_disc(duration_ms, 0.95) DESC, span
  LIMIT 1
)
SELECT
  ts, source, line_no,
  concat_ws(' ', http_method, http_path, http_status, printf('%.0f ms', duration_ms)) AS what,
  duration_ms AS weight
FROM known
JOIN worst USING (span)
ORDER BY duration_ms DESC, ts, source, line_no
LIMIT 20
