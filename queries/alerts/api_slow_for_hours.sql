-- purpose: The slowest requests of the hours in a row that were too slow, else of the hour nearest to it, the slowest first.
-- purpose.ko: 연속으로 느렸던 시간대의 요청을 느린 것부터 보여 줍니다. 그런 시간대가 없으면 가장 느렸던 한 시간의 요청입니다.
-- title: The API has been too slow for hours
-- title.ko: API 응답이 몇 시간째 너무 느립니다
-- severity: critical
-- figure: response_time_sustained
-- needs: requests
-- fires: FAIL
-- for: 1
-- measure: rollback
-- advice: The rollout plan asks for a rollback; `h33 gate` says whether the release is to blame.
-- advice.ko: 배포 계획은 롤백을 권합니다. 릴리스 탓인지는 `h33 gate`로 확인하십시오.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- param: permille | BIGINT | 950 | percentile of the figure, per mille
-- param: limit_ms | DOUBLE | 3000 | what an hour's percentile is held against, ms
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | the request, its status and its time
-- column: weight | DOUBLE | how slow it was, ms: the greatest come first
WITH shown AS (
  SELECT hour
  FROM slow_hours($since, $until, $service, $permille, $limit_ms)
  WHERE is_known
  QUALIFY rank() OVER (ORDER BY in_a_row DESC, CASE WHEN in_a_row = 0 THEN surely_ms END DESC) = 1
)
SELECT
  ts, source, line_no,
  concat_ws(' ', http_method, http_path, http_status, printf('%.0f ms', duration_ms)) AS what,
  duration_ms AS weight
FROM requests
WHERE during(ts, date, $since, $until) AND utc_hour(ts) IN (FROM shown)
  AND isfinite(duration_ms) AND NOT is_health_route(http_route) AND of_service(service, $service)
ORDER BY duration_ms DESC, ts, source, line_no
LIMIT 20
