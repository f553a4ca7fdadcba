-- purpose: How many requests the server failed and how many errors were logged, hour by hour.
-- purpose.ko: 서버가 실패한 요청과 로그에 남은 오류를 시간대별로 셉니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: hour | TIMESTAMP WITH TIME ZONE | start of the UTC hour
-- column: requests | BIGINT | answered requests without health checks, count
-- column: aborted | BIGINT | requests that the client gave up, not among them, count
-- column: client_errors | BIGINT | requests answered 400-499, count
-- column: server_errors | BIGINT | requests answered 500-599, count
-- column: server_error_ratio | DOUBLE | server_errors / requests, 0 to 1; null where there are none
-- column: logged_errors | BIGINT | log records of severity error or fatal, count
WITH answered AS (
  SELECT
    hour,
    coalesce(sum(n) FILTER (WHERE status_class IS NOT NULL), 0) AS requests,
    coalesce(sum(n) FILTER (WHERE status_class IS NULL), 0) AS aborted,
    coalesce(sum(n) FILTER (WHERE status_class = 4), 0) AS client_errors,
    coalesce(sum(n) FILTER (WHERE status_class = 5), 0) AS server_errors
  FROM request_counts($since, $until)
  WHERE NOT is_health AND of_service(service, $service)
  GROUP BY hour
),
logged AS (
  SELECT utc_hour(ts) AS hour, count(*) AS logged_errors
  FROM errors
  WHERE during(ts, date, $since, $until) AND of_service(service, $service)
  GROUP BY ALL
)
SELECT
  hour,
  CAST(coalesce(requests, 0) AS BIGINT) AS requests,
  CAST(coalesce(aborted, 0) AS BIGINT) AS aborted,
  CAST(coalesce(client_errors, 0) AS BIGINT) AS client_errors,
  CAST(coalesce(server_errors, 0) AS BIGINT) AS server_errors,
  CAST(server_errors AS DOUBLE) / nullif(requests, 0) AS server_error_ratio,
  coalesce(logged_errors, 0) AS logged_errors
FROM answered
FULL JOIN logged USING (hour)
ORDER BY hour
