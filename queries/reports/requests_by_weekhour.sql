-- purpose: When in the week requests come and when they fail: days of the week by hours, in the reporting zone.
-- purpose.ko: 요청과 서버 오류가 한 주의 어느 요일 몇 시에 몰리는지 보여 줍니다.
-- param: since | TIMESTAMPTZ | 28d | first instant counted
-- param: until | TIMESTAMPTZ | now | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: weekday | BIGINT | 1 for Monday to 7 for Sunday, in the reporting zone
-- column: hour_of_day | BIGINT | 0 to 23, in the reporting zone
-- column: requests | BIGINT | requests, health checks left out
-- column: server_errors | BIGINT | those answered 500-599
SELECT
  isodow(hour) AS weekday,
  date_part('hour', hour) AS hour_of_day,
  CAST(sum(n) AS BIGINT) AS requests,
  CAST(coalesce(sum(n) FILTER (WHERE status_class = 5), 0) AS BIGINT) AS server_errors
FROM request_counts($since, $until)
WHERE NOT is_health AND of_service(service, $service)
GROUP BY ALL
ORDER BY weekday, hour_of_day
